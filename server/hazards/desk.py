"""待办: what somebody could do next, sorted into the buckets of a desk.

A bucket is a turn of the lifecycle and an action; it holds the hazards whose turn it is and of
which the permission table lets the actor do that action. Whoever may not decide about their own
work (整改人≠验收人≠销号人) does not find it there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, and_, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..glossary import Action, Level, State, Term
from ..people.permissions import Actor, Permissions
from .models import Hazard
from .queries import Condition, overdue_on, to_recheck_on, visible_to


class Bucket(Term):
    """In the order in which a desk is worked off."""

    RETURNED = "returned", "退回补正"
    TO_REGISTER = "to_register", "待登记"
    TO_GRADE = "to_grade", "待判定等级"
    TO_ASSIGN = "to_assign", "待交办"
    TO_PLAN = "to_plan", "待报方案"
    TO_LIST = "to_list", "待挂牌督办"
    PLANS_TO_REVIEW = "plans_to_review", "方案待审"
    TO_RECTIFY = "to_rectify", "待整改"
    EXTENSIONS = "extensions", "延期待批"
    TO_ACCEPT = "to_accept", "待验收"
    TO_CLOSE = "to_close", "待销号"
    OVERDUE = "overdue", "逾期待催办"
    TO_RECHECK = "to_recheck", "待回头看"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: the action that is waited for, and the hazards that wait for it."""

    action: Action
    waits: Callable[[Actor, date], Condition]


class Next(NamedTuple):
    """The hazard that follows, how many there are from it on, and how many in the bucket."""

    number: str | None
    left: int
    total: int


# Between the report and the closure: what is graded and listed meanwhile.
ON_THE_WAY = (
    State.REGISTERED,
    State.ASSIGNED,
    State.PLAN_REVIEW,
    State.RECTIFYING,
    State.AWAITING_ACCEPTANCE,
    State.AWAITING_CLOSURE,
)


def _in(*states: State) -> Condition:
    return Hazard.state.in_([state.value for state in states])


def _not(column: Any, actor: Actor) -> Condition:
    """Somebody else, or nobody."""
    return or_(column.is_(None), column != actor.id)


def _ours(actor: Actor) -> Condition:
    return Hazard.responsible_site_id.in_(actor.site_ids)


def _not_accepted_by(actor: Actor) -> Condition:
    """`acceptor_ids` is a list as JSON, `[12, 3]`; read as ` 12, 3,` each id stands by itself."""
    ids = cast(Hazard.acceptor_ids, Text)
    listed = func.replace(func.replace(ids, "[", " "), "]", ",")
    return listed.not_like(f"% {actor.id},%")


TURNS: Mapping[Bucket, Turn] = {
    Bucket.RETURNED: Turn(
        Action.RESUBMIT,
        lambda actor, today: and_(_in(State.RETURNED), Hazard.reporter_id == actor.id),
    ),
    Bucket.TO_REGISTER: Turn(Action.REGISTER, lambda actor, today: _in(State.REPORTED)),
    Bucket.TO_GRADE: Turn(
        Action.REGRADE,
        lambda actor, today: and_(_in(*ON_THE_WAY), Hazard.level == Level.SUSPECTED_MAJOR.value),
    ),
    Bucket.TO_ASSIGN: Turn(Action.ASSIGN, lambda actor, today: _in(State.REGISTERED)),
    Bucket.TO_PLAN: Turn(
        Action.SUBMIT_PLAN, lambda actor, today: and_(_in(State.ASSIGNED), _ours(actor))
    ),
    Bucket.TO_LIST: Turn(
        Action.LIST,
        lambda actor, today: and_(
            _in(*ON_THE_WAY), Hazard.level == Level.MAJOR.value, Hazard.listing.is_(None)
        ),
    ),
    Bucket.PLANS_TO_REVIEW: Turn(Action.APPROVE_PLAN, lambda actor, today: _in(State.PLAN_REVIEW)),
    Bucket.TO_RECTIFY: Turn(
        Action.FINISH, lambda actor, today: and_(_in(State.RECTIFYING), _ours(actor))
    ),
    Bucket.EXTENSIONS: Turn(
        Action.GRANT_EXTENSION,
        lambda actor, today: and_(
            _in(State.RECTIFYING),
            Hazard.extension_requested.is_not(None),
            _not(Hazard.extension_by, actor),
        ),
    ),
    Bucket.TO_ACCEPT: Turn(
        Action.ACCEPT,
        lambda actor, today: and_(_in(State.AWAITING_ACCEPTANCE), _not(Hazard.rectifier_id, actor)),
    ),
    Bucket.TO_CLOSE: Turn(
        Action.CLOSE,
        lambda actor, today: and_(
            _in(State.AWAITING_CLOSURE),
            _not(Hazard.rectifier_id, actor),
            _not_accepted_by(actor),
        ),
    ),
    Bucket.OVERDUE: Turn(Action.REMIND, lambda actor, today: overdue_on(today)),
    Bucket.TO_RECHECK: Turn(Action.RECHECK, lambda actor, today: to_recheck_on(today)),
}


def bucket(actor: Actor, name: Bucket, today: date, permissions: Permissions) -> Condition:
    """The hazards in a bucket of the actor's desk (`today` in Asia/Shanghai); none for whom the
    table does not grant its action."""
    turn = TURNS[name]
    # It narrows nothing, but with the level named the desk's index leads on to the area.
    any_level = Hazard.level.in_([level.value for level in Level])
    return and_(visible_to(actor, turn.action, permissions), any_level, turn.waits(actor, today))


def buckets_of(actor: Actor, permissions: Permissions) -> list[Bucket]:
    """The buckets that are on the actor's desk at all; a unit's, where there is a unit."""
    units = {Bucket.TO_PLAN, Bucket.TO_RECTIFY}
    return [
        name
        for name, turn in TURNS.items()
        if permissions.grants(actor, turn.action) and (name not in units or actor.site_ids)
    ]


def desk(
    session: Session, actor: Actor, today: date, permissions: Permissions
) -> list[dict[str, Any]]:
    """Every bucket of the actor's desk: how many hazards are in it, and the day on which the
    longest waiting of them was found. One query, in which each bucket has an index to itself."""
    names = buckets_of(actor, permissions)
    if not names:
        return []
    counts = union_all(
        *(
            select(literal(name.value), func.count(), func.min(Hazard.found_on)).where(
                bucket(actor, name, today, permissions)
            )
            for name in names
        )
    )
    counted = {name: (count, oldest) for name, count, oldest in session.execute(counts)}
    return [
        {"name": name, "title": name.chinese, "count": count, "oldest_on": oldest}
        for name in names
        for count, oldest in [counted[name.value]]
    ]


def waiting_in(condition: Condition, after_id: int, limit: int) -> Select[Hazard]:
    """The hazards of a bucket, first reported first, so that none waits for ever.

    Which they are is found first, by the bucket's own index: read in the order of all ids, few
    rows among very many are slow to come by.
    """
    found = select(Hazard.id).where(condition, Hazard.id > after_id)
    first = found.order_by(Hazard.id + 0).limit(limit).cte("first")
    return select(Hazard).join(first, first.c.id == Hazard.id).order_by(Hazard.id)


def next_in(session: Session, condition: Condition, after: str | None) -> Next:
    """What follows a hazard in a bucket, also where that one has left it."""
    behind = Hazard.id > (
        select(Hazard.id).where(Hazard.number == after).scalar_subquery() if after else 0
    )
    found = select(
        func.min(Hazard.id).filter(behind), func.count().filter(behind), func.count()
    ).where(condition)
    first, left, total = session.execute(found).one()
    number = session.scalar(select(Hazard.number).where(Hazard.id == first)) if first else None
    return Next(number, left, total)
