"""Whether figures can have changed: an ETag that is far cheaper than the figures.

Whatever is counted of hazards, their columns, plans and photos, changes by an event, and never
otherwise. Events are only added, so that figures are the same as long as the newest event is the
same and no other came in behind it. One may: an event bears the time at which it began, and
another that began later may be committed before it. Therefore the events of the last hour before
the newest are counted as well; no transaction lasts an hour.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...hazards.models import Event
from ...hazards.replay import format_moment, parse_moment
from ...version import VERSION

LONGEST_TRANSACTION = timedelta(hours=1)


def last_change(session: Session) -> tuple[str, int]:
    """The time of the newest event, and how many there are in the hour up to it."""
    newest = session.scalar(select(func.max(Event.at)))
    if newest is None:
        return "", 0
    since = format_moment(parse_moment(newest) - LONGEST_TRANSACTION)
    count = session.scalar(select(func.count()).where(Event.at >= since))
    return newest, count or 0


def etag_of(session: Session, others: Sequence[Any]) -> str:
    """The tag of what follows from the hazards and from `others`: who asks, for what, on which day,
    and whatever the figures hold that is not of hazards."""
    known = repr((VERSION, last_change(session), *others))
    return sha256(known.encode()).hexdigest()[:32]
