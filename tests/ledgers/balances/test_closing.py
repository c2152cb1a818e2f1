"""Confirming and closing a month: in order, once, with what is missing named, and for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import text

from server.clock import FixedClock
from server.database import Database
from server.ledgers.balances.closing import signature
from server.ledgers.models import Difference
from tests.client import Client
from tests.conftest import SECRET_KEY
from tests.hazards.conftest import MakeHazard
from tests.hazards.test_audit import tamper
from tests.web.test_problems import assert_problem

from .conftest import JANUARY, balance_of, close, confirm

Run = Callable[..., str]


def closing_of(caller: Client, month: str) -> dict[str, Any]:
    answer = caller.get(f"/api/v1/balances/{month}/closing")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def a_difference(database: Database, **changes: Any) -> None:
    plain = {
        "key": "overdue/1",
        "kind": "overdue_without_extension",
        "month": "2026-11",
        "area_code": "141181001000",
        "explanation": "逾期未延期",
        "ours": {},
        "theirs": {},
        "suggestion": {},
        "status": "open",
        "found_at": JANUARY,
        "reason": "",
    }
    with database.writing() as session:
        session.add(Difference(**plain | changes))


@pytest.fixture
def verified(app: Flask, database: Database) -> Callable[[], list[str]]:
    """What `flask audit verify` finds broken."""

    def run() -> list[str]:
        output = app.test_cli_runner().invoke(args=("audit", "verify")).output
        return [line for line in output.splitlines() if line.startswith("BROKEN")]

    return run


def test_the_months_tell_what_each_of_them_has_come_to(
    two_months: None, town: Client, city: Client, grid: Client, auditor: Client, clock: FixedClock
) -> None:
    def months(caller: Client) -> list[tuple[str, bool, bool | None, bool]]:
        items = caller.get("/api/v1/balances").json["items"]
        names = ("month", "is_over", "confirmed")
        return [(*(each[name] for name in names), bool(each["closed_at"])) for each in items]

    assert months(town) == [("2026-12", False, False, False), ("2026-11", True, False, False)]
    assert confirm(town, "2026-11").status_code == 201
    assert close(city, "2026-11", reason="先关").status_code == 201
    clock.at = JANUARY
    assert months(town) == [
        ("2027-01", False, False, False),
        ("2026-12", True, False, False),
        ("2026-11", True, True, True),
    ]
    # The city's office closes, and confirms nothing.
    assert months(city)[2] == months(auditor)[2] == ("2026-11", True, None, True)
    assert grid.get("/api/v1/balances").status_code == 403


def test_before_the_first_hazard_there_is_the_month_that_runs(city: Client) -> None:
    answer = city.get("/api/v1/balances").json["items"]
    assert [(each["month"], each["is_over"]) for each in answer] == [("2026-11", False)]


def test_a_township_and_a_department_confirm_what_they_answer_for(
    two_months: None, town: Client, department: Client, city: Client
) -> None:
    answer = confirm(town, "2026-11", note="与纸质台账一致")
    assert answer.status_code == 201, answer.text
    [mine] = answer.json["items"]
    assert (mine["area_name"], mine["sector"], mine["name"]) == ("新义街道", "", "李四")
    assert mine["note"] == "与纸质台账一致"
    [fire] = confirm(department, "2026-11").json["items"]
    assert (fire["sector_name"], fire["unit"]) == ("消防", "市消防救援大队")
    assert len(closing_of(city, "2026-11")["confirmations"]) == 2


def test_the_first_confirmation_stays(
    two_months: None, town: Client, town2: Client, clock: FixedClock
) -> None:
    first = confirm(town, "2026-11").json["items"]
    clock.at = JANUARY
    assert confirm(town2, "2026-11", note="再次").json["items"] == first


def test_a_stale_sight_is_told_what_changed(
    make: MakeHazard, town: Client, clock: FixedClock
) -> None:
    make()
    seen = balance_of(town, "2026-11")
    clock.at = datetime(2026, 11, 30, 8, tzinfo=UTC)
    number = make()
    clock.at = JANUARY
    body = {"figures_hash": seen["figures_hash"], "seen_at": seen["as_of"]}
    answer = town.post("/api/v1/balances/2026-11/confirmations", json=body)
    assert_problem(answer, 412, "figures_changed")
    [changed] = answer.json["changed"]
    assert (changed["number"], changed["kind"], changed["delta"]) == (number, "added", 1)
    assert number in answer.json["detail"]
    assert answer.json["total"]["added"] == 2
    body["figures_hash"] = answer.json["figures_hash"]
    assert town.post("/api/v1/balances/2026-11/confirmations", json=body).status_code == 201


def test_what_is_not_over_is_neither_confirmed_nor_closed(
    make: MakeHazard, town: Client, city: Client, clock: FixedClock
) -> None:
    make()
    for moment in (clock.at, datetime(2026, 11, 30, 16, 59, tzinfo=UTC)):
        clock.at = moment
        assert_problem(confirm(town, "2026-11"), 409, "month_not_over")
        assert_problem(close(city, "2026-11"), 409, "month_not_over")
        assert not closing_of(city, "2026-11")["is_over"]
    clock.at = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    assert confirm(town, "2026-11").status_code == 201


def test_confirming_is_for_townships_and_departments_and_closing_for_the_city(
    two_months: None, town: Client, department: Client, city: Client, auditor: Client
) -> None:
    for caller in (city, auditor):
        assert_problem(confirm(caller, "2026-11"), 403, "forbidden")
    for caller in (town, department, auditor):
        assert_problem(close(caller, "2026-11"), 403, "forbidden")


def test_a_month_that_all_confirmed_closes_without_a_reason(
    two_months: None, town: Client, department: Client, city: Client, auditor: Client
) -> None:
    confirm(town, "2026-11")
    confirm(department, "2026-11")
    answer = close(city, "2026-11")
    assert answer.status_code == 201, answer.text
    closed = answer.json
    assert (closed["closed_by"], closed["reason"]) == ("周八", "")
    assert closed["previous_hash"] == "0" * 64
    assert closed["is_signed"]
    assert closing_of(auditor, "2026-11")["closing"] == closed
    assert balance_of(city, "2026-11")["is_closed"]
    snapshot = auditor.get("/api/v1/balances/2026-11/closing.json")
    assert sha256(snapshot.data).hexdigest() == closed["hash"]
    said = json.loads(snapshot.data)
    assert said["total"]["ending"] == 3
    assert [each["unit"] for each in said["confirmations"]] == ["新义街道安委办", "市消防救援大队"]
    assert sum(line[said["columns"].index("ending")] for line in said["cells"]) == 3
    assert_problem(town.get("/api/v1/balances/2026-11/closing.json"), 403, "not_the_whole")


def test_without_all_of_them_it_wants_a_reason_which_is_kept(
    two_months: None, town: Client, city: Client
) -> None:
    confirm(town, "2026-11")
    answer = close(city, "2026-11")
    assert_problem(answer, 409, "reason_needed")
    assert answer.json["missing"] == [{"area_code": "141181000000", "sector": "FIRE"}]
    assert "：1 个乡镇或行业还没有确认" in answer.json["detail"]
    assert closing_of(city, "2026-11")["closing"] is None
    answer = close(city, "2026-11", reason="消防大队公章在途，电话确认")
    assert answer.status_code == 201
    assert closing_of(city, "2026-11")["closing"]["reason"] == "消防大队公章在途，电话确认"


def test_open_differences_want_a_reason(
    two_months: None, town: Client, department: Client, city: Client, database: Database
) -> None:
    confirm(town, "2026-11")
    confirm(department, "2026-11")
    a_difference(database)
    a_difference(database, key="later", month="2026-12")
    a_difference(database, key="settled", status="explained")
    answer = close(city, "2026-11")
    assert_problem(answer, 409, "reason_needed")
    [found] = answer.json["open_differences"]
    assert (found["area_code"], found["count"]) == ("141181001000", 1)
    [shown] = closing_of(town, "2026-11")["open_differences"]
    assert shown["name"] == "新义街道·未归类"
    assert close(city, "2026-11", reason="已责成限期处理").status_code == 201


def test_what_is_missing_is_told_to_whom_it_concerns(
    two_months: None, town: Client, town_b: Client, department: Client, gas: Client, city: Client
) -> None:
    every = [each["name"] for each in closing_of(city, "2026-12")["missing"]]
    assert every == ["新义街道", "中阳楼街道", "兑镇镇", "消防", "燃气"]
    for caller, own in (
        (town, "新义街道"),
        (town_b, "中阳楼街道"),
        (department, "消防"),
        (gas, "燃气"),
    ):
        assert [each["name"] for each in closing_of(caller, "2026-12")["missing"]] == [own]


def test_months_close_once_and_in_their_order(
    two_months: None, city: Client, clock: FixedClock
) -> None:
    clock.at = JANUARY
    answer = close(city, "2026-12", reason="先关")
    assert_problem(answer, 409, "not_in_order")
    assert answer.json["next_month"] == "2026-11"
    assert_problem(close(city, "2026-10", reason="空月"), 409, "nothing_to_close")
    first = close(city, "2026-11", reason="未确认").json
    assert_problem(close(city, "2026-11", reason="再关"), 409, "month_closed")
    second = close(city, "2026-12", reason="未确认").json
    assert second["previous_hash"] == first["hash"]
    assert balance_of(city, "2027-01")["total"]["opening"] == 4


def test_nothing_is_confirmed_after_the_closing(
    two_months: None, town: Client, city: Client
) -> None:
    close(city, "2026-11", reason="未确认")
    assert_problem(confirm(town, "2026-11"), 409, "month_closed")


def test_a_closing_by_stale_figures_is_refused(two_months: None, city: Client) -> None:
    body = {"figures_hash": "0" * 64, "reason": "未确认"}
    answer = city.post("/api/v1/balances/2026-11/closing", json=body)
    assert_problem(answer, 412, "figures_changed")
    assert answer.json["changed"] == []
    for moment in ("0001-01-01T00:00:00+14:00", "2026-12-01T00:00:00", "昨天"):
        answer = city.post("/api/v1/balances/2026-11/closing", json=body | {"seen_at": moment})
        assert_problem(answer, 422, "invalid_input")
        assert "seen_at" in answer.json["errors"]
    for missing in ({}, {"figures_hash": ""}, {"figures_hash": "x" * 65}, {"figures_hash": 1}):
        answer = city.post("/api/v1/balances/2026-11/closing", json=missing)
        assert_problem(answer, 422, "invalid_input")
        assert "figures_hash" in answer.json["errors"]


def test_what_is_recorded_later_leaves_a_closed_month_as_it_is(
    two_months: None, make: MakeHazard, city: Client, clock: FixedClock, verified: Run
) -> None:
    before = balance_of(city, "2026-11")
    close(city, "2026-11", reason="未确认")
    make(found_on=clock.at.date().replace(month=11))
    after = balance_of(city, "2026-11")
    assert (after["rows"], after["total"]) == (before["rows"], before["total"])
    assert after["figures_hash"] == before["figures_hash"]
    assert after["deviations"] == []
    december = balance_of(city, "2026-12")["total"]
    assert (december["opening"], december["added"], december["late"]) == (3, 2, 1)
    assert verified() == []


def test_a_closed_month_that_the_movements_do_not_bear_out_is_shown_loudly(
    two_months: None, city: Client, database: Database, verified: Run, clock: FixedClock
) -> None:
    close(city, "2026-11", reason="未确认")
    tamper(database, "DELETE FROM movements WHERE kind = 'voided'")
    shown = balance_of(city, "2026-11")
    [deviation] = shown["deviations"]
    assert deviation["name"] == "新义街道·消防·一般"
    assert (deviation["closed"]["voided"], deviation["now"]["voided"]) == (-1, 0)
    assert shown["total"]["voided"] == -1, "what was closed is what is shown"
    sheet = load_workbook(BytesIO(city.get("/api/v1/balances/2026-11.xlsx").data)).active
    assert sheet is not None
    assert "已关账，有 1 处与事件记录不符" in str(sheet["A1"].value)
    assert any("closing of 2026-11" in line for line in verified())
    clock.at = JANUARY
    answer = close(city, "2026-12")
    assert answer.json["wrong_endings"]
    assert "上月的期末数与事件记录不符" in answer.json["detail"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE balance_closings SET snapshot = replace(snapshot, '周八', '周九')", "altered"),
        ("UPDATE balance_closings SET signature = hash", "SECRET_KEY"),
        ("UPDATE balance_cells SET added = added + 1", "its rows differ"),
        ("DELETE FROM balance_closings WHERE month = '2026-11'", "does not follow"),
    ],
)
def test_an_altered_closing_shows(
    two_months: None,
    city: Client,
    database: Database,
    verified: Run,
    clock: FixedClock,
    statement: str,
    said: str,
) -> None:
    clock.at = JANUARY
    close(city, "2026-11", reason="未确认")
    close(city, "2026-12", reason="未确认")
    assert verified() == []
    if "DELETE" in statement:
        tamper(database, "UPDATE balance_cells SET month = '2026-12' WHERE month = '2026-11'")
    tamper(database, statement)
    assert any(said in line for line in verified())


def test_a_signature_is_of_this_installation(two_months: None, city: Client, app: Flask) -> None:
    closed = close(city, "2026-11", reason="未确认").json
    assert closed["signature"] == signature(SECRET_KEY, closed["hash"])
    assert closed["signature"] != signature(SECRET_KEY[::-1], closed["hash"])


def test_a_department_without_sectors_has_nothing_to_confirm(
    two_months: None, department: Client, database: Database
) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM user_sectors"))
    assert_problem(confirm(department, "2026-11"), 409, "nothing_to_confirm")


def test_the_command_prints_a_month(two_months: None, app: Flask) -> None:
    runner = app.test_cli_runner()
    lines = runner.invoke(args=("ledger", "balance", "2026-11")).output.splitlines()
    assert [line.split("\t") for line in lines] == [
        ["area", "opening", "added", "adjusted", "closed", "ending"],
        ["新义街道", "0", "4", "-1", "0", "3"],
        ["合计", "0", "4", "-1", "0", "3"],
    ]
    refused = runner.invoke(args=("ledger", "balance", "2031-01"))
    assert refused.exit_code == 1
    assert "2031年1月还没有开始" in refused.output
