"""Hazard numbers: `YH-141181-{township 3}-{yyyymm}-{serial 4+}`, used once, for ever.

A serial is taken in the transaction that writes its hazard: when that fails, the serial was never
given. So a series has no gaps, and `audit` reports one as a fault.
"""

from collections.abc import Iterator, Set
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Executable, Table, bindparam, select, update
from sqlalchemy.orm import Session

from ..clock import local_date
from ..database import insert_new
from ..places.codes import township_part
from .models import NumberSeries

SERIES = cast(Table, NumberSeries.__table__)


def take_numbers(session: Session, series: str, count: int) -> list[str]:
    """The next numbers of a series, in order.

    Locks the series until the transaction ends, so take them as late as possible.
    """
    return [f"{series}-{serial:04d}" for serial in take_serials(session, SERIES, series, count)]


def take_serials(session: Session, table: Table, series: str, count: int) -> range:
    """The next serials of a series, which `table` keeps by `prefix` and `last`."""
    given = {"series": series, "count": count}
    bump = _bump(table)
    last: int | None = session.scalar(bump, given)
    if last is None:
        # The first of its series: whoever comes second here waits, and counts on from the first.
        insert_new(session, table, {"prefix": series, "last": 0})
        last = session.execute(bump, given).scalar_one()
    return range(last - count + 1, last + 1)


@cache
def _bump(table: Table) -> Executable:
    return (
        update(table)
        .where(table.c.prefix == bindparam("series"))
        .values(last=table.c.last + bindparam("count"))
        .returning(table.c.last)
    )


def series_of(area_code: str, at: datetime) -> str:
    """The series that a hazard of this area and moment is numbered in."""
    county, township = area_code[:6], township_part(area_code)
    return f"YH-{county}-{township}-{local_date(at):%Y%m}"


def last_serials(session: Session) -> dict[str, int]:
    """The last serial given in each series."""
    query = select(NumberSeries.prefix, NumberSeries.last)
    return dict(session.execute(query).all())


def missing_ranges(found: Set[int], last: int) -> Iterator[tuple[int, int]]:
    """The serials from 1 to `last` that are not there, as ranges (first, last), both included."""
    previous = 0
    for serial in (*sorted(each for each in found if 0 < each <= last), last + 1):
        if serial > previous + 1:
            yield previous + 1, serial - 1
        previous = serial
