"""What goes to the other side: the workbook of three sheets, and the letter for both to sign."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from server.glossary import State
from server.ledgers.reconciliation.workbooks import AGREEING, DIFFERING, HEADING_ROW, UNDECIDED
from tests.client import Client

from .sheets import CLOSED, differences, line, reconciled

ALIKE = {"单位名称": "演示超市", "隐患部位": "厨房", "隐患描述": "厨房灭火器压力不足，已失效"}


@pytest.fixture
def found(town: Client, make: Callable[..., str], hazard_in: Callable[[State], str]) -> str:
    """One line agrees, two differ, one is to be asked about, one is theirs alone."""
    closed = hazard_in(State.CLOSED)
    graded = make(description="乙处电线私拉乱接")
    make(site_id=2, site_name="演示超市", spot="厨房", description="厨房灭火器压力不足失效")
    lines = [
        line(closed, 单位名称="演示餐馆", **CLOSED),
        line(graded, 隐患描述="乙处电线私拉乱接", 隐患等级="重大"),
        line(**ALIKE),
        line(
            "局-1",
            单位名称="=HYPERLINK(1)",
            隐患部位="楼顶",
            隐患描述="@广告牌松动",
            整改时限="2026-12-01",
        ),
    ]
    return reconciled(town, lines)


def sheets(client: Client, found: str) -> dict[str, list[dict[str, Any]]]:
    answer = client.get(f"/api/v1/reconciliations/{found}.xlsx")
    assert answer.status_code == 200, answer.text
    book = load_workbook(BytesIO(answer.data))
    read = {}
    for sheet in book:
        rows = sheet.iter_rows(min_row=HEADING_ROW + 1, values_only=True)
        heading, *lines = rows
        read[sheet.title] = [
            dict(zip(map(str, heading), row, strict=True)) for row in lines if row[1] is not None
        ]
    return read


def test_the_workbook_has_three_sheets_that_say_it_all(town: Client, found: str) -> None:
    read = sheets(town, found)
    assert list(read) == ["一致", "差异", "待确认"]
    [agreeing] = read["一致"]
    assert list(agreeing) == [column.heading for column in AGREEING]
    assert (agreeing["序号"], agreeing["对方位置"], agreeing["对上方式"]) == (
        1,
        "台账!3",
        "编号一致",
    )
    assert list(read["差异"][0]) == [column.heading for column in DIFFERING]
    assert [(each["差异类别"], each["对方位置"]) for each in read["差异"]] == [
        ("两侧登记内容不一致", "台账!4"),
        ("对方有、我方无", "台账!6"),
        ("结转不平", None),
    ]
    graded = read["差异"][0]
    assert "隐患等级：重大" in graded["对方登记"]
    assert "隐患等级：一般" in graded["我方登记"]
    assert (graded["处理情况"], graded["我方答复"], graded["对方答复（请填写）"]) == (
        "待处理",
        None,
        None,
    )
    [asked] = read["待确认"]
    assert list(asked) == [column.heading for column in UNDECIDED]
    assert asked["对方位置"] == "台账!5"
    assert 0 < asked["相似度"] <= 1


def test_text_stays_text(town: Client, found: str) -> None:
    answer = town.get(f"/api/v1/reconciliations/{found}.xlsx")
    for sheet in load_workbook(BytesIO(answer.data)):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_an_answer_goes_into_the_reply(town: Client, found: str) -> None:
    [each] = differences(town, found, "values_differ")
    address = f"/api/v1/reconciliations/{found}/differences/{each['id']}"
    town.post(address, json={"decision": "theirs_wrong", "reason": "没有判定书，应为一般"})
    row = sheets(town, found)["差异"][0]
    assert (row["处理情况"], row["我方答复"]) == ("对方有误，已答复", "没有判定书，应为一般")


def test_an_empty_result_is_a_workbook_too(town: Client, make: Callable[..., str]) -> None:
    found = reconciled(town, [line(make())])
    read = sheets(town, found)
    assert len(read["一致"]) == 1
    assert read["差异"] == read["待确认"] == []


def test_the_letter_has_figures_what_is_open_and_room_to_sign(town: Client, found: str) -> None:
    answer = town.get(f"/api/v1/reconciliations/{found}/confirmation.docx")
    assert answer.status_code == 200, answer.text
    letter = Document(BytesIO(answer.data))
    text = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    assert text.startswith("新义街道安全生产隐患台账对账确认单\n（2026年11月）")
    assert "对方于2026年11月23日提供台账《台账.xlsx》" in text
    figures, by_kind, still_open, signed = letter.tables
    assert [cell.text for cell in figures.rows[1].cells] == ["3", "4", "2", "1", "1", "1", "3", "3"]
    assert [cell.text for cell in by_kind.rows[1].cells] == ["对方有、我方无", "1", "1"]
    assert still_open.rows[1].cells[1].text == "两侧登记内容不一致"
    assert "台账!4" in still_open.rows[1].cells[2].text
    both = [cell.text for cell in signed.rows[0].cells]
    assert both[0].startswith("我方（盖章）：新义街道安委办【章】")
    assert both[1].startswith("对方（盖章）：市住建局【章】")


def test_the_letter_of_a_mended_ledger_says_what_changed(town: Client, found: str) -> None:
    [each] = differences(town, found, "values_differ")
    again = reconciled(town, [line(each["hazard"], 隐患描述="乙处电线私拉乱接")])
    answer = town.get(f"/api/v1/reconciliations/{again}/confirmation.docx")
    text = "\n".join(paragraph.text for paragraph in Document(BytesIO(answer.data)).paragraphs)
    assert "上次的差异已解决 2 项，仍存在 1 项，新出现 2 项" in text


@pytest.mark.slow
def test_both_open_in_an_office_program(town: Client, found: str, tmp_path: Path) -> None:
    names = {".xlsx": "results.xlsx", "/confirmation.docx": "letter.docx"}
    for path, name in names.items():
        answer = town.get(f"/api/v1/reconciliations/{found}{path}")
        (tmp_path / name).write_bytes(answer.data)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    files = [str(tmp_path / name) for name in names.values()]
    subprocess.run(
        [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            *files,
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    for name in names.values():
        pdf = (tmp_path / name).with_suffix(".pdf")
        text = subprocess.run(
            ["pdftotext", str(pdf), "-"], check=True, capture_output=True, timeout=60
        ).stdout.decode()
        assert "对方有、我方无" in text.replace("\n", "")
