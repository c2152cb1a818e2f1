"""Differences of our own ledger for people: as rows of a list, and as a .csv file."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ...clock import LOCAL
from ...glossary import Action
from ...people.models import Sector
from ...places.queries import area_names
from ...spreadsheet import BOM, protected_all
from ..differences import DifferenceKind, DifferenceStatus
from ..models import Difference
from .models import AuditRun
from .queries import differences

ROWS_AT_ONCE = 1_000

HEADINGS = (
    *("序号", "类别", "状态", "月份", "区划", "行业领域", "隐患编号", "问题说明", "建议"),
    *("发现时间", "处理人", "处理时间", "处理说明"),
)


def view(difference: Difference, number: str | None, settled_by: str | None) -> dict[str, Any]:
    """A difference with its hazard's number and who settled it, in names and words."""
    plain = {
        name: getattr(difference, name)
        for name in (
            *("id", "kind", "month", "area_code", "sector", "explanation", "status"),
            *("found_at", "settled_at", "reason"),
        )
    }
    return plain | {
        "kind_name": DifferenceKind(difference.kind).chinese,
        "rule": difference.key.partition(":")[0],
        "number": number,
        "values": difference.ours,
        "suggestion": _suggestion(difference.suggestion),
        "status_name": DifferenceStatus(difference.status).chinese,
        "settled_by": settled_by,
        "event": difference.event_id,
    }


def open_views(session: Session) -> Iterator[dict[str, Any]]:
    """Whatever of our own ledger is open, by kind and oldest first, whosever it is."""
    condition = and_(
        Difference.reconciliation_id.is_(None), Difference.status == DifferenceStatus.OPEN.value
    )
    query = differences(condition).order_by(Difference.kind, Difference.id)
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield view(*row)
        session.expunge(row[0])


def _suggestion(said: Mapping[str, Any]) -> dict[str, Any]:
    action = said["action"]
    return {**said, "action_name": Action(action).chinese if action else None}


def csv_chunks(session: Session, condition: ColumnElement[bool]) -> Iterator[str]:
    """The list as CSV text, oldest first (with a byte order mark, so that Excel reads UTF-8)."""
    areas = area_names(session)
    sectors = dict(session.execute(select(Sector.code, Sector.name)).all())
    yield BOM + _csv_row(HEADINGS)
    query = differences(condition).order_by(Difference.id)
    rows = session.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
    for serial, (difference, number, settled_by) in enumerate(rows, start=1):
        cells = (
            str(serial),
            DifferenceKind(difference.kind).chinese,
            DifferenceStatus(difference.status).chinese,
            difference.month,
            areas.get(difference.area_code, difference.area_code),
            sectors.get(difference.sector, ""),
            number or "",
            difference.explanation,
            difference.suggestion["words"],
            _moment(difference.found_at),
            settled_by or "",
            _moment(difference.settled_at),
            difference.reason,
        )
        yield _csv_row(protected_all(cells))
        session.expunge(difference)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}" if at else ""


def _csv_row(values: Iterable[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(values)
    return buffer.getvalue()


def run_view(run: AuditRun, asked_by: str | None) -> dict[str, Any]:
    """A run, and what has become of it."""
    names = [column.key for column in AuditRun.__table__.columns]
    return {name: getattr(run, name) for name in names} | {"state": run.state, "asked_by": asked_by}
