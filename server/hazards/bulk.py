"""The same done to many hazards, each by itself: what goes through is done, the rest says why not.

Each is an act like any other, in a transaction of its own, with an id that follows from the
request's: sent again, it repeats nothing. Only what an office decides the same way for many can be
done so. Whether a hazard is fixed is looked at one by one: nothing is accepted or struck off here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import Conflict, DomainError, Forbidden
from ..fields import checked
from ..glossary import Action, State
from ..people.permissions import Actor
from .actions import DATA
from .acts import Requested, Rules, act, find
from .lifecycle import edge_from
from .models import Event, Hazard

MOST_ROWS = 200
ACTIONS = (Action.ASSIGN, Action.REASSIGN, Action.REMIND)

# What may be left to each hazard's own site.
OWN_SITE = "responsible_unit"


@dataclass(frozen=True)
class Outcome:
    """What became of one hazard, or would: where it went, or why not."""

    number: str
    ok: bool
    code: str = ""
    reason: str = ""
    event: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    responsible_unit: str = ""
    deadline: Any = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _OnlyLooked(Exception):
    """Ends a transaction whose outcome was only to be seen."""


def bulk(
    database: Database,
    requested: Requested,
    numbers: Sequence[str],
    actor: Actor,
    *,
    at: datetime,
    rules: Rules,
    preview: bool,
) -> Iterator[Outcome]:
    """Do `requested` to each of the hazards, or only see what would come of it.

    Without a responsible unit, `assign` takes each hazard's own site.

    Raises:
        Forbidden: the actor may do this to no hazard at all.
        InvalidInput: the data does not have the action's shape.
    """
    if not rules.permissions.holds(actor, requested.action):
        words = requested.action.chinese
        raise Forbidden("action_forbidden", f"您的角色（{actor.role.chinese}）不能“{words}”。")
    checked(DATA[requested.action](partial=(OWN_SITE,)), dict(requested.data))
    return (
        _one(
            database,
            replace(requested, id=uuid5(requested.id, number)),
            number,
            actor,
            at,
            rules,
            preview,
        )
        for number in numbers
    )


def _one(
    database: Database,
    requested: Requested,
    number: str,
    actor: Actor,
    at: datetime,
    rules: Rules,
    preview: bool,
) -> Outcome:
    outcome = Outcome(number, ok=False)
    try:
        with database.writing() as session:
            own = _for_this_one(session, requested, number, actor, rules)
            hazard, event = act(session, number, own, actor, at=at, rules=rules)
            outcome = _done(hazard, event)
            if preview:
                raise _OnlyLooked
    except _OnlyLooked:
        return replace(outcome, event=None)
    except DomainError as error:
        return Outcome(number, False, error.code, error.detail, errors=error.errors or {})
    except IntegrityError:
        # Somebody else did something to it in the same moment.
        return Outcome(number, False, "conflict_retry", "同时有人在办理这条隐患，请刷新后再试。")
    return outcome


def _for_this_one(
    session: Session, requested: Requested, number: str, actor: Actor, rules: Rules
) -> Requested:
    if requested.action is not Action.ASSIGN or OWN_SITE in requested.data:
        return requested
    hazard = find(session, number, actor, rules.permissions)
    if hazard.site_id is not None:
        return replace(requested, data={**requested.data, OWN_SITE: hazard.site_id})
    if edge_from(State(hazard.state), requested.action) is None:
        return requested  # to be told so: a site would not help
    raise Conflict("no_site", "这条隐患没有登记场所，请单独交办，或为这一批指定责任单位。")


def _done(hazard: Hazard, event: Event) -> Outcome:
    return Outcome(
        hazard.number,
        ok=True,
        event=event.id,
        from_state=None if event.from_state is None else State(event.from_state).value,
        to_state=event.to_state,
        responsible_unit=hazard.responsible_unit,
        deadline=hazard.deadline,
    )
