"""What could be done about a flaw of ours: an ordinary act on the hazard, or words alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...glossary import Action, State
from ..differences import DifferenceKind as K
from ..rules.flaws import Flaw
from .lines import Line


@dataclass(frozen=True)
class Suggestion:
    """`data` is the part of the act's data that is known; whoever acts gives the rest."""

    action: Action | None
    data: Mapping[str, Any]
    words: str

    def as_json(self) -> dict[str, Any]:
        action = self.action.value if self.action else None
        return {"action": action, "data": dict(self.data), "words": self.words}


# A line that must not go on like this goes back to those whose turn it was.
SENT_BACK: Mapping[State, Action] = {
    State.AWAITING_ACCEPTANCE: Action.REFUSE_ACCEPTANCE,
    State.AWAITING_CLOSURE: Action.REFUSE_CLOSURE,
}
STOPS_THE_LINE = frozenset({K.FIVE_INCOMPLETE, K.PHOTO_EVIDENCE})

# Nothing that is done to the hazard mends these.
WORDS_ONLY = frozenset({K.BALANCE_BROKEN, K.BATCH_CLOSURE, K.NAME_MISMATCH, K.NUMBER_GAP})


def suggestion(flaw: Flaw, line: Line | None, today: date) -> Suggestion:
    """What to do about a flaw of a line, or of several together (None)."""
    if line is None or line.state is State.VOID or flaw.kind in WORDS_ONLY:
        return Suggestion(None, {}, flaw.advice)
    action, data = _act(flaw, line, today)
    return Suggestion(action, data, flaw.advice)


def _act(flaw: Flaw, line: Line, today: date) -> tuple[Action, Mapping[str, Any]]:
    pending = line.extension_requested is not None and line.state is State.RECTIFYING
    match flaw.kind:
        case K.OVERDUE_WITHOUT_EXTENSION:
            return (Action.GRANT_EXTENSION, {}) if pending else (Action.TRANSFER, {})
        case K.EXTENSION_IRREGULAR if pending:
            return Action.REFUSE_EXTENSION, {}
        case K.FIVE_INCOMPLETE if line.state is State.RECTIFYING:
            return Action.REASSIGN, _same_unit(line, today)
        case K.TRANSFER_ONE_SIDED:
            sector = {"sector": line.sector} if line.sector else {}
            return Action.REGISTER, {"level": line.record.level} | sector
    if flaw.kind in STOPS_THE_LINE and line.state in SENT_BACK:
        return SENT_BACK[line.state], {}
    # At least on the record.
    return Action.RECHECK if line.state is State.CLOSED else Action.COMMENT, {}


def _same_unit(line: Line, today: date) -> Mapping[str, Any]:
    """The same unit, asked for a plan anew, by the same day where that is still to come."""
    unit, deadline = line.responsible_site_id, line.record.deadline
    data: dict[str, Any] = {} if unit is None else {"responsible_unit": unit}
    if deadline is not None and deadline >= today:
        data["deadline"] = deadline.isoformat()
    return data
