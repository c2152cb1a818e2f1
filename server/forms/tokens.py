"""The words of an XPath expression (XPath 1.0, §3.7), told apart as its grammar does."""

import re
from typing import NamedTuple

MOST_NESTING = 100

TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<symbol>::|//|\.\.|!=|<=|>=|[/.@$=<>|+\-*()\[\],])
      | (?P<name>[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)
    )""",
    re.VERBOSE,
)

WORD_OPERATORS = frozenset({"and", "or", "div", "mod"})
ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
EQUALITY = frozenset({"=", "!="})
# Operators whose operands are numbers, or days.
NUMERIC = ARITHMETIC | {"<", "<=", ">", ">="}
OPERATORS = NUMERIC | EQUALITY | {"and", "or", "|"}


class ExpressionError(ValueError):
    """An expression that can't be compiled; the message says, in Chinese, what in it.

    `question` is the path of the question that it is of, where that is known.
    """

    question = ""


class Token(NamedTuple):
    kind: str
    text: str


def tokens_of(source: str) -> list[Token]:
    """The tokens of an expression.

    Raises:
        ExpressionError: empty, a character that starts no token, or nested too deeply.
    """
    tokens: list[Token] = []
    position, end, depth = 0, len(source.rstrip()), 0
    while position < end:
        found = TOKEN.match(source, position)
        if found is None or found.lastgroup is None:
            raise ExpressionError(f"表达式写法有误：{source.strip()}")
        text = found[found.lastgroup]
        depth += (text in "([") - (text in ")]")
        if depth > MOST_NESTING:
            raise ExpressionError(f"表达式的括号超过 {MOST_NESTING} 层")
        tokens.append(_classified(tokens, found.lastgroup, text))
        position = found.end()
    if not tokens:
        raise ExpressionError("表达式是空的")
    return tokens


def after_operand(before: list[Token]) -> bool:
    """Whether what these tokens end with is an operand, so that an operator may follow."""
    if not before:
        return False
    last = before[-1]
    if last.kind == "operator":
        return False
    return last.kind != "symbol" or last.text in (")", "]", ".", "..", "*")


def _classified(before: list[Token], kind: str, text: str) -> Token:
    """After an operand, `*` multiplies and the words `and`, `or`, `div`, `mod` are operators."""
    if kind in ("symbol", "name") and text in OPERATORS and after_operand(before):
        return Token("operator", text)
    if kind == "symbol" and text in OPERATORS - {"*", "-"}:
        return Token("operator", text)
    return Token(kind, text)
