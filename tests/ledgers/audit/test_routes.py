"""The audit over HTTP: everybody sees their own part, and settles no more than that."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from server.database import Database
from server.glossary import State
from server.ledgers.audit.running import Auditor, no_rest
from tests.client import Client
from tests.conftest import PASSWORD

from .conftest import Audit, tamper

HazardIn = Callable[[State], str]
Make = Callable[..., str]
URL = "/api/v1/ledger-audit"


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def settle(client: Client, number: int, decision: str, **body: Any) -> Any:
    given = {"id": str(uuid4()), "decision": decision, "reason": "已到现场核实"} | body
    return client.post(f"{URL}/{number}", json=given)


@pytest.fixture
def far(make: Make, database: Database, audit: Audit) -> str:
    """In another township and of another sector: void without a reason."""
    number = make("city01", area_code="141181100000", sector="GAS")
    tamper(database, "UPDATE hazards SET state = 'void' WHERE number = :n", n=number)
    return number


@pytest.fixture
def flawed(hazard_in: HazardIn, database: Database, far: str, audit: Audit) -> dict[str, Any]:
    """A hazard that waits for its closure, with nothing in its contingency plan; and `far`."""
    number = hazard_in(State.AWAITING_CLOSURE)
    tamper(database, "UPDATE plans SET contingency = '无'")
    return {"number": number, "id": audit()["five_incomplete"].id}


def test_an_item_says_what_is_wrong_and_what_to_do(flawed: dict[str, Any], town: Client) -> None:
    [item] = listed(town, "?kind=five_incomplete")
    assert item["number"] == flawed["number"]
    assert item["kind_name"] == "五到位缺项"
    assert item["rule"] == "five_incomplete"
    assert item["explanation"] == "五到位缺项：预案（没有写明应急预案或临时管控措施）。"
    assert item["values"] == {"预案": "无"}
    assert item["suggestion"]["action"] == "refuse_closure"
    assert item["suggestion"]["action_name"] == "不予销号"
    assert (item["status"], item["status_name"]) == ("open", "待处理")
    assert item["settled_by"] is None


def test_everybody_sees_their_own_part(
    flawed: dict[str, Any], far: str, app: Flask, town: Client, department: Client, city: Client,
    auditor: Client,
) -> None:  # fmt: skip
    def kinds(client: Client) -> set[tuple[str, str | None]]:
        return {(item["rule"], item["number"]) for item in listed(client)}

    here = {("five_incomplete", flawed["number"]), ("credit_code_invalid", None)}
    there = {("state_against_events", far), ("void_without_reason", far)}
    assert kinds(town) == here
    assert kinds(department) == here  # of its sector, FIRE
    assert kinds(city) == here | there
    assert kinds(auditor) == here | there
    for name in ("grid01", "unit01", "admin01"):
        assert Client.signed_in(app, name, PASSWORD).get(URL).status_code == 403


def test_what_is_of_no_single_hazard_follows_its_area_and_sector(
    flawed: dict[str, Any], database: Database, town: Client, department: Client
) -> None:
    tamper(database, "UPDATE differences SET sector = 'GAS' WHERE hazard_id IS NULL")
    assert len(listed(town, "?kind=name_mismatch")) == 1
    assert listed(department, "?kind=name_mismatch") == []
    tamper(database, "UPDATE differences SET area_code = '141181002000' WHERE hazard_id IS NULL")
    assert listed(town, "?kind=name_mismatch") == []


def test_the_filters(flawed: dict[str, Any], far: str, city: Client) -> None:
    assert len(listed(city)) == 4
    assert len(listed(city, "?area=141181100000")) == 2
    assert len(listed(city, f"?number={far}&kind=number_gap,balance_broken")) == 2
    assert len(listed(city, "?month=2026-10")) == 0
    assert len(listed(city, "?month=2026-11")) == 4
    assert listed(city, "?status=resolved,explained") == []
    for wrong in ("kind=x", "status=x", "area=1", "month=2026-13", "month=11", "x=1", "limit=0"):
        assert city.get(f"{URL}?{wrong}").status_code == 422, wrong


def test_pages(flawed: dict[str, Any], city: Client) -> None:
    ids, cursor = [], ""
    for _ in range(4):
        answer = city.get(f"{URL}?limit=1{cursor}").json
        ids += [item["id"] for item in answer["items"]]
        cursor = f"&cursor={answer['next_cursor']}"
    assert answer["next_cursor"] is None
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 4


def test_the_counts(flawed: dict[str, Any], city: Client, town: Client) -> None:
    settle(city, flawed["id"], "explained")
    counts = city.get(f"{URL}/counts").json
    assert counts["open"] == 3
    kinds = {each["kind"]: (each["open"], each["explained"]) for each in counts["kinds"]}
    assert kinds == {
        "five_incomplete": (0, 1),
        "balance_broken": (1, 0),
        "number_gap": (1, 0),
        "name_mismatch": (1, 0),
    }
    by_township = {each["area"]: each["open"] for each in counts["townships"]}
    assert by_township == {"141181001000": 1, "141181100000": 2}
    assert counts["townships"][0]["name"] == "新义街道"
    assert counts["last_run"]["state"] == "done"
    assert town.get(f"{URL}/counts").json["open"] == 1


def test_an_explanation_keeps_who_and_why(flawed: dict[str, Any], town: Client) -> None:
    answer = settle(town, flawed["id"], "explained", reason="纸质台账日期为准")
    assert answer.status_code == 200
    item = answer.json
    assert (item["status"], item["settled_by"]) == ("explained", "李四")
    assert (item["reason"], item["event"]) == ("纸质台账日期为准", None)
    assert item["settled_at"].startswith("2026-11-23T02:00")
    # The answer was lost on the way, and it is sent again; somebody else comes too late.
    again = settle(town, flawed["id"], "explained", reason="纸质台账日期为准")
    assert again.json == item
    late = settle(town, flawed["id"], "explained", reason="另一个说法")
    assert (late.status_code, late.json["code"]) == (409, "difference_settled")


def test_an_act_is_an_ordinary_event(flawed: dict[str, Any], town: Client) -> None:
    given = str(uuid4())
    answer = settle(town, flawed["id"], "act", id=given)
    assert answer.status_code == 200, answer.text
    assert (answer.json["status"], answer.json["event"]) == ("acted", given)
    hazard = town.hazard(flawed["number"])
    assert hazard["state"] == "rectifying"
    event = town.get(f"/api/v1/hazards/{flawed['number']}/events").json["items"][-1]
    assert (event["id"], event["action"]) == (given, "refuse_closure")
    assert event["data"] == {"reason": "已到现场核实"}
    assert settle(town, flawed["id"], "act", id=given).json == answer.json
    assert settle(town, flawed["id"], "act").status_code == 409


def test_an_act_that_the_guards_refuse_settles_nothing(
    flawed: dict[str, Any], town: Client, town2: Client
) -> None:
    town2.does(flawed["number"], "refuse_closure", {"reason": "预案没有写"})
    answer = settle(town, flawed["id"], "act")
    assert (answer.status_code, answer.json["code"]) == (409, "not_in_this_state")
    [item] = listed(town, "?kind=five_incomplete")
    assert (item["status"], item["settled_by"]) == ("open", None)


def test_an_acts_data_is_checked(flawed: dict[str, Any], town: Client) -> None:
    answer = settle(town, flawed["id"], "act", data={"shoot": True})
    assert answer.status_code == 422
    assert "shoot" in answer.json["errors"]
    for wrong in ({"decision": "shoot"}, {"reason": " "}, {"id": "x"}, {"data": []}):
        assert settle(town, flawed["id"], **{"decision": "act"} | wrong).status_code == 422


def test_what_does_not_stop_a_line_is_put_on_the_record(
    make: Make, database: Database, audit: Audit, town: Client
) -> None:
    number = make()
    tamper(database, "UPDATE hazards SET found_on = '2026-12-01'")
    row = audit()["found_in_future"]
    assert row.suggestion["action"] == "comment"
    assert settle(town, row.id, "act", reason="手机时钟不准，实为 11 月 23 日").status_code == 200
    event = town.get(f"/api/v1/hazards/{number}/events").json["items"][-1]
    assert event["data"]["note"] == "手机时钟不准，实为 11 月 23 日"


def test_where_nothing_can_be_done_it_says_so(far: str, audit: Audit, city: Client) -> None:
    audit()
    [item] = listed(city, "?kind=number_gap")
    assert item["suggestion"]["action"] is None
    answer = settle(city, item["id"], "act")
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_suggested")


def test_nobody_settles_beyond_their_own_part(
    flawed: dict[str, Any], app: Flask, town: Client, city: Client, auditor: Client
) -> None:
    [other] = listed(city, "?kind=number_gap")
    assert settle(town, other["id"], "explained").status_code == 404
    assert settle(town, 999_999, "explained").status_code == 404
    assert settle(auditor, flawed["id"], "explained").status_code == 403
    grid = Client.signed_in(app, "grid01", PASSWORD)
    assert settle(grid, flawed["id"], "explained").status_code == 403


def test_the_list_as_a_file(flawed: dict[str, Any], city: Client) -> None:
    settle(city, flawed["id"], "explained", reason="=1+1")
    answer = city.get(f"{URL}.csv?status=open,explained")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert 'filename="ledger-audit-20261123.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["序号"] for row in rows] == ["1", "2", "3", "4"]
    [row] = [row for row in rows if row["隐患编号"] == flawed["number"]]
    assert (row["类别"], row["状态"], row["区划"]) == ("五到位缺项", "已说明", "第1网格")
    assert (row["行业领域"], row["处理人"], row["处理说明"]) == ("消防", "周八", "\t=1+1")
    assert row["处理时间"] == "2026-11-23 10:00"
    assert len(list(csv.DictReader(StringIO(city.get(f"{URL}.csv").text)))) == 3


def test_a_run_is_asked_for_and_done_in_the_background(
    far: str, city: Client, auditor: Client, town: Client, auditor_at_work: Auditor
) -> None:
    assert town.post(f"{URL}/runs").status_code == 403
    answer = city.post(f"{URL}/runs")
    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["asked_by"]) == ("waiting", "周八")
    # There is one at a time: whoever asks meanwhile gets that one.
    assert auditor.post(f"{URL}/runs").json["id"] == answer.json["id"]
    auditor_at_work.carry_on(no_rest)
    [run] = town.get(f"{URL}/runs").json["items"]
    assert (run["state"], run["found"], run["opened"]) == ("done", 2, 2)
    assert (run["lines_total"], run["lines_done"]) == (1, 1)
