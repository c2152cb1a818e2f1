"""A major hazard under listing, brought there by the people who would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.clock import FixedClock
from server.glossary import Level
from tests.client import PLAN, Client
from tests.hazards.conftest import MakeHazard

LISTING = {
    "rank": "市",
    "supervisor_unit": "市消防救援大队",
    "deadline": "2026-12-25",
    "document_no": "孝安督〔2026〕3号",
}
DONE = {"when": "2026-11-23", "how": "书面"}


@pytest.fixture
def under_listing(
    make: MakeHazard, town: Client, department: Client, unit: Client
) -> Callable[[], str]:
    """Make a hazard that is major, listed, planned and being put right; gives its number."""

    def make_one() -> str:
        number = make(level=Level.SUSPECTED_MAJOR, site_name="演示餐馆")
        town.does(number, "register", {"level": "suspected_major", "sector": "FIRE", "site": 1})
        department.does(number, "regrade", {"level": "major", "basis": "GB 35181-2025"})
        department.does(number, "list", LISTING)
        town.does(number, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})
        unit.does(number, "dual_report", {"to_regulator": DONE, "to_employees": DONE})
        unit.does(number, "submit_plan", {"plan": PLAN})
        department.does(number, "approve_plan")
        return number

    return make_one


@pytest.fixture
def later(clock: FixedClock) -> Callable[[int], None]:
    """Let days go by."""

    def go(days: int) -> None:
        clock.at += timedelta(days=days)

    return go
