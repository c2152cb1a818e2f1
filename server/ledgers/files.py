"""The ledger as a file: .xlsx in the customary layout, or .csv.

Text is text in both. In an .xlsx every text cell is written as a string, so that what looks like a
formula, or like a long number, stays what it is; in a .csv it is protected (`spreadsheet`).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from math import ceil
from pathlib import Path

from rustpy_xlsxwriter import FastExcel, Format

from ..spreadsheet import BOM, protected
from .columns import COLUMNS, Cell, Column, Line, cells

SHEET = "隐患整改台账"
HEADING_ROW = 2

LINE_POINTS = 15.0
MOST_ROW_POINTS = 409.0  # Excel's own limit
LAST_NARROW = 0x2E7F


@dataclass(frozen=True)
class Cover:
    """What stands above the table."""

    title: str
    filled_in_by: str
    filled_in_on: date


def fitted_heights(rows: Iterable[Line]) -> dict[int, float]:
    """The height in points that each row of the sheet needs for its wrapped text.

    Excel finds them by itself when it opens the file; other programs, and printing, don't.
    """
    widths = [column.width for column in COLUMNS]
    return {
        HEADING_ROW + line.serial: _height(zip(cells(line).values(), widths, strict=True))
        for line in rows
    }


def _height(fields: Iterable[tuple[Cell, float]]) -> float:
    most = max(_text_lines(str(cell), width) for cell, width in fields if cell is not None)
    return min(LINE_POINTS * most + 2, MOST_ROW_POINTS)


def _text_lines(text: str, width: float) -> int:
    """How many lines a text takes, a Chinese character being two wide."""
    return sum(
        max(1, ceil(sum(2 if ord(each) > LAST_NARROW else 1 for each in part) / width))
        for part in text.split("\n")
    )


def write_xlsx(path: Path, cover: Cover, rows: Iterable[Line], heights: Mapping[int, float]) -> int:
    """Write the ledger as a workbook, row by row; gives the number of lines written."""
    written = 0

    def records() -> Iterator[dict[str, Cell]]:
        nonlocal written
        for line in rows:
            written += 1
            yield cells(line)
        if not written:
            # The writer puts down the heading with the first row: an empty ledger has one as well.
            yield dict.fromkeys((column.heading for column in COLUMNS), None)

    last = len(COLUMNS) - 1
    title = Format().set_bold().set_font_size(16).set_align("center").set_align("vcenter")
    heading = _boxed().set_bold().set_align("center").set_background_color("#E8EEF5")
    left = Format().set_align("left")
    right = Format().set_align("right")
    day = cover.filled_in_on
    middle = last // 2
    (
        FastExcel(str(path))
        .freeze(row=HEADING_ROW + 1, col=2)
        .sheet(
            SHEET,
            records(),
            header_row=HEADING_ROW,
            merge_ranges=[
                (0, 0, 0, last, cover.title, title),
                (1, 0, 1, middle, f"填报单位（盖章）：{cover.filled_in_by}", left),
                (1, middle + 1, 1, last, f"填报日期：{day.year}年{day.month}月{day.day}日", right),
            ],
            row_heights={0: 30, 1: 20, HEADING_ROW: 48} | dict(heights),
            column_widths={column.heading: column.width for column in COLUMNS},
            column_formats={column.heading: _format(column) for column in COLUMNS},
            header_format=heading,
            page_setup={
                "landscape": True,
                "paper_size": 9,
                "repeat_rows": (0, HEADING_ROW),
                "fit_to_pages": (1, 0),
                "margins": {"left": 0.3, "right": 0.3, "top": 0.5, "bottom": 0.5},
                "footer": "&C第 &P 页 共 &N 页",
            },
            ignore_errors=["隐患编号", "统一社会信用代码"],
        )
        .save()
    )
    return written


def csv_chunks(rows: Iterable[Line]) -> Iterator[str]:
    """The ledger as CSV text (RFC 4180, with a byte order mark so that Excel reads UTF-8)."""
    yield BOM + _csv_row([column.heading for column in COLUMNS])
    for line in rows:
        yield _csv_row([_csv_cell(cell) for cell in cells(line).values()])


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return protected(cell) if isinstance(cell, str) else str(cell)


def _csv_row(values: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(values)
    return buffer.getvalue()


def _format(column: Column) -> Format:
    boxed = _boxed()
    return boxed.set_num_format(column.number_format) if column.number_format else boxed


def _boxed() -> Format:
    return Format().set_border("thin").set_text_wrap().set_align("vcenter")
