"""The hazards of a scope as they stood at the end of a period, for figures to be counted from.

For the month that runs, the columns say it. For an earlier one, a hazard that was touched since is
looked up in its events; grade, sector and area are those of now.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.sql.expression import SQLColumnExpression

from ...glossary import Action, State
from ...hazards.models import Event, Hazard, Plan
from ...hazards.queries import Condition
from ...hazards.replay import format_moment
from .period import Period

# What a plan comes with, and what takes it away; the same of a listing.
ON_PLANS = (Action.SUBMIT_PLAN, Action.ASSIGN, Action.REASSIGN, Action.DECLINE)
ON_LISTINGS = (Action.LIST, Action.DELIST)
ON_FIXES = (Action.FIX_ON_SPOT, Action.ASSIGN, Action.REASSIGN)

# A township's code is told by its first digits.
TOWNSHIP_DIGITS = 9


def standing(scope: Condition, period: Period) -> Subquery:
    """The hazards of a scope that were found by the period's end and not void then.

    `changed` tells where the columns of hazard and plans may say more than was known then.
    """
    known = _known_now() if period.is_current else _known_then(period)
    columns = (
        Hazard.id,
        func.substr(Hazard.area_code, 1, TOWNSHIP_DIGITS).label("township"),
        *(Hazard.sector, Hazard.level, Hazard.site_id, Hazard.site_name, Hazard.found_on),
        *(Hazard.closed_on, Hazard.deadline, Hazard.fixed_on_spot),
        Hazard.listing["rank"].as_string().label("rank"),
        *known,
    )
    query = select(*columns).where(scope, Hazard.found_on <= period.until)
    if period.is_current:
        return query.where(Hazard.state != State.VOID.value).subquery("standing")
    # Reckoned once for each hazard, however often it is asked for.
    then = query.cte("reckoned").prefix_with("MATERIALIZED")
    was_there = and_(then.c.state.is_not(None), then.c.state != State.VOID.value)
    return select(then).where(was_there).subquery("standing")


def plan_then(hazards: Subquery, period: Period) -> ColumnElement[bool]:
    """What joins each of them to the plan that it had at the period's end."""
    of_hazard = Plan.hazard_id == hazards.c.id
    if period.is_current:
        return and_(of_hazard, Plan.current)
    # The event that brought the plan is the plan's own id; any other took it away.
    last = _last(Event.id, hazards.c.id, period, ON_PLANS)
    return and_(of_hazard, case((hazards.c.changed, Plan.event_id == last), else_=Plan.current))


def fixed_on_spot_then(hazards: Subquery, period: Period) -> ColumnElement[bool]:
    """Whether it was put right when it was found, and so needs no plan."""
    if period.is_current:
        return hazards.c.fixed_on_spot
    last = _last(Event.action, hazards.c.id, period, ON_FIXES)
    fixed = func.coalesce(last == Action.FIX_ON_SPOT.value, literal(False))
    return case((hazards.c.changed, fixed), else_=hazards.c.fixed_on_spot)


def _known_now() -> tuple[SQLColumnExpression[Any], ...]:
    listed = and_(Hazard.listing.is_not(null()), ~Hazard.delisted)
    return (Hazard.state, listed.label("listed"), literal(False).label("changed"))


def _known_then(period: Period) -> tuple[SQLColumnExpression[Any], ...]:
    changed = Hazard.updated_at >= period.ends_at
    state, listed, _ = _known_now()
    last_state = _last(Event.to_state, Hazard.id, period)
    was_listed = _last(Event.action, Hazard.id, period, ON_LISTINGS) == Action.LIST.value
    ever_listed = Hazard.listing.is_not(null())
    listed_then = func.coalesce(was_listed, literal(False))
    return (
        case((changed, last_state), else_=state).label("state"),
        case((and_(changed, ever_listed), listed_then), else_=listed).label("listed"),
        changed.label("changed"),
    )


def _last(
    column: SQLColumnExpression[Any],
    hazard_id: SQLColumnExpression[int],
    period: Period,
    actions: Iterable[Action] = (),
) -> ColumnElement[Any]:
    """What the last event of a hazard within the period says, of these actions or of any."""
    query: Select[Any] = select(column).where(
        Event.hazard_id == hazard_id, Event.at < format_moment(period.ends_at)
    )
    if actions:
        query = query.where(Event.action.in_([each.value for each in actions]))
    query = query.order_by(Event.seq.desc()).limit(1)
    return query.correlate_except(Event).scalar_subquery()
