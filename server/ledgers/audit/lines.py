"""Our own ledger line by line as the rules need it: plain values, streamed a batch at a time.

A batch costs the same few queries, however many lines are in it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ...clock import local_date
from ...glossary import Action, FindingKind, Level, Stage, State
from ...hazards.models import Event, Finding, Hazard, HazardPhoto, Plan
from ...hazards.replay import parse_moment
from ...photos.models import Photo
from ...places.models import Site
from ..records import Record, Standing

BATCH = 2_000


class Told(NamedTuple):
    """An event, with what it carries where a rule looks at that."""

    seq: int
    action: str
    to_state: str
    actor_id: int
    at: str
    data: Mapping[str, Any]

    @property
    def day(self) -> date | None:
        """The day in Asia/Shanghai; None where somebody made it unreadable (`audit verify`)."""
        try:
            return local_date(parse_moment(self.at))
        except ValueError:
            return None


class Noticed(NamedTuple):
    """A finding about the evidence that was written down when the evidence came."""

    kind: FindingKind
    numbers: Mapping[str, Any]
    at: datetime


class TakenLate(NamedTuple):
    """A photo of before or after, and when the camera says that it was taken."""

    stage: Stage
    taken_at: datetime


@dataclass(frozen=True)
class Line:
    """A hazard of ours, and what stands behind its line.

    Attributes:
        record: its line. Where it was sent back or reassigned after it was finished, what was
            finished and accepted then no longer counts, and is left out.
        site: the registered name of the site that it is at; `responsible_site` of the unit that
            answers for it.
        story: its events, in order.
    """

    id: int
    area_code: str
    sector: str | None
    state: State
    version: int
    record: Record
    fixed_on_spot: bool
    extensions: int
    extension_requested: date | None
    rectifier_id: int | None
    rectifier_name: str
    acceptor_ids: Sequence[int]
    closer_name: str
    responsible_site_id: int | None
    site: str | None
    responsible_site: str | None
    story: Sequence[Told] = ()
    after_photos: int = 0
    findings: Sequence[Noticed] = field(default=())
    taken_late: Sequence[TakenLate] = field(default=())

    def last(self, *actions: Action) -> Told | None:
        """The last event of one of these actions."""
        return next((told for told in reversed(self.story) if told.action in actions), None)


FINISHED = frozenset({State.AWAITING_ACCEPTANCE, State.AWAITING_CLOSURE, State.CLOSED})
ACCEPTED = frozenset({State.AWAITING_CLOSURE, State.CLOSED})

# Findings that speak against the photos of a line.
ABOUT_PHOTOS = (
    FindingKind.SAME_PHOTO,
    FindingKind.LOOK_ALIKE,
    FindingKind.AFTER_LIKE_BEFORE,
    FindingKind.PHOTO_PLACE,
    FindingKind.AFTER_ELSEWHERE,
    FindingKind.PHOTO_TIME,
)

# Actions for whose sake a rule looks at what the hazard's events carry.
WITH_DATA = (Action.REQUEST_EXTENSION.value, Action.VISIT.value)

_site = aliased(Site)
_responsible = aliased(Site)

_COLUMNS: tuple[Any, ...] = (
    *(Hazard.id, Hazard.number, Hazard.area_code, Hazard.sector, Hazard.state, Hazard.level),
    *(Hazard.version, Hazard.found_on, Hazard.site_name, Hazard.spot, Hazard.description),
    *(Hazard.responsible_unit, Hazard.responsible_site_id, Hazard.deadline, Hazard.extensions),
    *(Hazard.extension_requested, Hazard.fixed_on_spot, Hazard.finish_summary),
    *(Hazard.finished_on, Hazard.rectifier_id, Hazard.rectifier_name, Hazard.acceptors),
    *(Hazard.acceptor_ids, Hazard.acceptance_opinion, Hazard.accepted_on, Hazard.closer_name),
    *(Hazard.closed_on, Hazard.void_reason),
    *(Plan.person, Plan.measures, Plan.amount_yuan, Plan.contingency),
    _site.name.label("site"),
    _responsible.name.label("responsible_site"),
)


def batches_of_lines(session: Session) -> Iterator[list[Line]]:
    """The whole ledger in the order of its ids."""
    last = 0
    while rows := session.execute(_hazards(last)).mappings().all():
        first, last = rows[0]["id"], rows[-1]["id"]
        yield _joined(session, rows, first, last)


def _hazards(after: int) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .outerjoin(Plan, and_(Plan.hazard_id == Hazard.id, Plan.current))
        .outerjoin(_site, _site.id == Hazard.site_id)
        .outerjoin(_responsible, _responsible.id == Hazard.responsible_site_id)
        .where(Hazard.id > after)
        .order_by(Hazard.id)
        .limit(BATCH)
    )


def _joined(session: Session, rows: Sequence[RowMapping], first: int, last: int) -> list[Line]:
    findings = _findings(session, first, last)
    stories = _stories(session, first, last, with_data=findings.keys())
    photos = _after_photos(session, first, last)
    late = _taken_late(session, first, last)
    return [
        _line(
            row,
            story=stories.get(row["id"], ()),
            after_photos=photos.get(row["id"], 0),
            findings=findings.get(row["id"], ()),
            taken_late=late.get(row["id"], ()),
        )
        for row in rows
    ]


def _line(row: RowMapping, **around: Any) -> Line:
    state = State(row["state"])
    return Line(
        id=row["id"],
        area_code=row["area_code"],
        sector=row["sector"],
        state=state,
        version=row["version"],
        record=_record(row, state),
        fixed_on_spot=row["fixed_on_spot"],
        extensions=row["extensions"],
        extension_requested=row["extension_requested"],
        rectifier_id=row["rectifier_id"],
        rectifier_name=row["rectifier_name"],
        acceptor_ids=row["acceptor_ids"] or (),
        closer_name=row["closer_name"],
        responsible_site_id=row["responsible_site_id"],
        site=row["site"],
        responsible_site=row["responsible_site"],
        **around,
    )


def _record(row: RowMapping, state: State) -> Record:
    finished, accepted = state in FINISHED, state in ACCEPTED
    return Record(
        ref=row["number"],
        number=row["number"],
        found_on=row["found_on"],
        site_name=row["site_name"],
        spot=row["spot"],
        description=row["description"],
        level=Level(row["level"]),
        responsible_unit=row["responsible_unit"],
        responsible_person=row["person"] or "",
        measures=row["measures"] or "",
        amount_yuan=row["amount_yuan"],
        deadline=row["deadline"],
        contingency=row["contingency"] or "",
        finish_summary=row["finish_summary"] if finished else "",
        finished_on=row["finished_on"] if finished else None,
        acceptors=tuple(row["acceptors"] or ()) if accepted else (),
        acceptance_opinion=row["acceptance_opinion"] if accepted else "",
        accepted_on=row["accepted_on"] if accepted else None,
        standing=Standing.of(state),
        closed_on=row["closed_on"],
        remarks=row["void_reason"],
    )


def _between(column: InstrumentedAttribute[int], first: int, last: int) -> ColumnElement[bool]:
    return column.between(first, last)


def _stories(session: Session, first: int, last: int, with_data: Set[int]) -> dict[int, list[Told]]:
    """The events of these hazards; what they carry, too, of those where a rule looks at that."""
    query = (
        select(
            *(Event.hazard_id, Event.seq, Event.action, Event.to_state, Event.actor_id, Event.at)
        )
        .where(_between(Event.hazard_id, first, last))
        .order_by(Event.hazard_id, Event.seq)
    )
    rows = session.execute(query).all()
    data = _data(session, with_data | {row.hazard_id for row in rows if row.action in WITH_DATA})
    stories: dict[int, list[Told]] = {}
    for hazard_id, seq, action, to_state, actor_id, at in rows:
        told = Told(seq, action, to_state, actor_id, at, data.get((hazard_id, seq), {}))
        stories.setdefault(hazard_id, []).append(told)
    return stories


def _data(session: Session, hazard_ids: Set[int]) -> dict[tuple[int, int], Mapping[str, Any]]:
    if not hazard_ids:
        return {}
    query = select(Event.hazard_id, Event.seq, Event.data).where(Event.hazard_id.in_(hazard_ids))
    return {(hazard_id, seq): _object(data) for hazard_id, seq, data in session.execute(query)}


def _object(data: str) -> Mapping[str, Any]:
    """What an event carries; nothing where somebody made it unreadable (`audit verify`)."""
    try:
        said = json.loads(data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _after_photos(session: Session, first: int, last: int) -> dict[int, int]:
    query = (
        select(HazardPhoto.hazard_id, func.count())
        .where(
            _between(HazardPhoto.hazard_id, first, last),
            HazardPhoto.stage == Stage.AFTER.value,
        )
        .group_by(HazardPhoto.hazard_id)
    )
    return dict(session.execute(query).all())


def _findings(session: Session, first: int, last: int) -> dict[int, list[Noticed]]:
    query = (
        select(Finding.hazard_id, Finding.kind, Finding.numbers, Finding.at)
        .where(
            _between(Finding.hazard_id, first, last),
            Finding.kind.in_([kind.value for kind in ABOUT_PHOTOS]),
            Finding.serious,
        )
        .order_by(Finding.id)
    )
    found: dict[int, list[Noticed]] = {}
    for hazard_id, kind, numbers, at in session.execute(query):
        found.setdefault(hazard_id, []).append(Noticed(FindingKind(kind), numbers, at))
    return found


def _taken_late(session: Session, first: int, last: int) -> dict[int, list[TakenLate]]:
    """Photos of before and after that may have been taken after the line was struck off.

    A day in Xiaoyi ends at 16:00 UTC, so that none is lost by comparing with the day's beginning
    in whatever zone the database keeps; the rule compares exactly.
    """
    query = (
        select(HazardPhoto.hazard_id, HazardPhoto.stage, Photo.taken_at)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .join(Hazard, Hazard.id == HazardPhoto.hazard_id)
        .where(
            _between(HazardPhoto.hazard_id, first, last),
            Photo.taken_at > Hazard.closed_on,
            HazardPhoto.stage.in_([Stage.BEFORE.value, Stage.AFTER.value]),
        )
        .order_by(HazardPhoto.hazard_id, HazardPhoto.seq, HazardPhoto.position)
    )
    found: dict[int, list[TakenLate]] = {}
    for hazard_id, stage, taken_at in session.execute(query):
        if taken_at is not None:
            found.setdefault(hazard_id, []).append(TakenLate(Stage(stage), taken_at))
    return found
