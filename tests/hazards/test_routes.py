"""Hazards and events over HTTP: the list and its filters, versions, replays, refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from server.clock import FixedClock
from server.database import Database
from server.glossary import Level, State
from tests.client import PLAN, Client
from tests.factories import account_actor, make_hazard

HazardIn = Callable[[State], str]
Make = Callable[..., str]


def listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/hazards{query}")
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json["items"]]


def test_a_list_is_the_callers_own_newest_first(make: Make, town: Client, grid: Client) -> None:
    first, second = make(), make()
    elsewhere = make("city01", area_code="141181100000")
    assert listed(town) == [second, first]
    assert elsewhere not in listed(grid)


def test_filters_narrow_the_list(make: Make, city: Client) -> None:
    fire = make()
    gas = make(sector="GAS", level=Level.SUSPECTED_MAJOR, site_name="煤气站", needs_review=True)
    village = make("city01", area_code="141181100991", spot="楼梯口 100%")
    assert listed(city, "?sector=GAS") == [gas]
    assert listed(city, "?sector=GAS,FIRE&limit=500") == [village, gas, fire]
    assert listed(city, "?level=suspected_major,major") == [gas]
    assert listed(city, "?area=141181100000") == [village]
    assert listed(city, "?area=141181000000&state=reported") == [village, gas, fire]
    assert listed(city, "?state=closed,void") == []
    assert listed(city, "?needs_review=true") == [gas]
    assert listed(city, "?q=煤气") == [gas]
    assert listed(city, "?q=100%25") == [village]
    assert listed(city, "?q=_") == []
    assert listed(city, f"?q={fire}") == [fire]
    assert listed(city, "?overdue=true") == []


def test_overdue_is_the_units_turn_past_its_deadline(
    hazard_in: HazardIn, town: Client, clock: FixedClock
) -> None:
    waiting, finished = hazard_in(State.RECTIFYING), hazard_in(State.AWAITING_ACCEPTANCE)
    assert listed(town, "?overdue=true") == []
    clock.at += timedelta(days=18)
    assert listed(town, "?overdue=true") == [waiting]
    assert listed(town, "?overdue=false") == [finished]
    assert town.hazard(waiting)["overdue"] is True
    assert town.hazard(finished)["overdue"] is False


def test_pages_follow_each_other_while_rows_are_added(make: Make, town: Client) -> None:
    numbers = [make() for _ in range(5)]
    first = town.get("/api/v1/hazards?limit=2").json
    make()
    second = town.get(f"/api/v1/hazards?limit=2&cursor={first['next_cursor']}").json
    third = town.get(f"/api/v1/hazards?limit=2&cursor={second['next_cursor']}").json
    seen = [item["number"] for page in (first, second, third) for item in page["items"]]
    assert seen == numbers[::-1]
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=open", "state"),
        ("level=x", "level"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("cursor=!", "cursor"),
        ("area=14118", "area"),
        ("area=１４１１８１００００００", "area"),
        ("overdue=perhaps", "overdue"),
        ("colour=red", "colour"),
        ("q=%00", "q"),
    ],
)
def test_a_bad_filter_is_named(town: Client, query: str, field: str) -> None:
    answer = town.get(f"/api/v1/hazards?{query}")
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_what_may_be_done_next_is_told(make: Make, grid: Client, town: Client) -> None:
    number = make()
    assert set(grid.hazard(number)["allowed"]) == {"fix_on_spot", "comment"}
    assert {"register", "return_report", "void", "comment"} <= set(town.hazard(number)["allowed"])


def test_an_auditor_reads_all_and_changes_nothing(make: Make, auditor: Client) -> None:
    number = make()
    assert auditor.hazard(number)["allowed"] == []
    assert auditor.act(number, "comment", {"note": "x"}).status_code == 403


@pytest.mark.parametrize(
    "number", ["YH-141181-001-202611-9999", "x", "%00", "a" * 100, "%E2%80%AE", "1%2F2"]
)
def test_a_number_that_nobody_has_is_not_found(town: Client, number: str) -> None:
    assert town.get(f"/api/v1/hazards/{number}").status_code == 404
    assert town.get(f"/api/v1/hazards/{number}/events").status_code == 404
    assert town.act(number, "comment", {"note": "x"}).status_code == 404


def test_a_hazard_elsewhere_is_not_found_rather_than_forbidden(
    make: Make, town: Client, unit: Client
) -> None:
    elsewhere = make("city01", area_code="141181100000")
    assert town.get(f"/api/v1/hazards/{elsewhere}").status_code == 404
    assert unit.get(f"/api/v1/hazards/{elsewhere}").status_code == 404


def test_an_action_without_an_edge_says_what_state_it_is(make: Make, town: Client) -> None:
    answer = town.act(make(), "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})
    assert (answer.status_code, answer.json["code"]) == (409, "not_in_this_state")
    assert answer.json["state"] == "reported"


@pytest.mark.parametrize("action", ["report", "attach_photo"])
def test_what_the_intake_writes_nobody_does_by_hand(make: Make, city: Client, action: str) -> None:
    assert city.act(make(), action).status_code == 403


def test_sent_again_it_is_answered_with_the_first_result(make: Make, town: Client) -> None:
    number, event_id = make(), str(uuid4())
    first = town.act(number, "comment", {"note": "现场看过"}, event_id=event_id)
    town.does(number, "comment", {"note": "另一条"})
    second = town.act(number, "comment", {"note": "现场看过"}, event_id=event_id)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json["event"] == first.json["event"]
    assert town.hazard(number)["version"] == 3


def test_sent_again_it_is_answered_though_it_moved_the_hazard_out_of_sight(
    make: Make, department: Client
) -> None:
    number, event_id = make(), str(uuid4())
    data = {"level": "general", "sector": "GAS"}
    first = department.act(number, "register", data, event_id=event_id)
    assert department.get(f"/api/v1/hazards/{number}").status_code == 404
    second = department.act(number, "register", data, event_id=event_id)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json["event"] == first.json["event"]
    assert department.act(number, "comment", {"note": "x"}).status_code == 404


def test_an_id_is_not_used_for_something_else(make: Make, town: Client, town2: Client) -> None:
    number, other, event_id = make(), make(), str(uuid4())
    assert town.act(number, "comment", {"note": "a"}, event_id=event_id).status_code == 201
    for client, where, note in ((town, number, "b"), (town, other, "a"), (town2, number, "a")):
        answer = client.act(where, "comment", {"note": note}, event_id=event_id)
        assert (answer.status_code, answer.json["code"]) == (409, "event_id_used")


def test_a_stale_view_is_told_what_changed(make: Make, town: Client, town2: Client) -> None:
    number = make()
    seen = town.get(f"/api/v1/hazards/{number}")
    assert seen.headers["ETag"] == '"v1"'
    town2.does(number, "return_report", {"reason": "缺照片"})
    answer = town.act(number, "void", {"reason": "误报"}, version=1)
    assert answer.status_code == 412
    assert [each["action"] for each in answer.json["changed"]] == ["return_report"]
    assert "王五" in answer.json["detail"]
    assert answer.json["state"] == "returned"
    assert town.act(number, "void", {"reason": "误报"}, version=2).status_code == 201


def test_a_version_from_the_future_is_stale_too(make: Make, town: Client) -> None:
    assert town.act(make(), "comment", {"note": "x"}, version=7).status_code == 412


@pytest.mark.parametrize("header", ["v1", '"1"', '"v"', '"v1", "v2"'])
def test_an_if_match_that_is_not_ours_is_refused(make: Make, town: Client, header: str) -> None:
    body = {"id": str(uuid4()), "action": "comment", "data": {"note": "x"}}
    path = f"/api/v1/hazards/{make()}/events"
    answer = town.post(path, json=body, headers={"If-Match": header})
    assert (answer.status_code, answer.json["code"]) == (400, "if_match_malformed")


@pytest.mark.parametrize(
    ("action", "data", "field"),
    [
        ("register", {}, "level"),
        ("register", {"level": "general", "sector": "NOPE"}, "data.sector"),
        ("register", {"level": "general", "sector": "FIRE", "site": 999}, "data.site"),
        ("register", {"level": "general", "sector": "FIRE", "site": 4}, "data.site"),
        ("register", {"level": "general", "sector": "FIRE", "site": 2**70}, "site"),
        ("register", {"level": "general", "sector": "FIRE", "colour": 1}, "colour"),
        ("comment", {"note": "  "}, "note"),
        ("comment", {"note": "a\x00b"}, "note"),
        ("comment", {"note": "x", "photos": ["zz"]}, "photos.0"),
        ("comment", {"note": "x", "photos": ["0" * 64]}, "data.photos"),
    ],
)
def test_bad_data_names_the_field(
    make: Make, town: Client, action: str, data: dict[str, object], field: str
) -> None:
    number = make()
    answer = town.act(number, action, data)
    assert answer.status_code == 422, answer.text
    assert field in answer.json["errors"]
    assert town.hazard(number)["version"] == 1


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "1e30", "x", "1E+999999999"])
def test_an_amount_is_a_sum_of_money(hazard_in: HazardIn, unit: Client, amount: str) -> None:
    plan = PLAN | {"funds": {"amount_yuan": amount, "source": "自筹"}}
    answer = unit.act(hazard_in(State.ASSIGNED), "submit_plan", {"plan": plan})
    assert answer.status_code == 422
    assert "plan.funds.amount_yuan" in answer.json["errors"]


def test_dual_report_reports_something(hazard_in: HazardIn, unit: Client) -> None:
    assert unit.act(hazard_in(State.ASSIGNED), "dual_report", {}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "1", "action": "comment"},
        {"id": str(uuid4()), "action": "dance"},
        {"id": str(uuid4()), "action": "comment", "data": []},
        [],
    ],
)
def test_an_event_is_asked_for_by_id_action_and_data(
    make: Make, town: Client, body: object
) -> None:
    answer = town.post(f"/api/v1/hazards/{make()}/events", json=body)
    assert answer.status_code == 422


def test_the_history_is_told_in_order(hazard_in: HazardIn, town: Client) -> None:
    number = hazard_in(State.PLAN_REVIEW)
    answer = town.get(f"/api/v1/hazards/{number}/events")
    items = answer.json["items"]
    assert [event["action"] for event in items] == ["report", "register", "assign", "submit_plan"]
    assert [event["seq"] for event in items] == [1, 2, 3, 4]
    assert answer.headers["ETag"] == '"v4"'
    assert items[3]["data"]["plan"] == PLAN
    assert items[2]["data"]["responsible_unit_name"] == "演示餐馆"
    assert all(a["hash"] == b["previous_hash"] for a, b in pairwise(items))


def test_a_mended_report_goes_its_way(make: Make, town: Client, grid: Client) -> None:
    number = make()
    town.does(number, "return_report", {"reason": "写清楚在哪里"})
    photo = grid.put_photo()
    mended = {"description": "二楼东侧通道堆物", "level": "suspected_major", "photos": [photo]}
    after = grid.does(number, "resubmit", mended)
    assert after["state"] == "reported"
    assert after["description"] == "二楼东侧通道堆物"
    assert after["level"] == "suspected_major"
    assert [each["stage"] for each in after["photos"]] == ["before"]


def test_a_declined_hazard_is_registered_again(hazard_in: HazardIn, unit: Client) -> None:
    after = unit.does(hazard_in(State.ASSIGNED), "decline", {"reason": "不是本单位"})
    assert (after["state"], after["deadline"], after["responsible_unit"]) == (
        "registered",
        None,
        "",
    )


def test_the_unit_sees_its_own_sites_only(
    database: Database, make: Make, hazard_in: HazardIn, unit: Client
) -> None:
    assigned = hazard_in(State.ASSIGNED)
    make()
    with database.writing() as session:
        make_hazard(session, account_actor(session, "grid01"), site_id=3)
    assert listed(unit) == [assigned]


def test_a_closed_line_can_be_rechecked_and_nothing_else(
    hazard_in: HazardIn, grid: Client, city: Client
) -> None:
    number = hazard_in(State.CLOSED)
    after = grid.does(number, "recheck", {"note": "未反弹", "photos": [grid.put_photo()]})
    assert after["state"] == "closed"
    assert after["photos"][-1]["stage"] == "recheck"
    assert city.hazard(number)["allowed"] == ["recheck"]


@pytest.mark.parametrize("data", ['{"note": "\\ud800"}', '{"\\ud800": 1, "note": "x"}'])
def test_half_a_surrogate_pair_is_refused(make: Make, town: Client, data: str) -> None:
    event_id = str(uuid4())
    path = f"/api/v1/hazards/{make()}/events"
    for note in (data, '{"note": "x"}', data):
        body = f'{{"id": "{event_id}", "action": "comment", "data": {note}}}'
        answer = town.post(path, data=body, content_type="application/json")
        assert answer.status_code in (201, 409, 422), answer.text
    assert answer.json["code"] == "event_id_used"
