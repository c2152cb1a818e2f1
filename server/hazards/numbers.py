"""Hazard numbers: `YH-141181-{township 3}-{yyyymm}-{serial 4+}`, used once, for ever.

A serial is taken in the transaction that writes its hazard: when that fails, the serial was never
given. So a series has no gaps, and `audit` reports one as a fault.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..clock import local_date
from ..database import insert_new
from ..places.codes import township_part
from .models import NumberSeries


def next_number(session: Session, area_code: str, at: datetime) -> str:
    """The next number of an area's township in the month of `at` (Asia/Shanghai).

    Locks the series until the transaction ends, so take it as late as possible.
    """
    prefix = series(area_code, at)
    bump = (
        update(NumberSeries)
        .where(NumberSeries.prefix == prefix)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    )
    serial = session.scalar(bump)
    if serial is None:
        # The first of its month: whoever comes second here waits, and counts on from the first.
        insert_new(session, NumberSeries.__table__, {"prefix": prefix, "last": 0})  # type: ignore[arg-type]
        serial = session.scalar(bump)
    return f"{prefix}-{serial:04d}"


def series(area_code: str, at: datetime) -> str:
    """The series that a hazard of this area and moment is numbered in."""
    county, township = area_code[:6], township_part(area_code)
    return f"YH-{county}-{township}-{local_date(at):%Y%m}"


def last_serials(session: Session) -> dict[str, int]:
    """The last serial given in each series."""
    query = select(NumberSeries.prefix, NumberSeries.last)
    return dict(session.execute(query).all())
