"""Random histories of hazards, put into the database as the acts would have left it.

Each is a list of events, legal by the lifecycle's edges but free of its guards, so that plans lack
parts and majors go unlisted. The columns follow from the events alone (`replay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from server.clock import local_date
from server.database import insert_all
from server.glossary import Action, Level, State
from server.hazards.chain import canonical
from server.hazards.facts import Facts
from server.hazards.lifecycle import edge_from
from server.hazards.models import Event, Hazard, Plan, row_of
from server.hazards.replay import Happened, evolve, format_moment
from tests.conftest import NOW

A = Action

AREAS = ("141181000000", "141181001000", "14118100199101", "141181100991", "141181003000")
SECTORS = ("FIRE", "GAS", "SELFBUILT", None)
SITES = ((None, ""), (None, "某小店"), (None, "某作坊"), (1, "演示餐馆"), (2, "演示超市"))
ALONG: dict[State, tuple[Action, ...]] = {
    State.REPORTED: (A.REGISTER, A.REGISTER, A.REGISTER, A.VOID, A.FIX_ON_SPOT),
    State.REGISTERED: (A.ASSIGN, A.ASSIGN, A.ASSIGN, A.VOID),
    State.ASSIGNED: (A.SUBMIT_PLAN, A.SUBMIT_PLAN, A.SUBMIT_PLAN, A.DECLINE, A.REASSIGN),
    State.PLAN_REVIEW: (A.APPROVE_PLAN, A.APPROVE_PLAN, A.RETURN_PLAN),
    State.RECTIFYING: (A.FINISH, A.FINISH, A.REASSIGN, A.REPORT_PROGRESS, A.GRANT_EXTENSION),
    State.AWAITING_ACCEPTANCE: (A.ACCEPT, A.ACCEPT, A.REFUSE_ACCEPTANCE),
    State.AWAITING_CLOSURE: (A.CLOSE, A.CLOSE, A.REFUSE_CLOSURE),
}


@dataclass(frozen=True)
class History:
    """A hazard's events, and the facts after each."""

    events: Sequence[Happened]
    facts: Sequence[Facts]

    def then(self, end: datetime) -> Facts | None:
        """The facts at a moment; None where it was not known yet."""
        before = [
            facts for event, facts in zip(self.events, self.facts, strict=True) if event.at < end
        ]
        return before[-1] if before else None


def histories(random: Random, count: int, *, end: datetime = NOW) -> list[History]:
    """So many random histories of the fourteen months before `end`."""
    return [_history(random, number, end) for number in range(count)]


def _history(random: Random, number: int, end: datetime) -> History:
    at = end - timedelta(days=random.randrange(420), minutes=random.randrange(1440))
    events = [_event(random, A.REPORT, State.REPORTED, at, _report(random, number, at))]
    facts = [evolve(None, events[0])]
    for _ in range(random.randrange(14)):
        at += timedelta(days=random.choice((0, 0, 1, 3, 10, 40)), minutes=random.randrange(1, 600))
        now = facts[-1]
        action = _next(random, now)
        if action is None or at > end:
            break
        edge = edge_from(now.state, action)
        assert edge is not None
        event = _event(random, action, edge.target or now.state, at, _data(random, action, at))
        events.append(event)
        facts.append(evolve(now, event))
    return History(events, facts)


def _next(random: Random, now: Facts) -> Action | None:
    if now.state not in ALONG:
        return None
    if random.random() < 0.3:
        listed = now.listing is not None and not now.delisted
        turn = A.DELIST if listed else A.LIST
        return random.choice((turn, turn, A.REGRADE, A.COMMENT))
    return random.choice(ALONG[now.state])


def _event(random: Random, action: Action, to: State, at: datetime, data: Any) -> Happened:
    id = str(UUID(int=random.getrandbits(128), version=4))
    return Happened(id, action, to, actor_id=1, actor_name="某人", at=at, data=data)


def _report(random: Random, number: int, at: datetime) -> dict[str, Any]:
    site_id, site_name = random.choice(SITES)
    found_on = local_date(at) - timedelta(days=random.choice((0, 0, 0, 2, 35)))
    return {
        "number": f"YH-141181-001-{found_on:%Y%m}-{number:04d}",
        "level": random.choice(list(Level)).value,
        "area_code": random.choice(AREAS),
        "description": "疏散通道堆物",
        "found_on": found_on.isoformat(),
        "sector": random.choice(SECTORS),
        "site_id": site_id,
        "site_name": site_name,
        "spot": "一层",
        "item": "",
        "category": "",
        "basis": "",
        "latitude": None,
        "longitude": None,
        "accuracy_m": None,
        "suggested_deadline": None,
        "needs_review": False,
    }


def _data(random: Random, action: Action, at: datetime) -> dict[str, Any]:
    ahead = (local_date(at) + timedelta(days=random.randrange(-5, 60))).isoformat()
    unit = {
        "responsible_unit": 1,
        "responsible_unit_name": "演示餐馆",
        "supervisor": "新义街道安委办 李四",
        "deadline": ahead,
    }
    level = random.choice([*Level, Level.MAJOR, Level.MAJOR]).value
    rank = random.choice(("市", "吕梁", "省", "省级"))
    given: dict[Action, dict[str, Any]] = {
        A.REGISTER: {"level": level, "sector": random.choice(SECTORS[:3])},
        A.VOID: {"reason": "误报"},
        A.FIX_ON_SPOT: {"summary": "已清空", "photos": []},
        A.ASSIGN: unit,
        A.REASSIGN: unit | {"reason": "改派"},
        A.SUBMIT_PLAN: {"plan": a_plan(random, ahead)},
        A.FINISH: {"summary": "已清空", "photos": []},
        A.ACCEPT: {"opinion": "合格", "acceptors": ["李四", "王五"], "acceptor_ids": [1, 2]},
        A.REFUSE_ACCEPTANCE: {"reason": "未清空", "deadline": ahead},
        A.REGRADE: {"level": level, "basis": "判定标准"},
        A.LIST: {"rank": rank, "supervisor_unit": "市安委办", "deadline": ahead},
    }
    return given.get(action, {})


def a_plan(random: Random, deadline: str) -> dict[str, Any]:
    """A plan of which some part may be said without saying anything."""

    def said(text: str) -> str:
        return random.choice((text, text, text, text, "无", " - ", ""))

    return {
        "responsibility": {
            "person": said("赵六"),
            "unit": "演示餐馆",
            "phone": random.choice(
                ("13800001234", "0358-7600000", "＋86 138", "不详", "（0358）76000001")
            ),
        },
        "measures": said("清空疏散通道"),
        "funds": {
            "amount_yuan": random.choice(("0.00", "1500.00", "123456.78")),
            "source": said("自筹"),
        },
        "deadline": deadline,
        "contingency": said("专人值守"),
    }


def write(session: Session, known: Sequence[History]) -> None:
    """Put these and no other hazards into the database."""
    for table in (Plan, Event, Hazard):
        session.execute(delete(table))
    hazards, events, plans = [], [], []
    for row, history in enumerate(known, start=1):
        hazards.append(_hazard(row, history))
        events += _events(row, history)
        plans += _plans(row, history)
    session.add_all(hazards)
    session.flush()
    insert_all(session, cast(Table, Event.__table__), events)
    session.add_all(plans)
    session.flush()


def _hazard(row: int, history: History) -> Hazard:
    first, last = history.events[0], history.events[-1]
    return Hazard(
        **row_of(history.facts[-1]),
        id=row,
        entity_id=first.id,
        version=len(history.events),
        head_hash="0" * 64,
        created_at=first.at,
        updated_at=last.at,
    )


def _events(row: int, history: History) -> list[dict[str, Any]]:
    return [
        {
            "id": event.id,
            "hazard_id": row,
            "seq": seq,
            "action": event.action.value,
            "from_state": None,
            "to_state": event.to_state.value,
            "actor_id": event.actor_id,
            "actor_name": event.actor_name,
            "actor_role": "township_office",
            "at": format_moment(event.at),
            "data": canonical(event.data),
            "request_hash": "",
            "previous_hash": "",
            "hash": "",
        }
        for seq, event in enumerate(history.events, start=1)
    ]


def _plans(row: int, history: History) -> list[Plan]:
    submitted = [event for event in history.events if event.action is A.SUBMIT_PLAN]
    plans = [
        Plan.submitted(row, event.id, event.actor_id, event.data["plan"]) for event in submitted
    ]
    for plan in plans:
        plan.current = history.facts[-1].plan is not None and plan is plans[-1]
    return plans
