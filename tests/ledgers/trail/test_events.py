"""Who did what: the auditors see the events of their area, newest first, by any of the filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.ledgers.trail import queries
from tests.client import Client
from tests.conftest import PASSWORD

from .conftest import tamper

HazardIn = Callable[[State], str]
Make = Callable[..., str]
URL = "/api/v1/audit/events"


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def told(client: Client, query: str = "") -> list[tuple[str, str]]:
    return [(item["number"], item["action"]) for item in listed(client, query)]


@pytest.fixture
def closed(hazard_in: HazardIn) -> str:
    return hazard_in(State.CLOSED)


@pytest.fixture
def later(closed: str, make: Make, clock: FixedClock) -> str:
    """Another one, reported two days later in another township."""
    clock.at += timedelta(days=2)
    return make("city01", area_code="141181100000", description="<b>燃气软管</b>老化")


def test_an_event_says_who_did_what_to_which_hazard_and_when(
    closed: str, later: str, auditor: Client
) -> None:
    newest, *_ = items = listed(auditor)
    assert newest["number"] == later
    assert newest["description"] == "<b>燃气软管</b>老化"
    assert newest["area"] == "141181100000"
    assert (newest["action"], newest["action_name"]) == ("report", "上报")
    assert (newest["from_state"], newest["to_state"]) == (None, "reported")
    assert (newest["actor_role"], newest["at"][:10]) == ("city_office", "2026-11-25")
    assert len(items) == 9
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)


def test_each_filter_narrows(closed: str, later: str, auditor: Client) -> None:
    assert told(auditor, "?action=close,accept&limit=5") in (
        [(closed, "close"), (closed, "accept")],
        [(closed, "accept"), (closed, "close")],  # in the same moment: by id
    )
    assert told(auditor, "?actor=city01") == [(later, "report")]
    assert {each for _, each in told(auditor, "?actor=张三")} == {"report"}
    assert told(auditor, "?actor=nobody") == []
    assert len(told(auditor, f"?number={closed}")) == 8
    assert told(auditor, "?number=YH-1") == []
    assert told(auditor, "?area=141181100000") == [(later, "report")]
    assert told(auditor, "?from=2026-11-24") == [(later, "report")]
    assert len(told(auditor, "?to=2026-11-24")) == 8
    assert len(told(auditor, "?from=2026-11-23&to=9999-12-31")) == 9
    assert told(auditor, f"?number={closed}&action=report&actor=city01") == []


def test_a_place_with_many_hazards_is_asked_the_other_way_round_and_says_the_same(
    closed: str, later: str, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "FEW_HAZARDS", 0)
    assert told(auditor, "?area=141181100000") == [(later, "report")]


def test_pages_skip_and_repeat_nothing_even_within_one_moment(
    closed: str, later: str, auditor: Client, database: Database
) -> None:
    tamper(database, "UPDATE events SET at = '2026-11-23T02:00:00.000000Z'")
    seen, cursor = [], ""
    for _ in range(9):
        answer = auditor.get(f"{URL}?limit=1{cursor}").json
        seen += [item["id"] for item in answer["items"]]
        cursor = f"&cursor={answer['next_cursor']}"
    assert answer["next_cursor"] is None
    assert seen == [item["id"] for item in listed(auditor)]
    assert len(set(seen)) == 9


def test_only_those_who_audit_may_and_in_their_area_only(
    closed: str, later: str, app: Flask, city: Client, auditor: Client, database: Database
) -> None:
    assert told(city) == told(auditor)
    tamper(database, "UPDATE users SET area_code = '141181100000' WHERE username = 'audit01'")
    assert told(auditor) == [(later, "report")]
    assert told(auditor, f"?number={closed}") == []
    assert told(auditor, "?area=141181000000") == [(later, "report")]
    for name in ("grid01", "town01", "dept01", "unit01", "admin01"):
        assert Client.signed_in(app, name, PASSWORD).get(URL).status_code == 403, name


@pytest.mark.parametrize(
    "wrong",
    [
        *("cursor=x", "cursor=MQ", "cursor=MTox", "cursor=AAoA", "cursor=%FF"),
        *("action=shoot", "area=1", "from=yesterday", "to=2026-02-30", "limit=0", "x=1"),
        *("from=0001-01-01", "to=0001-01-01"),
    ],
)
def test_what_cannot_be_asked_is_refused(auditor: Client, wrong: str) -> None:
    answer = auditor.get(f"{URL}?{wrong}")
    assert answer.status_code == 422, wrong
    assert wrong.partition("=")[0] in answer.json["errors"]
