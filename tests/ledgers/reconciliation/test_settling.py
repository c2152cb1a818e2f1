"""What somebody says of candidates and differences, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.hazards.models import Event, Hazard
from tests.client import Client

from .sheets import CLOSED, differences, kinds, line, listed, reconciled, run, uploaded

ALIKE: dict[str, Any] = {
    "单位名称": "演示餐馆",
    "隐患部位": "二楼疏散通道",
    "隐患描述": "二楼疏散通道堆放纸箱杂物，影响人员疏散",
    "检查日期": "2026-11-23",
}


def alike(make: Callable[..., str]) -> str:
    """A hazard of ours that the line says as well, without its number."""
    return make(
        site_id=1,
        site_name="演示餐馆",
        spot="二楼疏散通道",
        description="二楼疏散通道堆放纸箱等杂物，影响疏散",
    )


def decide(client: Client, found: str, candidate: int, decision: str, reason: str = "") -> Any:
    address = f"/api/v1/reconciliations/{found}/candidates/{candidate}"
    return client.post(address, json={"decision": decision, "reason": reason})


def settle(client: Client, found: str, difference: int, decision: str, **said: Any) -> Any:
    address = f"/api/v1/reconciliations/{found}/differences/{difference}"
    return client.post(address, json={"decision": decision, "reason": "核实过", **said})


def only(client: Client, found: str, kind: str) -> dict[str, Any]:
    [each] = differences(client, found, kind)
    return each


# Candidates


def test_a_line_without_a_number_is_asked_about(town: Client, make: Callable[..., str]) -> None:
    number = alike(make)
    found = reconciled(town, [line(**ALIKE)])
    [candidate] = listed(town, found, "candidates")
    assert candidate["hazard"] == number
    assert 0.5 < candidate["score"] <= 1
    assert candidate["reasons"]
    assert {"name": "单位（场所）名称", "value": "演示餐馆"} in candidate["theirs"]
    assert {"name": "隐患编号", "value": number} in candidate["ours"]
    assert [each["state"] for each in listed(town, found, "rows")] == ["pending"]
    assert kinds(town, found) == []
    row = candidate["row"]
    assert len(listed(town, found, "candidates", f"?row={row}&decision=open")) == 1
    assert listed(town, found, "candidates", f"?row={row + 1}") == []
    assert listed(town, found, "candidates", "?decision=same,different") == []


def test_confirmed_its_differences_follow(town: Client, make: Callable[..., str]) -> None:
    number = alike(make)
    found = reconciled(town, [line(**ALIKE, 隐患等级="重大")])
    [candidate] = listed(town, found, "candidates")
    answer = decide(town, found, candidate["id"], "same", "电话问过")
    assert answer.status_code == 200, answer.text
    assert answer.json["decision"] == "same"
    assert answer.json["decided_by"]["name"] == "李四"
    [row] = listed(town, found, "rows")
    assert (row["state"], row["hazard"], row["how"]) == ("matched", number, "人工确认")
    assert kinds(town, found) == ["values_differ"]
    # Said again, nothing happens.
    assert decide(town, found, candidate["id"], "same").json["reason"] == "电话问过"
    run(town, found)
    assert kinds(town, found) == ["values_differ"]
    assert listed(town, found, "rows")[0]["how"] == "人工确认"


def test_refused_each_stands_alone(town: Client, make: Callable[..., str]) -> None:
    alike(make)
    found = reconciled(town, [line(**ALIKE)])
    [candidate] = listed(town, found, "candidates")
    assert decide(town, found, candidate["id"], "different", "另一层").status_code == 200
    assert kinds(town, found) == ["only_ours", "only_theirs"]
    run(town, found)
    assert kinds(town, found) == ["only_ours", "only_theirs"]
    assert listed(town, found, "candidates", "?decision=open") == []


def test_a_decision_can_be_taken_back(town: Client, make: Callable[..., str]) -> None:
    alike(make)
    found = reconciled(town, [line(**ALIKE)])
    [candidate] = listed(town, found, "candidates")
    decide(town, found, candidate["id"], "same")
    assert kinds(town, found) == []
    assert decide(town, found, candidate["id"], "different").status_code == 200
    assert kinds(town, found) == ["only_ours", "only_theirs"]
    assert decide(town, found, candidate["id"], "same").status_code == 200
    assert kinds(town, found) == []


def test_one_hazard_is_one_line(town: Client, make: Callable[..., str]) -> None:
    number = alike(make)
    lines = [line(**ALIKE), line(**ALIKE | {"隐患描述": "二楼疏散通道堆放纸箱杂物"})]
    found = reconciled(town, lines)
    candidates = listed(town, found, "candidates")
    best = max(candidates, key=lambda each: each["score"])
    assert decide(town, found, best["id"], "same").status_code == 200
    states = {each["hazard"] for each in listed(town, found, "rows")}
    assert number in states
    assert listed(town, found, "candidates", "?decision=open") == []
    for each in candidates:
        if each["id"] != best["id"]:
            assert decide(town, found, each["id"], "same").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "decision"), ({"decision": "maybe"}, "decision"), ({"decision": "same", "x": 1}, "x")],
)
def test_what_is_said_of_a_candidate_is_checked(
    town: Client, make: Callable[..., str], body: dict[str, Any], field: str
) -> None:
    alike(make)
    found = reconciled(town, [line(**ALIKE)])
    [candidate] = listed(town, found, "candidates")
    address = f"/api/v1/reconciliations/{found}/candidates/{candidate['id']}"
    answer = town.post(address, json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


# Differences


def test_an_act_is_an_ordinary_event(
    department: Client, town: Client, make: Callable[..., str]
) -> None:
    number = make()
    found = reconciled(department, [line(number, 隐患等级="重大")])
    each = only(department, found, "values_differ")
    assert each["suggestion"]["action"] == "regrade"
    answer = settle(department, found, each["id"], "act", reason="有判定书")
    assert answer.status_code == 200, answer.text
    assert (answer.json["status"], answer.json["settled_by"]["name"]) == ("acted", "孙七")
    hazard = town.hazard(number)
    assert (hazard["level"], hazard["basis"]) == ("major", "有判定书")
    events = town.get(f"/api/v1/hazards/{number}/events").json["items"]
    assert events[-1]["id"] == answer.json["event"]
    assert events[-1]["actor"]["name"] == "孙七"
    # Once more, and there is still one event.
    assert settle(department, found, each["id"], "act", reason="有判定书").json == answer.json
    assert len(town.get(f"/api/v1/hazards/{number}/events").json["items"]) == len(events)


def test_what_differs_otherwise_after_an_act_is_asked_again(
    department: Client, town: Client, make: Callable[..., str]
) -> None:
    number = make()
    found = reconciled(department, [line(number, 隐患等级="重大")], sector="FIRE")
    each = only(department, found, "values_differ")
    assert settle(department, found, each["id"], "act", reason="有判定书").status_code == 200
    department.does(number, "regrade", {"level": "suspected_major", "basis": "复核中"})
    run(department, found)
    again = only(department, found, "values_differ")
    assert (again["id"], again["status"], again["reason"]) == (each["id"], "open", "")
    answer = settle(department, found, each["id"], "act", reason="复核完毕")
    assert answer.status_code == 200, answer.text
    assert town.hazard(number)["level"] == "major"
    run(department, found)
    [done] = listed(department, found, "differences", "?status=acted")
    assert done["reason"] == "复核完毕"


def test_what_was_acted_upon_stays_told_as_done(
    department: Client, make: Callable[..., str]
) -> None:
    number = make()
    found = reconciled(department, [line(number, 隐患等级="重大")])
    each = only(department, found, "values_differ")
    settle(department, found, each["id"], "act")
    run(department, found)
    assert only(department, found, "values_differ")["status"] == "acted"
    answer = settle(department, found, each["id"], "explained")
    assert (answer.status_code, answer.json["code"]) == (409, "difference_acted")


def test_a_guard_that_fails_is_the_usual_conflict(
    city: Client, town: Client, hazard_in: Callable[[State], str]
) -> None:
    """Their ledger has it struck off; ours waits for that, and who accepted may not do it."""
    number = hazard_in(State.AWAITING_CLOSURE)
    found = reconciled(city, [line(number, **CLOSED)], area="141181001000")
    [each] = [
        each
        for each in differences(city, found, "values_differ")
        if each["suggestion"]["action"] == "close"
    ]
    answer = settle(town, found, each["id"], "act")
    assert (answer.status_code, answer.json["code"]) == (409, "same_person")
    assert town.hazard(number)["state"] == "awaiting_closure"
    done = settle(city, found, each["id"], "act")
    assert done.status_code == 200, done.text
    assert city.hazard(number)["state"] == "closed"


def test_a_hazard_of_ours_that_is_another_again_is_void(
    town: Client, city: Client, make: Callable[..., str]
) -> None:
    said = {"site_name": "演示餐馆", "spot": ALIKE["隐患部位"], "description": ALIKE["隐患描述"]}
    first, second = (make(site_id=1, **said) for _ in range(2))
    found = reconciled(town, [line(first, **ALIKE)])
    each = only(town, found, "duplicate_number")
    assert (each["hazard"], each["suggestion"]["action"]) == (second, "void")
    assert kinds(town, found) == ["duplicate_number"]
    answer = settle(city, found, each["id"], "act", reason="同一处堆物")
    assert answer.status_code == 200, answer.text
    hazard = town.hazard(second)
    assert (hazard["state"], hazard["duplicate_of"]) == ("void", first)
    assert hazard["void_reason"] == "同一处堆物"


def test_a_comment_says_what_their_ledger_says(town: Client, make: Callable[..., str]) -> None:
    number = make()
    found = reconciled(town, [line(number, **CLOSED)])
    each = only(town, found, "values_differ")
    assert settle(town, found, each["id"], "act", reason="已电话核实").status_code == 200
    event = town.get(f"/api/v1/hazards/{number}/events").json["items"][-1]
    assert event["action"] == "comment"
    assert event["data"]["note"].endswith("请到现场核实。 已电话核实")


def test_theirs_is_wrong_or_it_is_explained(town: Client, make: Callable[..., str]) -> None:
    number = make()
    found = reconciled(town, [line(number, 隐患等级="重大")])
    each = only(town, found, "values_differ")
    answer = settle(town, found, each["id"], "theirs_wrong", reason="没有判定书")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["reason"]) == ("theirs_wrong", "没有判定书")
    assert town.hazard(number)["version"] == 1
    changed = settle(town, found, each["id"], "explained", reason="下月改")
    assert changed.json["status"] == "explained"
    again = settle(town, found, each["id"], "explained", reason="下月改")
    assert again.json["settled_at"] == changed.json["settled_at"]
    assert listed(town, found, "differences", "?status=open") == []
    run(town, found)
    assert only(town, found, "values_differ")["status"] == "explained"


def test_where_only_words_help_there_is_no_act(
    town: Client, hazard_in: Callable[[State], str]
) -> None:
    number = hazard_in(State.CLOSED)
    found = reconciled(town, [line(number, 单位名称="演示餐馆")])
    each = only(town, found, "values_differ")
    assert each["suggestion"]["action"] is None
    answer = settle(town, found, each["id"], "act")
    assert (answer.status_code, answer.json["code"]) == (409, "no_act")


def test_what_is_gone_is_not_settled(
    town: Client, make: Callable[..., str], department: Client
) -> None:
    number = make()
    found = reconciled(town, [line(number, 隐患等级="重大")], sector="FIRE")
    each = only(town, found, "values_differ")
    department.does(number, "regrade", {"level": "major", "basis": "判定书"})
    run(town, found)
    assert differences(town, found) == []
    for decision in ("act", "explained"):
        answer = settle(town, found, each["id"], decision)
        assert (answer.status_code, answer.json["code"]) == (409, "difference_gone")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"decision": "act"}, "reason"),
        ({"decision": "act", "reason": " "}, "reason"),
        ({"decision": "resolved", "reason": "x"}, "decision"),
        ({"decision": "act", "reason": "x", "data": []}, "data"),
    ],
)
def test_a_settlement_is_checked(
    town: Client, make: Callable[..., str], body: dict[str, Any], field: str
) -> None:
    make()
    found = reconciled(town, [line("别的号", 单位名称="某厂", 隐患描述="电线老化")])
    each = only(town, found, "only_theirs")
    answer = town.post(f"/api/v1/reconciliations/{found}/differences/{each['id']}", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_what_is_read_anew_is_run_before_it_is_settled(town: Client) -> None:
    found = reconciled(town, [line("别的号", 单位名称="某厂", 隐患描述="电线老化")])
    each = only(town, found, "only_theirs")
    body = {"columns": [{"index": 0, "field": None}]}
    assert town.put(f"/api/v1/reconciliations/{found}/columns", json=body).status_code == 200
    for decision in ("act", "explained"):
        answer = settle(town, found, each["id"], decision)
        assert (answer.status_code, answer.json["code"]) == (409, "reconciliation_not_done")


# A line that only they have


THEIRS: dict[str, Any] = {
    "单位名称": "演示超市",
    "隐患部位": "仓库",
    "隐患描述": "灭火器过期三个月",
    "隐患等级": "重大",
    "检查日期": "2026-11-05",
}


def test_what_only_they_have_is_reported_with_where_it_comes_from(
    town: Client, database: Database
) -> None:
    found = reconciled(town, [line("局2026-7", **THEIRS)])
    each = only(town, found, "only_theirs")
    assert each["suggestion"]["action_name"] == "补报"
    answer = settle(town, found, each["id"], "act", reason="去现场看过，确有")
    assert answer.status_code == 200, answer.text
    number = answer.json["hazard"]
    hazard = town.hazard(number)
    assert (hazard["state"], hazard["level"]) == ("reported", "suspected_major")
    assert hazard["needs_review"]
    assert (hazard["site"], hazard["site_name"]) == (2, "演示超市")
    assert (hazard["found_on"], hazard["spot"]) == ("2026-11-05", "仓库")
    assert hazard["suggested_deadline"] == "2026-12-10"
    assert hazard["reporter"]["name"] == "李四"
    first, second = town.get(f"/api/v1/hazards/{number}/events").json["items"]
    assert first["id"] == answer.json["event"]
    assert first["data"]["submission"] == "对账：市住建局 2026-11 台账!3"
    assert second["data"]["note"] == (
        "据《台账.xlsx》（市住建局 2026-11 台账!3）补报：去现场看过，确有"
    )
    [row] = listed(town, found, "rows")
    assert (row["hazard"], row["state"], row["how"]) == (number, "matched", "已补报")
    # It is in the ledger once, however often that is asked, and whoever runs it again.
    assert settle(town, found, each["id"], "act").json == answer.json
    run(town, found)
    assert listed(town, found, "rows")[0]["hazard"] == number
    again = reconciled(town, [line("局2026-7", **THEIRS)])
    assert listed(town, again, "rows")[0]["hazard"] == number
    with database.reading() as session:
        assert len(session.scalars(select(Hazard.id)).all()) == 1
        assert len(session.scalars(select(Event.id)).all()) == 2


def test_what_they_struck_off_is_not_reported(town: Client) -> None:
    found = reconciled(town, [line("局2026-7", **THEIRS | CLOSED)])
    assert only(town, found, "only_theirs")["suggestion"]["action"] is None


def test_where_it_belongs_may_be_said(town: Client, city: Client, department: Client) -> None:
    found = reconciled(city, [line("局2026-7", **THEIRS | {"所属乡镇": None})])
    each = only(city, found, "only_theirs")
    assert each["area"] == "141181000000"
    for data, field in (
        ({"area": "999999999999"}, "data.area"),
        ({"sector": "NOPE"}, "data.sector"),
        ({"level": "major"}, "level"),
    ):
        answer = settle(city, found, each["id"], "act", data=data)
        assert answer.status_code == 422, answer.text
        assert field in answer.json["errors"]
    data = {"area": "141181100991", "sector": "FIRE"}
    answer = settle(city, found, each["id"], "act", data=data)
    assert answer.status_code == 200, answer.text
    hazard = city.hazard(answer.json["hazard"])
    assert (hazard["area"], hazard["sector"]) == ("141181100991", "FIRE")
    assert department.get(f"/api/v1/hazards/{answer.json['hazard']}").status_code == 200


def test_nobody_reports_what_is_not_theirs_to_see(city: Client, town: Client) -> None:
    found = reconciled(city, [line("局2026-7", **THEIRS)], area="141181001000")
    each = only(town, found, "only_theirs")
    answer = settle(town, found, each["id"], "act", data={"area": "141181001991"})
    assert answer.status_code == 200, answer.text
    fire = reconciled(city, [line("局2026-8", **THEIRS)], sector="FIRE")
    each = only(city, fire, "only_theirs")
    assert settle(city, fire, each["id"], "act").json["status"] == "acted"


# The mended ledger


def test_the_mended_ledger_shows_what_is_left(
    town: Client, make: Callable[..., str], clock: FixedClock
) -> None:
    first, second, third = (make(description=each) for each in ("甲处堆物", "乙处堆物", "丙处堆物"))
    texts = {first: "甲处堆物", second: "乙处堆物", third: "丙处堆物"}

    def lines(*wrong: str) -> list[dict[str, Any]]:
        return [
            line(number, 隐患描述=text, 隐患等级="重大" if number in wrong else "一般")
            for number, text in texts.items()
        ]

    before = reconciled(town, lines(first, second))
    assert town.get(f"/api/v1/reconciliations/{before}").json["figures"]["changes"] is None
    each, _ = differences(town, before)
    settle(town, before, each["id"], "theirs_wrong")
    after = uploaded(town, lines(second, third))
    found = run(town, after)
    assert found["previous"] == before
    assert found["figures"]["changes"] == {"still": 1, "solved": 1, "new": 1}
    changes = {each["hazard"]: each["change"] for each in differences(town, after)}
    assert changes == {second: "still", third: "new"}
    assert [each["hazard"] for each in listed(town, after, "differences", "?change=new")] == [third]
    assert [each["hazard"] for each in listed(town, after, "differences", "?change=still")] == [
        second
    ]
    # What was open there is asked here now; the answer that was given stays on record.
    statuses = [each["status"] for each in listed(town, before, "differences")]
    assert statuses == ["theirs_wrong", "resolved"]


def test_an_explanation_holds_as_long_as_both_say_the_same(
    town: Client, make: Callable[..., str]
) -> None:
    number = make()
    before = reconciled(town, [line(number, 整改时限="2026-12-11", 隐患等级="重大")])
    each = only(town, before, "values_differ")
    settle(town, before, each["id"], "explained", reason="以我方为准")
    same = reconciled(town, [line("x"), line(number, 隐患等级="重大")])
    assert only(town, same, "values_differ")["status"] == "explained"
    assert only(town, same, "values_differ")["reason"] == "以我方为准"
    other = reconciled(town, [line(number, 隐患等级="疑似重大")])
    assert only(town, other, "values_differ")["status"] == "open"


def test_decisions_hold_for_the_mended_ledger(town: Client, make: Callable[..., str]) -> None:
    number = alike(make)
    before = reconciled(town, [line(**ALIKE)])
    [candidate] = listed(town, before, "candidates")
    decide(town, before, candidate["id"], "same")
    after = reconciled(town, [line("x", 单位名称="另一家"), line(**ALIKE, 备注="已更正")])
    rows = {each["ref"]: each for each in listed(town, after, "rows")}
    assert (rows["台账!4"]["hazard"], rows["台账!4"]["how"]) == (number, "人工确认")


def test_another_source_month_or_area_is_another_ledger(town: Client, city: Client) -> None:
    first = uploaded(town, [line("A")])
    for other in (
        uploaded(town, [line("A")], source="别处"),
        uploaded(town, [line("A")], month="2026-10"),
        uploaded(town, [line("A")], sector="FIRE"),
        uploaded(city, [line("A")]),
    ):
        assert city.get(f"/api/v1/reconciliations/{other}").json["previous"] is None
    again = uploaded(town, [line("A")])
    assert town.get(f"/api/v1/reconciliations/{again}").json["previous"] == first


def test_sent_several_times_at_once_it_is_reported_once(
    town: Client, make: Callable[..., str], database: Database
) -> None:
    make()
    found = reconciled(town, [line(隐患描述="配电箱门损坏", 隐患部位="一楼配电间")])
    missing = only(town, found, "only_theirs")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: settle(town, found, missing["id"], "act"), range(4)))
    assert [each.status_code for each in answers] == [200] * 4, [each.text for each in answers]
    assert len({each.json["hazard"] for each in answers}) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hazard)) == 2


def test_a_number_that_no_row_can_have_is_of_nothing(
    city: Client, make: Callable[..., str]
) -> None:
    found = reconciled(city, [line(make())])
    assert decide(city, found, 2**63, "same").status_code == 404
    assert settle(city, found, 2**63, "explained").status_code == 404
    body = {"id": str(uuid4()), "decision": "explained", "reason": "核实过"}
    assert city.post(f"/api/v1/ledger-audit/{2**63}", json=body).status_code == 404
