"""A hazard's beginning: what was found becomes a line with a number and a first event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from ..glossary import Action, Level, State
from ..people.permissions import Actor
from .acts import Requested, append
from .chain import GENESIS
from .lifecycle import edge_from
from .models import Event, Hazard
from .numbers import next_number


@dataclass(frozen=True)
class Found:
    """A hazard as somebody found it. Degrees are WGS-84; `photos` are sha256 of originals."""

    entity_id: UUID
    description: str
    level: Level
    area_code: str
    found_on: date
    sector: str | None = None
    site_id: int | None = None
    site_name: str = ""
    spot: str = ""
    item: str = ""
    category: str = ""
    basis: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    suggested_deadline: date | None = None
    needs_review: bool = False
    photos: Sequence[str] = ()
    # By the phone's clock: when the form was filled in, and what time it was when it was sent.
    filled_at: datetime | None = None
    sent_at: datetime | None = None

    def with_photos(self, photos: Sequence[str], broke_rules: bool) -> "Found":
        """The same with its photos; what comes from a form that broke its rules needs review."""
        return replace(self, photos=photos, needs_review=self.needs_review or broke_rules)


def report(
    session: Session,
    found: Found,
    actor: Actor,
    at: datetime,
    *,
    submission_id: int | None,
    instance_id: str,
) -> Hazard:
    """Write a new hazard with its number and its first event.

    The photos' rows must be there already.
    """
    number = next_number(session, found.area_code, at)
    hazard = Hazard(
        entity_id=str(found.entity_id),
        submission_id=submission_id,
        version=0,
        head_hash=GENESIS,
        created_at=at,
        updated_at=at,
    )
    data = _data(found) | {"number": number, "submission": instance_id}
    first = uuid5(found.entity_id, "report")
    append(session, hazard, None, Requested(first, Action.REPORT, data), None, data, actor, at)
    return hazard


def attach_photo(
    session: Session, hazard: Hazard, name: str, sha256: str, actor: Actor, at: datetime
) -> Event:
    """Record that a photo which the report names has arrived at last."""
    facts = hazard.facts()
    edge = edge_from(State(hazard.state), Action.ATTACH_PHOTO)
    data = {"name": name, "photos": [sha256]}
    event_id = uuid5(UUID(hazard.entity_id), f"photo/{name}")
    requested = Requested(event_id, Action.ATTACH_PHOTO, data)
    return append(session, hazard, facts, requested, edge, data, actor, at)


def _data(found: Found) -> dict[str, Any]:
    not_facts = {"entity_id", "filled_at", "sent_at"}
    plain = {key: value for key, value in vars(found).items() if key not in not_facts}
    due = found.suggested_deadline
    moments = {"filled_at": found.filled_at, "sent_at": found.sent_at}
    device = {name: moment.isoformat() for name, moment in moments.items() if moment}
    return (
        plain
        | ({"device": device} if device else {})
        | {
            "level": found.level.value,
            "found_on": found.found_on.isoformat(),
            "suggested_deadline": due.isoformat() if due else None,
            "photos": list(found.photos),
        }
    )
