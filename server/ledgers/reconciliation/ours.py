"""Our side: the hazards of a month as lines of a ledger, as they stood at its end.

Whoever holds a ledger against ours sees of ours what they may see: the scope is in the query. What
happened after the month's end is left out, by replaying the events up to it; of most hazards
nothing did, and their columns tell.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from ...glossary import Action, FindingKind, Level, Stage, State, VisitResult
from ...hazards.facts import Facts
from ...hazards.models import Event, Finding, Hazard, HazardPhoto, Plan
from ...hazards.replay import Happened, format_moment, parse_moment, replayed
from ...hazards.wording import sentence
from ...people.models import Sector
from ...places.codes import township_code, within
from ...places.models import Site
from ...places.queries import area_names
from ..records import Record, Standing
from .months import Month

Condition = ColumnElement[bool]

BATCH = 500

# What of the evidence casts doubt on a photo: reused, altered, or taken elsewhere or at another
# time (rules: 照片哈希重复、EXIF/定位与地点相距过大、拍摄时间晚于销号).
ABOUT_PHOTOS = (
    *(FindingKind.SAME_PHOTO, FindingKind.LOOK_ALIKE, FindingKind.AFTER_LIKE_BEFORE),
    *(FindingKind.PHOTO_PLACE, FindingKind.AFTER_ELSEWHERE, FindingKind.PHOTO_TIME),
    *(FindingKind.EDITED, FindingKind.UNREADABLE),
)


class Visited(NamedTuple):
    """Somebody went back to look, and found it not put right."""

    on: date
    by: str
    result: VisitResult
    note: str


@dataclass(frozen=True)
class OurLine:
    """A hazard as a line, and what else of it the rules hold against a line of theirs."""

    hazard_id: int
    record: Record
    state: State
    area_code: str
    sector: str | None
    extensions: int
    has_after_photo: bool
    rectifier_name: str
    void_reason: str
    duplicate_of: str | None
    # The areas that it was handed over from, in order.
    came_from: tuple[str, ...] = ()
    registered_name: str = ""
    # In words: what was found about its photos; what later visits found.
    doubts: tuple[str, ...] = ()
    visits: tuple[Visited, ...] = ()


def of_month(month: Month, area_code: str, sector: str | None) -> Condition:
    """Open at any time in the month: reported by its end, not struck off before it began."""
    here = within(Hazard.area_code, area_code)
    not_over = or_(Hazard.closed_on.is_(None), Hazard.closed_on >= month.first)
    not_void = or_(Hazard.state != State.VOID.value, Hazard.updated_at >= month.begins)
    condition = and_(here, Hazard.created_at < month.ends, not_over, not_void)
    return condition if sector is None else and_(condition, Hazard.sector == sector)


@dataclass(frozen=True)
class _Names:
    areas: Mapping[str, str]
    sectors: Mapping[str, str]


def our_lines(session: Session, condition: Condition, month: Month) -> Iterator[OurLine]:
    """The hazards as they stood when the month ended, in the order of their numbers' making.

    What was only reported later stands as it does now. `condition` has the scope in it.
    """
    sectors = dict(session.execute(select(Sector.code, Sector.name)).all())
    names = _Names(area_names(session), sectors)
    last_id = 0
    while True:
        rows = session.execute(_columns(and_(condition, Hazard.id > last_id))).all()
        if not rows:
            return
        last_id = rows[-1].id
        yield from _lines(session, rows, names, month)


def _lines(
    session: Session, rows: Sequence[Row[Any]], names: _Names, month: Month
) -> Iterator[OurLine]:
    ids = [row.id for row in rows]
    changed = [row.id for row in rows if row.created_at < month.ends <= row.updated_at]
    then = _as_of(session, changed, month)
    doubts, events = _doubts(session, ids), _told(session, ids, month)
    for row in rows:
        stood = then.get(row.id)
        plain = _of_facts(stood) if stood else dict(row._mapping)
        visits, came_from = events.get(row.id, ((), ()))
        yield OurLine(
            hazard_id=row.id,
            record=_record(plain, row, names),
            state=State(plain["state"]),
            area_code=plain["area_code"],
            sector=plain["sector"],
            extensions=plain["extensions"],
            has_after_photo=plain["has_after_photo"],
            rectifier_name=plain["rectifier_name"],
            void_reason=plain["void_reason"],
            duplicate_of=plain["duplicate_of"],
            came_from=came_from,
            registered_name=row.registered_name or "",
            doubts=doubts.get(row.id, ()),
            visits=visits,
        )


# Facts whose columns have the same name; the plan's are told apart by a prefix.
FACTS = tuple(
    each.name
    for each in fields(Facts)
    if each.name not in ("plan", "plan_by", "photos") and hasattr(Hazard, each.name)
)
PLANNED = ("person", "unit", "phone", "measures", "amount_yuan", "contingency")


def _columns(condition: Condition) -> Select[Any]:
    has_after = exists().where(
        HazardPhoto.hazard_id == Hazard.id, HazardPhoto.stage == Stage.AFTER.value
    )
    return (
        select(
            Hazard.id,
            Hazard.created_at,
            Hazard.updated_at,
            *(getattr(Hazard, name) for name in FACTS),
            *(getattr(Plan, name).label(f"plan_{name}") for name in PLANNED),
            has_after.label("has_after_photo"),
            Site.name.label("registered_name"),
            Site.credit_code,
            Site.address,
        )
        .outerjoin(Plan, (Plan.hazard_id == Hazard.id) & Plan.current)
        .outerjoin(Site, Site.id == Hazard.site_id)
        .where(condition)
        .order_by(Hazard.id)
        .limit(BATCH)
    )


def _as_of(session: Session, ids: Sequence[int], month: Month) -> dict[int, Facts]:
    """What was true of these hazards when the month ended."""
    if not ids:
        return {}
    query = (
        select(Event)
        .where(Event.hazard_id.in_(ids), Event.at < format_moment(month.ends))
        .order_by(Event.hazard_id, Event.seq)
    )
    events = session.scalars(query).all()
    return {
        hazard_id: replayed(map(_happened, own))
        for hazard_id, own in groupby(events, key=lambda event: event.hazard_id)
    }


def _happened(event: Event) -> Happened:
    return Happened(
        id=event.id,
        action=Action(event.action),
        to_state=State(event.to_state),
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        at=parse_moment(event.at),
        data=json.loads(event.data),
    )


def _of_facts(facts: Facts) -> dict[str, Any]:
    """The same as a row of `_columns`, from replayed facts."""
    plan = facts.plan or {}
    responsibility, funds = plan.get("responsibility", {}), plan.get("funds", {})
    amount = funds.get("amount_yuan")
    planned = {
        **{name: responsibility.get(name) for name in ("person", "unit", "phone")},
        **{name: plan.get(name) for name in ("measures", "contingency")},
        "amount_yuan": None if amount is None else Decimal(amount),
    }
    return (
        {name: getattr(facts, name) for name in FACTS}
        | {f"plan_{name}": value for name, value in planned.items()}
        | {"has_after_photo": bool(facts.sha256s(Stage.AFTER))}
    )


def _record(plain: Mapping[str, Any], row: Row[Any], names: _Names) -> Record:
    code = plain["area_code"]
    state = State(plain["state"])
    listing = plain["listing"]
    return Record(
        ref=plain["number"],
        number=plain["number"],
        found_on=plain["found_on"],
        township=names.areas.get(township_code(code), ""),
        village=names.areas.get(code[:12], "") if code != township_code(code) else "",
        site_name=plain["site_name"],
        credit_code=row.credit_code or "",
        address=row.address or "",
        sector=names.sectors.get(plain["sector"] or "", ""),
        spot=plain["spot"],
        description=plain["description"],
        category=plain["category"],
        level=Level(plain["level"]),
        basis=plain["basis"],
        reporter=plain["reporter_name"],
        responsible_unit=plain["responsible_unit"],
        responsible_person=plain["plan_person"] or "",
        measures=plain["plan_measures"] or "",
        amount_yuan=plain["plan_amount_yuan"],
        deadline=plain["deadline"],
        contingency=plain["plan_contingency"] or "",
        supervisor=str(listing["supervisor_unit"]) if listing else plain["supervisor"],
        finish_summary=plain["finish_summary"],
        finished_on=plain["finished_on"],
        acceptors=tuple(plain["acceptors"]),
        acceptance_opinion=plain["acceptance_opinion"],
        accepted_on=plain["accepted_on"],
        standing=Standing.of(state),
        closed_on=plain["closed_on"],
        remarks=plain["void_reason"],
    )


def _doubts(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    query = (
        select(Finding.hazard_id, Finding.kind, Finding.numbers)
        .where(Finding.hazard_id.in_(ids), Finding.kind.in_([each.value for each in ABOUT_PHOTOS]))
        .order_by(Finding.hazard_id, Finding.id)
    )
    found: dict[int, list[str]] = {}
    for hazard_id, kind, numbers in session.execute(query):
        found.setdefault(hazard_id, []).append(sentence(kind, numbers))
    return {hazard_id: tuple(dict.fromkeys(said)) for hazard_id, said in found.items()}


NOT_RIGHT = (VisitResult.NOT_FIXED.value, VisitResult.WORSE.value)

Told = tuple[tuple[Visited, ...], tuple[str, ...]]


def _told(session: Session, ids: Sequence[int], month: Month) -> dict[int, Told]:
    """What visits found, whenever they were; and from where a hazard was handed over by then."""
    visits: dict[int, list[Visited]] = {}
    for event in _events(session, ids, Action.VISIT):
        data = json.loads(event.data)
        if data.get("result") in NOT_RIGHT:
            day, result = _happened(event).day, VisitResult(data["result"])
            visit = Visited(day, event.actor_name, result, data.get("note", ""))
            visits.setdefault(event.hazard_id, []).append(visit)
    areas: dict[int, list[str]] = {}
    moved = [each.hazard_id for each in _events(session, ids, Action.HAND_OVER)]
    for event in _events(session, moved, Action.REPORT, Action.HAND_OVER):
        if event.at < format_moment(month.ends):
            data = json.loads(event.data)
            own = areas.setdefault(event.hazard_id, [])
            own.append(data["area" if event.action == Action.HAND_OVER else "area_code"])
    return {
        each: (tuple(visits.get(each, ())), tuple(areas.get(each, ())[:-1]))
        for each in visits.keys() | areas.keys()
    }


def _events(session: Session, ids: Sequence[int], *actions: Action) -> Sequence[Event]:
    if not ids:
        return []
    named = Event.action.in_([each.value for each in actions])
    query = select(Event).where(Event.hazard_id.in_(ids), named)
    return session.scalars(query.order_by(Event.hazard_id, Event.seq)).all()


def numbered(numbers: Collection[str]) -> Iterator[Condition]:
    """The hazards of these numbers, so many at a time that a statement can name them all."""
    given = sorted(numbers)
    for start in range(0, len(given), BATCH):
        yield Hazard.number.in_(given[start : start + BATCH])


def known_as(ids: Collection[int]) -> Iterator[Condition]:
    """The hazards of these ids, likewise."""
    given = sorted(ids)
    for start in range(0, len(given), BATCH):
        yield Hazard.id.in_(given[start : start + BATCH])
