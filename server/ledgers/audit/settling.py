"""Settling a difference of our own ledger: by an ordinary act on the hazard, or by an explanation.

Either keeps who said so, when and why. Nothing of the hazard changes but by the act's own event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Conflict, NotFound
from ...glossary import Action
from ...hazards.actions import DATA
from ...hazards.acts import Requested, Rules, act
from ...hazards.models import Hazard
from ...people.permissions import Actor, Permission
from ..differences import DifferenceStatus as Status
from ..models import Difference
from .queries import own_visible_to


class Decision(StrEnum):
    ACT = "act"
    EXPLAINED = "explained"


@dataclass(frozen=True)
class Settlement:
    """What somebody decides. `data` completes the suggested act's; `id` is the caller's own, and
    the event's, so that it may be sent again."""

    id: UUID
    decision: Decision
    reason: str
    data: Mapping[str, Any]


# Where a reason goes in an act's data.
WORDS = ("reason", "note")


def settle(
    session: Session,
    difference_id: int,
    settlement: Settlement,
    actor: Actor,
    *,
    at: datetime,
    rules: Rules,
) -> Difference:
    """Settle one that is open.

    Raises:
        NotFound: there is none, or none that the actor may settle.
        Conflict: it is settled, or gone; there is nothing to be done but to explain; a guard.
        Forbidden, InvalidInput, NotFound: as for the act itself (`hazards.acts`).
    """
    visible = own_visible_to(actor, Permission.SETTLE_DIFFERENCES, rules.permissions)
    query = select(Difference).where(Difference.id == difference_id, visible)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound("difference_not_found", "没有这条差异，或不在您的范围内。")
    if row.status != Status.OPEN:
        if _is_again(row, settlement, actor):
            return row
        name = Status(row.status).chinese
        raise Conflict("difference_settled", f"这条差异{name}，不需要再处理。", status=row.status)
    if settlement.decision is Decision.ACT:
        row.event_id = _act(session, row, settlement, actor, at, rules)
        row.status = Status.ACTED.value
    else:
        row.event_id = None
        row.status = Status.EXPLAINED.value
    row.settled_at, row.settled_by, row.reason = at, actor.id, settlement.reason
    session.flush()
    return row


def _is_again(row: Difference, settlement: Settlement, actor: Actor) -> bool:
    """Whether this very decision was taken already, and its answer was lost on the way."""
    done = {Decision.ACT: Status.ACTED, Decision.EXPLAINED: Status.EXPLAINED}
    same_event = settlement.decision is Decision.EXPLAINED or row.event_id == str(settlement.id)
    said = (row.status, row.settled_by, row.reason)
    return same_event and said == (done[settlement.decision], actor.id, settlement.reason)


def _act(
    session: Session,
    row: Difference,
    settlement: Settlement,
    actor: Actor,
    at: datetime,
    rules: Rules,
) -> str:
    """Do what was suggested; gives the event's id."""
    suggested = row.suggestion["action"]
    if suggested is None or row.hazard_id is None:
        message = "这条差异没有可以直接办理的操作，请按建议核实后填写说明。"
        raise Conflict("nothing_suggested", message)
    action = Action(suggested)
    data = {**row.suggestion["data"], **settlement.data}
    if word := next((each for each in WORDS if each in DATA[action]().fields), None):
        data.setdefault(word, settlement.reason)
    number = session.get_one(Hazard, row.hazard_id).number
    requested = Requested(settlement.id, action, data)
    _, event = act(session, number, requested, actor, at=at, rules=rules)
    return event.id
