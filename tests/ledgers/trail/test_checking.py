"""The check of the chains: every night and on demand, and what it finds is told in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from server.clock import FixedClock
from server.database import Database
from server.glossary import Role, State
from server.hazards.audit import seal
from server.ledgers.trail import checking
from server.ledgers.trail.checking import Verifier
from server.people.accounts import open_account
from server.seed.demo import TOWNSHIP
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import no_rest

from .conftest import tamper

HazardIn = Callable[[State], str]
URL = "/api/v1/audit/chain"


@pytest.fixture
def verifier(app: Flask) -> Verifier:
    found: Verifier = app.extensions["verifier"]
    return found


@pytest.fixture
def check(auditor: Client, verifier: Verifier) -> Callable[[], dict[str, Any]]:
    """Ask for a check, and do it; gives what is told of it."""

    def run() -> dict[str, Any]:
        asked = auditor.post(URL)
        assert asked.status_code == 202, asked.text
        assert asked.json["state"] == "waiting"
        verifier.carry_on(no_rest)
        newest: dict[str, Any] = auditor.get(URL).json["checks"][0]
        assert newest["id"] == asked.json["id"]
        return newest

    return run


def test_a_sound_ledger_is_counted_and_sealed_days_are_told(
    hazard_in: HazardIn, check: Callable[[], dict[str, Any]], auditor: Client,
    database: Database, clock: FixedClock,
) -> None:  # fmt: skip
    hazard_in(State.CLOSED)
    hazard_in(State.REPORTED)
    assert auditor.get(URL).json["seals"]["last_hash"] is None
    clock.at += timedelta(days=1)
    with database.writing() as session:
        seal(session, clock.now())
    found = check()
    assert (found["state"], found["fault_count"], found["faults"]) == ("done", 0, [])
    counted = ("hazards_total", "hazards_done", "events", "digests")
    assert [found[name] for name in counted] == [2, 2, 9, 1]
    assert found["asked_by"] is not None
    seals = auditor.get(URL).json["seals"]
    assert (seals["days"], seals["first_day"], seals["last_day"]) == (1, "2026-11-23", "2026-11-23")
    assert re.fullmatch("[0-9a-f]{64}", seals["last_hash"])


def test_of_what_was_altered_elsewhere_a_township_learns_no_number(
    hazard_in: HazardIn, check: Callable[[], dict[str, Any]], database: Database, app: Flask
) -> None:
    number = hazard_in(State.REGISTERED)
    tamper(database, "UPDATE events SET actor_name = '某人' WHERE seq = 2")
    assert number in str(check()["faults"])
    with database.writing() as session:
        for name, area in (("audit02", "141181100000"), ("audit03", TOWNSHIP)):
            open_account(session, name, Role.AUDITOR, PASSWORD, at=NOW, area_code=area)
    seen = Client.signed_in(app, "audit03", PASSWORD).get(URL).json["checks"][0]
    assert number in str(seen["faults"])
    seen = Client.signed_in(app, "audit02", PASSWORD).get(URL).json["checks"][0]
    assert seen["fault_count"] == len(seen["faults"]) > 0
    assert number not in str(seen)


def test_what_was_altered_is_told_in_words_with_its_number(
    hazard_in: HazardIn, check: Callable[[], dict[str, Any]], database: Database
) -> None:
    number = hazard_in(State.REGISTERED)
    tamper(database, "UPDATE events SET actor_name = '某人' WHERE seq = 2")
    found = check()
    assert found["fault_count"] == 1
    assert found["faults"] == [
        {"number": number, "words": f"{number} 第 2 步的记录被改动过，校验值不符。"}
    ]


def test_every_kind_of_fault_has_its_words(
    hazard_in: HazardIn, check: Callable[[], dict[str, Any]], unguarded: Database,
    clock: FixedClock,
) -> None:  # fmt: skip
    gone, cut, late, changed = (hazard_in(State.REGISTERED) for _ in range(4))
    clock.at += timedelta(days=1)
    with unguarded.writing() as session:
        seal(session, clock.now())
    of = "(SELECT id FROM hazards WHERE number = :n)"
    tamper(unguarded, "DELETE FROM hazards WHERE number = :n", n=gone)
    tamper(unguarded, f"DELETE FROM events WHERE seq = 1 AND hazard_id = {of}", n=cut)
    tamper(unguarded, f"DELETE FROM events WHERE seq = 2 AND hazard_id = {of}", n=late)
    tamper(unguarded, "UPDATE hazards SET spot = '别处' WHERE number = :n", n=changed)
    tamper(unguarded, f"DELETE FROM movements WHERE seq = 1 AND hazard_id = {of}", n=changed)
    tamper(unguarded, "UPDATE digests SET hash = 'x'")
    words = [each["words"] for each in check()["faults"]]
    for said in (
        f"{cut} 缺少第 1 步的操作记录。",
        f"{late} 最后的操作记录缺失。",
        f"{changed} 台账上的内容（spot）与操作记录不一致。",
        f"{gone} 不见了，这个编号已经给出过。",
        "2026-11-23 的日封存被改动过，或者前一天的封存缺失。",
    ):
        assert said in words
    assert any(f"{changed} 第 1 步的月度增减缺失。" == each for each in words)
    assert any(each.endswith("所属的隐患不见了。") for each in words)
    assert not [each for each in words if not re.search("[\u4e00-\u9fff]", each)]


def test_only_so_many_faults_are_kept_and_all_are_counted(
    hazard_in: HazardIn, check: Callable[[], dict[str, Any]], database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(checking, "KEPT_FAULTS", 1)
    for _ in range(3):
        hazard_in(State.REPORTED)
    tamper(database, "UPDATE events SET actor_name = '某人'")
    found = check()
    assert (found["fault_count"], len(found["faults"])) == (3, 1)


def test_a_night_has_one_check_and_who_asks_meanwhile_gets_the_one_under_way(
    verifier: Verifier, auditor: Client, clock: FixedClock
) -> None:
    clock.at = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # two in the morning
    ids = {auditor.post(URL).json["id"] for _ in range(2)}
    assert len(ids) == 1
    for _ in range(3):
        verifier.carry_on(no_rest)
    nights = [each["night"] for each in auditor.get(URL).json["checks"]]
    assert nights == ["2026-11-24", None]


def test_a_check_that_fails_says_so(
    verifier: Verifier, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(checking, "verify", fails)
    auditor.post(URL)
    with pytest.raises(RuntimeError):
        verifier.carry_on(no_rest)
    assert auditor.get(URL).json["checks"][0]["state"] == "failed"
    with pytest.raises(ValueError, match="no hour"):
        replace(verifier, hour=24)


def test_who_does_not_audit_learns_nothing(grid: Client, town: Client) -> None:
    for client in (grid, town):
        assert client.get(URL).status_code == 403
        assert client.post(URL).status_code == 403
