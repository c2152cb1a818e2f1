"""Months with something in them, and callers who look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from config import Settings
from server.clock import FixedClock
from server.database import Database
from server.glossary import Role
from server.people.accounts import open_account
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.hazards.conftest import MakeHazard

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
JANUARY = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)

# Two townships beside the demo's own, 新义街道.
SECOND, THIRD = "141181002000", "141181100000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Sign-ins that last from one month's end to the next."""
    return replace(settings, session_days=90)


@pytest.fixture
def town_b(app: Flask, database: Database) -> Client:
    """The office of 中阳楼街道."""
    with database.writing() as session:
        open_account(
            session, "town11", Role.TOWNSHIP_OFFICE, PASSWORD, at=NOW, area_code=SECOND, name="钱一"
        )
    return Client.signed_in(app, "town11", PASSWORD)


@pytest.fixture
def gas(app: Flask, database: Database) -> Client:
    """The department that answers for gas."""
    with database.writing() as session:
        open_account(
            session,
            "dept11",
            Role.DEPARTMENT,
            PASSWORD,
            at=NOW,
            area_code="141181000000",
            name="冯二",
            sectors=["GAS"],
        )
    return Client.signed_in(app, "dept11", PASSWORD)


@pytest.fixture
def two_months(make: MakeHazard, city: Client, clock: FixedClock) -> None:
    """November: four reported, one of them found in October; one voided, one made major.
    December: one reported, one handed over from 新义街道 to 中阳楼街道, one given a sector."""
    make(found_on=date(2026, 10, 30))
    void, graded, unclassified = make(), make(), make(sector=None)
    city.does(void, "void", {"reason": "误报"})
    city.does(graded, "regrade", {"level": "major", "basis": "判定标准"})
    clock.at = DECEMBER
    make(area_code="141181100991", sector="GAS")
    city.does(graded, "hand_over", {"area": SECOND, "reason": "不在本辖区"})
    city.does(unclassified, "register", {"level": "general", "sector": "GAS"})


Get = Callable[..., dict[str, Any]]


def balance_of(caller: Client, month: str, query: str = "") -> dict[str, Any]:
    """A balance that must be given."""
    answer = caller.get(f"/api/v1/balances/{month}{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def rows_of(balance: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The rows that have figures, by name, without what is nought."""
    rows = {
        row["name"]: {key: each for key, each in row.items() if each and isinstance(each, int)}
        for row in balance["rows"]
    }
    return {name: figures for name, figures in rows.items() if figures}


def confirm(caller: Client, month: str, **changes: Any) -> Any:
    """Confirm what the caller sees now, but for what `changes` says otherwise."""
    seen = balance_of(caller, month)
    body = {"figures_hash": seen["figures_hash"], "seen_at": seen["as_of"]} | changes
    return caller.post(f"/api/v1/balances/{month}/confirmations", json=body)


def close(caller: Client, month: str, **changes: Any) -> Any:
    """Close a month as the caller sees it now."""
    seen = balance_of(caller, month)
    body = {"figures_hash": seen["figures_hash"], "seen_at": seen["as_of"]} | changes
    return caller.post(f"/api/v1/balances/{month}/closing", json=body)
