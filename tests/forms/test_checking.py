"""Each rule of a form, broken and kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.forms.definition import compile_form

from .xforms import filled, findings, form, row, told

CHOICES = """| | fruit | apple | 苹果 | red |
| | fruit | pear | 梨 | green |"""


def test_a_required_field_is_filled() -> None:
    definition = form(row("text", "a", required="yes"))
    assert told(definition, "<a>x</a>") == []
    assert told(definition, "<a/>") == told(definition, "") == [("a", "required")]
    assert told(definition, "<a>   </a>") == [("a", "required")]


def test_required_may_depend_on_another_answer() -> None:
    definition = form(row("text", "a"), row("text", "b", required="${a} = 'x'"))
    assert told(definition, "<a>x</a><b/>") == [("b", "required")]
    assert told(definition, "<a>y</a><b/>") == []


def test_a_finding_names_the_field_as_people_know_it() -> None:
    (finding,) = findings(form(row("text", "a", label="场所名称", required="yes")), "")
    assert (finding.label, finding.message) == ("场所名称", "必填项没有填。")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["0", "-12", "+3"], ["1.5", "x", "", "１２", "99999999999"]),
        ("decimal", ["1", "-1.5", ".5", "1e3"], ["1,5", "nan", "inf", "0x1"]),
        ("date", ["2026-11-23"], ["2026-13-01", "23.11.2026", "2026-11"]),
        ("dateTime", ["2026-11-23T09:00:00.000+08:00"], ["2026-11-23 25:00", "gestern"]),
        ("time", ["09:30:00.000+08:00", "09:30"], ["25:00", "halb zehn"]),
        ("geopoint", ["37.1 111.7 0 5", "37.1 111.7"], ["91 0 0 0", "0 181", "a b", "37.1"]),
        ("geopoint", ["-90 -180 8848 0"], ["nan 1", "1 inf", "1 2 3 -4", "1 2 3 4 5"]),
        ("geotrace", ["1 2 0 0; 3 4 0 0"], ["1 2 0 0", "1 2; x"]),
        ("geoshape", ["1 2 0 0; 3 4 0 0; 1 2 0 0"], ["x"]),
    ],
)
def test_a_value_has_the_form_of_its_type(kind: str, good: list[str], bad: list[str]) -> None:
    definition = form(row(kind, "a"))
    for text in good:
        assert told(definition, f"<a>{text}</a>") == [], text
    for text in filter(None, bad):
        assert told(definition, f"<a>{text}</a>") == [("a", "type")], text


def test_a_choice_is_one_of_those_offered() -> None:
    definition = form(row("select_one fruit", "a"), choices=CHOICES)
    assert told(definition, "<a>pear</a>") == []
    assert told(definition, "<a>plum</a>") == [("a", "choice")]


def test_every_one_of_several_choices_is_offered() -> None:
    definition = form(row("select_multiple fruit", "a"), choices=CHOICES)
    assert told(definition, "<a>pear apple</a>") == []
    assert told(definition, "<a>pear plum</a>") == [("a", "choice")]


def test_a_filter_decides_what_is_offered() -> None:
    definition = form(
        row("text", "colour"),
        row("select_one fruit", "a", choice_filter="kind = ${colour}"),
        choices=CHOICES,
    )
    assert told(definition, "<colour>red</colour><a>apple</a>") == []
    assert told(definition, "<colour>red</colour><a>pear</a>") == [("a", "choice")]


def test_a_constraint_says_what_is_wrong_in_the_forms_words() -> None:
    definition = form(
        row("integer", "a", constraint=". >= 1 and . <= 5", constraint_message="一到五")
    )
    assert findings(definition, "<a>3</a>") == []
    (finding,) = findings(definition, "<a>6</a>")
    assert (finding.code, finding.message) == ("constraint", "一到五")
    assert told(definition, "<a/>") == []


def test_dates_are_compared_as_days() -> None:
    definition = form(row("date", "a"), row("date", "b", constraint=". > ${a} + 7"))
    assert told(definition, "<a>2026-11-23</a><b>2026-12-01</b>") == []
    assert told(definition, "<a>2026-11-23</a><b>2026-11-30</b>") == [("b", "constraint")]


def test_today_is_the_day_of_receipt_in_xiaoyi() -> None:
    definition = form(row("date", "a", constraint=". <= today()"))
    assert told(definition, "<a>2026-11-23</a>") == []
    assert told(definition, "<a>2026-11-24</a>") == [("a", "constraint")]


def test_what_is_not_asked_is_neither_required_nor_filled() -> None:
    definition = form(row("text", "a"), row("text", "b", required="yes", relevant="${a} = 'x'"))
    assert told(definition, "<a>y</a><b/>") == []
    assert told(definition, "<a>y</a><b>?</b>") == [("b", "irrelevant")]
    assert told(definition, "<a>x</a><b/>") == [("b", "required")]


def test_a_group_that_is_not_asked_takes_all_in_it_along() -> None:
    definition = form(
        row("text", "a"),
        row("begin_group", "g", relevant="${a} = 'x'"),
        row("text", "b", required="yes"),
        row("end_group", ""),
    )
    assert told(definition, "<a>y</a><g><b/></g>") == []
    assert told(definition, "<a>x</a>") == [("g/b", "required")]


def test_a_calculated_value_is_recomputed() -> None:
    definition = form(row("integer", "a"), row("calculate", "b", calculation="${a} * 2 + 1"))
    assert told(definition, "<a>3</a><b>7</b>") == []
    assert told(definition, "<a>3</a><b>7.0</b>") == []
    assert told(definition, "<a>3</a><b>8</b>") == [("b", "calculate")]


def test_what_depends_on_the_moment_is_not_recomputed() -> None:
    definition = form(row("calculate", "a", calculation="concat(uuid(), now())"))
    assert told(definition, "<a>anything</a>") == []


def test_a_field_that_the_form_does_not_have_is_flagged() -> None:
    definition = form(row("text", "a"))
    assert told(definition, "<a>x</a><b>y</b>") == [("b", "unknown_field")]


def test_rows_of_a_repeat_are_told_apart() -> None:
    definition = form(
        row("begin_repeat", "r"),
        row("text", "a", required="yes"),
        row("text", "b", relevant="${a} = 'x'"),
        row("end_repeat", ""),
    )
    body = "<r><a>x</a><b>1</b></r><r><a/></r><r><a>y</a><b>2</b></r>"
    assert told(definition, body) == [("r[2]/a", "required"), ("r[3]/b", "irrelevant")]


def test_a_rule_that_cannot_be_evaluated_is_not_held_against_the_values() -> None:
    definition = form(
        row("text", "a", constraint="regex(., '(')"),
        row("calculate", "b", calculation="pow(0, -1)"),
    )
    assert told(definition, "<a>x</a><b>?</b>") == []


def test_labels_and_messages_are_those_of_the_default_language() -> None:
    xform = b"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model><itext>
      <translation lang="en"><text id="l"><value>Name</value></text></translation>
      <translation lang="zh" default="true()"><text id="l"><value>\xe5\x90\x8d\xe7\xa7\xb0</value>
      <value form="short">X</value></text>
      <text id="m"><value>\xe4\xb8\x8d\xe5\xaf\xb9</value></text>
      </translation></itext><instance><data id="test" version="1"><a/></data></instance>
      <bind nodeset="/data/a" type="string" constraint=". = 'x'"
      jr:constraintMsg="jr:itext('m')"/></model></h:head>
      <h:body><input ref="/data/a"><label ref="jr:itext('l')"/></input></h:body></h:html>"""
    (finding,) = findings(compile_form(xform), "<a>y</a>")
    assert (finding.label, finding.message) == ("名称", "不对")


def test_many_threads_may_check_at_once() -> None:
    definition = form(
        row("text", "colour"),
        row("select_one fruit", "a", choice_filter="kind = ${colour}"),
        choices=CHOICES,
    )
    bodies = ["<colour>red</colour><a>apple</a>", "<colour>red</colour><a>pear</a>"] * 100
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda body: told(definition, body), bodies))
    assert results == [[], [("a", "choice")]] * 100


def test_checking_leaves_the_instance_as_it_was() -> None:
    definition = form(row("text", "a"), row("text", "b"))
    instance = filled("<a>x</a>")
    from server.forms.checking import check

    from .xforms import RECEIVED

    check(definition, instance, received_at=RECEIVED)
    assert [child.tag for child in instance.root] == ["a", "meta"]
