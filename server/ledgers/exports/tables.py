"""A table to be exported: its columns, and what stands in each cell of a line.

Every ledger is a tuple of columns over rows of a type of its own; `workbook` and `separated` write
any of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

from ...errors import DomainError

Cell = str | int | float | date | None
Row = TypeVar("Row")

# Excel's own limit for a cell is 32,767 characters.
MOST_CELL_LENGTH = 32_000

# Excel's number formats.
DAY = "yyyy-mm-dd"
AMOUNT = "0.00####"


class Column(NamedTuple, Generic[Row]):
    """A column: its heading, its width in characters, what stands in it, and Excel's format.

    `cell` is the name of the row's attribute, where it is just that, or makes it from the row.
    Columns side by side with the same `group` stand under one heading: two of them or more.
    """

    heading: str
    width: float
    cell: str | Callable[[Row], Cell]
    number_format: str = ""
    group: str = ""


def serial(_row: object) -> Cell:
    """The cell of 序号: the number of the line in this file, which only its writer knows."""
    return None


class LinesLost(DomainError):
    """A file came to other than the number of lines that it was to have; there is no file."""

    status = 503
    title = "导出没有完成"

    def __init__(self, expected: int, written: int) -> None:
        super().__init__(
            "export_incomplete",
            f"应导出 {expected} 行，实际写出 {written} 行，文件没有保存。请重新导出。",
        )


def headings(columns: Sequence[Column[Row]]) -> list[str]:
    """A name for each column that no other has: the heading, after its group's where it must."""
    plain = [column.heading for column in columns]
    return [
        column.group + column.heading if plain.count(column.heading) > 1 else column.heading
        for column in columns
    ]


def cells(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[list[Cell]]:
    """The cells of each row, text cut to what a spreadsheet's cell can hold.

    The plain attributes are taken all at once: of a large ledger, this is where the time goes.
    """
    plain = [column.cell for column in columns if isinstance(column.cell, str)]
    made = [(index, each.cell) for index, each in enumerate(columns) if callable(each.cell)]
    taken = _taking(columns, plain)
    for number, row in enumerate(rows, start=1):
        line = list(taken(row))
        for index, make in made:
            line[index] = number if make is serial else make(row)
        for cell in line:
            if type(cell) is str and len(cell) > MOST_CELL_LENGTH:
                line = [_fitting(each) for each in line]
                break
        yield line


def _taking(
    columns: Sequence[Column[Row]], plain: Sequence[str]
) -> Callable[[Row], Sequence[Cell]]:
    """A cell for each column, right for the plain ones."""
    if not plain:
        return lambda row: (None,) * len(columns)
    return attrgetter(*(each.cell if isinstance(each.cell, str) else plain[0] for each in columns))


def counted(rows: Iterable[Row], expected: int) -> Iterator[Row]:
    """The same rows; raises LinesLost at their end where they were not so many."""
    written = 0
    for written, row in enumerate(rows, start=1):  # noqa: B007 (it is what the loop is for)
        yield row
    if written != expected:
        raise LinesLost(expected, written)


def _fitting(cell: Cell) -> Cell:
    if isinstance(cell, str) and len(cell) > MOST_CELL_LENGTH:
        return cell[:MOST_CELL_LENGTH] + "…（过长，已截断）"
    return cell
