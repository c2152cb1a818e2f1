"""The months that there are figures of, and what each of them has come to."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...hazards.models import Movement
from ...hazards.movements import month_of
from ...people.permissions import Actor, Permissions
from .confirmations import parties_of
from .models import BalanceClosing, BalanceConfirmation
from .months import following, settled_at


class MonthOf(NamedTuple):
    """A month, and how far it is.

    Attributes:
        is_over: nothing can be recorded in it any more, so that it can be confirmed and closed.
        confirmed: whether all that the actor answers for is; None where that is nothing.
    """

    month: str
    is_over: bool
    confirmed: bool | None
    closed_at: datetime | None


def calendar(
    session: Session, actor: Actor, permissions: Permissions, at: datetime
) -> list[MonthOf]:
    """The months from the first hazard to the one that runs, the newest first."""
    running = month_of(local_date(at))
    closed = dict(session.execute(select(BalanceClosing.month, BalanceClosing.closed_at)).all())
    own = set(parties_of(actor, permissions))
    keys = (BalanceConfirmation.month, BalanceConfirmation.area_code, BalanceConfirmation.sector)
    done = {(month, (area, sector)) for month, area, sector in session.execute(select(*keys))}
    found: list[MonthOf] = []
    month = session.scalar(select(func.min(Movement.month))) or running
    while month <= running:
        confirmed = all((month, tuple(each)) in done for each in own) if own else None
        found.append(MonthOf(month, at >= settled_at(month), confirmed, closed.get(month)))
        month = following(month)
    return found[::-1]
