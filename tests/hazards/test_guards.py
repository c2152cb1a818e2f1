"""What must be true before an action: each guard refuses with its code and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from server.clock import FixedClock
from server.glossary import Level, State
from tests.client import PLAN, Client

HazardIn = Callable[[State], str]
Make = Callable[..., str]

DONE = {"when": "2026-11-23", "how": "书面"}
BOTH = {"to_regulator": DONE, "to_employees": DONE}
LISTING = {"rank": "市", "supervisor_unit": "市消防救援大队", "deadline": "2026-12-20"}


def refused(answer: TestResponse, code: str) -> dict[str, Any]:
    assert answer.status_code == 409, answer.text
    body: dict[str, Any] = answer.json
    assert body["code"] == code
    assert body["detail"]
    return body


@pytest.mark.parametrize("part", sorted(PLAN))
def test_four_of_five_are_refused_naming_the_fifth(
    hazard_in: HazardIn, unit: Client, part: str
) -> None:
    number = hazard_in(State.ASSIGNED)
    plan = {key: value for key, value in PLAN.items() if key != part}
    body = refused(unit.act(number, "submit_plan", {"plan": plan}), "five_not_in_place")
    assert [each["part"] for each in body["missing"]] == [f"plan.{part}"]
    assert body["missing"][0]["name"] in body["detail"]
    assert list(body["errors"]) == [f"plan.{part}"]
    assert "submit_plan" in body["allowed"]
    assert unit.hazard(number)["state"] == "assigned"


def test_a_plan_stays_within_the_deadline_that_was_set(hazard_in: HazardIn, unit: Client) -> None:
    number = hazard_in(State.ASSIGNED)
    late = deepcopy(PLAN) | {"deadline": "2026-12-21"}
    refused(unit.act(number, "submit_plan", {"plan": late}), "plan_after_deadline")


def test_a_plan_whose_deadline_passed_is_not_approved(
    hazard_in: HazardIn, town: Client, clock: FixedClock
) -> None:
    number = hazard_in(State.PLAN_REVIEW)
    clock.at += timedelta(days=18)
    refused(town.act(number, "approve_plan"), "five_not_in_place")
    assert town.hazard(number)["blocked"]["approve_plan"]


def test_an_approved_plan_sets_the_deadline(hazard_in: HazardIn, town: Client) -> None:
    assert town.hazard(hazard_in(State.RECTIFYING))["deadline"] == PLAN["deadline"]


@pytest.mark.parametrize("action", ["assign"])
def test_a_deadline_is_not_in_the_past(hazard_in: HazardIn, town: Client, action: str) -> None:
    number = hazard_in(State.REGISTERED)
    data = {"responsible_unit": 1, "deadline": "2026-11-22"}
    refused(town.act(number, action, data), "deadline_past")


def test_who_put_it_right_may_not_accept(hazard_in: HazardIn, city: Client, town: Client) -> None:
    number = hazard_in(State.RECTIFYING)
    city.does(number, "finish", {"summary": "代为整改", "photos": [city.put_photo()]})
    refused(city.act(number, "accept", {"opinion": "合格"}), "same_person")
    named = {"opinion": "合格", "acceptors": ["周八"]}
    refused(town.act(number, "accept", named), "same_person")
    named = {"opinion": "合格", "acceptors": ["city01"]}
    refused(town.act(number, "accept", named), "same_person")


def test_who_accepted_may_not_close(hazard_in: HazardIn, town: Client) -> None:
    number = hazard_in(State.AWAITING_CLOSURE)
    refused(town.act(number, "close", {"opinion": "同意"}), "same_person")
    assert "close" not in town.hazard(number)["allowed"]


def test_who_was_named_as_an_acceptor_may_not_close_either(
    hazard_in: HazardIn, town: Client, town2: Client
) -> None:
    number = hazard_in(State.AWAITING_ACCEPTANCE)
    after = town.does(number, "accept", {"opinion": "合格", "acceptors": ["王五", "外聘专家"]})
    assert after["acceptors"] == ["李四", "王五", "外聘专家"]
    refused(town2.act(number, "close", {"opinion": "同意"}), "same_person")


def test_who_put_it_right_may_not_close(hazard_in: HazardIn, city: Client, town: Client) -> None:
    number = hazard_in(State.RECTIFYING)
    city.does(number, "finish", {"summary": "代为整改", "photos": [city.put_photo()]})
    town.does(number, "accept", {"opinion": "合格"})
    refused(city.act(number, "close", {"opinion": "同意"}), "same_person")


def test_who_planned_may_not_approve(hazard_in: HazardIn, city: Client) -> None:
    number = hazard_in(State.ASSIGNED)
    city.does(number, "submit_plan", {"plan": PLAN})
    refused(city.act(number, "approve_plan"), "same_person")


def test_the_photo_after_is_not_the_photo_before(
    make: Make, advance: Callable[[str, State], str], unit: Client, grid: Client
) -> None:
    before = grid.put_photo()
    number = advance(make(photos=[before]), State.RECTIFYING)
    data = {"summary": "已清空", "photos": [before]}
    refused(unit.act(number, "finish", data), "after_is_before")


def test_a_fix_on_the_spot_is_for_general_hazards(make: Make, grid: Client) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    answer = grid.act(number, "fix_on_spot", {"summary": "已清", "photos": [grid.put_photo()]})
    assert answer.status_code == 403


def test_even_the_city_fixes_only_general_hazards_on_the_spot(make: Make, city: Client) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    data = {"summary": "已清", "photos": [city.put_photo()]}
    refused(city.act(number, "fix_on_spot", data), "not_general")


def test_a_fix_on_the_spot_is_accepted_and_closed_without_a_plan(
    make: Make, grid: Client, town: Client, town2: Client
) -> None:
    number = make()
    grid.does(number, "fix_on_spot", {"summary": "当场清空", "photos": [grid.put_photo()]})
    town.does(number, "accept", {"opinion": "属实"})
    assert town2.does(number, "close", {"opinion": "同意"})["state"] == "closed"


def test_a_fix_on_the_spot_that_is_refused_needs_a_plan(
    make: Make, grid: Client, town: Client, unit: Client
) -> None:
    number = make()
    grid.does(number, "fix_on_spot", {"summary": "当场清空", "photos": [grid.put_photo()]})
    town.does(number, "refuse_acceptance", {"reason": "又堆上了", "deadline": "2026-12-01"})
    assert town.hazard(number)["state"] == "rectifying"
    again = {"responsible_unit": 1, "deadline": "2026-12-20", "reason": "须报方案"}
    assert town.does(number, "reassign", again)["state"] == "assigned"
    unit.does(number, "submit_plan", {"plan": PLAN})
    town.does(number, "approve_plan")
    unit.does(number, "finish", {"summary": "已清空", "photos": [unit.put_photo()]})


def test_nobody_voids_a_report_of_their_own_as_false(make: Make, town: Client) -> None:
    number = make("town01")
    refused(town.act(number, "void", {"reason": "误报"}), "same_person")


def test_ones_own_duplicate_may_be_voided_naming_the_one_that_stands(
    make: Make, town: Client
) -> None:
    standing, number = make("town01"), make("town01")
    after = town.does(number, "void", {"reason": "重复", "duplicate_of": standing})
    assert (after["state"], after["duplicate_of"]) == ("void", standing)


def test_a_duplicate_is_of_another_hazard_that_stands(make: Make, town: Client) -> None:
    number, void = make(), make()
    town.does(void, "void", {"reason": "误报"})
    for other in (number, void):
        data = {"reason": "重复", "duplicate_of": other}
        refused(town.act(number, "void", data), "duplicate_void")
    data = {"reason": "重复", "duplicate_of": "YH-141181-001-202611-9999"}
    answer = town.act(number, "void", data)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["data.duplicate_of"])


def test_a_suspicion_is_not_dropped_without_a_reason(make: Make, town: Client) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    general = {"level": "general", "sector": "FIRE"}
    refused(town.act(number, "register", general), "reason_missing")
    assert town.does(number, "register", general | {"note": "经核实为一般"})["level"] == "general"


def test_a_township_does_not_grade(make: Make, town: Client) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    refused(town.act(number, "register", {"level": "major", "sector": "FIRE"}), "may_not_grade")
    assert town.act(number, "regrade", {"level": "major", "basis": "x"}).status_code == 403


@pytest.fixture
def major_in_review(make: Make, department: Client, unit: Client) -> str:
    """A major hazard whose plan is to be reviewed."""
    number = make(level=Level.SUSPECTED_MAJOR)
    department.does(number, "register", {"level": "major", "sector": "FIRE", "site": 1})
    department.does(number, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})
    unit.does(number, "submit_plan", {"plan": PLAN})
    return number


def test_a_department_that_registers_a_major_hazard_names_the_basis(
    hazard_in: HazardIn, department: Client
) -> None:
    number = hazard_in(State.REPORTED)
    data = {"level": "major", "sector": "FIRE", "basis": "GB 35181-2025"}
    department.does(number, "register", data)
    hazard = department.get(f"/api/v1/hazards/{number}").json
    assert (hazard["level"], hazard["basis"]) == ("major", "GB 35181-2025")


def test_a_major_hazard_goes_its_own_way(
    major_in_review: str, department: Client, unit: Client, town: Client, city: Client
) -> None:
    number = major_in_review
    body = refused(department.act(number, "approve_plan"), "not_dual_reported")
    assert [each["part"] for each in body["missing"]] == ["to_regulator", "to_employees"]
    unit.does(number, "dual_report", {"to_regulator": DONE | {"photo": unit.put_photo()}})
    body = refused(department.act(number, "approve_plan"), "not_dual_reported")
    assert [each["part"] for each in body["missing"]] == ["to_employees"]
    unit.does(number, "dual_report", {"to_employees": DONE})
    refused(department.act(number, "approve_plan"), "not_listed")
    assert department.does(number, "list", LISTING)["listed"] is True
    refused(department.act(number, "list", LISTING), "already_listed")
    department.does(number, "approve_plan")
    unit.does(number, "finish", {"summary": "已整改", "photos": [unit.put_photo()]})
    assert town.act(number, "accept", {"opinion": "合格"}).status_code == 403
    refused(department.act(number, "accept", {"opinion": "合格"}), "too_few_acceptors")
    refused(department.act(number, "delist"), "not_accepted")
    department.does(number, "accept", {"opinion": "合格", "acceptors": ["外聘专家"]})
    refused(city.act(number, "close", {"opinion": "同意"}), "not_delisted")
    department.does(number, "delist", {"document_no": "孝安摘〔2026〕1号"})
    assert department.act(number, "close", {"opinion": "同意"}).status_code == 403
    assert city.does(number, "close", {"opinion": "同意"})["state"] == "closed"


def test_a_suspected_major_hazard_is_graded_before_its_plan_is_approved(
    make: Make, department: Client, unit: Client
) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    department.does(number, "register", {"level": "suspected_major", "sector": "FIRE"})
    department.does(number, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})
    unit.does(number, "submit_plan", {"plan": PLAN})
    refused(department.act(number, "approve_plan"), "not_graded")
    department.does(number, "regrade", {"level": "general", "basis": "不符合判定标准"})
    department.does(number, "approve_plan")


def test_a_hazard_found_to_be_major_along_the_way_is_reported_and_listed_before_acceptance(
    hazard_in: HazardIn, department: Client
) -> None:
    number = hazard_in(State.AWAITING_ACCEPTANCE)
    department.does(number, "regrade", {"level": "major", "basis": "GB 35181-2025"})
    body = refused(department.act(number, "accept", {"opinion": "合格"}), "not_dual_reported")
    codes = [each["code"] for each in body["obstacles"]]
    assert codes == ["not_dual_reported", "not_listed", "too_few_acceptors"]


def test_a_hazard_graded_as_major_after_its_acceptance_is_not_closed_as_if_it_were_general(
    hazard_in: HazardIn, department: Client, city: Client, unit: Client
) -> None:
    number = hazard_in(State.AWAITING_CLOSURE)
    department.does(number, "regrade", {"level": "major", "basis": "GB 35181-2025"})
    body = refused(city.act(number, "close", {"opinion": "同意"}), "not_dual_reported")
    codes = [each["code"] for each in body["obstacles"]]
    assert codes == ["not_dual_reported", "not_listed", "too_few_acceptors"]
    unit.does(number, "dual_report", BOTH)
    department.does(number, "list", LISTING)
    city.does(number, "refuse_closure", {"reason": "重大隐患须两人验收"})
    unit.does(number, "finish", {"summary": "已整改", "photos": [unit.put_photo()]})
    department.does(number, "accept", {"opinion": "合格", "acceptors": ["外聘专家"]})
    department.does(number, "delist")
    assert city.does(number, "close", {"opinion": "同意"})["state"] == "closed"


def test_what_is_not_major_is_neither_listed_nor_dual_reported(
    hazard_in: HazardIn, department: Client, unit: Client
) -> None:
    number = hazard_in(State.ASSIGNED)
    refused(department.act(number, "list", LISTING), "not_major")
    refused(unit.act(number, "dual_report", BOTH), "not_major")
    refused(department.act(number, "delist"), "not_listed")
    same = {"level": "general", "basis": "x"}
    refused(department.act(number, "regrade", same), "same_level")


def test_an_extension_is_asked_in_time_and_moves_the_deadline(
    hazard_in: HazardIn, unit: Client, town: Client
) -> None:
    number = hazard_in(State.RECTIFYING)
    refused(town.act(number, "grant_extension"), "no_extension_requested")
    ask = {"reason": "材料未到", "interim_measures": "专人值守"}
    refused(
        unit.act(number, "request_extension", ask | {"deadline": "2026-12-10"}),
        "extension_not_later",
    )
    refused(
        unit.act(number, "request_extension", ask | {"deadline": "2027-12-10"}),
        "extension_too_long",
    )
    after = unit.does(number, "request_extension", ask | {"deadline": "2026-12-31"})
    assert after["extension_requested"] == "2026-12-31"
    assert after["deadline"] == "2026-12-10"
    refused(
        unit.act(number, "request_extension", ask | {"deadline": "2026-12-31"}),
        "extension_pending",
    )
    after = town.does(number, "grant_extension")
    assert (after["deadline"], after["extensions"]) == ("2026-12-31", 1)


def test_extensions_have_a_limit(hazard_in: HazardIn, unit: Client, town: Client) -> None:
    number = hazard_in(State.RECTIFYING)
    ask = {"reason": "材料未到", "interim_measures": "专人值守"}
    for deadline in ("2026-12-20", "2026-12-30"):
        unit.does(number, "request_extension", ask | {"deadline": deadline})
        town.does(number, "grant_extension")
    late = ask | {"deadline": "2027-01-10"}
    refused(unit.act(number, "request_extension", late), "extension_limit")


def test_an_extension_is_not_asked_after_the_deadline(
    hazard_in: HazardIn, unit: Client, clock: FixedClock
) -> None:
    number = hazard_in(State.RECTIFYING)
    clock.at += timedelta(days=18)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    refused(unit.act(number, "request_extension", ask), "extension_too_late")


def test_nobody_decides_on_their_own_extension(hazard_in: HazardIn, city: Client) -> None:
    number = hazard_in(State.RECTIFYING)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    city.does(number, "request_extension", ask)
    refused(city.act(number, "grant_extension"), "same_person")
    refused(city.act(number, "refuse_extension", {"reason": "不"}), "same_person")


def test_a_refused_extension_leaves_the_deadline(
    hazard_in: HazardIn, unit: Client, town: Client
) -> None:
    number = hazard_in(State.RECTIFYING)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    unit.does(number, "request_extension", ask)
    after = town.does(number, "refuse_extension", {"reason": "理由不足"})
    assert (after["deadline"], after["extension_requested"]) == ("2026-12-10", None)


def test_suspension_begins_and_ends(hazard_in: HazardIn, department: Client) -> None:
    number = hazard_in(State.ASSIGNED)
    refused(department.act(number, "resume", {"reason": "x"}), "not_suspended")
    assert department.does(number, "suspend", {"reason": "停用二楼"})["suspended"] is True
    refused(department.act(number, "suspend", {"reason": "x"}), "already_suspended")
    assert department.does(number, "resume", {"reason": "已排除"})["suspended"] is False


def test_a_new_unit_needs_a_plan_of_its_own(
    hazard_in: HazardIn, town: Client, unit: Client
) -> None:
    number = hazard_in(State.RECTIFYING)
    data = {"responsible_unit": 2, "deadline": "2026-12-25", "reason": "产权人是超市"}
    after = town.does(number, "reassign", data)
    assert (after["state"], after["plan"], after["plan_approved"]) == ("assigned", None, False)
    assert after["responsible_unit"] == "演示超市"
    assert [part["in_place"] for part in after["five"]] == [False] * 5


def test_what_another_unit_finished_does_not_count_for_the_new_one(
    hazard_in: HazardIn, town: Client
) -> None:
    number = hazard_in(State.AWAITING_CLOSURE)
    data = {"responsible_unit": 2, "deadline": "2026-12-25", "reason": "产权人是超市"}
    after = town.does(number, "reassign", data)
    assert after["state"] == "assigned"
    assert (after["finished_on"], after["accepted_on"], after["acceptors"]) == (None, None, [])
    assert after["acceptance_opinion"] == ""


def test_refused_closure_goes_back_to_rectification(
    hazard_in: HazardIn, town2: Client, unit: Client
) -> None:
    number = hazard_in(State.AWAITING_CLOSURE)
    after = town2.does(number, "refuse_closure", {"reason": "照片看不清"})
    assert (after["state"], after["accepted_on"], after["acceptors"]) == ("rectifying", None, [])
    unit.does(number, "finish", {"summary": "重拍", "photos": [unit.put_photo()]})


def test_the_last_day_of_the_calendar_is_a_deadline_like_any_other(
    hazard_in: HazardIn, town: Client, unit: Client
) -> None:
    number = hazard_in(State.REGISTERED)
    town.does(number, "assign", {"responsible_unit": 1, "deadline": "9999-12-31"})
    unit.does(number, "submit_plan", {"plan": PLAN | {"deadline": "9999-12-31"}})
    town.does(number, "approve_plan")
    ask = {"reason": "x", "interim_measures": "y", "deadline": "9999-12-31"}
    refused(unit.act(number, "request_extension", ask), "extension_not_later")
