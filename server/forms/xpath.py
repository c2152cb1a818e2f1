"""XForms expressions (ODK XForms specification, "XPath"), compiled for lxml.

lxml knows XPath 1.0; what XForms adds is done in two steps. The expression is rewritten by tokens:
an absolute path becomes a path from the variable `$main`, so that it means the filled form also
when it stands in a filter on a choice list; and the operands of arithmetic and of `<`, `>` go
through `number-of`, so that dates are compared and counted as days. The functions that XForms adds
are given to lxml as extensions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from lxml import etree

from .functions import FUNCTIONS, VOLATILE, text_of

TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<symbol>::|//|\.\.|!=|<=|>=|[/.@$=<>|+\-*()\[\],])
      | (?P<name>[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)
    )""",
    re.VERBOSE,
)

WORD_OPERATORS = frozenset({"and", "or", "div", "mod"})
# Operators whose operands are numbers, or days.
NUMERIC = frozenset({"+", "-", "*", "div", "mod", "<", "<=", ">", ">="})
OPERATORS = NUMERIC | {"=", "!=", "and", "or", "|"}
NODE_TESTS = frozenset({"text", "node", "comment", "processing-instruction"})
CORE_FUNCTIONS = frozenset(
    {
        "boolean",
        "ceiling",
        "contains",
        "count",
        "false",
        "floor",
        "last",
        "local-name",
        "name",
        "normalize-space",
        "not",
        "number",
        "position",
        "starts-with",
        "string",
        "string-length",
        "substring",
        "substring-after",
        "substring-before",
        "sum",
        "translate",
        "true",
    }
)


class ExpressionError(ValueError):
    """An expression that can't be compiled; the message says what in it."""


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True)
class Expression:
    """A compiled expression. `volatile`: its value depends on more than the form."""

    source: str
    volatile: bool
    _compiled: etree.XPath

    def value(self, context: etree._Element, main: etree._Element) -> Any:
        """Its value at a node of the filled form `main`: text, number, truth value or nodes."""
        return self._compiled(context, main=main, current=context)

    def truth(self, context: etree._Element, main: etree._Element) -> bool:
        """Its truth value, by the rules of XPath's `boolean()`."""
        value = self.value(context, main)
        if isinstance(value, float):
            return value == value and value != 0
        return bool(value)

    def text(self, context: etree._Element, main: etree._Element) -> str:
        """Its value as text, by the rules of XPath's `string()`; whole numbers without a point."""
        return text_of(self.value(context, main))


def compile_expression(source: str, root_name: str) -> Expression:
    """Compile an expression of a form whose root element is `root_name`.

    Raises:
        ExpressionError: malformed, a function that is not known here, or a path that leaves the
            form.
    """
    tokens = _tokens(source)
    names = _function_names(tokens)
    for name in names:
        if name not in CORE_FUNCTIONS and name not in FUNCTIONS:
            raise ExpressionError(f"unknown function {name}() in {source.strip()!r}")
    rewritten = _rewrite(_rooted(tokens, root_name, source), source)
    try:
        compiled = etree.XPath(rewritten, extensions=EXTENSIONS, smart_strings=False)
    except etree.XPathSyntaxError as error:
        raise ExpressionError(f"malformed expression {source.strip()!r}") from error
    return Expression(source, bool(names & VOLATILE), compiled)


EXTENSIONS: dict[tuple[None, str], Callable[..., Any]] = {
    (None, name.replace(":", "-")): function for name, function in FUNCTIONS.items()
}


def _tokens(source: str) -> list[Token]:
    tokens: list[Token] = []
    position, end = 0, len(source.rstrip())
    while position < end:
        found = TOKEN.match(source, position)
        if found is None or found.lastgroup is None:
            raise ExpressionError(f"malformed expression {source.strip()!r}")
        tokens.append(_classified(tokens, found.lastgroup, found[found.lastgroup]))
        position = found.end()
    if not tokens:
        raise ExpressionError("an expression is empty")
    return tokens


def _classified(before: list[Token], kind: str, text: str) -> Token:
    """XPath 1.0 §3.7: after an operand, `*` multiplies and these words are operators."""
    if _after_operand(before) and (text in OPERATORS or text in WORD_OPERATORS):
        return Token("operator", text)
    if kind == "symbol" and text in OPERATORS - {"*", "-", "/"}:
        return Token("operator", text)
    return Token(kind, text)


def _after_operand(before: list[Token]) -> bool:
    if not before:
        return False
    last = before[-1]
    return last.kind != "operator" and last.text not in ("@", "::", "(", "[", ",", "/", "//", "$")


def _function_names(tokens: list[Token]) -> set[str]:
    return {
        token.text
        for token, after in pairwise(tokens)
        if token.kind == "name" and after.text == "(" and token.text not in NODE_TESTS
    }


def _rooted(tokens: list[Token], root_name: str, source: str) -> list[Token]:
    """Absolute paths from `$main`, `current()` as `$current`, functions without a colon."""
    result: list[Token] = []
    rest = list(reversed(tokens))
    while rest:
        token = rest.pop()
        if token.text == "/" and not _after_operand(result):
            step = rest.pop() if rest else Token("name", "")
            if step.text != root_name:
                raise ExpressionError(f"{source.strip()!r} refers to /{step.text}")
            result.append(Token("variable", "$main"))
        elif token.text == "current" and [each.text for each in rest[-2:]] == [")", "("]:
            del rest[-2:]
            result.append(Token("variable", "$current"))
        elif token.kind == "name" and rest and rest[-1].text == "(":
            result.append(Token("name", _own_name(token.text, rest[-2].text if rest[1:] else "")))
        else:
            result.append(token)
    return result


def _own_name(name: str, after_bracket: str) -> str:
    """What an XForms function is called towards lxml; `position(node)` is not XPath's own."""
    if name == "position" and after_bracket != ")":
        return "position-of"
    return name.replace(":", "-")


def _rewrite(tokens: list[Token], source: str) -> str:
    """The expression's text, with the operands of numeric operators wrapped."""
    written, position = _sequence(tokens, 0, source)
    if position != len(tokens):
        raise ExpressionError(f"unbalanced brackets in {source.strip()!r}")
    return written


def _sequence(tokens: list[Token], position: int, source: str) -> tuple[str, int]:
    """From `position` to the bracket or comma that ends it: operands joined by operators."""
    operands, operators, current = [], [], ""
    while position < len(tokens) and tokens[position].text not in (")", "]", ","):
        token = tokens[position]
        if token.kind == "operator":
            operands.append(current)
            operators.append(token.text)
            current = ""
        elif token.text in ("(", "["):
            inside, position = _bracket(tokens, position, source)
            current += inside
        else:
            current += f" {token.text}"
        position += 1
    operands.append(current)
    return _joined(operands, operators), position


def _bracket(tokens: list[Token], position: int, source: str) -> tuple[str, int]:
    opening = tokens[position].text
    closing = ")" if opening == "(" else "]"
    parts = []
    while True:
        part, position = _sequence(tokens, position + 1, source)
        parts.append(part)
        if position >= len(tokens):
            raise ExpressionError(f"unbalanced brackets in {source.strip()!r}")
        if tokens[position].text != ",":
            break
    if tokens[position].text != closing:
        raise ExpressionError(f"unbalanced brackets in {source.strip()!r}")
    return opening + ",".join(parts) + closing, position


def _joined(operands: list[str], operators: list[str]) -> str:
    beside = ["", *operators, ""]
    written = ""
    for index, operand in enumerate(operands):
        numeric = beside[index] in NUMERIC or beside[index + 1] in NUMERIC
        written += f" number-of({operand})" if numeric and operand.strip() else operand
        written += f" {beside[index + 1]}"
    return written
