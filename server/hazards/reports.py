"""A hazard's beginning: what was found becomes a line with a number and a first event."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid5

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ..database import insert_all
from ..glossary import Action, Level, State
from ..people.permissions import Actor
from .acts import Requested, happened, new_event, photo_rows
from .chain import COVERED, GENESIS, event_hash
from .models import Event, Hazard, HazardPhoto, Movement, row_of
from .movements import movement_rows
from .numbers import series_of, take_numbers
from .replay import evolve

HAZARDS = cast(Table, Hazard.__table__)
EVENTS = cast(Table, Event.__table__)
MOVEMENTS = cast(Table, Movement.__table__)
PHOTOS = cast(Table, HazardPhoto.__table__)


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


class Reported(NamedTuple):
    """The row and the number of a hazard that was reported."""

    id: int
    number: str


class _Begun(NamedTuple):
    """The rows that a new hazard begins with."""

    number: str
    hazard: dict[str, Any]
    event: dict[str, Any]
    movements: list[dict[str, Any]]
    photos: list[dict[str, Any]]


class Report(NamedTuple):
    """Somebody reports what was found, in a filled form or without one."""

    found: Found
    actor: Actor
    at: datetime
    submission_id: int | None
    instance_id: str


def report_all(session: Session, reports: Sequence[Report]) -> list[Reported]:
    """Write new hazards, each with its number and its first event, in the order of the reports.

    Few statements for many of them: this is what a busy morning waits for. The photos' rows must
    be there already.
    """
    begun = [
        _begin(report, number)
        for report, number in zip(reports, _numbers(session, reports), strict=True)
    ]
    if not begun:
        return []
    rows = insert_all(session, HAZARDS, [each.hazard for each in begun])
    ids = {row.number: row.id for row in rows}
    of = [{"hazard_id": ids[each.number]} for each in begun]
    insert_all(session, EVENTS, [each.event | own for each, own in zip(begun, of, strict=True)])
    moved = [row | own for each, own in zip(begun, of, strict=True) for row in each.movements]
    insert_all(session, MOVEMENTS, moved)
    photos = [photo | own for each, own in zip(begun, of, strict=True) for photo in each.photos]
    insert_all(session, PHOTOS, photos)
    return [Reported(ids[each.number], each.number) for each in begun]


def _numbers(session: Session, reports: Sequence[Report]) -> Iterator[str]:
    """A number for each, from the series of its township; the series in one order for everybody,
    so that two transactions don't wait for each other."""
    series = [series_of(each.found.area_code, each.at) for each in reports]
    taken = {
        each: iter(take_numbers(session, each, count))
        for each, count in sorted(Counter(series).items())
    }
    return (next(taken[each]) for each in series)


def _begin(report: Report, number: str) -> _Begun:
    """The rows of a new hazard, which get its id as soon as there is one."""
    found, actor, at = report.found, report.actor, report.at
    data = _data(found) | {"number": number, "submission": report.instance_id}
    requested = Requested(uuid5(found.entity_id, "report"), Action.REPORT, data)
    event = new_event(
        requested, data, actor, at, states=(None, State.REPORTED), behind=(0, GENESIS)
    )
    told = happened(event, at, data)
    facts = evolve(None, told)
    event.hash = event_hash(number, event)
    return _Begun(
        number,
        hazard=row_of(facts)
        | {
            "entity_id": str(found.entity_id),
            "submission_id": report.submission_id,
            "version": event.seq,
            "head_hash": event.hash,
            "evidence_seq": 0,
            "created_at": at,
            "updated_at": at,
        },
        event={name: getattr(event, name) for name in (*COVERED, "hash")},
        movements=movement_rows(None, facts, told, event.seq),
        photos=list(photo_rows(event, data, facts)),
    )


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
