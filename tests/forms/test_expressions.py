"""Where XForms means more, or something else, than the XPath 1.0 that lxml knows."""

from __future__ import annotations

from datetime import datetime

import pytest
from lxml import etree

from server.clock import LOCAL
from server.forms.functions import evaluation
from server.forms.tokens import MOST_NESTING, ExpressionError
from server.forms.xpath import Scope, compile_expression

MAIN = etree.fromstring(
    "<data><due>2026-12-15</due><today>2026-11-23</today><at>2026-11-23T01:00:00.000+08:00</at>"
    "<two>2</two><words>a b c</words><empty/><and>7</and>"
    "<row><item>a</item><sub><x>1</x></sub><sub><x>2</x></sub></row>"
    "<row><item>b</item><sub><x>3</x></sub></row></data>"
)
LIST = etree.fromstring(
    "<instance><root><item><name>a</name></item><item><name>b</name></item></root></instance>"
)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=LOCAL)
PATHS = frozenset(
    {(), ("due",), ("row",), ("row", "item"), ("row", "sub"), ("row", "sub", "x"), ("two",)}
)
REPEATS = frozenset({("row",), ("row", "sub")})
ITEM = Scope(PATHS, REPEATS, ("row", "item"))


def text(source: str, at: str = ".", scope: Scope | None = None) -> str:
    expression = compile_expression(source, "data", *([] if scope is None else [scope]))
    context = MAIN.find(at)
    assert context is not None
    with evaluation(NOW, {"list": LIST}):
        return expression.text(context, MAIN)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        # Days: an equality of which one side is reckoned, and what has a time of day.
        ("/data/due = today() + 22", "true"),
        ("/data/due != today() + 22", "false"),
        ("1 = 1 and /data/due = /data/today + 22 or false()", "true"),
        ("/data/due = '2026-12-15'", "true"),
        ("/data/at > /data/today", "true"),
        ("date(/data/at)", "2026-11-23"),
        ("date(20781.5)", "2026-11-24"),
        ("format-date(/data/at, '%d %H')", "23 01"),
        ("number(/data/today)", "20780"),
        ("decimal-date-time('2026-11-23T12:00:00.000')", "20780.5"),
        # XPath has functions of these names, which take less.
        ("round(3.14159, 2)", "3.14"),
        ("round(1250, -2)", "1300"),
        ("round(-2.5)", "-2"),
        ("round(1 div 0)", "Infinity"),
        ("round(5, 99)", "5"),
        ("concat(/data/row/item, '!')", "ab!"),
        ("number() + 1", "NaN"),
        # Arguments may be nodes, or nonsense.
        ("selected-at(/data/words, /data/two)", "c"),
        ("selected-at(/data/words, 'x')", ""),
        ("substr(/data/words, /data/two)", "b c"),
        ("substr('abc', 'x', -1)", "ab"),
        ("round(/data/two, /data/two)", "2"),
        ("checklist('-1', '1', 1)", "true"),
        ("int(1 div 0)", "NaN"),
        ("int(-1.5)", "-1"),
        ("-1 div 0", "-Infinity"),
        ("if(number('x'), 1, 2)", "2"),
        ("position('x')", "NaN"),
        # Names that look like operators, and operators that look like names.
        ("/data/and * 2", "14"),
        ("/data/and and /data/two", "true"),
        ("count(*)", "9"),
        ("/data/two*/data/two", "4"),
        ("2 - -1", "3"),
        ("-(-2)", "2"),
        ("count(/data/two | /data/due) + 1", "3"),
        ("/data/two | /data/none + 1", "3"),
        # Paths.
        ("//x", "1"),
        ("count(//x[. > 1])", "2"),
        ("/data/child::two", "2"),
        ("/data/orx:two", "2"),
        ("orx:two", "2"),
        ("/data/row[2]/sub/x", "3"),
        ("/data/row[item = 'b']/item/text()", "b"),
        ("count(instance('list')/root/item[selected(/data/words, name)])", "2"),
        ("instance('list')/root/item[name = current()/row/item]/name", "a"),
        # What there was none of.
        ("weighted-checklist(2, 3, true(), 2, false(), 9)", "true"),
        ("weighted-checklist(2, 3, true(), 4)", "false"),
        ("indexed-repeat(/data/row/item, /data/row, 2)", "b"),
        ("indexed-repeat(/data/row/sub/x, /data/row, 1, /data/row/sub, 2)", "2"),
        ("indexed-repeat(/data/row/item, /data/row, 3)", ""),
        ("indexed-repeat(/data/row/item, /data/row, 'x')", ""),
        ("count(randomize(/data/row))", "2"),
        ("abs(-2)", "2"),
        ("sqrt(9) + log10(100) + exp10(1) + sin(0)", "15"),
        ("round(pi(), 4)", "3.1416"),
    ],
)
def test_an_expression_means_what_xforms_says(source: str, value: str) -> None:
    assert text(source) == value


@pytest.mark.parametrize(
    ("source", "at", "scope", "value"),
    [
        ("/data/row/item", "row[2]/item", ITEM, "b"),
        ("/data/two", "row[2]/item", ITEM, "2"),
        ("count(/data/row)", "row[2]/item", ITEM, "2"),
        ("/data/row[1]/item", "row[2]/item", ITEM, "a"),
        ("count(/data/row/sub)", "row[2]/item", ITEM, "1"),
        ("indexed-repeat(/data/row/item, /data/row, 1)", "row[2]/item", ITEM, "a"),
        ("/data/row/sub/x", "row[1]/sub[2]/x", Scope(PATHS, REPEATS, ("row", "sub", "x")), "2"),
        ("join(' ', /data/row/item)", "two", Scope(PATHS, REPEATS, ("two",)), "a b"),
        ("/data/row/item", "row[2]", Scope(PATHS, REPEATS, ("row",)), "b"),
        (
            "count(instance('list')/root/item[name = /data/row/item])",
            "row[2]/item",
            ITEM,
            "1",
        ),
    ],
)
def test_a_path_from_within_a_row_means_that_row(
    source: str, at: str, scope: Scope, value: str
) -> None:
    assert text(source, at, scope) == value


@pytest.mark.parametrize("source", ["/data/none", "/data/row/none", "/data/two/x + 1", "(/data/x)"])
def test_a_path_to_a_node_that_the_form_does_not_have_is_named(source: str) -> None:
    with pytest.raises(ExpressionError, match="/data/"):
        compile_expression(source, "data", ITEM)


@pytest.mark.parametrize(
    "source",
    ["current(1)", "1 = = 2", "if(1, 2", "f]", "a[", "(1]", "[", ")", "concat(1]", "/data/", "//",
     "(" * (MOST_NESTING + 1) + "1" + ")" * (MOST_NESTING + 1)],
)  # fmt: skip
def test_what_is_malformed_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source, "data")


def test_brackets_may_be_nested_as_deeply_as_anybody_needs() -> None:
    assert text("(" * MOST_NESTING + "1" + ")" * MOST_NESTING) == "1"


def test_the_surroundings_end_with_their_block() -> None:
    expression = compile_expression("today()", "data")
    with evaluation(NOW, {}), evaluation(NOW.replace(year=2027), {}):
        assert expression.text(MAIN, MAIN) == "2027-11-23"
    with pytest.raises(LookupError):
        expression.text(MAIN, MAIN)
