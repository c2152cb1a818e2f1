"""XLSForms of every kind, and files that are none."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook

from server.errors import InvalidInput, Malformed
from server.forms.conversion import convert
from server.forms.definition import compile_form

from .filling import FORM_IDS, FORMS, SHARED
from .filling import xform as xform_of

SHEETS = {
    "survey": [["type", "name", "label"], ["select_one judgement", "a", "A"]],
    "choices": [["list_name", "name", "label"], ["judgement", "yes", "是"]],
    "settings": [["form_title", "form_id", "version"], ["测试", "test", "1"]],
}
WITHOUT_CHOICES = {name: rows for name, rows in SHEETS.items() if name != "choices"}


def markdown(sheets: dict[str, list[list[str]]]) -> bytes:
    lines = []
    for name, rows in sheets.items():
        lines += [f"| {name} |", *(f"| | {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines).encode()


def csv(sheets: dict[str, list[list[str]]]) -> bytes:
    lines = []
    for name, rows in sheets.items():
        lines += [f"{name},,,", *("," + ",".join(row) for row in rows)]
    return "\n".join(lines).encode()


def xlsx(sheets: dict[str, list[list[str]]]) -> bytes:
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def test_the_same_form_is_the_same_in_every_format() -> None:
    made = {
        convert("f.md", markdown(SHEETS)).xform,
        convert("F.XLSX", xlsx(SHEETS)).xform,
        convert("f.csv", csv(SHEETS)).xform,
    }
    assert len(made) == 1
    assert compile_form(made.pop()).form_id == "test"


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_same_file_gives_the_same_bytes(form_id: str) -> None:
    assert xform_of(form_id) == xform_of(form_id)


def test_shared_lists_are_those_that_a_form_uses_and_does_not_define() -> None:
    shared = SHARED.read_bytes()
    added = convert("f.md", markdown(WITHOUT_CHOICES), shared).xform.decode()
    assert "不符合" in added
    assert "疑似重大" not in added
    own = convert("f.md", markdown(SHEETS), shared).xform.decode()
    assert "不符合" not in own
    assert convert("f.md", markdown(SHEETS), shared).remarks == []


def test_an_xform_is_taken_as_it_is() -> None:
    content = xform_of("quick-report")
    assert convert("quick-report.xml", content).xform is content
    with pytest.raises(Malformed):
        convert("form.xml", b"<!DOCTYPE a><a/>")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("form.docx", b""),
        ("form", b""),
        ("form.xlsx", b"PK\x03\x04 nonsense"),
        ("form.xlsx", b""),
        ("form.csv", b"\xff\xff"),
        ("form.md", b"# no table at all"),
        ("form.md", markdown(WITHOUT_CHOICES)),
        ("form.md", markdown({"survey": [["type", "name", "label"], ["text", "1 a", "A"]]})),
        ("form.md", markdown({"survey": [["type", "name", "label"], ["begin_group", "g", "G"]]})),
    ],
)
def test_what_is_no_form_is_refused_with_a_reason(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        convert(name, content)
    assert raised.value.code == "form_invalid"
    assert raised.value.errors["file"][0] == raised.value.detail
    assert raised.value.detail


def test_there_are_forms_to_fill_in() -> None:
    assert {"fire", "gas", "quick-report"} <= set(FORM_IDS)
    assert all((FORMS / f"{form_id}.md").is_file() for form_id in FORM_IDS)
