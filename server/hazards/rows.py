"""The ledger as a long sheet that is scrolled: any stretch of it, and how long it is.

A stretch is found by keys alone, then its few rows are read whole: so one far down costs little
more than the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Row, Select, UnaryExpression, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from .models import Hazard
from .queries import Condition
from .views import SUMMARY, summary

MOST_ROWS = 200
BATCH = 1_000
# No ledger of ours is longer; an offset beyond it is a mistake.
MOST_OFFSET = 100_000_000

SORTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "created": Hazard.id,
    "number": Hazard.number,
    "found_on": Hazard.found_on,
    "deadline": Hazard.deadline,
    "closed_on": Hazard.closed_on,
    "updated": Hazard.updated_at,
}
SORT_NAMES: Sequence[str] = [sign + name for name in SORTS for sign in ("", "-")]
NEWEST_FIRST = "-created"

# What a row says beside the list's line.
MORE = (
    "reporter_name",
    "responsible_site_id",
    "supervisor",
    "category",
    "extensions",
    "finished_on",
    "accepted_on",
    "closed_on",
)
READ = tuple(
    getattr(Hazard, name) for name in dict.fromkeys((*SUMMARY, *MORE, "listing", "delisted"))
)


def rows(
    session: Session,
    condition: Condition,
    today: date,
    *,
    sort: str = NEWEST_FIRST,
    offset: int,
    limit: int,
    until: int | None,
) -> list[dict[str, Any]]:
    """The rows from `offset` on, at most `limit`, in the order of `sort`; `-` before it: downwards.

    `until` is the newest hazard that counts, so that what is reported meanwhile moves nothing.
    """
    keys = select(Hazard.id).where(condition)
    if until is not None:
        keys = keys.where(up_to(until))
    keys = _sorted(keys, sort).offset(offset).limit(limit)
    query = _sorted(select(*READ).where(Hazard.id.in_(keys)), sort)
    return [_row(row, today) for row in session.execute(query)]


def all_rows(
    session: Session, condition: Condition, today: date, *, sort: str
) -> Iterator[dict[str, Any]]:
    """Every row, in the order of `sort`, a batch in memory at a time."""
    query = _sorted(select(*READ).where(condition), sort).execution_options(yield_per=BATCH)
    return (_row(row, today) for row in session.execute(query))


def up_to(newest: int) -> Condition:
    """What had been reported when this was the newest hazard."""
    return Hazard.id <= newest


def _row(row: Row[Any], today: date) -> dict[str, Any]:
    return summary(cast(Hazard, row), today) | {name: getattr(row, name) for name in MORE}


def total(session: Session, condition: Condition) -> tuple[int, int]:
    """How many rows there are, and the newest hazard of all, at the same moment."""
    count = select(func.count()).select_from(Hazard).where(condition).scalar_subquery()
    newest = select(func.max(Hazard.id)).scalar_subquery()
    found = session.execute(select(count, newest)).one()
    return found[0], found[1] or 0


def _sorted(query: Select[Any], sort: str) -> Select[Any]:
    column, downwards = SORTS[sort.lstrip("-")], sort.startswith("-")
    order: list[UnaryExpression[Any]] = []
    if column is not Hazard.id:
        # What has no such day stands last, either way up.
        by = column.desc() if downwards else column.asc()
        order.append(by.nulls_last() if Hazard.__table__.c[column.key].nullable else by)
    return query.order_by(*order, Hazard.id.desc() if downwards else Hazard.id.asc())
