"""Whatever somebody writes ends in the document as the text that it is."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import marshmallow as ma
import pytest
from docx import Document
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import fields

from server.fields import FORBIDDEN, Choice
from server.glossary import Role, Stage
from server.ledgers.documents.filling import BLANK, BLANK_DAY, document_fields
from server.ledgers.documents.kinds import MANNERS, DocumentKind
from server.ledgers.documents.rendering import DRAFT, find_template, rendered
from server.ledgers.documents.schemas import DATA

from .conftest import DATA as FILLED_IN
from .conftest import text_of
from .story import NOW, OFFICE, made, material, values_of

K = DocumentKind

HOSTILE = [
    "<w:p><w:r><w:t>x</w:t></w:r></w:p>",
    "</w:t></w:r></w:p>",
    "&amp; & < > \" ' &#60; <!-- x --> <![CDATA[x]]>",
    "{{ 7*7 }} {% for x in y %} {# x #}",
    "{_{ 7*7 }_} {_% x %_}",
    "{%tr for x in y %}{%p endfor %}",
    "第一行\n第二行\r\n第三行\r第四行\t制表",
    "\x00\x07\x08\x0b\x0c\x1b\x1f控制\ufffe\uffff",
    "🔥𠮷〔六角〕【章】“引号”‘单’",
    "\u202e倒\u200b零宽",
    "=1+1",
    "长" * 4000,
    "a\n" * 1000,
]
KINDS = list(DocumentKind)


def said(text: str) -> str:
    """What of a text a Word document can hold."""
    return FORBIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def filled_with(schema: ma.Schema, text: str) -> dict[str, Any]:
    """As the schema loads it, with this text in every field that takes any."""

    def value(field: fields.Field[Any]) -> Any:
        if isinstance(field, fields.List):
            return [value(field.inner), value(field.inner)]
        if isinstance(field, fields.Nested):
            return filled_with(field.schema, text)
        if isinstance(field, Choice):
            return "fixed"
        if isinstance(field, fields.AwareDateTime):
            return NOW
        return NOW.date() if isinstance(field, fields.Date) else text

    return {name: value(field) for name, field in schema.fields.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(kind: DocumentKind, text: str) -> None:
    content = text_of(made(kind, filled_with(DATA[kind](), text), text=text))
    # Every text field of the kind, at least: they may stand in a line with others.
    least = sum(isinstance(each, fields.String) for each in DATA[kind]().fields.values()) - 2
    assert content.count(said(text)) >= max(least, 2)
    assert "49" not in content


@settings(max_examples=30)
@given(text=st.text(min_size=1), kind=st.sampled_from(KINDS))
@example(text="{_", kind=K.RECTIFICATION_NOTICE)
@example(text="_}", kind=K.RECTIFICATION_NOTICE)
@example(text="%_}{_%", kind=K.RECTIFICATION_NOTICE)
def test_any_text_stays_text(text: str, kind: DocumentKind) -> None:
    content = text_of(made(kind, filled_with(DATA[kind](), text), text=text))
    assert said(text) in content


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_filled_in_stands_in_the_document(kind: DocumentKind) -> None:
    raw = FILLED_IN[kind.value]
    content = text_of(made(kind, DATA[kind]().load(raw)))
    for text in texts_in(raw):
        assert text in content
    assert "第 " in content.splitlines()[-1]  # the page, in the footer


def texts_in(raw: Any) -> list[str]:
    """The texts of some JSON, without days, times and codes."""
    if isinstance(raw, dict):
        plain = [value for key, value in raw.items() if key != "result"]
        return [text for value in plain for text in texts_in(value)]
    if isinstance(raw, list):
        return [text for value in raw for text in texts_in(value)]
    return [] if str(raw).startswith("2026-") else [str(raw)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_said_is_blank_paper(kind: DocumentKind) -> None:
    values = values_of(kind, {}, text="")
    content = text_of(made(kind, {}, text=""))
    assert BLANK in content
    assert "None" not in content
    assert "（孝义）应急责改〔2026〕1号" in content
    assert values["文号"] in content


def test_a_day_that_nobody_said_has_places_for_its_numbers() -> None:
    content = text_of(made(K.RECTIFICATION_ORDER, {}, deadline=None))
    assert f"于{BLANK_DAY}前整改完毕" in content


def test_two_officials_sign_at_least() -> None:
    one = DATA[K.RECTIFICATION_ORDER]().load({"officials": [{"name": "孙七"}]})
    content = text_of(made(K.RECTIFICATION_ORDER, one))
    assert content.count("执法人员（签名）") == 2
    assert content.count("孙七") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_photos_stand_where_they_are_due(kind: DocumentKind) -> None:
    content = made(kind, {})
    stages = len(MANNERS[kind].stages)
    assert len(Document(BytesIO(content)).inline_shapes) == 3 * stages
    assert text_of(content).count("ABCD-EFGH-JKM1") == stages
    assert (Stage.AFTER in MANNERS[kind].stages) == ("整改后照片" in text_of(content))


def test_a_draft_says_that_it_is_one_whatever_the_template_says() -> None:
    kind = K.LISTING_NOTICE
    content = rendered(
        find_template("", OFFICE.key, kind.value),
        values_of(kind, {}),
        title="t",
        author="a",
        at=NOW,
        draft=True,
    )
    assert text_of(content).splitlines()[0] == DRAFT
    assert DRAFT not in text_of(made(kind, {}))


def test_who_made_it_and_what_it_is_stand_in_its_properties() -> None:
    properties = Document(BytesIO(made(K.LISTING_NOTICE, {}))).core_properties
    assert (properties.author, properties.title) == ("市应急管理局", "挂牌督办通知书")


def test_whoever_accepted_it_is_named_where_that_office_signs() -> None:
    story = {"acceptors": ("李四", "王五")}
    by_department = values_of(K.CLOSURE_APPROVAL, {}, **story)
    assert by_department["部门验收人"] == "验收人：李四、王五　验收日期：2026年11月23日"
    assert by_department["乡镇验收人"] == ""
    known = material("演示", **story)
    known = replace(known, roles=dict.fromkeys(known.roles, Role.TOWNSHIP_OFFICE))
    by_township = by_department | document_fields(K.CLOSURE_APPROVAL, known, OFFICE, {}, NOW)
    assert by_township["乡镇验收人"] == by_department["部门验收人"]
    assert by_township["部门验收人"] == ""
    for fields_of_it, signs in ((by_department, "部门"), (by_township, "乡镇")):
        template = find_template("", OFFICE.key, K.CLOSURE_APPROVAL.value)
        document = rendered(
            template, fields_of_it, title="", author=OFFICE.name, at=NOW, must=["文号"]
        )
        [row] = [
            row.cells[0].text
            for row in Document(BytesIO(document)).tables[0].rows
            if "李四" in row.cells[-1].text
        ]
        assert row.startswith(signs)


@pytest.mark.parametrize("rank", ["市", "市级"])
def test_the_rank_of_a_listing_is_said_once(rank: str) -> None:
    listing = {"rank": rank, "supervisor_unit": "演示", "deadline": "2026-12-30"}
    text = text_of(made(K.LISTING_NOTICE, {}, listing=listing))
    assert "实行市级挂牌督办" in text
