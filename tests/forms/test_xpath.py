"""XForms expressions and what they evaluate to."""

from __future__ import annotations

from datetime import datetime

import pytest
from lxml import etree

from server.clock import LOCAL
from server.forms.functions import evaluation
from server.forms.xpath import ExpressionError, compile_expression

MAIN = etree.fromstring(
    "<data><n>3</n><m>4.5</m><day>2026-11-23</day><at>2026-11-23T12:00:00.000+00:00</at>"
    "<many>b c d</many><empty/><r><a>1</a></r><r><a>2</a></r><r><a/></r><div>6</div></data>"
)
LIST = etree.fromstring(
    "<instance><root><item><name>x</name><v>3</v></item><item><name>y</name><v>4</v></item>"
    "</root></instance>"
)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=LOCAL)


def text(source: str, context: etree._Element | None = None) -> str:
    expression = compile_expression(source, "data")
    with evaluation(NOW, {"list": LIST}):
        return expression.text(MAIN if context is None else context, MAIN)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("/data/n + 1", "4"),
        ("/data/n * /data/m", "13.5"),
        ("/data/n*2", "6"),
        ("/data/div div 2", "3"),
        ("/data/n mod 2", "1"),
        ("-/data/n + 5", "2"),
        ("10 - 2 - 3", "5"),
        ("(1 + 2) * 3", "9"),
        ("/data/n > 2 and /data/n < 4", "true"),
        ("/data/n >= 3 or false()", "true"),
        ("/data/n != 3", "false"),
        ("/data/day > '2026-11-22'", "true"),
        ("/data/day < '2026-11-22'", "false"),
        ("date(/data/day + 7)", "2026-11-30"),
        ("today() - /data/day", "0"),
        ("/data/at >= /data/day", "true"),
        ("'2026-11-24' - '2026-11-23'", "1"),
        ("'x' > 1", "false"),
        ("count(/data/r)", "3"),
        ("count(/data/r[a > 1])", "1"),
        ("/data/r[position() = 2]/a", "2"),
        ("sum(/data/r[a != '']/a)", "3"),
        ("/data/*[1]", "3"),
        ("instance('list')/root/item[v = /data/n]/name", "x"),
        ("instance('list')/root/item[v > /data/n]/name", "y"),
        ("instance('absent')/root/item", ""),
        ("if(/data/n = 3, 'yes', 'no')", "yes"),
        ("if(/data/empty, 'yes', 'no')", "yes"),
        ("if(0, 'yes', 'no')", "no"),
        ("selected(/data/many, 'c')", "true"),
        ("selected(/data/many, 'z')", "false"),
        ("selected-at(/data/many, 1)", "c"),
        ("selected-at(/data/many, 9)", ""),
        ("count-selected(/data/many)", "3"),
        ("coalesce(/data/empty, /data/n)", "3"),
        ("coalesce(/data/empty, '')", ""),
        ("concat(/data/r/a, '-', 'x')", "12-x"),
        ("join(' ', /data/r/a)", "1 2 "),
        ("regex('2026', '[0-9]{4}')", "true"),
        ("regex('x2026', '[0-9]{4}')", "false"),
        ("today()", "2026-11-23"),
        ("now()", "2026-11-23T09:30:00+08:00"),
        ("date('x')", ""),
        ("date-time('2026-11-23')", "2026-11-23"),
        ("decimal-date-time('1970-01-02')", "1"),
        ("decimal-date-time('1970-13-02')", "NaN"),
        ("format-date(/data/day, '%Y年%n月%e日')", "2026年11月23日"),
        ("format-date('x', '%Y')", ""),
        ("format-date-time(/data/at, '%H:%M')", "12:00"),
        ("int(4.9)", "4"),
        ("int('x')", "NaN"),
        ("round(2.345, 2)", "2.35"),
        ("round(2.4)", "2"),
        ("round('x')", "NaN"),
        ("pow(2, 10)", "1024"),
        ("min(/data/r/a)", "1"),
        ("max(/data/r/a, 7)", "7"),
        ("max('')", "NaN"),
        ("substr('abcdef', 1, 3)", "bc"),
        ("substr('abcdef', 4)", "ef"),
        ("ends-with('abc', 'bc')", "true"),
        ("starts-with('abc', 'ab')", "true"),
        ("contains('abc', 'b')", "true"),
        ("string-length('疏散')", "2"),
        ("normalize-space('  a  b ')", "a b"),
        ("translate('abc', 'b', 'x')", "axc"),
        ("boolean-from-string('1')", "true"),
        ("boolean-from-string('no')", "false"),
        ("count-non-empty(/data/r/a)", "2"),
        ("checklist(1, 2, /data/n = 3, /data/n = 4)", "true"),
        ("checklist(2, -1, /data/n = 3, /data/n = 4)", "false"),
        ("once('x')", "x"),
        ("jr:choice-name('pear', '/data/x')", "pear"),
        ("position(/data/r[2])", "2"),
        ("position(/data/absent)", "NaN"),
        ("string(number('x'))", "NaN"),
        ("not(/data/absent)", "true"),
        ("/data/n | /data/m", "3"),
    ],
)
def test_an_expression_has_its_value(source: str, value: str) -> None:
    assert text(source) == value


def test_paths_may_be_relative_to_where_the_rule_stands() -> None:
    second = MAIN.findall("r")[1]
    assert text("../n + ./a", second) == "5"
    assert text("position(.)", second) == "2"
    assert text("current()/a", second) == "2"
    assert text("instance('list')/root/item[v = current()/../n]/name", second) == "x"


def test_random_values_are_what_they_are_called() -> None:
    assert 0 <= float(text("random()")) < 1
    assert len(text("uuid()")) == 36


@pytest.mark.parametrize(
    ("source", "volatile"), [("today()", True), ("concat(uuid(), '')", True), ("1 + 1", False)]
)
def test_what_depends_on_the_moment_is_known(source: str, volatile: bool) -> None:
    assert compile_expression(source, "data").volatile is volatile


@pytest.mark.parametrize(
    "source",
    [
        "",
        "   ",
        "1 +",
        "(1",
        "1)",
        "[1",
        "a[1)",
        "f(1",
        "/other/x = 1",
        "/",
        "frobnicate(1)",
        "pulldata('a', 'b', 'c', 'd')",
        "'unclosed",
        "1 # 2",
        "a b",
    ],
)
def test_what_cannot_be_evaluated_is_refused_beforehand(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source, "data")


def test_the_unknown_function_is_named() -> None:
    with pytest.raises(ExpressionError, match=r"frobnicate\(\)"):
        compile_expression("1 + frobnicate(2)", "data")
