"""Rows become records: combined cells are taken apart, what can't be read is told by its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.glossary import Level
from server.ledgers.reconciliation.fields import Field
from server.ledgers.reconciliation.lines import CellError, column_letter, records
from server.ledgers.reconciliation.normalising import Cell
from server.ledgers.reconciliation.reading import Row, Sheet
from server.ledgers.records import Record, Standing

from .test_normalising import CELLS


def read_cells(**cells: Cell) -> tuple[Record, list[CellError]]:
    """One row with these fields, read."""
    fields = [Field(name) for name in cells]
    sheet = Sheet(
        "台账",
        (),
        (2, 2),
        tuple(each.chinese for each in fields),
        (Row(7, tuple(cells.values())),),
        (),
    )
    [record], errors = records(sheet, dict(enumerate(fields)), year=2026)
    return record, errors


def test_a_whole_row() -> None:
    record, errors = read_cells(
        serial=1.0,
        number=" YH-141181-001-202611-0001",
        found_on=46329.0,
        site_name="晋丰煤焦",
        credit_code="91350100m000100y43",
        description="3号皮带护栏缺失",
        level="重大隐患",
        responsible_person="甲某 13800001234",
        amount_10k="0.5",
        deadline="11月20日",
        finished="已补装护栏（2026-11-18）",
        accepted="乙某、丙某 2026.11.19 验收合格",
        closed="已销号 2026年11月20日",
        remarks="/",
    )
    assert errors == []
    assert record == Record(
        ref="台账!7",
        number="YH-141181-001-202611-0001",
        found_on=date(2026, 11, 3),
        site_name="晋丰煤焦",
        credit_code="91350100M000100Y43",
        description="3号皮带护栏缺失",
        level=Level.MAJOR,
        responsible_person="甲某",
        amount_yuan=Decimal(5000),
        deadline=date(2026, 11, 20),
        finish_summary="已补装护栏",
        finished_on=date(2026, 11, 18),
        acceptors=("乙某", "丙某"),
        accepted_on=date(2026, 11, 19),
        acceptance_opinion="验收合格",
        standing=Standing.CLOSED,
        closed_on=date(2026, 11, 20),
    )


@pytest.mark.parametrize(
    ("cell", "standing", "day"),
    [
        ("是/2026.11.20", Standing.CLOSED, date(2026, 11, 20)),
        ("√ 11月20日", Standing.CLOSED, date(2026, 11, 20)),
        ("已销号（2026-11-20）", Standing.CLOSED, date(2026, 11, 20)),
        ("2026-11-20", Standing.CLOSED, date(2026, 11, 20)),
        (date(2026, 11, 20), Standing.CLOSED, date(2026, 11, 20)),
        ("未销号（整改中）", Standing.OPEN, None),
        ("否，计划2026-11-20", Standing.OPEN, None),
        ("否", Standing.OPEN, None),
        ("无", Standing.OPEN, None),
        ("作废", Standing.VOID, None),
        ("/", None, None),
        (None, None, None),
    ],
)
def test_whether_and_when_struck_off(
    cell: Cell, standing: Standing | None, day: date | None
) -> None:
    record, errors = read_cells(closed=cell)
    assert (record.standing, record.closed_on, errors) == (standing, day, [])


@pytest.mark.parametrize(
    ("cell", "names", "day", "opinion"),
    [
        ("乙某、丙某 2026-11-19 验收合格", ("乙某", "丙某"), date(2026, 11, 19), "验收合格"),
        ("乙某，丙某（11月19日）合格", ("乙某", "丙某"), date(2026, 11, 19), "合格"),
        ("验收人：乙某 2026.11.19 结论：同意销号", ("乙某",), date(2026, 11, 19), "同意销号"),
        (
            "2026-11-19 乙某 验收不合格，重新整改",
            ("乙某",),
            date(2026, 11, 19),
            "验收不合格，重新整改",
        ),
        ("乙某", ("乙某",), None, ""),
        ("/", (), None, ""),
    ],
)
def test_who_accepted_it_when_and_how(
    cell: str, names: tuple[str, ...], day: date | None, opinion: str
) -> None:
    record, errors = read_cells(accepted=cell)
    assert record.acceptors == names
    assert record.accepted_on == day
    assert record.acceptance_opinion == opinion
    assert errors == []


def test_what_cannot_be_read_is_told_by_its_place_and_the_row_is_kept() -> None:
    record, errors = read_cells(
        site_name="晋丰煤焦",
        found_on="2026年2月30日",
        level="较大",
        amount_yuan="若干",
        closed="张三",
        credit_code="91350100M000100Y44",
    )
    assert record.site_name == "晋丰煤焦"
    assert record.found_on is record.level is record.amount_yuan is record.standing is None
    assert [(each.row, each.column, each.heading) for each in errors] == [
        (7, "B", "检查日期"),
        (7, "C", "隐患等级"),
        (7, "D", "整改资金（元）"),
        (7, "E", "是否销号/销号日期"),
        (7, "F", "统一社会信用代码"),
    ]
    assert errors[0].message == (
        "“台账”第 7 行 B 列（检查日期）：“2026年2月30日”，"
        "日历上没有这一天；应为日期，如 2026-11-03 或 2026年11月3日"
    )
    # A faulty code is told, and kept: it is what their ledger says.
    assert record.credit_code == "91350100M000100Y44"


def test_a_long_number_that_a_spreadsheet_has_rounded() -> None:
    record, errors = read_cells(number=1.4118100120261e17, credit_code=9.1141181e17)
    assert record.number == record.credit_code == ""
    assert [each.column for each in errors] == ["A", "B"]
    assert "设为文本" in errors[0].expected


def test_a_date_in_a_column_of_text_is_text() -> None:
    record, errors = read_cells(remarks=date(2026, 11, 3), spot=3.0)
    assert (record.remarks, record.spot, errors) == ("2026-11-03", "3", [])


def test_a_long_value_is_cut_in_the_message() -> None:
    _, [error] = read_cells(found_on="很" * 500)
    assert error.value == "很" * 100 + "…"


def test_columns_are_lettered_as_spreadsheets_do() -> None:
    assert [column_letter(each) for each in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


@given(st.lists(CELLS, min_size=len(Field), max_size=len(Field)))
def test_no_row_breaks_the_reading(cells: list[Cell]) -> None:
    fields = list(Field)
    sheet = Sheet(
        "x", (), (1, 1), tuple(each.chinese for each in fields), (Row(2, tuple(cells)),), ()
    )
    [record], errors = records(sheet, dict(enumerate(fields)), year=2026)
    assert record.ref == "x!2"
    assert all(each.row == 2 and each.message for each in errors)
