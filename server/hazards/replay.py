"""What each event makes of the facts: the one place where a hazard's state and fields change.

`evolve` is used twice: to act, and to verify (the columns must equal the replay of the events).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from ..clock import local_date
from ..glossary import Action, Level, Stage, State
from .actions import photos_in
from .facts import Facts, PhotoOf

Changes = dict[str, Any]


@dataclass(frozen=True)
class Happened:
    """An event as replay needs it. `data` is plain JSON: dates are ISO text."""

    id: str
    action: Action
    to_state: State
    actor_id: int
    actor_name: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def day(self) -> date:
        return local_date(self.at)


def evolve(facts: Facts | None, event: Happened) -> Facts:
    """The facts after an event; `facts` is None before the first, which is `report`."""
    if facts is None:
        facts = _reported(event)
    changes = EFFECTS[event.action](facts, event)
    photos = facts.photos + tuple(_photos(event))
    return replace(facts, **changes, state=event.to_state, photos=photos)


def replayed(events: Iterable[Happened]) -> Facts:
    """The facts after all of a hazard's events.

    Raises:
        ValueError: there are none.
    """
    facts: Facts | None = None
    for event in events:
        facts = evolve(facts, event)
    if facts is None:
        raise ValueError("a hazard has at least one event")
    return facts


def parse_moment(at: str) -> datetime:
    """The moment that an event's `at` says (see `format_moment`)."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def format_moment(at: datetime) -> str:
    """UTC as RFC 3339 with six digits, so that text sorts as time does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _reported(event: Happened) -> Facts:
    data = dict(event.data)
    data.pop("photos", None)
    data.pop("submission", None)
    data.pop("device", None)
    days = {key: _day(data.get(key)) for key in ("suggested_deadline", "found_on")}
    return Facts(
        **data | days | {"level": Level(data["level"])},
        state=State.REPORTED,
        reporter_id=event.actor_id,
        reporter_name=event.actor_name,
    )


# The stage of the photos that an action brings.
STAGES: Mapping[Action, Stage] = {
    Action.REPORT: Stage.BEFORE,
    Action.ATTACH_PHOTO: Stage.BEFORE,
    Action.AMEND: Stage.BEFORE,
    Action.RESUBMIT: Stage.BEFORE,
    Action.FINISH: Stage.AFTER,
    Action.FIX_ON_SPOT: Stage.AFTER,
    Action.ACCEPT: Stage.RECHECK,
    Action.RECHECK: Stage.RECHECK,
    Action.VISIT: Stage.RECHECK,
    Action.REFUSE_ACCEPTANCE: Stage.RECHECK,
}


def _photos(event: Happened) -> Iterable[PhotoOf]:
    # A photo that arrives late says itself what it is of, where it is not of the report.
    stage = Stage(event.data.get("stage", STAGES.get(event.action, Stage.PROOF)))
    return (PhotoOf(stage, sha256, event.id) for sha256 in photos_in(event.action, event.data))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _nothing(facts: Facts, event: Happened) -> Changes:
    return {}


# Nobody has judged the report yet: what its reporter mends in it, counts.
UNJUDGED = frozenset({State.REPORTED, State.RETURNED})


def _amend(facts: Facts, event: Happened) -> Changes:
    if facts.state not in UNJUDGED:
        return {}
    changes = dict(event.data["changed"])
    if "level" in changes:
        changes["level"] = Level(changes["level"])
    if "suggested_deadline" in changes:
        changes["suggested_deadline"] = _day(changes["suggested_deadline"])
    return changes


def _register(facts: Facts, event: Happened) -> Changes:
    data = event.data
    changes: Changes = {
        "level": Level(data["level"]),
        "sector": data["sector"],
        "needs_review": False,
    }
    if data.get("basis"):
        changes["basis"] = data["basis"]
    if "site" in data:
        changes |= {"site_id": data["site"], "site_name": data["site_name"]}
    return changes


def _resubmit(facts: Facts, event: Happened) -> Changes:
    changes: Changes = {"description": event.data.get("description", facts.description)}
    if "level" in event.data:
        changes["level"] = Level(event.data["level"])
    return changes


def _assign(facts: Facts, event: Happened) -> Changes:
    """A new unit answers for a plan of its own: what another planned does not bind it."""
    data = event.data
    return (
        {
            "responsible_site_id": data["responsible_unit"],
            "responsible_unit": data["responsible_unit_name"],
            "supervisor": data["supervisor"],
            "deadline": _day(data["deadline"]),
            "fixed_on_spot": False,
        }
        | _NO_PLAN
        | _NOT_FINISHED
    )


_NO_PLAN: Changes = {
    "plan": None,
    "plan_by": None,
    "plan_approved": False,
    "extension_requested": None,
    "extension_by": None,
}

# What was finished and accepted no longer is.
_NOT_FINISHED: Changes = {
    "acceptors": (),
    "acceptor_ids": (),
    "acceptance_opinion": "",
    "accepted_on": None,
    "finished_on": None,
}


def _decline(facts: Facts, event: Happened) -> Changes:
    return {"responsible_site_id": None, "responsible_unit": "", "deadline": None} | _NO_PLAN


def _submit_plan(facts: Facts, event: Happened) -> Changes:
    return {"plan": event.data["plan"], "plan_by": event.actor_id, "plan_approved": False}


def _approve_plan(facts: Facts, event: Happened) -> Changes:
    assert facts.plan is not None
    return {"plan_approved": True, "deadline": _day(facts.plan["deadline"])}


def _request_extension(facts: Facts, event: Happened) -> Changes:
    return {"extension_requested": _day(event.data["deadline"]), "extension_by": event.actor_id}


_NO_REQUEST: Changes = {"extension_requested": None, "extension_by": None}


def _grant_extension(facts: Facts, event: Happened) -> Changes:
    granted = {"deadline": facts.extension_requested, "extensions": facts.extensions + 1}
    return granted | _NO_REQUEST


def _finish(facts: Facts, event: Happened) -> Changes:
    return {
        "finish_summary": event.data["summary"],
        "finished_on": event.day,
        "rectifier_id": event.actor_id,
        "rectifier_name": event.actor_name,
    } | _NO_REQUEST


def _fix_on_spot(facts: Facts, event: Happened) -> Changes:
    return _finish(facts, event) | {"fixed_on_spot": True, "needs_review": False}


def _accept(facts: Facts, event: Happened) -> Changes:
    return {
        "acceptors": tuple(event.data["acceptors"]),
        "acceptor_ids": tuple(event.data["acceptor_ids"]),
        "acceptance_opinion": event.data["opinion"],
        "accepted_on": event.day,
    }


def _refused(facts: Facts, event: Happened) -> Changes:
    """Back to rectification."""
    changes = dict(_NOT_FINISHED)
    if "deadline" in event.data:
        changes["deadline"] = _day(event.data["deadline"])
    return changes


def _close(facts: Facts, event: Happened) -> Changes:
    return {"closer_name": event.actor_name, "closed_on": event.day}


def _void(facts: Facts, event: Happened) -> Changes:
    return {
        "void_reason": event.data["reason"],
        "duplicate_of": event.data.get("duplicate_of"),
    }


def _regrade(facts: Facts, event: Happened) -> Changes:
    return {"level": Level(event.data["level"]), "basis": event.data["basis"]}


def _list(facts: Facts, event: Happened) -> Changes:
    return {"listing": dict(event.data), "delisted": False}


def _dual_report(facts: Facts, event: Happened) -> Changes:
    kept = {"to_regulator": "reported_to_regulator", "to_employees": "reported_to_employees"}
    return {name: event.data[key] for key, name in kept.items() if key in event.data}


EFFECTS: Mapping[Action, Callable[[Facts, Happened], Changes]] = {
    Action.REPORT: _nothing,
    Action.ATTACH_PHOTO: _nothing,
    Action.AMEND: _amend,
    Action.VISIT: _nothing,
    Action.REGISTER: _register,
    Action.RETURN_REPORT: _nothing,
    Action.RESUBMIT: _resubmit,
    Action.VOID: _void,
    Action.FIX_ON_SPOT: _fix_on_spot,
    Action.ASSIGN: _assign,
    Action.DECLINE: _decline,
    Action.SUBMIT_PLAN: _submit_plan,
    Action.APPROVE_PLAN: _approve_plan,
    Action.RETURN_PLAN: _nothing,
    Action.REPORT_PROGRESS: _nothing,
    Action.REQUEST_EXTENSION: _request_extension,
    Action.GRANT_EXTENSION: _grant_extension,
    Action.REFUSE_EXTENSION: lambda facts, event: dict(_NO_REQUEST),
    Action.FINISH: _finish,
    Action.ACCEPT: _accept,
    Action.REFUSE_ACCEPTANCE: _refused,
    Action.CLOSE: _close,
    Action.REFUSE_CLOSURE: _refused,
    Action.RECHECK: _nothing,
    Action.REGRADE: _regrade,
    Action.LIST: _list,
    Action.DELIST: lambda facts, event: {"delisted": True},
    Action.DUAL_REPORT: _dual_report,
    Action.SUSPEND: lambda facts, event: {"suspended": True},
    Action.RESUME: lambda facts, event: {"suspended": False},
    Action.TRANSFER: lambda facts, event: {"transferred": True},
    Action.HAND_OVER: lambda facts, event: {"area_code": event.data["area"]},
    Action.REASSIGN: _assign,
    Action.COMMENT: _nothing,
    Action.REMIND: _nothing,
    Action.ISSUE_DOCUMENT: _nothing,
}
