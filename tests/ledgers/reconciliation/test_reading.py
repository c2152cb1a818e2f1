"""Where a ledger's heading is, which rows are its lines, and what its columns are of."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import DomainError, InvalidInput
from server.ledgers.exports.columns import ledger_columns
from server.ledgers.exports.lines import Names
from server.ledgers.reconciliation.fields import Field
from server.ledgers.reconciliation.opening import Limits
from server.ledgers.reconciliation.reading import LeftOut, Sheet, read
from server.ledgers.reconciliation.recognition import heading_key, recognise

from .ledgers import make_ledgers
from .spelling import Cell
from .writing import as_csv, as_xls, as_xlsx, lay_out

HEADING = ["序号", "单位名称", "隐患描述", "检查日期"]
LINE = [1, "甲厂", "护栏缺失", "2026-11-03"]


def csv_of(*rows: list[Cell]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def xlsx_of(rows: list[list[Cell]], merges: list[str]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def read_csv(*rows: list[Cell]) -> Sheet:
    [sheet] = read("a.csv", csv_of(*rows), Limits())
    return sheet


def read_xlsx(rows: list[list[Cell]], *merges: str) -> Sheet:
    [sheet] = read("a.xlsx", xlsx_of(rows, list(merges)), Limits())
    return sheet


def numbers(sheet: Sheet) -> list[int]:
    return [row.number for row in sheet.rows]


def test_titles_above_and_what_stands_below_the_lines() -> None:
    sheet = read_csv(
        ["××镇隐患整改台账（2026年11月）"],
        [],
        ["填报单位（盖章）：××镇", "", "", "填报日期：2026年11月30日"],
        HEADING,
        ["1", "2", "3", "4"],
        LINE,
        [],
        [2, "乙厂", "通道堵塞", "2026-11-04"],
        HEADING,
        [3, "丙厂", "灭火器过期", "2026-11-05"],
        [4],
        ["合计", "", "3条"],
        ["", "填报人：甲某", "审核人：乙某"],
        ["注：以上为本月数据"],
    )
    assert sheet.titles == (
        "××镇隐患整改台账（2026年11月）",
        "填报单位（盖章）：××镇 填报日期：2026年11月30日",
    )
    assert sheet.heading_rows == (4, 4)
    assert sheet.headings == tuple(HEADING)
    assert numbers(sheet) == [6, 8, 10]
    assert [(each.number, each.reason) for each in sheet.left_out] == [
        (5, "栏次行"),
        (9, "重复的表头"),
        (11, "只有一个单元格有内容"),
        (12, "合计行"),
        (13, "签字或说明行"),
        (14, "签字或说明行"),
    ]
    assert sheet.left_out[3] == LeftOut(12, "合计行", "合计 3条")


def test_lines_that_only_look_like_totals_and_signatures_stay() -> None:
    sheet = read_csv(
        HEADING,
        [1, "合计机械厂", "累计运行时间超过规定", "2026-11-03"],
        ["", "注册公司", "说明书缺失", "2026-11-03"],
    )
    assert numbers(sheet) == [2, 3]


TWO_LEVELS: list[list[Cell]] = [
    ["台账"],
    ["序号", "单位名称", "隐患描述", "整改情况", None, None, "备注"],
    [None, None, None, "完成日期", "验收人", "是否销号/销号日期", None],
    [1, "甲厂", "护栏缺失", "11月5日", "乙某", "否", None],
]
JOINED = (
    "序号", "单位名称", "隐患描述", "整改情况 / 完成日期", "整改情况 / 验收人",
    "整改情况 / 是否销号/销号日期", "备注",
)  # fmt: skip


def test_a_heading_of_two_levels_with_merged_cells() -> None:
    sheet = read_xlsx(TWO_LEVELS, "A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:G3")
    assert (sheet.heading_rows, sheet.headings) == ((2, 3), JOINED)
    assert numbers(sheet) == [4]
    mapping = recognise(sheet.headings, [row.cells for row in sheet.rows], {}).mapping
    assert [mapping[index] for index in (3, 4, 5)] == [
        Field.FINISHED_ON,
        Field.ACCEPTORS,
        Field.CLOSED,
    ]


def test_a_heading_of_two_levels_that_has_lost_its_merged_cells() -> None:
    sheet = read_csv(*TWO_LEVELS)
    assert (sheet.heading_rows, sheet.headings) == ((2, 3), JOINED)
    assert numbers(sheet) == [4]


def test_one_unit_over_several_lines() -> None:
    sheet = read_xlsx(
        [
            HEADING,
            [1, "甲厂", "护栏缺失", "2026-11-03"],
            [2, None, "通道堵塞", "2026-11-03"],
            [None, None, None, None],
            [3, None, "灭火器过期", "2026-11-03"],
            [4, "乙厂", "线路老化", "2026-11-03"],
        ],
        "B2:B5",
    )
    assert [(row.number, row.cells[1]) for row in sheet.rows] == [
        (2, "甲厂"),
        (3, "甲厂"),
        (5, "甲厂"),
        (6, "乙厂"),
    ]


def test_rows_that_a_filter_hides_are_lines() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx_of([HEADING, LINE, LINE], [])))
    book.active.row_dimensions[2].hidden = True
    content = BytesIO()
    book.save(content)
    [sheet] = read("a.xlsx", content.getvalue(), Limits())
    assert numbers(sheet) == [2, 3]


def test_every_sheet_with_a_heading_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明：请如实填写"])
    for name in ("十月", "十一月"):
        for row in (HEADING, LINE):
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    content = BytesIO()
    book.save(content)
    assert [each.name for each in read("a.xlsx", content.getvalue(), Limits())] == [
        "十月",
        "十一月",
    ]


@pytest.mark.parametrize("content", [csv_of(LINE, LINE), xlsx_of([], []), csv_of(["序号", "x"])])
def test_no_heading(content: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        read("a", content, Limits())
    assert raised.value.code == "no_heading"
    assert "没有找到表头" in raised.value.detail


def test_a_heading_without_lines() -> None:
    assert read_csv(HEADING).rows == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_made_up_ledgers_are_read_line_by_line_in_every_format(seed: int, tmp_path: Path) -> None:
    """Whatever the layout: no line is lost, none is added, and every column is recognised."""
    laid = lay_out(seed, make_ledgers(seed, 60).theirs)
    files = {
        "台账.xlsx": as_xlsx(laid),
        "台账.csv": as_csv(laid, "gb18030" if seed % 2 else "utf-8-sig"),
    }
    if seed < 2:
        files["台账.xls"] = as_xls(laid, tmp_path)
    for name, content in files.items():
        [sheet] = read(name, content, Limits())
        assert [f"台账!{row.number}" for row in sheet.rows] == laid.refs(), name
        recognition = recognise(sheet.headings, [row.cells for row in sheet.rows], {})
        found = {guess.field for guess in recognition.columns}
        wanted = {Field(each) for each in laid.headings if each != "amount"}
        assert wanted <= found, name
        assert ("amount" in laid.headings) == bool(found & {Field.AMOUNT_YUAN, Field.AMOUNT_10K})


@settings(max_examples=200)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["", "序号", "单位名称", "隐患描述", "检查日期", "合计", "x", "1"])
        ),
        max_size=8,
    )
)
def test_any_rows_are_read_or_refused(rows: list[list[str]]) -> None:
    try:
        sheets = read("a.csv", csv_of(*rows), Limits())
    except DomainError:
        return
    for sheet in sheets:
        below = set(numbers(sheet)) | {each.number for each in sheet.left_out}
        assert min(below, default=99) > sheet.heading_rows[1]
        assert all(len(row.cells) == len(sheet.headings) for row in sheet.rows)


# --- Columns ---------------------------------------------------------------------------------


def field_of(heading: str, *cells: Cell) -> Field | None:
    return recognise([heading], [[cell] for cell in cells], {}).columns[0].field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("隐患编号", Field.NUMBER),
        ("编　号", Field.NUMBER),
        ("企业\n名称", Field.SITE_NAME),
        ("场所名称", Field.SITE_NAME),
        ("单位（场所）名称", Field.SITE_NAME),
        ("整改时限", Field.DEADLINE),
        ("整改期限", Field.DEADLINE),
        ("完成时限（年月日）", Field.DEADLINE),
        ("整改责任人及电话", Field.RESPONSIBLE_PERSON),
        ("整改完成情况及日期", Field.FINISHED),
        ("是否销号/销号日期", Field.CLOSED),
        ("是否销号", Field.STANDING),
        ("销号时间", Field.CLOSED_ON),
        ("复查（验收）人及日期、结论", Field.ACCEPTED),
        ("整改资金（元）", Field.AMOUNT_YUAN),
        ("整改资金（万元）", Field.AMOUNT_10K),
        ("资金（单位：万元）", Field.AMOUNT_10K),
        ("隐患等级（一般/重大）", Field.LEVEL),
        ("存在的安全问题", Field.DESCRIPTION),
        ("天气", None),
    ],
)
def test_columns_by_their_names(heading: str, field: Field | None) -> None:
    assert field_of(heading) is field


def test_the_columns_of_our_own_ledger() -> None:
    """What we hand out can be handed in."""
    columns = ledger_columns(Names({}, {}))
    recognition = recognise([column.heading for column in columns], [], {})
    assert all(guess.confidence == 1 for guess in recognition.columns)
    assert len(recognition.mapping) == len(columns)


def test_no_field_is_given_to_two_columns() -> None:
    headings = ["单位名称", "企业名称", "单位名称", "隐患描述", "存在问题"]
    found = recognise(headings, [], {}).columns
    assert [guess.field for guess in found] == [
        Field.SITE_NAME, None, None, Field.DESCRIPTION, None,
    ]  # fmt: skip
    assert found[1].alternatives[0] == (Field.SITE_NAME, 1.0)


def test_an_unusual_name_is_a_guess_that_says_so() -> None:
    [guess] = recognise(["隐患单位全称"], [], {}).columns
    assert guess.field is Field.SITE_NAME
    assert 0.5 <= guess.confidence < 1
    assert "请核对" in guess.doubt


def test_contents_that_contradict_the_name() -> None:
    """Two columns changed places, their names did not."""
    samples: list[list[Cell]] = [["2026-11-03", "甲厂"], ["2026-11-04", "乙厂"]]
    day = recognise(["单位名称", "检查日期"], samples, {}).columns[1]
    assert day.field is Field.FOUND_ON
    assert day.confidence <= 0.5
    assert "内容不像" in day.doubt


def test_contents_that_speak_for_themselves() -> None:
    assert field_of("备用栏", "91350100M000100Y43", "91350100M000100Y43") is Field.CREDIT_CODE


def test_what_a_person_said_counts_for_more() -> None:
    remembered = {heading_key("单位 名称"): None, heading_key("甲方"): Field.SITE_NAME}
    [first, second, third] = recognise(["单位名称", "甲方", "企业名称"], [], remembered).columns
    assert (first.field, first.remembered) == (None, True)
    assert (second.field, second.confidence) == (Field.SITE_NAME, 1.0)
    assert third.field is None


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(0, 5))
def test_any_headings_are_recognised_or_not(headings: list[str], rows: int) -> None:
    samples: list[list[Cell]] = [["甲", 1.5, None]] * rows
    recognition = recognise(headings, samples, {})
    assert [guess.heading for guess in recognition.columns] == headings
    fields = [guess.field for guess in recognition.columns if guess.field]
    assert len(fields) == len(set(fields))
