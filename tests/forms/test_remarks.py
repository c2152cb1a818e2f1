"""What is wrong with a form's file is said in Chinese, by sheet and row."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyxform.errors import ErrorCode

from server.errors import InvalidInput, TooLarge
from server.forms.conversion import convert
from server.forms.remarks import BY_CODE, UNKNOWN, Severity, remark_on
from server.forms.workbook import MOST_FILE_BYTES, MOST_ROWS

from .test_conversion import csv, markdown, xlsx

Rows = list[list[str]]
HEAD = ["type", "name", "label", "relevant", "calculation", "constraint"]
SETTINGS = [["form_title", "form_id", "version"], ["测试", "test", "1"]]


def refused(survey: Rows, **sheets: Rows) -> list[tuple[str, int | None, str]]:
    """Why these sheets are refused: sheet, row, message; the same from all kinds of files."""
    padded = [HEAD, *([*row, *[""] * (len(HEAD) - len(row))] for row in survey)]
    whole = {"survey": padded, **sheets, "settings": SETTINGS}
    told = []
    for name, content in (("f.md", markdown(whole)), ("f.xlsx", xlsx(whole))):
        with pytest.raises(InvalidInput) as raised:
            convert(name, content)
        remarks = raised.value.extra["remarks"]
        told.append(
            [
                (each["sheet"], each["row"], each["message"])
                for each in remarks
                if each["severity"] == "error"
            ]
        )
    assert told[0] == told[1]
    return told[0]


@pytest.mark.parametrize(
    ("survey", "row", "words"),
    [
        ([["text", "a", "A"], ["text", "a", "B"]], 3, "名称“a”在同一组里重复了"),
        ([["text", "1 a", "A"]], 2, "“name”列的名称不对"),
        ([["text", "a", "A"], ["note", "b", "${c}"]], 3, "引用了没有的题目“c”"),
        ([["begin_group", "g", "G"], ["text", "a", "A"]], 2, "没有配对的 end_group"),
        ([["text", "a", "A"], ["end_repeat", "", ""]], 3, "没有与它配对的 begin_repeat"),
        ([["text", "meta", "A"]], 2, "名称 meta 是保留的"),
        ([["text", "a", "A"], ["txet", "b", "B"]], 3, "不认识的题型“txet”"),
        ([["text", "a", "A"], ["text", "b", ""]], 3, "“b”没有 label"),
        ([["text", "a", "A"], ["text", "b", "B", "", "", "frobnicate(.) > 1"]], 3, "frobnicate()"),
        ([["text", "a", "A", "/data/none = 1"]], 2, "none"),
    ],
)
def test_what_is_wrong_is_said_by_row(survey: Rows, row: int | None, words: str) -> None:
    [(sheet, told_row, message)] = refused(survey)
    assert words in message
    assert told_row == row
    assert sheet == ("survey" if row else sheet)


def test_what_can_not_be_kept_is_told_by_cell() -> None:
    survey = [["type", "name", "label"], ["text", "a", "A"], ["text", "b", "B\x01"]]
    for name, make in (("f.md", markdown), ("f.csv", csv)):
        with pytest.raises(InvalidInput) as raised:
            convert(name, make({"survey": survey, "settings": SETTINGS}))
        assert raised.value.detail.startswith("survey 表第 3 行：“label”列里有看不见的控制字符")


def test_a_select_without_any_choices_is_told_in_chinese() -> None:
    [(_, _, message)] = refused([["select_one x", "a", "A"]])
    assert "没有 choices 表" in message


def test_a_photo_sent_as_it_is_is_warned_of_in_chinese() -> None:
    survey = [["type", "name", "label"], ["image", "a", "A"]]
    [remark] = convert("f.md", markdown({"survey": survey, "settings": SETTINGS})).remarks
    assert (remark.sheet, remark.row) == ("survey", 2)
    assert "max-pixels=1600" in remark.message


@pytest.mark.parametrize(
    ("survey", "settings", "words"),
    [
        (["text", "a", "A"], {"form_id": ""}, "没有填 form_id"),
        (["text", "a", "A"], {"form_id": "a/b"}, "form_id 不能含有“/”"),
        (["text", "a", "A"], {"form_id": ".."}, "form_id 不能含有“/”"),
        (["text", "a", "A"], {"form_id": "x" * 65}, "form_id 不能超过 64"),
        (["text", "a", "A"], {"version": "1" * 65}, "version 不能超过 64"),
        (["text", "a", "A"], {"form_id": "drafts"}, "form_id 不能是 drafts"),
        (["text", "a", "A"], {"public_key": "MIIBIjANBgkq"}, "加密"),
        (["", "", ""], {}, "没有题目"),
    ],
)
@pytest.mark.parametrize("make", [("f.md", markdown), ("f.xlsx", xlsx), ("f.csv", csv)])
def test_a_form_that_nobody_could_fill_in_is_refused(
    make: Any, survey: list[str], settings: dict[str, str], words: str
) -> None:
    stated = {"form_id": "test", "version": "1"} | settings
    whole = {
        "survey": [["type", "name", "label"], survey],
        "settings": [list(stated), list(stated.values())],
    }
    with pytest.raises(InvalidInput) as raised:
        convert(make[0], make[1](whole))
    assert words in raised.value.detail
    assert raised.value.extra["remarks"]


def test_choices_are_told_by_their_own_sheet() -> None:
    head = ["list_name", "name", "label"]
    survey = [["select_one c", "a", "A"]]
    [(sheet, row, message)] = refused(survey, choices=[head, ["c", "x", "X"], ["c", "x", "Y"]])
    assert (sheet, row) == ("choices", 3)
    assert "重复的 name" in message


def test_a_warning_lets_a_form_through() -> None:
    head = ["list_name", "name", "label"]
    sheets = {
        "survey": [["type", "name", "label"], ["select_one c", "a", "A"], ["text", "A", "B"]],
        "choices": [head, ["c", "x", ""]],
        "settings": [["form_title", "form_id"], ["测试", "test"]],
    }
    remarks = convert("f.csv", csv(sheets)).remarks
    assert {each.severity for each in remarks} == {Severity.WARNING}
    told = " ".join(each.message for each in remarks)
    assert "选项没有 label" in told
    assert "只差大小写" in told
    assert "没有填 version" in told


def test_files_that_nobody_made_are_named() -> None:
    survey = [
        ["type", "name", "label"],
        ["select_one_from_file shops.csv", "a", "A"],
        ["select_one_from_file hazards.csv", "b", "B"],
    ]
    [remark] = convert("f.md", markdown({"survey": survey, "settings": SETTINGS})).remarks
    assert "shops.csv" in remark.message
    assert "hazards.csv" not in remark.message


@pytest.mark.parametrize("code", [code for code in ErrorCode if code.name in BY_CODE])
def test_every_template_is_recognised(code: ErrorCode) -> None:
    parts = ("row", "sheet", "column", "value", "name", "dataset", "other_row", "q", "type")
    said = code.value.format(**dict.fromkeys(parts, "某某") | {"row": 7})
    remark = remark_on(said, Severity.ERROR)
    assert not remark.message.startswith(UNKNOWN[:6])
    assert remark.row == (7 if "[row : {row}]" in code.value.msg else remark.row)


def test_the_names_of_codes_are_pyxforms_own() -> None:
    assert set(BY_CODE) <= {code.name for code in ErrorCode}


def test_what_is_not_recognised_is_shown_as_it_is() -> None:
    remark = remark_on("[row : 4] Something new.", Severity.WARNING)
    assert (remark.sheet, remark.row) == ("survey", 4)
    assert remark.message == "转换程序的提示（英文）：Something new."


@given(st.text(max_size=300))
def test_anything_can_be_remarked_on(text: str) -> None:
    assert remark_on(text, Severity.ERROR).message


def bomb() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return packed.getvalue()


def test_a_file_that_grows_when_unpacked_is_too_large() -> None:
    content = bomb()
    assert len(content) < MOST_FILE_BYTES
    with pytest.raises(TooLarge):
        convert("f.xlsx", content)
    with pytest.raises(TooLarge):
        convert("f.md", b"|" * (MOST_FILE_BYTES + 1))


def test_too_many_rows_are_refused() -> None:
    survey = [["type", "name", "label"], *(["note", f"n{i}", "N"] for i in range(MOST_ROWS + 1))]
    with pytest.raises(InvalidInput, match="form_invalid"):
        convert("f.md", markdown({"survey": survey, "settings": SETTINGS}))


@given(st.binary(max_size=400))
def test_bytes_that_are_no_form_are_refused(content: bytes) -> None:
    for suffix in ("xlsx", "csv", "md"):
        with pytest.raises((InvalidInput, TooLarge)):
            convert(f"f.{suffix}", content)


CELLS = st.text("abc${}/()'=<>.,1 |\\\n\t中", max_size=12)


@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=4))
def test_any_cells_convert_or_are_refused(survey: Rows) -> None:
    content = xlsx({"survey": [HEAD, *survey], "settings": SETTINGS})
    try:
        convert("f.xlsx", content)
    except InvalidInput as error:
        assert error.extra["remarks"]  # noqa: PT017 (either is right)
