"""What filled forms say of hazards that are known already.

Two things come this way, and neither is anybody's to do by hand: somebody went back to look, with a
follow-up form (an update of the entity, ODK Entities 2025.1), and a reporter corrected a form that
had been sent. Both are events like any other; neither moves a hazard along its line, so that
nothing is struck off by filling in a form.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import Action, Level, Stage, State, VisitResult
from ..people.permissions import Actor
from .acts import Requested, append
from .lifecycle import edge_from
from .models import Event, Hazard
from .reports import Found

# What of a report its reporter may correct by sending the form again.
AMENDABLE = ("description", "level", "spot", "item", "category", "basis", "suggested_deadline")


@dataclass(frozen=True)
class Visit:
    """What somebody found who went back to look at a hazard.

    Attributes:
        entry: what tells this visit from every other: the instance and where in it.
        said: whatever else the form says of the hazard, by the names of the properties.
        on_site: where and when, as the phone says it (`actions.OnSite`).
        based_on: the version of the hazard that the phone had when the form was filled in.
    """

    entity_id: UUID
    entry: str
    instance_id: str
    result: VisitResult | None = None
    note: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    photos: Sequence[str] = ()
    on_site: Mapping[str, Any] = field(default_factory=dict)
    based_on: int | None = None


def hold(
    session: Session, entity_ids: Collection[UUID], submission_ids: Collection[int] = ()
) -> dict[UUID, Hazard]:
    """The hazards of these ids, and those that these filled forms reported, held until the end.

    They are taken in one order, so that two transactions never wait for each other.
    """
    if not entity_ids and not submission_ids:
        return {}
    named = Hazard.entity_id.in_([str(each) for each in entity_ids])
    reported = Hazard.submission_id.in_(submission_ids)
    query = select(Hazard).where(named | reported).order_by(Hazard.id).with_for_update()
    return {UUID(hazard.entity_id): hazard for hazard in session.scalars(query)}


def record_visit(
    session: Session, hazard: Hazard, visit: Visit, actor: Actor, at: datetime
) -> Event:
    """Write down a visit. What the office did meanwhile is no obstacle: the event tells it."""
    data: dict[str, Any] = {"submission": visit.instance_id, "photos": list(visit.photos)}
    optional = {
        "result": visit.result.value if visit.result else None,
        "result_name": visit.result.chinese if visit.result else None,
        "note": visit.note,
        "said": dict(visit.said),
        "on_site": dict(visit.on_site),
        "based_on": visit.based_on,
        "meanwhile": _meanwhile(session, hazard, visit.based_on),
    }
    data |= {name: value for name, value in optional.items() if value}
    return _append(session, hazard, Action.VISIT, f"visit/{visit.entry}", data, actor, at)


def amend(
    session: Session,
    hazard: Hazard,
    found: Found,
    instance_id: str,
    actor: Actor,
    at: datetime,
) -> Event | None:
    """Write down what a corrected form says differently of a hazard; None where that is nothing.

    It counts while the report was not judged; later it is told, and changes nothing.
    """
    facts = hazard.facts()
    said = {name: getattr(found, name) for name in AMENDABLE}
    changed = {name: _plain(value) for name, value in said.items() if value != getattr(facts, name)}
    # A level that others decided since is no longer the reporter's to say.
    if facts.level is Level.MAJOR:
        changed.pop("level", None)
    known = facts.sha256s(Stage.BEFORE)
    photos = [each for each in found.photos if each not in known]
    if not changed and not photos:
        return None
    data = {"submission": instance_id, "changed": changed, "photos": photos}
    return _append(session, hazard, Action.AMEND, f"amend/{instance_id}", data, actor, at)


def note_removed(
    session: Session, hazard: Hazard, instance_id: str, actor: Actor, at: datetime
) -> Event:
    """Note that a corrected form no longer names a hazard. It stays: voiding is its own act."""
    data = {"submission": instance_id, "changed": {}, "removed": True}
    return _append(session, hazard, Action.AMEND, f"amend/{instance_id}", data, actor, at)


def attach_photo(
    session: Session,
    hazard: Hazard,
    name: str,
    sha256: str,
    actor: Actor,
    at: datetime,
    *,
    visit: str = "",
) -> Event:
    """Record that a photo has arrived at last, which the report names, or the `visit`'s form."""
    data: dict[str, Any] = {"name": name, "photos": [sha256]}
    if visit:
        data["stage"] = Stage.RECHECK.value
    entry = f"photo/{visit}/{name}" if visit else f"photo/{name}"
    return _append(session, hazard, Action.ATTACH_PHOTO, entry, data, actor, at)


def _append(
    session: Session,
    hazard: Hazard,
    action: Action,
    entry: str,
    data: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> Event:
    facts = hazard.facts()
    edge = edge_from(State(hazard.state), action)
    assert edge is not None, "what forms say may be said in any state"
    event_id = uuid5(UUID(hazard.entity_id), entry)
    while session.get(Event, str(event_id)) is not None:
        # Somebody gave the very id that would follow from this form's.
        event_id = uuid5(event_id, "taken")
    return append(session, hazard, facts, Requested(event_id, action, data), edge, data, actor, at)


def _meanwhile(session: Session, hazard: Hazard, based_on: int | None) -> list[str]:
    """What happened to the hazard after the phone got the list that the visit was made by."""
    if based_on is None or based_on >= hazard.version:
        return []
    query = (
        select(Event.action)
        .where(Event.hazard_id == hazard.id, Event.seq > based_on)
        .order_by(Event.seq)
        .limit(20)
    )
    return [Action(action).chinese for action in session.scalars(query)]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Level) else value
