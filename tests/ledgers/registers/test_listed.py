"""Ledger C: a line tells how a listing went, from the events, today or as of a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.ledgers.registers.listed import COLUMNS
from tests.client import Client
from tests.ledgers.sheets import csv_lines, sheet, xlsx_lines

XLSX, CSV, JSON = (f"/api/v1/ledgers/listed.{suffix}" for suffix in ("xlsx", "csv", "json"))

# rules.md §2 C, each part of a group by itself.
CUSTOMARY = (
    *("序号", "编号", "隐患单位", "隐患内容", "判定依据", "挂牌级别", "督办单位", "督办责任人"),
    *("挂牌日期", "整改期限", "整改责任人", "责任到位", "措施到位", "资金到位", "时限到位"),
    *("预案到位", "进展情况", "延期次数", "原期限", "现期限", "完成日期", "验收单位", "验收日期"),
    *("验收结论", "摘牌日期", "摘牌文号", "备注"),
)
GROUPS = {"“五到位”落实情况": 5, "延期情况": 3, "验收": 3, "摘牌（核销）": 2}


def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{JSON}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_the_columns_are_the_customary_ones() -> None:
    assert tuple(column.heading for column in COLUMNS) == CUSTOMARY
    groups = [column.group for column in COLUMNS if column.group]
    assert {name: groups.count(name) for name in groups} == GROUPS


def test_a_line_tells_how_the_listing_went(
    under_listing: Callable[[], str],
    later: Callable[[int], None],
    city: Client,
    department: Client,
    unit: Client,
) -> None:
    number = under_listing()
    later(2)
    unit.does(number, "report_progress", {"note": "报警器已订货"})
    wanted = {"deadline": "2026-12-18", "reason": "设备到货晚", "interim_measures": "停用厨房"}
    unit.does(number, "request_extension", wanted)
    department.does(number, "grant_extension")
    [line] = csv_lines(city, CSV)
    assert line == dict.fromkeys(CUSTOMARY, "") | {
        "序号": "1",
        "编号": number,
        "隐患单位": "演示餐馆",
        "隐患内容": "疏散通道堆物",
        "判定依据": "GB 35181-2025",
        "挂牌级别": "市",
        "督办单位": "市消防救援大队",
        "督办责任人": "孙七",
        "挂牌日期": "2026-11-23",
        "整改期限": "2026-12-25",
        "整改责任人": "赵六 138****1234",
        **dict.fromkeys(CUSTOMARY[11:16], "是"),
        "进展情况": "整改中；2026-11-25 报警器已订货",
        "延期次数": "1",
        "原期限": "2026-12-10",
        "现期限": "2026-12-18",
        "备注": "剩 23 天",
    }
    later(3)
    unit.does(number, "finish", {"summary": "已更换", "photos": [unit.put_photo()]})
    assert items(city)[0]["days_left"] is None
    found = department.get(f"/api/v1/hazards/{number}/evidence").json["items"]
    answers = [{"finding": each["id"], "word": "已核实"} for each in found if each["serious"]]
    told = {"opinion": "合格", "acceptors": ["李四"], "answers": answers}
    department.does(number, "accept", told)
    department.does(number, "delist", {"document_no": "孝安摘〔2026〕1号"})
    [after] = items(city)
    assert after["accepted_by"] == "行业主管（监管）部门（孙七、李四）"
    assert (after["finished_on"], after["accepted_on"]) == ("2026-11-28", "2026-11-28")
    assert (after["delisted_on"], after["delisted_by_document"]) == (
        "2026-11-28",
        "孝安摘〔2026〕1号",
    )


def test_before_a_plan_none_of_the_five_is_in_place_and_lateness_is_told(
    under_listing: Callable[[], str], later: Callable[[int], None], town: Client, city: Client
) -> None:
    number = under_listing()
    again = {"responsible_unit": 2, "deadline": "2026-12-01", "reason": "改派"}
    town.does(number, "reassign", again)
    later(10)
    [line] = xlsx_lines(city, XLSX, COLUMNS)
    assert {line[name] for name in CUSTOMARY[11:16]} == {"否"}
    assert (line["整改责任人"], line["进展情况"], line["备注"]) == (None, "已交办", "已逾期 2 天")


def test_as_of_a_day_it_is_what_was_known_then(
    under_listing: Callable[[], str],
    later: Callable[[int], None],
    make: Callable[..., str],
    city: Client,
    department: Client,
) -> None:
    make()
    number = under_listing()
    later(3)
    department.does(number, "suspend", {"reason": "险情"})
    assert items(city)[0]["remarks"] == "剩 14 天；停产停用中"
    assert items(city, "?as_of=2026-11-24")[0]["remarks"] == "剩 16 天"
    assert items(city, "?as_of=2026-11-22") == []
    assert items(city, "?as_of=2026-11-24&state=rectifying&overdue=false") != []
    assert items(city, "?as_of=2026-11-24&state=closed") == []


def test_filters_scope_and_the_month_of_listing(
    under_listing: Callable[[], str], city: Client, town: Client, grid: Client
) -> None:
    number = under_listing()
    for client, query in (
        (town, ""),
        (grid, ""),
        (city, "?period=2026-11&sector=FIRE&level=major"),
    ):
        assert [each["number"] for each in items(client, query)] == [number]
    for query in ("?period=2026-10", "?sector=GAS", "?area=141181100000", "?state=closed"):
        assert items(city, query) == []


def test_whole_telephone_numbers_are_for_those_with_the_right(
    under_listing: Callable[[], str], city: Client, grid: Client, unit: Client
) -> None:
    under_listing()
    [line] = csv_lines(city, f"{CSV}?phones=true")
    assert line["整改责任人"] == "赵六 13800001234"
    assert grid.get(f"{CSV}?phones=true").status_code == 403
    logged = city.get("/api/v1/exports/log").json["items"]
    assert [(each["kind"], each["lines"], each["phones"]) for each in logged] == [
        ("listed", 1, True)
    ]


def test_a_page_without_lines_and_a_bad_question(city: Client) -> None:
    assert xlsx_lines(city, XLSX, COLUMNS) == []
    assert sheet(city, XLSX)["A1"].value == "孝义市挂牌督办台账（2026年11月）"
    for query in ("period=2026-13", "as_of=2026-12-01", "area=999999999999", "limit=5"):
        path = XLSX if query.startswith(("area", "as_of")) else JSON
        assert city.get(f"{path}?{query}").status_code == 422, query
