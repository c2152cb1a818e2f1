"""An outside ledger comes in: read whole or refused, its columns recognised, its lines kept.

Nothing of a file that can't be read is kept. Cells that can't be are told by row and column, and
the rest of their lines counts: a person decides whether to go on with it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ...errors import Conflict, InvalidInput
from ...fields import FORBIDDEN
from ...glossary import Role
from ...people.models import Sector
from ...people.permissions import Actor
from ...places.codes import is_within
from ...places.models import Area
from ..models import Reconciliation
from ..records import Record
from .fields import Field
from .keys import keys_of
from .lines import CellError, column_letter, records
from .models import (
    ColumnMemory,
    ReconciliationCandidate,
    ReconciliationRow,
    ReconciliationState,
    RowState,
)
from .normalising import plain, text_of
from .reading import Sheet, Sheets
from .recognition import Guess, heading_key, recognise
from .stated import stated_in
from .values import as_json

# What is kept of each column to recognise it by, and of what could not be read.
SAMPLES, MOST_SAMPLE = 3, 60
MOST_ERRORS = 1_000
MOST_TEXT = 4_000
MOST_NAMES, MOST_NAME = 20, 64

# Without these a line says nothing that could be held against ours.
ESSENTIAL = frozenset({Field.NUMBER, Field.SITE_NAME, Field.DESCRIPTION})


@dataclass(frozen=True)
class Uploaded:
    """What somebody uploads, and says of it."""

    source: str
    month: str
    area_code: str
    sector: str | None
    file_name: str
    sha256: str


def part_of(
    actor: Actor, session: Session, area: str | None, sector: str | None
) -> tuple[str, str | None]:
    """The part of ours that a ledger is to be held against: by default all that the actor may.

    Raises:
        InvalidInput: it is not there, or not the actor's.
    """
    area_code = area or actor.area_code
    if session.get(Area, area_code) is None or not is_within(area_code, actor.area_code):
        raise _wrong("area", "没有这个区划，或不在您的范围内。")
    if sector is not None and session.get(Sector, sector) is None:
        raise _wrong("sector", "没有这个行业领域。")
    if actor.role is Role.DEPARTMENT:
        if sector is None and len(actor.sectors) == 1:
            return area_code, next(iter(actor.sectors))
        if sector is None:
            raise _wrong("sector", "您主管几个行业，请选择这份台账是哪个行业的。")
        if sector not in actor.sectors:
            raise _wrong("sector", "不是您主管的行业。")
    return area_code, sector


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})


def keep(
    session: Session, uploaded: Uploaded, sheets: Sheets, actor: Actor, at: datetime
) -> Reconciliation:
    """Write an uploaded ledger: its columns as they are recognised, and its lines.

    Raises:
        InvalidInput: no column tells what a line is of.
    """
    remembered = _remembered(session, uploaded.area_code, uploaded.source)
    reconciliation = Reconciliation(
        id=str(uuid4()),
        **vars(uploaded),
        created_by=actor.id,
        created_at=at,
        previous_id=_previous(session, uploaded),
        state=ReconciliationState.READ.value,
        rows_done=0,
        rows_total=0,
        message="",
        sheets=[_described(sheet, remembered) for sheet in sheets],
        cell_errors=[],
        stated={},
        our_lines=0,
    )
    session.add(reconciliation)
    session.flush()
    _write_lines(session, reconciliation, sheets)
    return reconciliation


def _previous(session: Session, uploaded: Uploaded) -> str | None:
    query = (
        select(Reconciliation.id)
        .where(
            Reconciliation.source == uploaded.source,
            Reconciliation.month == uploaded.month,
            Reconciliation.area_code == uploaded.area_code,
            Reconciliation.sector.is_not_distinct_from(uploaded.sector),
        )
        .order_by(Reconciliation.created_at.desc(), Reconciliation.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _remembered(session: Session, area_code: str, source: str) -> dict[str, Field | None]:
    memory = session.get(ColumnMemory, (area_code, source))
    said = memory.fields if memory else {}
    return {heading: Field(name) if name else None for heading, name in said.items()}


def _described(sheet: Sheet, remembered: Mapping[str, Field | None]) -> dict[str, Any]:
    recognition = recognise(sheet.headings, [row.cells for row in sheet.rows], remembered)
    return {
        "name": sheet.name,
        "rows": len(sheet.rows),
        "left_out": [
            {"row": each.number, "reason": each.reason, "text": each.text[:MOST_SAMPLE]}
            for each in sheet.left_out[:MOST_ERRORS]
        ],
        "columns": [
            _column(sheet, index, guess) for index, guess in enumerate(recognition.columns)
        ],
    }


def _column(sheet: Sheet, index: int, guess: Guess) -> dict[str, Any]:
    cells = (row.cells[index] for row in sheet.rows if index < len(row.cells))
    samples = list(dict.fromkeys(text for cell in cells if (text := text_of(cell))))
    return {
        "index": index,
        "column": column_letter(index),
        "heading": guess.heading,
        "field": guess.field.value if guess.field else None,
        "confidence": round(guess.confidence, 3),
        "alternatives": [
            {"field": field.value, "confidence": round(confidence, 3)}
            for field, confidence in guess.alternatives
        ],
        "remembered": guess.remembered,
        "doubt": guess.doubt,
        "samples": [text[:MOST_SAMPLE] for text in samples[:SAMPLES]],
    }


def correct(
    session: Session,
    reconciliation: Reconciliation,
    corrections: Sequence[Mapping[str, Any]],
    sheets: Sheets,
    actor: Actor,
    at: datetime,
) -> None:
    """Take what a person says of the columns, remember it for the source, and read the lines anew.

    A field that is given to a column is taken from any other of its sheet.

    Raises:
        InvalidInput: there is no such sheet or column; a field is given to two columns.
        Conflict: it is being held against ours.
    """
    if reconciliation.state in (ReconciliationState.QUEUED, ReconciliationState.RUNNING):
        raise Conflict("reconciliation_running", "正在对账，请等它完成后再改列。")
    described = [dict(sheet) for sheet in reconciliation.sheets]
    said: dict[str, str | None] = {}
    for position, correction in enumerate(corrections):
        columns = _columns_of(described, correction, position)
        index, field = correction["index"], correction["field"]
        if not 0 <= index < len(columns):
            raise _wrong(f"columns.{position}.index", "这张表没有这一列。")
        for column in columns:
            if field is not None and column["field"] == field and column["index"] != index:
                column |= {"field": None, "confidence": 0.0}
        columns[index] |= {"field": field, "confidence": 1.0, "remembered": True, "doubt": ""}
        said[heading_key(columns[index]["heading"])] = field
    reconciliation.sheets = described
    _remember(session, reconciliation, said, actor, at)
    _write_lines(session, reconciliation, sheets)
    reconciliation.state = ReconciliationState.READ.value


def _columns_of(
    described: Sequence[dict[str, Any]], correction: Mapping[str, Any], position: int
) -> list[dict[str, Any]]:
    for sheet in described:
        if sheet["name"] == correction.get("sheet", described[0]["name"]):
            sheet["columns"] = [dict(column) for column in sheet["columns"]]
            columns: list[dict[str, Any]] = sheet["columns"]
            return columns
    raise _wrong(f"columns.{position}.sheet", "文件中没有这张表。")


def _remember(
    session: Session,
    reconciliation: Reconciliation,
    said: Mapping[str, str | None],
    actor: Actor,
    at: datetime,
) -> None:
    key = (reconciliation.area_code, reconciliation.source)
    memory = session.get(ColumnMemory, key)
    if memory is None:
        memory = ColumnMemory(area_code=key[0], source=key[1], fields={})
        session.add(memory)
    memory.fields = memory.fields | dict(said)
    memory.updated_by, memory.updated_at = actor.id, at
    session.flush()


def _write_lines(session: Session, reconciliation: Reconciliation, sheets: Sheets) -> None:
    read: list[Record] = []
    written: list[str] = []
    errors: list[CellError] = []
    year = int(reconciliation.month[:4])
    for sheet, described in zip(sheets, reconciliation.sheets, strict=True):
        mapping = {
            column["index"]: Field(column["field"])
            for column in described["columns"]
            if column["field"]
        }
        if not ESSENTIAL & set(mapping.values()):
            # A sheet of something else, beside the ledger.
            continue
        lines, wrong = records(sheet, mapping, year=year)
        read += map(_storable, _over_new_year(sheet, mapping, lines))
        written += _names_as_written(sheet, mapping)
        errors += wrong
    if not read:
        raise InvalidInput(
            "no_lines", "没有认出“隐患编号”“单位名称”“隐患描述”中的任何一列，或表中没有数据行。"
        )
    _replace(session, reconciliation, read, written)
    reconciliation.rows_total, reconciliation.rows_done = len(read), 0
    reconciliation.cell_errors = [_plain_error(each) for each in errors[:MOST_ERRORS]]
    reconciliation.stated = {
        sheet.name: said
        for sheet in sheets
        if (said := stated_in([*sheet.titles, *(each.text for each in sheet.left_out)]))
    }


# A day without its year.
MONTH_AND_DAY = re.compile(r"\d{1,2}[月./]\d{1,2}[日号]?")


def _over_new_year(
    sheet: Sheet, mapping: Mapping[int, Field], lines: Sequence[Record]
) -> Iterator[Record]:
    """A deadline that is written without a year, and would be before the hazard was found, is of
    the year after: `1月12日` in a ledger of December."""
    index = _column_of(mapping, Field.DEADLINE)
    for row, line in zip(sheet.rows, lines, strict=True):
        found, due = line.found_on, line.deadline
        if index is None or found is None or due is None or due >= found:
            yield line
            continue
        cell = row.cells[index]
        said = plain(cell) if isinstance(cell, str) else ""
        yield replace(line, deadline=_year_after(due)) if MONTH_AND_DAY.fullmatch(said) else line


def _year_after(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + 1, 3, 1) if leap_day else day.replace(year=day.year + 1)


def _column_of(mapping: Mapping[int, Field], wanted: Field) -> int | None:
    return next((index for index, field in mapping.items() if field is wanted), None)


def _names_as_written(sheet: Sheet, mapping: Mapping[int, Field]) -> list[str]:
    index = _column_of(mapping, Field.SITE_NAME)
    if index is None:
        return [""] * len(sheet.rows)
    cells = (row.cells[index] if index < len(row.cells) else None for row in sheet.rows)
    return [
        FORBIDDEN.sub("", cell.strip())[:MOST_TEXT] if isinstance(cell, str) else ""
        for cell in cells
    ]


def _storable(record: Record) -> Record:
    """A line without what no database or spreadsheet takes, and texts of a bearable length."""
    said = {name: value for name, value in vars(record).items() if type(value) is str and value}
    kept: dict[str, Any] = {
        name: FORBIDDEN.sub("", text)[:MOST_TEXT] for name, text in said.items()
    }
    acceptors = tuple(FORBIDDEN.sub("", each)[:MOST_NAME] for each in record.acceptors)
    return replace(record, **kept, acceptors=acceptors[:MOST_NAMES])


def _plain_error(error: CellError) -> dict[str, Any]:
    return {**vars(error), "message": error.message}


def _replace(
    session: Session,
    reconciliation: Reconciliation,
    read: Sequence[Record],
    written: Sequence[str],
) -> None:
    for table in (ReconciliationCandidate, ReconciliationRow):
        session.execute(delete(table).where(table.reconciliation_id == reconciliation.id))
    rows = []
    for record, name, key in zip(read, written, keys_of(read), strict=True):
        said = as_json(record)
        if name and name != record.site_name:
            said["written_name"] = name
        rows.append(
            {
                "reconciliation_id": reconciliation.id,
                "key": key,
                "ref": record.ref[:100],
                "record": said,
                "state": RowState.WAITING.value,
                "how": "",
            }
        )
    session.execute(insert(ReconciliationRow), rows)
    session.flush()
