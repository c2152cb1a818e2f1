"""What waits for one person, in numbers: one query, whoever asks."""

from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from ..glossary import State
from ..people.permissions import Actor, Permission, Permissions
from .models import Hazard
from .queries import Condition, mine, overdue_on, to_recheck_on, visible_to

# The responsible unit's turn: it writes the plan, or carries it out.
UNITS_TURN = (State.ASSIGNED, State.RECTIFYING)


def waiting(
    session: Session, actor: Actor, today: date, permissions: Permissions
) -> dict[str, int]:
    """How many hazards wait for the actor, and their month (`today` in Asia/Shanghai)."""
    month = today.replace(day=1)
    reported = Hazard.reporter_id == actor.id
    unit = and_(mine(actor), ~reported, Hazard.state.in_([each.value for each in UNITS_TURN]))
    counted = {
        "returned": and_(reported, Hazard.state == State.RETURNED.value),
        "to_recheck": to_recheck_on(today),
        "overdue": overdue_on(today),
        "to_rectify": unit,
        "reported_this_month": and_(reported, Hazard.found_on >= month),
        "closed_this_month": and_(
            reported, Hazard.state == State.CLOSED.value, Hazard.closed_on >= month
        ),
    }
    columns = [_count(condition).label(name) for name, condition in counted.items()]
    query = select(*columns).where(visible_to(actor, Permission.READ_HAZARDS, permissions))
    return dict(session.execute(query).one()._mapping)


def _count(condition: Condition) -> ColumnElement[int]:
    return func.count().filter(condition)
