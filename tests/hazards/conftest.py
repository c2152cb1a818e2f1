"""Hazards in whatever state a test begins from, moved there by the people who would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from tests.client import PLAN, Client
from tests.factories import account_actor, make_hazard

# The way along the line, state by state: who does what with what.
WAY: tuple[tuple[State, str, str, dict[str, Any]], ...] = (
    (State.REGISTERED, "town", "register", {"level": "general", "sector": "FIRE", "site": 1}),
    (State.ASSIGNED, "town", "assign", {"responsible_unit": 1, "deadline": "2026-12-20"}),
    (State.PLAN_REVIEW, "unit", "submit_plan", {"plan": PLAN}),
    (State.RECTIFYING, "town", "approve_plan", {}),
    (State.AWAITING_ACCEPTANCE, "unit", "finish", {"summary": "已清空", "photos": ["?"]}),
    (State.AWAITING_CLOSURE, "town", "accept", {"opinion": "合格"}),
    (State.CLOSED, "town2", "close", {"opinion": "同意"}),
)

MakeHazard = Callable[..., str]


@pytest.fixture
def make(database: Database, clock: FixedClock) -> MakeHazard:
    """Make a reported hazard; gives its number."""

    def make_one(reporter: str = "grid01", **found: Any) -> str:
        with database.writing() as session:
            actor = account_actor(session, reporter)
            return make_hazard(session, actor, at=clock.now(), **found).number

    return make_one


@pytest.fixture
def advance(town: Client, town2: Client, unit: Client) -> Callable[[str, State], str]:
    """Take a general hazard along the line to a state; gives its number back."""
    people = {"town": town, "town2": town2, "unit": unit}

    def to(number: str, state: State) -> str:
        if state is State.REPORTED:
            return number
        for reached, who, action, data in WAY:
            if data.get("photos"):
                data = data | {"photos": [people[who].put_photo()]}
            assert people[who].does(number, action, data)["state"] == reached
            if reached is state:
                return number
        raise AssertionError(f"{state} is not on the way")

    return to


@pytest.fixture
def hazard_in(make: MakeHazard, advance: Callable[[str, State], str]) -> Callable[[State], str]:
    """A hazard in a state on the line; gives its number."""
    return lambda state: advance(make(), state)
