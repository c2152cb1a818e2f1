"""Finding the columns of an import in a file."""

from __future__ import annotations

import pytest

from server.errors import InvalidInput, UnsupportedMedia
from server.imports.columns import ImportKind, Line, listed, read_lines

from .sheets import SITE_HEADINGS, workbook

SITES = ImportKind.SITES


def test_lines_are_numbered_as_a_spreadsheet_shows_them() -> None:
    content = workbook(
        ("某乡镇监管对象",), (), ("序号", "名称*", "类别（必填）", "区划", "备注"), (),
        (1, "甲店", "企业", "新义街道", "无"), (), (2, " 乙店 ", None, 141181001000),
    )  # fmt: skip
    assert read_lines(SITES, "a.xlsx", content) == [
        Line(5, {"name": "甲店", "kind": "企业", "area": "新义街道"}),
        Line(7, {"name": "乙店", "area": "141181001000"}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_as_chinese_excel_writes_it(encoding: str) -> None:
    content = "名称,类别,所在区划\r\n甲店,企业,新义街道\r\n".encode(encoding)
    [line] = read_lines(SITES, "a.csv", content)
    assert line.texts == {"name": "甲店", "kind": "企业", "area": "新义街道"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("随便", "什么")], "no_heading"),
        ([("名称", "类别", "地址"), ("甲", "企业", "路")], "columns_missing"),
        ([SITE_HEADINGS], "no_lines"),
        ([("名称", "类别", "区划", "单位名称"), ("甲", "企业", "乙", "丙")], "column_twice"),
    ],
)
def test_a_file_that_has_not_the_columns_is_refused(rows: list[object], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_lines(SITES, "a.xlsx", workbook(*rows))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.errors["file"]


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(UnsupportedMedia):
        read_lines(SITES, "a.xlsx", b"\x89PNG\r\n\x1a\n\x00\x00\x00")


def test_a_cell_may_name_several() -> None:
    assert listed(" 消防、燃气，危化; \n ") == ["消防", "燃气", "危化"]
    assert listed("") == []
