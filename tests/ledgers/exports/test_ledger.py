"""The ledger as .xlsx and .csv: all its columns, the list's filters, text that stays text."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from server.database import Database
from server.glossary import Level, State
from server.ledgers.exports.columns import ledger_columns, masked_phone
from server.ledgers.exports.lines import Names
from server.ledgers.exports.workbook import SIGNED_BY, heading_row
from server.spreadsheet import read_cell
from tests.client import Client
from tests.factories import account_actor, make_hazard

CUSTOMARY = (
    *("序号", "隐患编号", "检查日期", "所属乡镇（街道）", "村（社区）/网格", "单位（场所）名称"),
    *("统一社会信用代码", "详细地址", "行业领域", "隐患部位", "隐患描述", "隐患类别", "隐患等级"),
    *("判定依据", "检查人（网格员）", "整改责任单位", "整改责任人及电话", "整改措施"),
    *("整改资金（万元）", "整改时限", "应急预案/临时管控措施", "监管（督办）单位及责任人"),
    *("整改完成情况及日期", "复查（验收）人及日期、结论", "是否销号/销号日期", "备注"),
)

COLUMNS = ledger_columns(Names({}, {}))
HEADING_ROW = heading_row(COLUMNS)

# What a spreadsheet, or one of its importers, is known to take for something else.
TRICKY = [
    "=1+1",
    "+86 138",
    "-5",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "91141181000000000X",
    "123456789012345678",
    "00123",
    "1E5",
    "2026-11-23",
    "第一行\n第二行",
    '引号"和,逗号',
    "'开头",
    "🔥𠮷",
    "<b>&amp;",
    "x" * 32_000,
]


def sheet_of(answer: TestResponse) -> Worksheet:
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(BytesIO(answer.data)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def xlsx_lines(client: Client, query: str = "") -> list[dict[str, Any]]:
    rows = sheet_of(client.get(f"/api/v1/ledger.xlsx{query}")).iter_rows(
        min_row=HEADING_ROW + 1, values_only=True
    )
    heading, *lines, signature, _ = rows
    assert tuple(filter(None, signature)) == SIGNED_BY
    return [dict(zip(map(str, heading), line, strict=True)) for line in lines]


def csv_lines(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/ledger.csv{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_the_columns_are_the_customary_ones() -> None:
    assert [column.heading for column in COLUMNS] == list(CUSTOMARY)


def test_both_files_have_them(town: Client) -> None:
    heading = next(
        sheet_of(town.get("/api/v1/ledger.xlsx")).iter_rows(
            min_row=HEADING_ROW + 1, values_only=True
        )
    )
    assert heading == CUSTOMARY
    text = town.get("/api/v1/ledger.csv").data.decode("utf-8-sig")
    assert tuple(next(csv.reader(StringIO(text)))) == CUSTOMARY


def test_the_sheet_is_laid_out_for_printing(town: Client, make: Callable[..., str]) -> None:
    make()
    sheet = sheet_of(town.get("/api/v1/ledger.xlsx"))
    assert sheet["A1"].value == "新义街道安全生产隐患排查整改台账（2026年11月）"
    assert sheet["A2"].value == "填报单位（盖章）：新义街道安委办"
    assert sheet["N2"].value == "填报日期：2026年11月23日"
    assert [sheet[each].value for each in ("A3", "Q3", "Q4", "R4")] == [
        *("序号", "五到位", "整改责任人及电话", "整改措施")
    ]
    assert {"A3:A5", "Q3:U3", "V3:V5"} <= {str(each) for each in sheet.merged_cells.ranges}
    assert sheet.row_dimensions[6].hidden
    assert sheet.freeze_panes == "C7"
    assert sheet.print_title_rows == "$1:$6"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.column_dimensions["K"].width > sheet.column_dimensions["A"].width > 0
    assert sheet["K7"].alignment.wrap_text
    assert sheet.row_dimensions[7].height > 30  # the number alone takes two lines


def test_a_line_tells_the_whole_way(hazard_in: Callable[[State], str], town: Client) -> None:
    number = hazard_in(State.CLOSED)
    (line,) = xlsx_lines(town)
    assert line["序号"] == 1
    assert line["隐患编号"] == number
    assert f"{line['检查日期']:%Y-%m-%d}" == "2026-11-23"
    assert line["所属乡镇（街道）"] == "新义街道"
    assert line["村（社区）/网格"] == "演示社区 第1网格"
    assert line["单位（场所）名称"] == "演示餐馆"
    assert line["统一社会信用代码"] == "91141181MA0DEMQ01T"
    assert line["行业领域"] == "消防"
    assert line["隐患等级"] == "一般"
    assert line["检查人（网格员）"] == "张三"
    assert line["整改责任单位"] == "演示餐馆"
    assert line["整改责任人及电话"] == "赵六 138****1234"
    assert line["整改资金（万元）"] == pytest.approx(0.15)
    assert f"{line['整改时限']:%Y-%m-%d}" == "2026-12-10"
    assert line["监管（督办）单位及责任人"] == "新义街道安委办 李四"
    assert line["整改完成情况及日期"] == "已清空（2026-11-23）"
    assert line["复查（验收）人及日期、结论"] == "李四 2026-11-23 合格"
    assert line["是否销号/销号日期"] == "已销号 2026-11-23"
    assert line["备注"] is None


def test_an_open_line_leaves_blank_what_is_not_known_yet(
    make: Callable[..., str], town: Client
) -> None:
    make(sector=None, needs_review=True)
    (line,) = xlsx_lines(town)
    assert line["整改资金（万元）"] is None
    assert line["整改时限"] is None
    assert line["行业领域"] is None
    assert line["是否销号/销号日期"] == "未销号（已上报）"
    assert line["备注"] == "填报有疑问，待核"


@pytest.mark.parametrize("text", TRICKY)
def test_text_stays_text_and_comes_back_as_it_was(
    database: Database, town: Client, text: str
) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        make_hazard(session, actor, description=text, site_name=text, spot=text)
    sheet = sheet_of(town.get("/api/v1/ledger.xlsx"))
    cell = sheet.cell(HEADING_ROW + 2, CUSTOMARY.index("隐患描述") + 1)
    assert (cell.data_type, cell.value) == ("s", text)
    assert read_cell(csv_lines(town)[0]["隐患描述"]) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "123456789012"])
def test_a_csv_cell_that_a_spreadsheet_would_reinterpret_is_protected(
    database: Database, town: Client, text: str
) -> None:
    with database.writing() as session:
        make_hazard(session, account_actor(session, "grid01"), spot=text)
    assert csv_lines(town)[0]["隐患部位"] == f"\t{text}"


def test_what_is_too_long_for_a_cell_is_cut_and_says_so(database: Database, town: Client) -> None:
    with database.writing() as session:
        make_hazard(session, account_actor(session, "grid01"), description="长" * 40_000)
    (line,) = xlsx_lines(town)
    assert line["隐患描述"].endswith("…（过长，已截断）")


def test_the_lists_filters_and_scope_hold(
    make: Callable[..., str], town: Client, city: Client, grid: Client
) -> None:
    near = make()
    far = make("city01", area_code="141181100000", level=Level.SUSPECTED_MAJOR)
    assert [line["隐患编号"] for line in csv_lines(city)] == [near, far]
    assert [line["隐患编号"] for line in xlsx_lines(city, "?area=141181100000")] == [far]
    assert [line["隐患编号"] for line in csv_lines(city, "?level=suspected_major")] == [far]
    assert [line["隐患编号"] for line in csv_lines(town)] == [near]
    assert [line["隐患编号"] for line in csv_lines(grid)] == [near]
    assert csv_lines(town, "?state=closed") == []


def test_pages_and_unknown_areas_are_no_filters_of_an_export(town: Client) -> None:
    for query in ("limit=5", "cursor=x", "area=999999999999", "area=141181000000x"):
        answer = town.get(f"/api/v1/ledger.xlsx?{query}")
        assert answer.status_code in (404, 422), query


def test_a_first_line_without_a_plan_does_not_decide_for_the_others(
    make: Callable[..., str], hazard_in: Callable[[State], str], town: Client
) -> None:
    make()
    hazard_in(State.RECTIFYING)
    first, second = xlsx_lines(town)
    assert (first["整改资金（万元）"], first["整改时限"]) == (None, None)
    assert second["整改资金（万元）"] == pytest.approx(0.15)
    assert f"{second['整改时限']:%Y-%m-%d}" == "2026-12-10"


def test_an_administrator_exports_nothing(app: Any) -> None:
    from tests.conftest import PASSWORD

    admin = Client.signed_in(app, "admin01", PASSWORD)
    assert admin.get("/api/v1/ledger.xlsx").status_code == 403
    assert admin.get("/api/v1/ledger.csv").status_code == 403


def test_the_files_have_names(town: Client) -> None:
    for suffix in ("xlsx", "csv"):
        disposition = town.get(f"/api/v1/ledger.{suffix}").headers["Content-Disposition"]
        assert f'filename="ledger-20261123.{suffix}"' in disposition
        assert "filename*=UTF-8''%E9%9A%90%E6%82%A3" in disposition


def test_many_lines_are_streamed_and_none_is_lost(database: Database, town: Client) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        numbers = [make_hazard(session, actor).number for _ in range(1_203)]
    assert [line["隐患编号"] for line in csv_lines(town)] == numbers
    assert [line["隐患编号"] for line in xlsx_lines(town)] == numbers


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13800001234", "138****1234"), ("0358-7600000", "035****0000"), ("12", "****"), ("", "****")],
)
def test_telephone_numbers_are_masked(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown
