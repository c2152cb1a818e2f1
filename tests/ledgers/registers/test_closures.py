"""Ledger D: what was struck off, with who did what and the photos' codes."""

from __future__ import annotations

from collections.abc import Callable

from server.database import Database
from server.glossary import State
from server.ledgers.registers.closures import COLUMNS
from tests.client import Client
from tests.conftest import PASSWORD
from tests.factories import account_actor, make_hazard
from tests.ledgers.sheets import csv_lines, xlsx_lines

XLSX, CSV, JSON = (f"/api/v1/ledgers/closures.{suffix}" for suffix in ("xlsx", "csv", "json"))
CUSTOMARY = (
    *("隐患编号", "单位", "隐患摘要", "等级", "整改完成日期", "申请日期", "申请人", "验收人（≥2）"),
    *("验收方式（现场/材料）", "验收结论", "销号审批人", "销号日期", "整改前照片编号"),
    *("整改后照片编号", "归档号"),
)


def test_the_columns_are_the_customary_ones() -> None:
    assert tuple(column.heading for column in COLUMNS) == CUSTOMARY


def test_a_line_tells_who_fixed_accepted_and_closed(
    make: Callable[..., str],
    advance: Callable[[str, State], str],
    town: Client,
    town2: Client,
) -> None:
    number = advance(make(), State.AWAITING_ACCEPTANCE)
    on_site = {"latitude": 37.1462, "longitude": 111.7791}
    told = {"opinion": "合格", "acceptors": ["外聘专家"], "on_site": on_site}
    town.does(number, "accept", told)
    town2.does(number, "close", {"opinion": "同意"})
    [code] = [each["code"] for each in town.hazard(number)["photos"]]
    [line] = csv_lines(town, CSV)
    assert line == {
        "隐患编号": number,
        "单位": "演示餐馆",
        "隐患摘要": "疏散通道堆物",
        "等级": "一般",
        "整改完成日期": "2026-11-23",
        "申请日期": "2026-11-23",
        "申请人": "赵六",
        "验收人（≥2）": "李四、外聘专家",
        "验收方式（现场/材料）": "现场",
        "验收结论": "合格",
        "销号审批人": "王五",
        "销号日期": "2026-11-23",
        "整改前照片编号": "",
        "整改后照片编号": f"{code[:4]}-{code[4:8]}-{code[8:]}",
        "归档号": f"GD-20261123-{number[3:]}",
    }
    # The code leads back to the hazard.
    assert town.get(f"/api/v1/hazards/codes/{line['整改后照片编号']}").json["number"] == number


def test_an_acceptance_without_place_or_photo_is_one_on_paper(
    hazard_in: Callable[[State], str], town: Client
) -> None:
    hazard_in(State.CLOSED)
    [line] = xlsx_lines(town, XLSX, COLUMNS)
    assert line["验收方式（现场/材料）"] == "材料"


def test_what_is_open_is_not_in_it_and_filters_hold(
    hazard_in: Callable[[State], str], town: Client, city: Client
) -> None:
    hazard_in(State.AWAITING_CLOSURE)
    number = hazard_in(State.CLOSED)
    for query in ("", "?period=2026-11", "?as_of=2026-11-23", "?sector=FIRE&level=general"):
        found = city.get(f"{JSON}{query}").json["items"]
        assert [each["number"] for each in found] == [number], query
    for query in ("?period=2026-10", "?as_of=2026-11-22", "?sector=GAS", "?area=141181100000"):
        assert city.get(f"{JSON}{query}").json["items"] == []
        assert csv_lines(city, f"{CSV}{query}") == []


def test_many_lines_are_read_in_batches_and_paged(database: Database, town: Client) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        hazards = [make_hazard(session, actor) for _ in range(1_003)]
        for hazard in hazards:
            hazard.state, hazard.closed_on = State.CLOSED.value, hazard.found_on
        numbers = [hazard.number for hazard in hazards]
    assert [line["隐患编号"] for line in csv_lines(town, CSV)] == numbers
    cursor, seen = "", []
    while True:
        page = town.get(f"{JSON}?limit=400{cursor}").json
        seen += [each["number"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == numbers[::-1]


def test_scope(hazard_in: Callable[[State], str], unit: Client) -> None:
    number = hazard_in(State.CLOSED)
    assert [each["number"] for each in unit.get(JSON).json["items"]] == [number]
    admin = Client.signed_in(unit.app, "admin01", PASSWORD)
    assert {admin.get(path).status_code for path in (XLSX, CSV, JSON)} == {403}


def test_a_day_before_there_were_ledgers_is_refused(town: Client) -> None:
    for path in (XLSX, CSV, JSON):
        answer = town.get(f"{path}?as_of=0001-01-01")
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["as_of"])
