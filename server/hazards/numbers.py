"""Hazard numbers: `YH-141181-{township 3}-{yyyymm}-{serial 4+}`, used once, for ever.

A serial is taken in the transaction that writes its hazard: when that fails, the serial was never
given. So a series has no gaps, and `audit` reports one as a fault.
"""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from ..clock import local_date
from ..database import insert_new
from ..places.codes import township_part
from .models import NumberSeries

SERIES = cast(Table, NumberSeries.__table__)

BUMP = (
    update(SERIES)
    .where(SERIES.c.prefix == bindparam("series"))
    .values(last=SERIES.c.last + bindparam("count"))
    .returning(SERIES.c.last)
)


def take_numbers(session: Session, series: str, count: int) -> list[str]:
    """The next numbers of a series, in order.

    Locks the series until the transaction ends, so take them as late as possible.
    """
    given = {"series": series, "count": count}
    last = session.scalar(BUMP, given)
    if last is None:
        # The first of its month: whoever comes second here waits, and counts on from the first.
        insert_new(session, SERIES, {"prefix": series, "last": 0})
        last = session.execute(BUMP, given).scalar_one()
    return [f"{series}-{serial:04d}" for serial in range(last - count + 1, last + 1)]


def series_of(area_code: str, at: datetime) -> str:
    """The series that a hazard of this area and moment is numbered in."""
    county, township = area_code[:6], township_part(area_code)
    return f"YH-{county}-{township}-{local_date(at):%Y%m}"


def last_serials(session: Session) -> dict[str, int]:
    """The last serial given in each series."""
    query = select(NumberSeries.prefix, NumberSeries.last)
    return dict(session.execute(query).all())
