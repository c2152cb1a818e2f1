"""Which hazards, in SQL: the permission table's scope, and the filters of lists and exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session, selectinload

from ..glossary import CAN_BE_OVERDUE
from ..people.permissions import ANY_LEVEL, Actor, Asked, Grant, Permissions, Reach
from ..places.codes import within
from .models import Hazard

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Filters:
    """What a list or an export is narrowed to; an empty filter narrows nothing."""

    today: date
    state: Sequence[str] = field(default=())
    level: Sequence[str] = field(default=())
    sector: Sequence[str] = field(default=())
    area: str | None = None
    overdue: bool | None = None
    needs_review: bool | None = None
    q: str | None = None


def filters_of(query: Mapping[str, Any], today: date) -> Filters:
    """The filters that a parsed query asks for; `today` is the day in Asia/Shanghai."""
    sectors = [part.strip() for part in query.get("sector", "").split(",") if part.strip()]
    kept = ("state", "level", "area", "overdue", "needs_review", "q")
    given = {name: query[name] for name in kept if name in query}
    return Filters(today=today, sector=sectors, **given)


def visible_to(actor: Actor, asked: Asked, permissions: Permissions) -> Condition:
    """The hazards of which the permission table lets the actor ask this, as a condition."""
    return or_(false(), *(_scope(grant, actor) for grant in permissions.grants(actor, asked)))


def _scope(grant: Grant, actor: Actor) -> Condition:
    reach = _reach(grant.reach, actor)
    if grant.levels == ANY_LEVEL:
        return reach
    return and_(reach, Hazard.level.in_([level.value for level in grant.levels]))


def _reach(reach: Reach, actor: Actor) -> Condition:
    match reach:
        case Reach.AREA:
            return within(Hazard.area_code, actor.area_code)
        case Reach.SECTORS:
            in_sectors = Hazard.sector.in_(actor.sectors)
            return and_(within(Hazard.area_code, actor.area_code), in_sectors)
        case Reach.OWN:
            return Hazard.reporter_id == actor.id
        case Reach.SITES:
            responsible = Hazard.responsible_site_id.in_(actor.site_ids)
            return or_(Hazard.site_id.in_(actor.site_ids), responsible)
        case Reach.RESPONSIBLE:
            return Hazard.responsible_site_id.in_(actor.site_ids)


def matching(filters: Filters) -> Condition:
    """The filters as a condition."""
    conditions: list[Condition] = []
    for column, values in (
        (Hazard.state, filters.state),
        (Hazard.level, filters.level),
        (Hazard.sector, filters.sector),
    ):
        if values:
            conditions.append(column.in_(values))
    if filters.area:
        conditions.append(within(Hazard.area_code, filters.area))
    if filters.needs_review is not None:
        conditions.append(Hazard.needs_review.is_(filters.needs_review))
    if filters.overdue is not None:
        late = overdue_on(filters.today)
        conditions.append(late if filters.overdue else ~late)
    if filters.q:
        conditions.append(_says(filters.q))
    return and_(*conditions) if conditions else Hazard.id.is_not(None)


def overdue_on(today: date) -> Condition:
    """Past its deadline, while it is the responsible unit's turn (`today` in Asia/Shanghai)."""
    states = [state.value for state in CAN_BE_OVERDUE]
    passed = and_(Hazard.deadline.is_not(None), Hazard.deadline < today)
    return and_(Hazard.state.in_(states), passed)


def _says(text: str) -> Condition:
    searched = (Hazard.number, Hazard.description, Hazard.site_name, Hazard.spot)
    return or_(*(column.icontains(text, autoescape=True) for column in searched))


def hazards(condition: Condition, *, before_id: int | None = None) -> Select[Hazard]:
    """Newest first, with what their facts need loaded along."""
    query = select(Hazard).where(condition).order_by(Hazard.id.desc())
    query = query.options(selectinload(Hazard.current_plan), selectinload(Hazard.photos))
    return query if before_id is None else query.where(Hazard.id < before_id)


def page(
    session: Session, condition: Condition, *, before_id: int | None, limit: int
) -> Sequence[Hazard]:
    """Up to `limit + 1` hazards, so that the caller knows whether there are more."""
    return session.scalars(hazards(condition, before_id=before_id).limit(limit + 1)).all()
