"""Which events, in SQL, newest first; and what the last checks of their chains found."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, not_, or_, select
from sqlalchemy.orm import Session

from ...clock import LOCAL
from ...hazards.models import Digest, Event, Hazard
from ...hazards.replay import format_moment
from ...people.models import User
from ...places.codes import within
from .models import ChainCheck

# Of a place with no more hazards than this, the events are found by its hazards; of a larger one
# they are common enough to be met soon on the way back in time.
FEW_HAZARDS = 2_000

LAST_CHECKS = 20
# What is told of a fault of a hazard that one may not see.
ELSEWHERE = {"number": None, "words": "辖区以外的一条隐患的操作记录有误。"}


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; days are in Asia/Shanghai, `until` is within.

    `actor` is an account's name, or a part of its person's.
    """

    actor: str | None = None
    action: Sequence[str] = field(default=())
    number: str | None = None
    area: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Place:
    """Where a page of events ends: the time and id of its last one."""

    at: str
    id: str


def events(
    session: Session,
    scope: ColumnElement[bool],
    wanted: Wanted,
    *,
    before: Place | None,
    limit: int,
) -> Sequence[Row[Event, str, str, str]]:
    """Up to `limit + 1` events of hazards in scope, newest first, each with its hazard's number,
    description and area."""
    conditions = [scope, *_narrowed(session, wanted)]
    if before:
        earlier = or_(Event.at < before.at, Event.id < before.id)
        conditions += [Event.at <= before.at, earlier]
    query = (
        select(Event, Hazard.number, Hazard.description, Hazard.area_code)
        .join(Hazard, Hazard.id == Event.hazard_id)
        .where(*conditions)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(limit + 1)
    )
    return session.execute(query).all()


def _narrowed(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.number:
        found = session.scalar(select(Hazard.id).where(Hazard.number == wanted.number))
        conditions.append(false() if found is None else Event.hazard_id == found)
    if wanted.actor:
        conditions.append(_by(session, wanted.actor))
    if wanted.action:
        conditions.append(Event.action.in_(wanted.action))
    if wanted.area:
        conditions.append(_in_area(session, wanted.area))
    if wanted.since:
        conditions.append(Event.at >= _start(wanted.since))
    if wanted.until and wanted.until < date.max:
        conditions.append(Event.at < _start(wanted.until + timedelta(days=1)))
    return conditions


def _by(session: Session, actor: str) -> ColumnElement[bool]:
    named = or_(User.username == actor, User.name.icontains(actor, autoescape=True))
    return Event.actor_id.in_(session.scalars(select(User.id).where(named)).all())


def _in_area(session: Session, area: str) -> ColumnElement[bool]:
    inside = within(Hazard.area_code, area)
    ids = session.scalars(select(Hazard.id).where(inside).limit(FEW_HAZARDS + 1)).all()
    return inside if len(ids) > FEW_HAZARDS else Event.hazard_id.in_(ids)


def _start(day: date) -> str:
    return format_moment(datetime.combine(day, time(), LOCAL))


def checks(session: Session, scope: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The last checks, newest first; of a hazard out of scope, only that something is wrong."""
    query = (
        select(ChainCheck, User.name)
        .outerjoin(User, User.id == ChainCheck.asked_by)
        .order_by(ChainCheck.id.desc())
        .limit(LAST_CHECKS)
    )
    found = session.execute(query).all()
    numbers = {fault["number"] for check, _ in found for fault in check.faults if fault["number"]}
    beyond = select(Hazard.number).where(Hazard.number.in_(numbers), not_(scope))
    hidden = set(session.scalars(beyond))
    return [_check(check, asked_by, hidden) for check, asked_by in found]


def _check(check: ChainCheck, asked_by: str | None, hidden: Container[str]) -> dict[str, Any]:
    names = [column.key for column in ChainCheck.__table__.columns]
    return {name: getattr(check, name) for name in names} | {
        "state": check.state,
        "asked_by": asked_by,
        "faults": [ELSEWHERE if each["number"] in hidden else each for each in check.faults],
    }


def seals(session: Session) -> dict[str, Any]:
    """How many days are sealed, and the newest seal: who keeps it elsewhere can show later that
    nothing before it was altered."""
    days, first = session.execute(select(func.count(), func.min(Digest.day))).one()
    newest = session.scalar(select(Digest).order_by(Digest.day.desc()).limit(1))
    return {
        "days": days,
        "first_day": first,
        "last_day": newest.day if newest else None,
        "last_hash": newest.hash if newest else None,
    }
