"""What is read out of an XForm, and which XForms are refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput, Malformed
from server.forms.definition import compile_form

from .filling import library_form
from .handwritten import compiled, told, xform

LIST = (
    '<instance id="fruit"><root><item><name>apple</name><colour>red</colour></item>'
    "<item><name>pear</name><colour>green</colour></item></root></instance>"
)


def test_a_form_is_known_by_its_id_version_and_title() -> None:
    form = compiled("<a/>")
    assert (form.form_id, form.version, form.title, form.root_name) == ("test", "1", "测试", "data")
    with pytest.raises(FrozenInstanceError):
        form.version = "2"  # type: ignore[misc]


def test_every_node_is_there_once_with_its_path() -> None:
    form = compiled(
        '<g><a/></g><r jr:template=""><b/></r><r><b/></r><meta><instanceID/></meta>',
        controls='<repeat nodeset="/data/r"/>',
    )
    nodes = list(form.root.descendants())
    assert [node.path for node in nodes] == [(), ("g",), ("g", "a"), ("r",), ("r", "b")]
    assert [node.name for node in nodes if node.repeats] == ["r"]
    assert form.root.name == ""


def test_what_the_fire_form_declares() -> None:
    (entity,) = library_form("fire").entities
    assert (entity.dataset, entity.path, entity.unconditional) == ("hazards", ("hazard",), True)
    assert entity.properties["suggested_deadline"] == ("due",)
    assert entity.reckoned == {"level", "sector"}
    uploads = [node.path for node in library_form("fire").root.descendants() if node.is_upload]
    assert uploads == [("hazard", "photo")]


def test_a_conditional_entity_is_told_from_one_that_is_always_made() -> None:
    nodes = '<a/><meta><entity dataset="d" create="1" id=""><label/></entity></meta>'
    (always,) = compiled(nodes).entities
    (sometimes,) = compiled(
        nodes, """nodeset="/data/meta/entity/@create" calculate="if(/data/a = 'x', '1', '')\""""
    ).entities
    assert (always.unconditional, sometimes.unconditional) == (True, False)


def test_a_text_without_its_translation_falls_back_to_the_name() -> None:
    form = compiled(
        "<a/>", controls="""<input ref="/data/a"><label ref="jr:itext('x')"/></input>"""
    )
    assert [node.label for node in form.root.children] == ["a"]


def test_choices_may_be_written_in_the_control_itself() -> None:
    control = (
        "<item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item>"
    )
    one = compiled("<s/>", controls=f'<select1 ref="/data/s">{control}</select1>')
    assert told(one, "<s>a</s>") == []
    assert told(one, "<s>a b</s>") == told(one, "<s>c</s>") == [("s", "choice")]
    several = compiled("<s/>", controls=f'<select ref="/data/s">{control}</select>')
    assert told(several, "<s>b a</s>") == []
    assert told(several, "<s>b c</s>") == [("s", "choice")]


@pytest.mark.parametrize(
    "nodeset",
    [
        "instance('fruit')/root/item",
        "randomize(instance('fruit')/root/item)",
        "randomize(instance('fruit')/root/item, 42)",
        "instance(\"fruit\")/root/item[name != '']",
        "/data/r[name != '']",
    ],
)
@pytest.mark.parametrize("kind", ["select", "select1", "odk:rank"])
def test_choices_may_come_from_a_list_or_from_the_form(nodeset: str, kind: str) -> None:
    form = compiled(
        "<r><name/></r><s/>",
        model=LIST,
        controls=f'<repeat nodeset="/data/r"/><{kind} ref="/data/s">'
        f'<itemset nodeset="{nodeset.replace(chr(34), "&quot;")}"><value ref="name"/>'
        f'<label ref="name"/></itemset></{kind}>',
    )
    body = "<r><name>apple</name></r><r><name>pear</name></r>"
    assert told(form, f"{body}<s>pear</s>") == []
    assert told(form, f"{body}<s>plum</s>") == [("s", "choice")]


def test_a_list_in_an_attached_file_is_not_held_against_the_values() -> None:
    form = compiled(
        "<s/>",
        model='<instance id="towns" src="jr://file-csv/towns.csv"/>',
        controls="""<select1 ref="/data/s"><itemset nodeset="instance('towns')/root/item"/>
        </select1>""",
    )
    assert told(form, "<s>anywhere</s>") == []


def test_a_list_names_its_values_by_default() -> None:
    form = compiled(
        "<s/>",
        model=LIST,
        controls="""<select1 ref="/data/s"><itemset nodeset="instance('fruit')/root/item"/>
        </select1>""",
    )
    assert told(form, "<s>plum</s>") == [("s", "choice")]


SELECT = '<select1 ref="/data/a"><itemset nodeset="{}"/></select1>'

BROKEN = {
    "no model": (b"<html/>", "model"),
    "no instance": (xform("").replace(b"instance", b"nothing"), "instance"),
    "no id": (xform("<a/>", attributes=""), "form_id"),
    "a bind elsewhere": (xform("<a/>", 'nodeset="/other/a"'), "/other/a"),
    "a bind without a path": (xform("<a/>", 'type="int"'), "空路径"),
    "an unknown function": (xform("<a/>", 'nodeset="/data/a" relevant="frob(1)"'), "frob()"),
    "malformed": (xform("<a/>", 'nodeset="/data/a" calculate="1 +"'), "1 +"),
    "brackets": (xform("<a/>", 'nodeset="/data/a" calculate="(1"'), "(1"),
    "a reference to nothing": (
        xform("<a/>", "nodeset=\"/data/a\" constraint=\"/data/b = '1'\""),
        "/data/b",
    ),
    "a reference to nothing in a group": (
        xform("<g><a/></g>", 'nodeset="/data/g/a" constraint=". = /data/g/b/c"'),
        "/data/g/b/c",
    ),
    "too few arguments": (xform("<a/>", 'nodeset="/data/a" required="if(1)"'), "if(1)"),
    "too few for XPath": (xform("<a/>", 'nodeset="/data/a" required="not()"'), "not()"),
    "an undefined variable": (xform("<a/>", 'nodeset="/data/a" required="$x = 1"'), "$x"),
    "no such list": (xform("<a/>", controls=SELECT.format("instance('x')/root/item")), "x"),
    "a broken filter": (
        xform("<a/>", controls=SELECT.format("instance('fruit')/root/item[frob()]"), model=LIST),
        "frob()",
    ),
    "a filter that gets too little": (
        xform(
            "<a/>", controls=SELECT.format("instance('fruit')/root/item[not()]"), model=LIST
        ),
        "not()",
    ),
    "a repeat's count": (
        xform("<r><a/></r>", controls='<repeat nodeset="/data/r" jr:count="frob()"/>'),
        "frob()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "named"), BROKEN.values(), ids=BROKEN)
def test_a_form_that_could_not_be_checked_is_refused(content: bytes, named: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        compile_form(content)
    assert raised.value.code == "form_invalid"
    assert named in raised.value.detail
    assert raised.value.errors == {"file": [raised.value.detail]}


def test_rules_of_nodes_that_are_not_there_do_no_harm() -> None:
    form = compiled("<a/>", 'nodeset="/data/b" required="true()"')
    assert told(form, "<a>x</a>") == []


def test_a_form_is_parsed_as_carefully_as_what_is_filled_in() -> None:
    with pytest.raises(Malformed):
        compile_form(b"<!DOCTYPE a><a/>")


PIECES = st.sampled_from(
    [".", "..", "/", "//", "data", "a", "(", ")", "[", "]", ",", "+", "-", "*", "div", "mod", "and",
     "or", "=", "!=", "<", "<=", "|", "'x'", "1", "2.5", "today()", "if", "concat", "position",
     "instance('fruit')", "current()", "/data/a", "@id", "$x", "::", "not(", "regex(", "substr("]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(" ".join), st.sampled_from(["constraint", "calculate"]))
def test_whatever_a_rule_says_it_is_compiled_or_refused(source: str, kind: str) -> None:
    escaped = source.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    content = xform("<a/>", f'nodeset="/data/a" {kind}="{escaped}"', model=LIST)
    try:
        form = compile_form(content)
    except InvalidInput:
        return
    # What compiles is evaluated without a fault, whatever it gives.
    assert told(form, "<a>x</a>") in ([], [("a", kind)])
