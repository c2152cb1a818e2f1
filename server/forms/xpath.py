"""XForms expressions (ODK XForms specification, "XPath"), compiled for lxml.

lxml knows XPath 1.0; what XForms adds is done in two steps. The expression is rewritten by tokens:
an absolute path becomes a path from the variable `$main`, so that it means the filled form also
when it stands in a filter on a choice list; and operands that are numbers to XForms go through
`number`, so that dates are compared and counted as days. The functions that XForms adds, or that
mean more in it than in XPath, are given to lxml as extensions under names of their own: lxml would
prefer XPath's `round` and `concat` to ours.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lxml import etree

from .functions import FUNCTIONS, VOLATILE, text_of, truth_of
from .tokens import (
    ARITHMETIC,
    EQUALITY,
    NUMERIC,
    ExpressionError,
    Token,
    after_operand,
    tokens_of,
)

Path = tuple[str, ...]

NODE_TESTS = frozenset({"text", "node", "comment", "processing-instruction"})
CORE_FUNCTIONS = frozenset(
    {
        "boolean", "ceiling", "contains", "count", "false", "floor", "last", "local-name", "name",
        "normalize-space", "not", "starts-with", "string", "string-length", "substring",
        "substring-after", "substring-before", "sum", "translate", "true",
    }
)  # fmt: skip
# Without an argument these are XPath's own, about the node that the expression is asked at.
ABOUT_CONTEXT = frozenset({"number", "position"})

EXTENSIONS: dict[tuple[str | None, str], Callable[..., Any]] = {
    (None, f"xf-{name.replace(':', '-')}"): function for name, function in FUNCTIONS.items()
}


# What evaluating may raise: it comes of the values, or of a form that no test has tried.
EVALUATION_ERRORS = (etree.LxmlError, ValueError, ArithmeticError, TypeError, LookupError, re.error)


@dataclass(frozen=True)
class Scope:
    """Where an expression stands. All paths are from the root, without it.

    Attributes:
        paths: all nodes of the form; None if they are not known, so that any may be named.
        repeats: those that repeat.
        context: the node that the expression belongs to.
    """

    paths: frozenset[Path] | None = None
    repeats: frozenset[Path] = frozenset()
    context: Path = ()


ANYWHERE = Scope()


@dataclass(frozen=True)
class Expression:
    """A compiled expression.

    Attributes:
        volatile: its value depends on more than the form.
        unknowable: it reads a file that is attached to the form, which only the client has.
    """

    source: str
    volatile: bool
    _compiled: etree.XPath
    unknowable: bool = False

    def value(self, context: etree._Element, main: etree._Element) -> Any:
        """Its value at a node of the filled form `main`: text, number, truth value or nodes.

        To be called within `functions.evaluation` and by one thread at a time (see
        `FormDefinition.lock`). Raises `EVALUATION_ERRORS`.
        """
        return self._compiled(context, main=main, current=context)

    def truth(self, context: etree._Element, main: etree._Element) -> bool:
        """Its truth value, by the rules of XPath's `boolean()`."""
        return truth_of(self.value(context, main))

    def text(self, context: etree._Element, main: etree._Element) -> str:
        """Its value as text, by the rules of XPath's `string()`; whole numbers without a point."""
        return text_of(self.value(context, main))


def compile_expression(source: str, root_name: str, scope: Scope = ANYWHERE) -> Expression:
    """Compile an expression of a form whose root element is `root_name`.

    Raises:
        ExpressionError: malformed, a function that is not known here, or a path to a node that
            the form does not have.
    """
    tokens = tokens_of(source)
    names = _function_names(tokens)
    for name in sorted(names):
        if name not in CORE_FUNCTIONS and name not in FUNCTIONS and name != "current":
            raise ExpressionError(f"不认识函数 {name}()：{source.strip()}")
    rewritten = _Rewriting(source, tokens, root_name, scope).text()
    try:
        compiled = etree.XPath(rewritten, extensions=EXTENSIONS, smart_strings=False)
    except etree.XPathSyntaxError as error:
        raise ExpressionError(f"表达式写法有误：{source.strip()}") from error
    return Expression(source, bool(names & VOLATILE), compiled)


def _function_names(tokens: list[Token]) -> set[str]:
    return {
        token.text
        for token, after in pairwise(tokens)
        if token.kind == "name" and after.text == "(" and token.text not in NODE_TESTS
    }


class _Rewriting:
    """One expression on its way to lxml."""

    def __init__(self, source: str, tokens: list[Token], root_name: str, scope: Scope) -> None:
        self._source = source.strip()
        self._tokens = tokens
        self._root_name = root_name
        self._scope = scope
        self._at = 0
        # Within `indexed-repeat` a path means all rows, not the one that the expression is in.
        self._all_rows = 0

    def text(self) -> str:
        written = self._sequence()
        if self._at != len(self._tokens):
            raise self._malformed()
        return written

    def _malformed(self) -> ExpressionError:
        return ExpressionError(f"表达式的括号不成对：{self._source}")

    def _text_at(self, position: int) -> str:
        return self._tokens[position].text if position < len(self._tokens) else ""

    def _sequence(self) -> str:
        """Up to the bracket or comma that ends it: operands joined by operators."""
        operands, operators, current = [], [], ""
        while self._text_at(self._at) not in ("", ")", "]", ","):
            token = self._tokens[self._at]
            if token.kind == "operator" and token.text != "|":
                operands.append(current)
                operators.append(token.text)
                current = ""
                self._at += 1
            else:
                current += self._part(token)
        return _joined([*operands, current], operators)

    def _part(self, token: Token) -> str:
        """A piece of an operand; moves on behind it."""
        if token.kind == "text":
            self._at += 1
            return f" {token.text}"
        if token.text in ("(", "["):
            return self._bracket()
        if token.text in ("/", "//") and not after_operand(
            self._tokens[max(0, self._at - 1) : self._at]
        ):
            return self._absolute()
        if token.kind == "name" and self._text_at(self._at + 1) == "(":
            return self._call(token.text)
        self._at += 1
        # Namespaces are taken off the filled form, so also off the steps that lead through it.
        return f" {token.text.rpartition(':')[2] if token.kind == 'name' else token.text}"

    def _bracket(self) -> str:
        opening = self._text_at(self._at)
        parts = []
        while True:
            self._at += 1
            parts.append(self._sequence())
            if self._text_at(self._at) != ",":
                break
        closing = ")" if opening == "(" else "]"
        if self._text_at(self._at) != closing:
            raise self._malformed()
        self._at += 1
        return opening + ",".join(parts) + closing

    def _call(self, name: str) -> str:
        """A function and its arguments; `current()` is a variable."""
        bare = self._text_at(self._at + 2) == ")"
        self._at += 1
        if name == "current":
            if not bare:
                raise self._malformed()
            self._at += 2
            return " $current"
        if name not in FUNCTIONS or (name in ABOUT_CONTEXT and bare):
            return f" {name}"
        self._all_rows += name == "indexed-repeat"
        written = f" xf-{name.replace(':', '-')}{self._bracket()}"
        self._all_rows -= name == "indexed-repeat"
        return written

    def _absolute(self) -> str:
        """A path from the root, as one from `$main`, or from the row that the expression is in."""
        if self._text_at(self._at) == "//":
            self._at += 1
            return " $main//"
        root = self._text_at(self._at + 1)
        if root.rpartition(":")[2] != self._root_name:
            raise ExpressionError(f"引用了表单以外的 /{root}：{self._source}")
        self._at += 2
        steps = tuple(self._plain_steps())
        if self._scope.paths is not None and steps not in self._scope.paths:
            raise ExpressionError(f"表单里没有 /{root}/{'/'.join(steps)}：{self._source}")
        row = self._shared_row(steps)
        if row is None:
            return "/".join((" $main", *steps))
        up = [".."] * (len(self._scope.context) - len(row))
        return "/".join((" $current", *up, *steps[len(row) :]))

    def _plain_steps(self) -> Iterable[str]:
        """The names that follow, each behind a slash, up to anything that is not just a name."""
        while self._text_at(self._at) == "/" and self._at + 1 < len(self._tokens):
            step = self._tokens[self._at + 1]
            if step.kind != "name" or self._text_at(self._at + 2) in ("(", "::"):
                return
            self._at += 2
            yield step.text.rpartition(":")[2]

    def _shared_row(self, steps: Path) -> Path | None:
        """The innermost repeat that holds both the expression and the node it refers to.

        An absolute path from within a row to a field of the same repeat means that row's.
        """
        if self._all_rows:
            return None
        for length in range(len(steps) - 1, 0, -1):
            row = steps[:length]
            if row in self._scope.repeats and self._scope.context[:length] == row:
                return row
        return None


def _joined(operands: list[str], operators: list[str]) -> str:
    numeric = _numeric(operators)
    written = ""
    for index, operand in enumerate(operands):
        wrapped = numeric[index] and operand.strip()
        written += f" xf-number({operand})" if wrapped else operand
        written += f" {operators[index]}" if index < len(operators) else ""
    return written


def _numeric(operators: list[str]) -> list[bool]:
    """Which of the operands between these operators are numbers, or days.

    Those beside arithmetic or an order are; and those of an equality of which one side is
    reckoned: in `due = today() + 7` both sides are days.
    """
    numeric = [False] * (len(operators) + 1)
    start = 0
    for end in [*(i for i, each in enumerate(operators) if each in ("and", "or")), len(operators)]:
        clause = operators[start:end]
        reckoned = not ARITHMETIC.isdisjoint(clause) and not EQUALITY.isdisjoint(clause)
        for index in range(start, end):
            if reckoned or operators[index] in NUMERIC:
                numeric[index] = numeric[index + 1] = True
        start = end + 1
    return numeric
