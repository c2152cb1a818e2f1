"""Statistics and the national reports over HTTP: whose, of what, and whether anything changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from server.clock import FixedClock
from server.database import Database
from server.glossary import Level, Role, State
from server.ledgers.statistics.national import REPORTS
from server.people.accounts import open_account
from server.people.models import Sector
from server.seed.demo import GRID
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor, make_hazard
from tests.filling import fire
from tests.ledgers.sheets import csv_lines, sheet, xlsx_lines

PATH = "/api/v1/statistics"

# rules.md §2 F, with the columns' numbers.
F1 = (
    *("行业和领域", "排查治理隐患的生产经营单位（家）1", "排查（项）2", "已整改3", "整改率%4"),
    *("排查（项）5", "已整改销号6", "整改率%7", "列入治理计划8", "其中达到“五到位”要求9"),
    *("挂牌督办10", "其中省级挂牌督办11", "累计落实治理资金（万元）12"),
)
F2 = (
    *F1[:8],
    *("列入治理计划的重大隐患8", "治理目标任务9", "治理经费物资10", "治理机构人员11"),
    *("治理时间要求12", "安全措施应急预案13", "累计落实治理资金（万元）14"),
)


def figures(client: Client, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_nothing_is_zero_and_a_rate_of_nothing_is_null(city: Client) -> None:
    found = figures(city)
    assert (found["month"], found["until"]) == ("2026-11", "2026-11-23")
    assert found["area_name"] == "孝义市"
    nothing = {"numerator": 0, "denominator": 0, "percent": None}
    totals = found["totals"]
    assert totals["closure_rate"] == totals["year_closure_rate"] == nothing
    assert (totals["median_days"], totals["national"]["major_rate"]) == (None, None)
    assert (totals["open"], totals["overdue"], totals["funds_yuan"]) == (0, 0, "0.00")
    assert len(found["townships"]) == 16
    assert {line["rank"] for line in found["townships"]} == {None}
    assert [line["name"] for line in found["sectors"]][:2] == ["煤矿", "非煤矿山"]
    assert len(found["trend"]) == 12
    assert found["listed"] == []


def test_a_hazards_way_shows_in_the_figures(
    hazard_in: Callable[[State], str], clock: FixedClock, city: Client, town: Client
) -> None:
    hazard_in(State.CLOSED)
    hazard_in(State.RECTIFYING)
    hazard_in(State.REPORTED)
    totals = figures(city)["totals"]
    assert (totals["open"], totals["found"], totals["closed"]) == (2, 3, 1)
    assert totals["closure_rate"] == {"numerator": 1, "denominator": 3, "percent": 33.3}
    assert (totals["median_days"], totals["closures"]) == (0.0, 1)
    assert (totals["five"]["planned"], totals["five"]["in_place"]) == (1, 1)
    assert totals["funds_yuan"] == "3000.00"
    township = next(line for line in figures(city)["townships"] if line["rank"])
    assert (township["name"], township["rank"], township["open"]) == ("新义街道", 1, 2)
    clock.at += timedelta(days=6)
    assert figures(town)["totals"]["overdue"] == 0
    # Nothing is known of what was late in a month that is over.
    assert figures(city, "?month=2026-10")["totals"]["overdue"] is None


def test_scope_and_filters(
    make: Callable[..., str], city: Client, town: Client, department: Client, unit: Client
) -> None:
    make()
    make("city01", area_code="141181100000", sector="GAS")
    opened = {
        client: figures(client)["totals"]["open"] for client in (city, town, department, unit)
    }
    assert list(opened.values()) == [2, 1, 1, 0]
    assert figures(city, "?area=141181100000")["totals"]["open"] == 1
    assert figures(city, "?sector=GAS,COAL")["totals"]["open"] == 1
    assert [each["name"] for each in figures(city, "?sector=GAS,COAL")["sectors"]] == [
        "煤矿",
        "燃气",
    ]
    assert [each["name"] for each in figures(town)["townships"]] == ["新义街道"]
    assert [each["name"] for each in figures(department)["sectors"]] == ["消防"]
    # Another's area is no way to another's figures.
    assert figures(town, "?area=141181100000")["totals"]["open"] == 0


@pytest.mark.parametrize(
    "query", ["month=2026-12", "month=2026-1", "month=x", "area=12", "area=999999999999", "limit=5"]
)
def test_what_makes_no_sense_is_told(city: Client, query: str) -> None:
    answer = city.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json["errors"]


def test_an_administrator_has_no_figures(city: Client) -> None:
    admin = Client.signed_in(city.app, "admin01", PASSWORD)
    for path in (PATH, "/api/v1/ledgers/f1.xlsx", "/api/v1/ledgers/f2.json"):
        assert admin.get(path).status_code == 403


def test_the_tag_changes_with_whatever_the_answer_says(
    make: Callable[..., str],
    city: Client,
    town: Client,
    auditor: Client,
    clock: FixedClock,
    database: Database,
    grid: Client,
) -> None:
    number = make()

    def tag(client: Client, query: str = "") -> str:
        return client.get(f"{PATH}{query}").headers["ETag"]

    seen = [tag(city)]

    def is_new() -> bool:
        seen.append(tag(city))
        return seen[-1] not in seen[:-1]

    again = city.get(PATH, headers={"If-None-Match": f'W/{seen[0]}, "other"'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", seen[0])
    assert again.headers["Cache-Control"] == "private, no-cache"
    town.does(number, "comment", {"note": "已联系"})
    assert is_new()
    grid.submit(fire())
    assert is_new(), "a worker went out"
    with database.writing() as session:
        session.get_one(Sector, "FIRE").name = "消防安全"
    assert is_new()
    clock.at += timedelta(days=1)
    assert is_new(), "a day later, what is late is another matter"
    assert len({tag(client) for client in (city, town, auditor)}) == 3
    assert len({tag(city, query) for query in ("", "?month=2026-10", "?sector=GAS")}) == 3
    assert city.get(PATH, headers={"If-None-Match": seen[0]}).status_code == 200


def test_the_tag_sees_an_event_that_was_committed_late(
    make: Callable[..., str], city: Client, database: Database, clock: FixedClock
) -> None:
    make()
    clock.at += timedelta(minutes=20)
    make()
    before = city.get(PATH).headers["ETag"]
    # It began before the last one, and came in after it.
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        make_hazard(session, actor, at=clock.at - timedelta(minutes=10))
    assert city.get(PATH, headers={"If-None-Match": before}).status_code == 200


def test_who_did_not_go_out_this_month(
    database: Database, city: Client, town: Client, town2: Client, grid: Client,
    department: Client, clock: FixedClock,
) -> None:  # fmt: skip
    with database.writing() as session:
        for name, area in (("grid02", GRID), ("grid03", "141181100991")):
            open_account(
                session, name, Role.GRID_WORKER, PASSWORD, at=NOW, area_code=area, name=name
            )
    last = {"name": "张三", "area": GRID, "area_name": "第1网格", "last_submission": None}
    assert figures(town)["idle_workers"] == [last, last | {"name": "grid02"}]
    assert len(figures(city)["idle_workers"]) == 3
    assert figures(city, "?area=141181100000")["idle_workers"][0]["area_name"] == "演示村"
    grid.submit(fire(instance_id=f"uuid:{uuid4()}"))
    assert [each["name"] for each in figures(town)["idle_workers"]] == ["grid02"]
    # Before there was any submission; before there were these accounts.
    assert figures(town, "?month=2026-10")["idle_workers"] == []
    clock.at += timedelta(days=8)
    again = Client.signed_in(city.app, "town01", PASSWORD)
    idle = figures(again)["idle_workers"]
    assert [each["last_submission"] for each in idle] == ["2026-11-23T02:00:00+00:00", None]
    assert figures(again, "?month=2026-11")["idle_workers"][0]["name"] == "grid02"
    # A department sees its sectors' hazards, not what everybody filled in.
    assert figures(Client.signed_in(city.app, "dept01", PASSWORD))["idle_workers"] is None


def test_majors_under_listing_are_named_with_their_days(
    make: Callable[..., str], department: Client, city: Client
) -> None:
    number = make(level=Level.SUSPECTED_MAJOR, site_name="演示餐馆")
    department.does(number, "regrade", {"level": "major", "basis": "GB 35181-2025"})
    listing = {"rank": "省级", "supervisor_unit": "省消防救援总队", "deadline": "2026-12-03"}
    department.does(number, "list", listing)
    found = figures(city)
    assert found["listed"] == [
        {
            "number": number,
            "area": GRID,
            "site_name": "演示餐馆",
            "description": "疏散通道堆物",
            "rank": "省级",
            "supervisor_unit": "省消防救援总队",
            "deadline": None,
            "days_left": 10,
        }
    ]
    national = found["totals"]["national"]
    assert (national["listed"], national["listed_by_province"]) == (1, 1)
    assert (national["major_found"], national["planned"], national["major_rate"]) == (1, 0, 0.0)


@pytest.mark.parametrize(("report", "customary"), [("f1", F1), ("f2", F2)])
def test_the_national_reports_have_the_customary_columns_and_a_total(
    report: str, customary: tuple[str, ...], hazard_in: Callable[[State], str], city: Client
) -> None:
    columns = REPORTS[report].columns
    assert tuple(column.heading for column in columns) == customary
    hazard_in(State.CLOSED)
    hazard_in(State.RECTIFYING)
    path = f"/api/v1/ledgers/{report}"
    lines = xlsx_lines(city, f"{path}.xlsx", columns)
    by_name = {line["行业和领域"]: line for line in lines}
    assert next(iter(by_name)) == "煤矿"
    assert list(by_name)[-1] == "合计"
    fire_line = by_name["消防"]
    assert [fire_line[name] for name in customary[1:8]] == [1, 2, 1, 50.0, 0, 0, None]
    assert fire_line[customary[-1]] == pytest.approx(0.3)
    assert by_name["煤矿"][customary[4]] is None
    assert by_name["合计"] | {"行业和领域": "消防"} == fire_line
    assert [line["行业和领域"] for line in csv_lines(city, f"{path}.csv")] == list(by_name)
    told = city.get(f"{path}.json").json
    assert [line["name"] for line in told["lines"]] == list(by_name)
    assert (told["year_start"], told["until"]) == ("2026-01-01", "2026-11-23")
    title = sheet(city, f"{path}.xlsx")["A1"].value
    assert title == told["title"]
    assert title.startswith("孝义市安全生产事故隐患排查治理情况月报表")
    assert title.endswith("（2026年1月—11月，截止11月23日）")
    earlier = city.get(f"{path}.json?month=2026-01").json
    assert earlier["title"].endswith("（2026年1月，截止1月31日）")
    assert earlier["lines"][-1]["general_found"] == 0


def test_a_report_of_a_sector_and_a_township(
    hazard_in: Callable[[State], str], city: Client, department: Client
) -> None:
    hazard_in(State.RECTIFYING)
    path = "/api/v1/ledgers/f1.json"
    one = city.get(f"{path}?sector=GAS&area=141181001000").json
    assert [line["name"] for line in one["lines"]] == ["燃气", "合计"]
    assert one["title"].startswith("新义街道")
    assert [line["name"] for line in department.get(path).json["lines"]] == ["消防", "合计"]


def test_a_report_is_made_in_the_background_too_and_logged(city: Client) -> None:
    wanted = {"kind": "f1", "format": "xlsx", "query": {"month": "2026-10"}}
    assert city.post("/api/v1/exports", json=wanted).status_code == 202
    unknown = wanted | {"query": {"year": "2026"}}
    assert city.post("/api/v1/exports", json=unknown).status_code == 422
    city.get("/api/v1/ledgers/f2.csv")
    assert city.get("/api/v1/exports/log").json["items"][0]["kind"] == "f2"
