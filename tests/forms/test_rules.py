"""Checking where clients differ from one another, and where a form is not as it should be."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from server.forms.checking import MOST_FINDINGS, check

from .handwritten import RECEIVED, compiled, filled, told

CALCULATED = compiled(
    "<n/><big/><double/>",
    'nodeset="/data/n" type="int"',
    'nodeset="/data/big" calculate="/data/n > 2"',
    'nodeset="/data/double" calculate="/data/n * 2"',
)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("<n>3</n><big>true</big><double>6</double>", []),
        ("<n>3</n><big>1</big><double>6.0</double>", []),
        ("<n>1</n><big>0</big><double>2</double>", []),
        ("<n>1</n><big>false</big><double>2</double>", []),
        ("<n/><big>false</big><double/>", []),
        ("<n/><big>false</big><double>NaN</double>", []),
        ("<n>3</n><big>false</big><double>6</double>", ["big"]),
        ("<n>3</n><big>true</big><double>7</double>", ["double"]),
        ("<n>3</n><big>true</big><double/>", ["double"]),
        ("<n/><big>false</big><double>7</double>", ["double"]),
        ("<n>3</n>", ["big", "double"]),
    ],
)
def test_each_client_writes_numbers_and_truth_in_its_own_way(body: str, wrong: list[str]) -> None:
    assert told(CALCULATED, body) == [(path, "calculate") for path in wrong]


COUNTED = compiled(
    "<n/><r><a/></r>",
    'nodeset="/data/r" relevant="/data/n != 9"',
    controls='<group ref="/data/r"><label>组</label>'
    '<repeat nodeset="/data/r" jr:count="/data/n"/></group>',
)


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("<n>2</n><r><a/></r><r><a/></r>", True),
        ("<n>2</n><r><a/></r>", False),
        ("<n>2</n>", False),
        ("<n>0</n>", True),
        ("<n>-1</n>", True),
        ("<n/>", True),
        ("<n/><r/>", False),
        ("<n>9</n>", True),
        ("<n>9</n><r/>", True),
    ],
)
def test_a_repeat_has_the_rows_that_are_asked_for(body: str, fits: bool) -> None:
    assert told(COUNTED, body) == ([] if fits else [("r", "repeat_count")])


def test_a_count_of_rows_within_rows_is_that_of_the_row() -> None:
    form = compiled(
        "<o><n/><r><a/></r></o>",
        controls='<repeat nodeset="/data/o"/><repeat nodeset="/data/o/r" jr:count="/data/o/n"/>',
    )
    body = "<o><n>1</n><r/></o><o><n>2</n><r/></o>"
    assert told(form, body) == [("o[2]/r", "repeat_count")]


def test_nothing_is_asked_of_rows_in_a_group_that_is_not_asked_for() -> None:
    form = compiled(
        "<n/><g><r><a/></r></g>",
        'nodeset="/data/g" relevant="false()"',
        controls='<repeat nodeset="/data/g/r" jr:count="3"/>',
    )
    assert told(form, "") == told(form, "<g><r><a/></r></g>") == []
    assert told(form, "<g><r><a>x</a></r></g>") == [("g/r[1]/a", "irrelevant")]


@pytest.mark.parametrize("rule", ["constraint", "required", "relevant", "calculate"])
@pytest.mark.parametrize("fault", ["regex(., '(')", "pow(0, -1) = 1", "sqrt(-1) = 1"])
def test_a_rule_without_an_answer_loses_nothing(rule: str, fault: str) -> None:
    form = compiled("<a/><b/>", f'nodeset="/data/a" {rule}="{fault}"')
    assert told(form, "<a>x</a><b>y</b>") == []
    assert told(form, "<b>y</b>") == []


def test_a_filter_or_a_count_without_an_answer_loses_nothing() -> None:
    form = compiled(
        "<s/><r><a/></r>",
        model="<instance id='l'><root><item><name>a</name></item></root></instance>",
        controls="""<select1 ref="/data/s"><itemset nodeset="instance('l')/root/item[regex(name,
        '(')]"/></select1><repeat nodeset="/data/r" jr:count="pow(0, -1)"/>""",
    )
    assert told(form, "<s>x</s><r/>") == []


def test_a_pattern_that_somebody_filled_in_loses_nothing() -> None:
    form = compiled("<p/><a/>", 'nodeset="/data/a" constraint="regex(., /data/p)"')
    assert told(form, "<p>[</p><a>x</a>") == []
    assert told(form, "<p>[a-c]</p><a>x</a>") == [("a", "constraint")]


def test_what_stands_where_nothing_should_is_flagged() -> None:
    form = compiled("<a/><g><b/></g>")
    assert told(form, "<a><c>x</c></a>") == [("a/c", "unknown_field")]
    assert told(form, "<g><b/><c/></g>") == [("g/c", "unknown_field")]
    assert told(form, "<a>1</a><a>2</a><a>3</a>") == [("a", "unknown_field")]


def test_what_the_form_reckons_is_not_held_against_a_field_that_it_does_not_ask() -> None:
    form = compiled("<a/><b/>", 'nodeset="/data/a" calculate="1" relevant="/data/b = 1"')
    assert told(form, "<a>1</a>") == told(form, "<a>2</a>") == []
    assert told(form, "<a>2</a><b>1</b>") == [("a", "calculate")]


def test_required_may_be_switched_off_in_words() -> None:
    form = compiled("<a/><b/>", 'nodeset="/data/a" required="false()"',
                    'nodeset="/data/b" required="true()" jr:requiredMsg="写上"')  # fmt: skip
    (finding,) = check(form, filled(""), received_at=RECEIVED)
    assert (finding.path, finding.message) == ("b", "写上")


def test_a_long_list_of_faults_is_cut_off() -> None:
    form = compiled("<r><a/></r>", 'nodeset="/data/r/a" required="true()"',
                    controls='<repeat nodeset="/data/r"/>')  # fmt: skip
    assert len(told(form, "<r/>" * (MOST_FINDINGS + 5))) == MOST_FINDINGS


def test_the_day_is_that_of_shanghai() -> None:
    form = compiled("<d/>", 'nodeset="/data/d" type="date" constraint=". = today()"')
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert check(form, filled("<d>2026-11-24</d>"), received_at=late) == []
    assert check(form, filled("<d>2026-11-23</d>"), received_at=late) != []


def test_a_definition_says_the_same_twice() -> None:
    form = MappingProxyType({"form": CALCULATED})["form"]
    body = "<n>3</n><big>true</big><double>7</double>"
    assert told(form, body) == told(form, body) == [("double", "calculate")]
