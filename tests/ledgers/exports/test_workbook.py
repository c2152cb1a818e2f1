"""Any table as a workbook: its layout, its two levels of heading, and that it is whole or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from server.ledgers.exports.tables import AMOUNT, DAY, Column, LinesLost, serial
from server.ledgers.exports.workbook import (
    MOST_FITTED,
    Cover,
    Picture,
    heading_row,
    write_xlsx,
)
from tests.pictures import jpeg

EMU_A_POINT = 12_700

Line = tuple[str, float | None]

COVER = Cover("演示台账（2026年11月）", "演示安委办", date(2026, 11, 23))
PLAIN: tuple[Column[Line], ...] = (
    Column("序号", 5, serial),
    Column("隐患描述", 12, lambda line: line[0]),
    Column("整改资金（万元）", 9, lambda line: line[1], AMOUNT),
    Column("时限", 10.5, lambda line: date(2026, 12, 1), DAY),
)
GROUPED: tuple[Column[Line], ...] = (
    *PLAIN[:2],
    Column("项", 6, lambda line: 3, group="一般隐患"),
    Column("整改率%", 6, lambda line: line[1], "0.0", group="一般隐患"),
    Column("项", 6, lambda line: 1, group="重大隐患"),
    Column("整改率%", 6, lambda line: None, "0.0", group="重大隐患"),
    Column("备注", 6, lambda line: ""),
)


def sheet_at(path: Path) -> Worksheet:
    sheet = load_workbook(path).active
    assert isinstance(sheet, Worksheet)
    return sheet


def rows_in(path: Path) -> list[str]:
    """The number of every row element, as often as it is there."""
    content = ZipFile(path).read("xl/worksheets/sheet1.xml")
    return [each.get("r") for each in etree.fromstring(content).iter("{*}row")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.xlsx"


def test_a_table_has_its_cover_its_lines_and_a_line_to_sign(path: Path) -> None:
    write_xlsx(path, "台账", PLAIN, COVER, [("一", 0.15), ("二", None)], 2)
    sheet = sheet_at(path)
    assert sheet.title == "台账"
    assert [[cell for cell in row if cell is not None] for row in sheet.values][:-1] == [
        ["演示台账（2026年11月）"],
        ["填报单位（盖章）：演示安委办", "填报日期：2026年11月23日"],
        ["序号", "隐患描述", "整改资金（万元）", "时限"],
        [1, "一", 0.15, sheet["D4"].value],
        [2, "二", sheet["D5"].value],
        ["填报人：", "审核人：", "主要负责人（签字）："],
    ]
    assert f"{sheet['D4'].value:%Y-%m-%d}" == "2026-12-01"
    assert sheet.freeze_panes == "C4"
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.print_area == "'台账'!$A$1:$D$6"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"


def test_groups_make_a_heading_of_two_levels(path: Path) -> None:
    write_xlsx(path, "台账", GROUPED, COVER, [("一", 50.0)], 1)
    sheet = sheet_at(path)
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert {"C3:D3", "E3:F3", "A3:A5", "B3:B5", "G3:G5", "C4:C5", "F4:F5"} <= merged
    assert (sheet["C3"].value, sheet["C4"].value) == ("一般隐患", "项")
    assert (sheet["E3"].value, sheet["F4"].value) == ("重大隐患", "整改率%")
    assert sheet.print_title_rows == "$1:$6"
    assert sheet.freeze_panes == "C7"


@pytest.mark.parametrize(
    ("columns", "heights"), [(PLAIN, [30, 20, 48]), (GROUPED, [30, 20, 20, 24, 24])]
)
def test_title_and_heading_are_as_high_as_they_have_to_be(
    path: Path, columns: tuple[Column[Line], ...], heights: list[float]
) -> None:
    write_xlsx(path, "台账", columns, COVER, [("一", 50.0)], 1)
    rows = sheet_at(path).row_dimensions
    # A program measures in pixels, four to three points.
    assert [rows[row].height for row, _ in enumerate(heights, 1)] == pytest.approx(heights, abs=0.5)


@pytest.mark.parametrize(
    ("heading", "width", "shown"),
    [
        ("检查人（网格员）", 10, "检查人\n（网格员）"),
        ("检查人（网格员）", 7, "检查人（网格员）"),  # it would break again, before its end
        ("村（社区）/网格", 8, "村（社区）/网格"),
        ("检查人（网格员）", 16, "检查人（网格员）"),
        ("整改责任单位", 7, "整改责任单位"),
    ],
)
def test_a_heading_breaks_before_its_bracket(
    path: Path, heading: str, width: float, shown: str
) -> None:
    columns = (*GROUPED, Column[Line](heading, width, lambda line: ""))
    write_xlsx(path, "台账", columns, COVER, [("一", 50.0)], 1)
    sheet, row = sheet_at(path), heading_row(columns) + 1
    assert (sheet["H3"].value, sheet.cell(row, 8).value) == (shown, heading)


def test_short_cells_stand_in_the_middle_and_sentences_at_the_left(path: Path) -> None:
    write_xlsx(path, "台账", PLAIN, COVER, [("一", 0.15)], 1)
    sheet = sheet_at(path)
    assert [sheet[f"{letter}4"].alignment.horizontal for letter in "ABCD"] == [
        "center",
        None,
        "center",
        "center",
    ]


def test_below_it_a_hidden_row_names_every_column_for_programs(path: Path) -> None:
    write_xlsx(path, "台账", GROUPED, COVER, [("一", 50.0)], 1)
    sheet, row = sheet_at(path), heading_row(GROUPED) + 1
    assert sheet.row_dimensions[row].hidden
    assert [cell.value for cell in sheet[row]] == [
        *(
            "序号",
            "隐患描述",
            "一般隐患项",
            "一般隐患整改率%",
            "重大隐患项",
            "重大隐患整改率%",
            "备注",
        )
    ]
    assert [cell.value for cell in sheet[row + 1]] == [1, "一", 3, 50, 1, None, None]


@pytest.mark.parametrize("columns", [PLAIN, GROUPED])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_no_row_is_there_twice(path: Path, columns: tuple[Column[Line], ...], count: int) -> None:
    """Excel takes a file with two rows of one number for damaged."""
    write_xlsx(path, "台账", columns, COVER, [("一", 1.0)] * count, count)
    assert {each for each, times in Counter(rows_in(path)).items() if times > 1} == set()


@pytest.mark.parametrize("total", [0, 2, 4, MOST_FITTED + 1])
def test_a_file_with_other_than_its_lines_is_none(path: Path, total: int) -> None:
    with pytest.raises(LinesLost, match="export_incomplete"):
        write_xlsx(path, "台账", PLAIN, COVER, [("一", 1.0)] * 3, total)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("total", [5, MOST_FITTED + 1])
def test_an_error_on_the_way_leaves_what_was_there(path: Path, total: int) -> None:
    def failing() -> Iterator[Line]:
        yield ("一", 1.0)
        raise OSError("the database has gone")

    path.write_bytes(b"earlier")
    with pytest.raises(OSError, match="has gone"):
        write_xlsx(path, "台账", PLAIN, COVER, failing(), total)
    assert [each.read_bytes() for each in path.parent.iterdir()] == [b"earlier"]


def test_lines_are_high_enough_for_their_text_and_their_pictures(path: Path) -> None:
    lines = [("短", 1.0), ("长" * 30, 1.0), ("图", 1.0)]
    write_xlsx(path, "台账", PLAIN, COVER, lines, 3, [Picture(3, 3, jpeg())])
    sheet = sheet_at(path)
    short, long, pictured = (sheet.row_dimensions[row].height for row in (4, 5, 6))
    assert short < 20 < 70 < long
    assert pictured >= 90
    drawing = etree.fromstring(ZipFile(path).read("xl/drawings/drawing1.xml"))
    [width, height] = [
        [int(each.get(side)) / EMU_A_POINT for each in drawing.iter("{*}ext") if each.get("cx")][-1]
        for side in ("cx", "cy")
    ]
    # (a column of 10.5 characters is some 55 points wide)
    assert 45 < width < 60
    assert height == pytest.approx(width * 3 / 4, rel=0.02)
    assert [(image.anchor._from.row, image.anchor._from.col) for image in sheet._images] == [(5, 3)]


def test_text_longer_than_a_cell_is_cut_and_says_so(path: Path) -> None:
    write_xlsx(path, "台账", PLAIN, COVER, [("长" * 40_000, None)], 1)
    assert str(sheet_at(path)["B4"].value).endswith("…（过长，已截断）")
