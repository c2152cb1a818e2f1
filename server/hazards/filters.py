"""What lists, exports and maps are narrowed to: one vocabulary, as values and as a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import and_, not_, or_

from ..clock import days_of_month
from ..people.permissions import Actor, Permissions
from ..places.codes import within
from .desk import Bucket, bucket
from .models import Hazard
from .queries import (
    Condition,
    around,
    due_within,
    mine,
    overdue_on,
    to_recheck_on,
    under_listing,
)


@dataclass(frozen=True)
class Filters:
    """What a list or an export is narrowed to; an empty filter narrows nothing.

    `today` is the day in Asia/Shanghai, `actor` whose "mine" is meant; months are `yyyy-mm`.
    """

    today: date
    actor: Actor
    state: Sequence[str] = field(default=())
    level: Sequence[str] = field(default=())
    sector: Sequence[str] = field(default=())
    area: str | None = None
    overdue: bool | None = None
    needs_review: bool | None = None
    mine: bool | None = None
    to_recheck: bool | None = None
    listed: bool | None = None
    due_within: int | None = None
    site: int | None = None
    desk: Bucket | None = None
    # Found in the month, from the day on, up to and with the day; struck off in the month.
    period: str | None = None
    found_from: date | None = None
    found_to: date | None = None
    closed_in: str | None = None
    q: str | None = None
    near: tuple[float, float] | None = None
    within: int = 0


GIVEN = tuple(each.name for each in fields(Filters) if each.name not in ("today", "actor"))


def filters_of(query: Mapping[str, Any], today: date, actor: Actor) -> Filters:
    """The filters that a parsed query asks for."""
    given = {name: query[name] for name in GIVEN if name in query}
    sectors = [part.strip() for part in query.get("sector", "").split(",") if part.strip()]
    heap = Bucket(query["desk"]) if "desk" in query else None
    return Filters(today=today, actor=actor, **given | {"sector": sectors, "desk": heap})


def matching(filters: Filters, permissions: Permissions) -> Condition:
    """The filters as a condition."""
    conditions = [*_columns(filters), *_days(filters)]
    for wanted, condition in (
        (filters.overdue, overdue_on(filters.today)),
        (filters.mine, mine(filters.actor)),
        (filters.to_recheck, to_recheck_on(filters.today)),
        (filters.listed, under_listing()),
    ):
        if wanted is not None:
            conditions.append(condition if wanted else not_(condition))
    if filters.due_within is not None:
        conditions.append(due_within(filters.today, filters.due_within))
    if filters.desk is not None:
        conditions.append(bucket(filters.actor, filters.desk, filters.today, permissions))
    if filters.near:
        conditions.append(around(*filters.near, filters.within))
    if filters.q:
        conditions.append(_says(filters.q))
    return and_(*conditions) if conditions else Hazard.id.is_not(None)


def _columns(filters: Filters) -> list[Condition]:
    conditions: list[Condition] = [
        column.in_(values)
        for column, values in (
            (Hazard.state, filters.state),
            (Hazard.level, filters.level),
            (Hazard.sector, filters.sector),
        )
        if values
    ]
    if filters.area:
        conditions.append(within(Hazard.area_code, filters.area))
    if filters.needs_review is not None:
        conditions.append(Hazard.needs_review.is_(filters.needs_review))
    if filters.site is not None:
        at, responsible = Hazard.site_id, Hazard.responsible_site_id
        conditions.append(or_(at == filters.site, responsible == filters.site))
    return conditions


def _days(filters: Filters) -> list[Condition]:
    conditions: list[Condition] = []
    for column, month in (
        (Hazard.found_on, filters.period),
        (Hazard.closed_on, filters.closed_in),
    ):
        if month:
            first, following = days_of_month(month)
            conditions += [column >= first, column < following]
    if filters.found_from:
        conditions.append(Hazard.found_on >= filters.found_from)
    if filters.found_to:
        conditions.append(Hazard.found_on <= filters.found_to)
    return conditions


def _says(text: str) -> Condition:
    searched = (Hazard.number, Hazard.description, Hazard.site_name, Hazard.spot)
    return or_(*(column.icontains(text, autoescape=True) for column in searched))
