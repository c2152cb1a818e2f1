"""A run: what it is held against, as of the month's end; in the background, or at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from config import Settings
from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.ledgers.models import Reconciliation
from server.ledgers.reconciliation import running
from server.ledgers.reconciliation.matching import match
from server.ledgers.reconciliation.running import LOST_AFTER, Reconciler
from server.ledgers.records import Record
from tests.client import Client
from tests.conftest import NOW

from .sheets import CLOSED, differences, kinds, line, listed, reconciled, run, uploaded

ELSEWHERE = "141181100000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whatever has more than three lines is not run at once."""
    return replace(settings, reconcile_at_once_rows=3)


@pytest.fixture
def reconciler(app: Flask) -> Reconciler:
    found: Reconciler = app.extensions["reconciler"]
    return found


def lines(count: int) -> list[dict[str, Any]]:
    return [line(f"局-{number}", 隐患描述=f"第{number}处") for number in range(count)]


def state(client: Client, found: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v1/reconciliations/{found}").json
    return answer


def test_a_large_one_waits_for_the_background(town: Client, reconciler: Reconciler) -> None:
    found = uploaded(town, lines(4))
    answer = town.post(f"/api/v1/reconciliations/{found}/run")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert listed(town, found, "differences") == []
    assert reconciler.run_due() == 1
    done = state(town, found)
    assert (done["state"], done["rows_done"], done["rows_total"]) == ("done", 4, 4)
    assert done["finished_at"]
    assert len(differences(town, found, "only_theirs")) == 4
    assert reconciler.run_due() == 0


def test_what_is_being_run_is_left_alone(
    town: Client, reconciler: Reconciler, database: Database, clock: FixedClock
) -> None:
    found = uploaded(town, lines(1))
    with database.writing() as session:
        row = session.get_one(Reconciliation, found)
        row.state, row.heartbeat_at = "running", NOW
    answer = town.post(f"/api/v1/reconciliations/{found}/run")
    assert (answer.status_code, answer.json["code"]) == (409, "reconciliation_running")
    body = {"columns": [{"index": 0, "field": None}]}
    answer = town.put(f"/api/v1/reconciliations/{found}/columns", json=body)
    assert (answer.status_code, answer.json["code"]) == (409, "reconciliation_running")
    assert reconciler.run_due() == 0
    # Whoever ran it fell silent: it is run again.
    clock.at = NOW + LOST_AFTER + timedelta(seconds=1)
    assert reconciler.run_due() == 1
    assert state(town, found)["state"] == "done"


def test_who_was_silent_for_too_long_leaves_the_run_to_whoever_took_it_up(
    town: Client,
    reconciler: Reconciler,
    database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = uploaded(town, lines(1))
    reconciler.queue(found)
    match = running.match

    def slow(*args: Any) -> Any:
        """Meanwhile another process takes it up, finishes it, and somebody mends a column."""
        with database.writing() as session:
            row = session.get_one(Reconciliation, found)
            row.state, row.heartbeat_at = "read", NOW + LOST_AFTER
        return match(*args)

    monkeypatch.setattr(running, "match", slow)
    assert reconciler.run(found)
    assert state(town, found)["state"] == "read"
    assert listed(town, found, "differences") == []


def test_a_run_that_fails_says_so_and_changes_nothing(
    town: Client, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    found = reconciled(town, lines(2))
    before = listed(town, found, "differences")

    def broken(*args: object) -> None:
        raise RuntimeError("no matter")

    monkeypatch.setattr("server.ledgers.reconciliation.running.match", broken)
    answer = town.post(f"/api/v1/reconciliations/{found}/run")
    assert (answer.status_code, answer.json["state"]) == (200, "failed")
    assert "重试" in answer.json["message"]
    assert listed(town, found, "differences") == before
    monkeypatch.undo()
    assert run(town, found)["message"] == ""


def test_candidates_wait_for_the_run(town: Client, make: Callable[..., str]) -> None:
    make(site_id=1, site_name="演示餐馆", spot="通道", description="疏散通道堆放纸箱杂物")
    said = {"单位名称": "演示餐馆", "隐患部位": "通道", "隐患描述": "疏散通道堆放纸箱杂物"}
    found = reconciled(town, [line(**said)])
    [candidate] = listed(town, found, "candidates")
    body = {"columns": [{"index": 0, "field": None}]}
    assert town.put(f"/api/v1/reconciliations/{found}/columns", json=body).status_code == 200
    address = f"/api/v1/reconciliations/{found}/candidates/{candidate['id']}"
    assert town.post(address, json={"decision": "same"}).status_code == 404


def test_ours_is_as_it_stood_when_the_month_ended(
    town: Client, advance: Callable[[str, State], str], make: Callable[..., str], clock: FixedClock
) -> None:
    """Found in October, put right in November: October's ledger has it open."""
    clock.at = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    number = make(found_on=clock.now().date())
    clock.at = NOW
    advance(number, State.CLOSED)
    unplanned = dict.fromkeys(("整改时限", "整改责任人", "整改措施", "整改资金（元）", "应急预案"))
    october = line(number, 检查日期="2026-10-20", **unplanned)
    assert kinds(town, reconciled(town, [october], month="2026-10")) == []
    # What they struck off in November was open in October, too.
    later = CLOSED | {"单位名称": "演示餐馆"}
    found = reconciled(town, [line(number, 检查日期="2026-10-20", **later)], month="2026-10")
    assert "standing" not in str(differences(town, found, "values_differ"))
    november = line(number, 检查日期="2026-10-20", **later)
    assert kinds(town, reconciled(town, [november])) == []
    # Nobody had found it in September.
    september = reconciled(town, [line("x", 检查日期="2026-09-01")], month="2026-09")
    assert kinds(town, september) == ["only_theirs"]


def test_what_was_struck_off_before_the_month_is_not_missed_but_known(
    town: Client, hazard_in: Callable[[State], str], clock: FixedClock
) -> None:
    number = hazard_in(State.CLOSED)
    clock.at = datetime(2026, 12, 20, 2, 0, tzinfo=UTC)
    found = reconciled(
        town, [line(number, 单位名称="演示餐馆", 整改时限="2027-01-10")], month="2026-12"
    )
    told = {each["theirs"][-1]["name"] for each in differences(town, found, "values_differ")}
    assert "是否销号" in told
    assert differences(town, found, "only_theirs") == []
    assert kinds(town, reconciled(town, [line("x", 整改时限="2027-01-10")], month="2026-12")) == [
        "only_theirs"
    ]


def test_a_void_hazard_is_not_missed(city: Client, town: Client, make: Callable[..., str]) -> None:
    number = make()
    city.does(number, "void", {"reason": "误报"})
    assert kinds(town, reconciled(town, [line("x", 单位名称="别家", 隐患描述="电线老化裸露")])) == [
        "only_theirs"
    ]
    found = reconciled(town, [line(number)])
    [each] = differences(town, found, "values_differ")
    assert {"name": "是否销号", "value": "作废"} in each["ours"]


def test_a_hazard_handed_over_shows_on_both_sides(city: Client, make: Callable[..., str]) -> None:
    """The giving office still has it; the receiving one has not taken it in."""
    number = make()
    city.does(number, "hand_over", {"area": ELSEWHERE, "reason": "在邻镇"})
    giving = reconciled(city, [line(number)], area="141181001000")
    [each] = differences(city, giving)
    assert (each["kind"], each["hazard"]) == ("transfer_one_sided", number)
    assert "已划出" in each["explanation"]
    receiving = reconciled(
        city, [line("x", 单位名称="别家", 隐患描述="电线老化裸露")], area=ELSEWHERE
    )
    kinds_there = kinds(city, receiving)
    assert kinds_there == ["only_theirs", "transfer_one_sided"]
    [taken] = differences(city, receiving, "transfer_one_sided")
    assert "没有接收登记" in taken["explanation"]


def test_last_months_ending_is_this_months_opening(town: Client) -> None:
    last = "上期结转 3 条，本期新增 2 条，本期销号 1 条，期末未销号 4 条"
    this = "上期结转 5 条"
    uploaded(town, lines(1), month="2026-10", foot=[last])
    found = reconciled(town, lines(1), foot=[this])
    told = [each["explanation"] for each in differences(town, found, "balance_broken")]
    assert "本月期初 5 条，与上月期末 4 条不一致。" in told


def test_another_sectors_hazard_is_elsewhere(town: Client, make: Callable[..., str]) -> None:
    number = make(sector="GAS")
    found = reconciled(town, [line(number)], sector="FIRE")
    [each] = differences(town, found)
    assert each["kind"] == "transfer_one_sided"
    assert "登记在其他区划或行业" in each["explanation"]


def test_a_run_that_waits_or_is_under_way_can_be_cancelled(
    town: Client, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = uploaded(town, lines(4))
    address = f"/api/v1/reconciliations/{found}/run"
    assert town.post(address).json["state"] == "queued"
    cancelled = town.delete(address)
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "read")
    assert reconciler.run_due() == 0

    # Under way: whoever works on it notices when it next says how far it is.
    town.post(address)
    monkeypatch.setattr(running, "BEAT_SECONDS", 0.0)
    matching, told = running.match, []

    def watched(ours: Any, theirs: Any, confirmed: Any, refused: Any, tick: Any) -> Any:
        tick(0.5)
        told.append(state(town, found)["rows_done"])
        assert town.delete(address).json["state"] == "read"
        tick(0.75)
        raise AssertionError("went on all the same")

    monkeypatch.setattr(running, "match", watched)
    assert reconciler.run_due() == 1
    assert told == [1]
    gone = state(town, found)
    assert (gone["state"], gone["rows_done"], gone["message"]) == ("read", 0, "")
    assert listed(town, found, "differences") == []

    # Nothing was lost: it runs again, and then there is nothing to cancel any more.
    monkeypatch.setattr(running, "match", matching)
    town.post(address)
    assert reconciler.run_due() == 1
    assert town.delete(address).json["state"] == "done"


def test_cancelling_a_second_run_leaves_what_the_first_one_found(
    town: Client, town2: Client, department: Client
) -> None:
    found = uploaded(town, lines(4))
    address = f"/api/v1/reconciliations/{found}/run"
    reconciler: Reconciler = town.app.extensions["reconciler"]
    town.post(address)
    reconciler.run_due()
    before = listed(town, found, "differences")
    assert before
    assert town.post(address).json["state"] == "queued"
    assert department.delete(address).status_code == 404
    cancelled = town2.delete(address).json
    assert (cancelled["state"], cancelled["rows_done"]) == ("done", 4)
    assert listed(town, found, "differences") == before


def test_matching_says_how_far_it_is() -> None:
    ours = [Record(ref=f"o{each}", site_name=f"演示商店{each}") for each in range(8)]
    theirs = [Record(ref=f"t{each}", site_name=f"演示商店{each}") for each in range(8)]
    told: list[float] = []
    match(ours, theirs, tick=told.append)
    assert told == sorted(told)
    assert told
    assert 0 < told[0] <= told[-1] <= 1


def test_what_columns_can_be_of_is_told(town: Client, grid: Client) -> None:
    fields = town.get("/api/v1/reconciliations/fields").json["items"]
    assert {"field": "number", "name": "隐患编号"} in fields
    assert grid.get("/api/v1/reconciliations/fields").status_code == 403
