"""The rows of a sheet as records, and what of them can't be read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..records import Record, Standing
from .fields import Field
from .normalising import (
    BRACKETED,
    Cell,
    Unreadable,
    bare,
    credit_fault,
    credit_key,
    dates_in,
    is_nothing,
    names_in,
    read_amount,
    read_date,
    read_level,
    read_standing,
    text_of,
    without_dates,
    without_phone,
)
from .reading import Row, Sheet

YUAN, TEN_THOUSAND_YUAN = Decimal(1), Decimal(10_000)
MOST_SHOWN = 100


@dataclass(frozen=True)
class CellError:
    """A cell that can't be taken as it is; the rest of its row is.

    Attributes:
        row, column: as a spreadsheet shows them: 7, `K`.
        value: what stands there, cut to 100 characters.
        expected: what is wrong and what would be right, in Chinese.
    """

    sheet: str
    row: int
    column: str
    heading: str
    value: str
    expected: str

    @property
    def message(self) -> str:
        """All of it as a sentence."""
        return (
            f"“{self.sheet}”第 {self.row} 行 {self.column} 列（{self.heading}）："
            f"“{self.value}”，{self.expected}"
        )


def records(
    sheet: Sheet, mapping: Mapping[int, Field], *, year: int
) -> tuple[list[Record], list[CellError]]:
    """Read a sheet's rows.

    Args:
        mapping: what each column is of, by its index from 0; the others are not read.
        year: which one a day without a year is of: the ledger's.

    Returns:
        A record for each row, `ref` being `sheet!row`; and the cells that were left out of them,
        or, for a credit code, taken with a fault.
    """
    read: list[Record] = []
    errors: list[CellError] = []
    readers = {index: _READERS[field] for index, field in mapping.items() if field in _READERS}
    for row in sheet.rows:
        values: dict[str, Any] = {}
        for index, reader in readers.items():
            cell = row.cells[index] if index < len(row.cells) else None
            try:
                values |= reader(cell, year)
            except Unreadable as error:
                errors.append(_error(sheet, row, index, str(error)))
        code = values.get("credit_code")
        if code and (fault := credit_fault(code)):
            at = next(each for each, field in mapping.items() if field is Field.CREDIT_CODE)
            errors.append(_error(sheet, row, at, f"统一社会信用代码{fault}，请对照营业执照核对"))
        read.append(Record(ref=f"{sheet.name}!{row.number}", **values))
    return read, errors


def _error(sheet: Sheet, row: Row, index: int, expected: str) -> CellError:
    value = text_of(row.cells[index])
    shown = value if len(value) <= MOST_SHOWN else value[:MOST_SHOWN] + "…"
    return CellError(
        sheet.name, row.number, column_letter(index), sheet.headings[index], shown, expected
    )


def column_letter(index: int) -> str:
    """A column's letters as a spreadsheet shows them: 0 → `A`, 26 → `AA`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# --- One cell --------------------------------------------------------------------------------

Reader = Callable[[Cell, int], dict[str, Any]]


# Beyond so many digits a spreadsheet rounds a number.
ROUNDED_FROM = 10**15


def _code(name: str, key: Callable[[str], str]) -> Reader:
    """A number or code, which is text even if it is all digits."""

    def read(cell: Cell, year: int) -> dict[str, Any]:
        if isinstance(cell, int | float) and not abs(cell) < ROUNDED_FROM:
            raise Unreadable("长数字已被表格软件改写，末几位不可靠，请把该列设为文本后重新填写")
        return {} if is_nothing(cell) else {name: key(text_of(cell))}

    return read


def _text(name: str) -> Reader:
    return lambda cell, year: {} if is_nothing(cell) else {name: text_of(cell)}


def _day(name: str) -> Reader:
    return lambda cell, year: {name: read_date(cell, year)}


def _amount(unit: Decimal) -> Reader:
    return lambda cell, year: {"amount_yuan": read_amount(cell, unit)}


def _person(cell: Cell, year: int) -> dict[str, Any]:
    return {} if is_nothing(cell) else {"responsible_person": without_phone(text_of(cell))}


def _finished(cell: Cell, year: int) -> dict[str, Any]:
    """`已更换灭火器（2026-11-20）` is a text and a day; without a day it is a text alone."""
    if is_nothing(cell):
        return {}
    day, rest = _split(cell, year)
    return {"finish_summary": rest, "finished_on": day}


OPINION = re.compile(
    r"(?:验收|复查|复核)?(?:意见|结论)?[:：]?\s*"
    r"(?P<opinion>(?:验收|复查|已)?(?:不合格|未通过|合格|通过|同意|整改到位|未整改|整改完成|"
    r"已整改).*)\Z"
)
ROLE = re.compile(r"^(复查|验收|复核)?([(（]验收[)）])?(人员?|组)?[:：]\s*")


def _accepted(cell: Cell, year: int) -> dict[str, Any]:
    """`王某、李某 2026-11-20 验收合格`: names, a day, an opinion, in any order."""
    if is_nothing(cell):
        return {}
    day, rest = _split(cell, year)
    match = OPINION.search(rest)
    opinion = match["opinion"].strip() if match else ""
    names = rest[: match.start()] if match else rest
    return {
        "acceptors": names_in(ROLE.sub("", names.strip())),
        "accepted_on": day,
        "acceptance_opinion": opinion,
    }


def _closed(cell: Cell, year: int) -> dict[str, Any]:
    """`已销号 2026-11-20`, `是/2026.11.20`, `未销号（整改中）`; a day alone is a closure."""
    if is_nothing(cell) and bare(text_of(cell)) != "无":
        return {}
    day, rest = _split(cell, year)
    words = rest.strip(" ,，;；/、:：")
    standing = read_standing(words) if words else (Standing.CLOSED if day else None)
    if standing is Standing.OPEN:
        day = None
    return {"standing": standing, "closed_on": day}


def _split(cell: Cell, year: int) -> tuple[date | None, str]:
    """The one day in a cell, and the text beside it; the last one where it names several."""
    if not isinstance(cell, str):
        return read_date(cell, year), ""
    days = dates_in(cell, year)
    rest = re.sub(r"[(（]\s*[)）]", " ", without_dates(cell, year))
    return (days[-1] if days else None), " ".join(rest.split()).strip(" ,，/;；")


def _acceptors(cell: Cell, year: int) -> dict[str, Any]:
    return {} if is_nothing(cell) else {"acceptors": names_in(BRACKETED.sub("", text_of(cell)))}


_READERS: dict[Field, Reader] = {
    Field.NUMBER: _code("number", str),
    Field.FOUND_ON: _day("found_on"),
    Field.TOWNSHIP: _text("township"),
    Field.VILLAGE: _text("village"),
    Field.SITE_NAME: _text("site_name"),
    Field.CREDIT_CODE: _code("credit_code", credit_key),
    Field.ADDRESS: _text("address"),
    Field.SECTOR: _text("sector"),
    Field.SPOT: _text("spot"),
    Field.DESCRIPTION: _text("description"),
    Field.CATEGORY: _text("category"),
    Field.LEVEL: lambda cell, year: {"level": read_level(cell)},
    Field.BASIS: _text("basis"),
    Field.REPORTER: _text("reporter"),
    Field.RESPONSIBLE_UNIT: _text("responsible_unit"),
    Field.RESPONSIBLE_PERSON: _person,
    Field.MEASURES: _text("measures"),
    Field.AMOUNT_YUAN: _amount(YUAN),
    Field.AMOUNT_10K: _amount(TEN_THOUSAND_YUAN),
    Field.DEADLINE: _day("deadline"),
    Field.CONTINGENCY: _text("contingency"),
    Field.SUPERVISOR: _text("supervisor"),
    Field.FINISHED: _finished,
    Field.FINISH_SUMMARY: _text("finish_summary"),
    Field.FINISHED_ON: _day("finished_on"),
    Field.ACCEPTED: _accepted,
    Field.ACCEPTORS: _acceptors,
    Field.ACCEPTED_ON: _day("accepted_on"),
    Field.ACCEPTANCE_OPINION: _text("acceptance_opinion"),
    Field.CLOSED: _closed,
    Field.STANDING: lambda cell, year: {"standing": read_standing(cell)},
    Field.CLOSED_ON: _day("closed_on"),
    Field.REMARKS: _text("remarks"),
}
