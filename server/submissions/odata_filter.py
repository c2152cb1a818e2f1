"""`$filter` of the OData feed (OData 4.01, part 2, 5.1.1): what may be asked of filled forms.

    __system/submissionDate ge 2026-11-01T00:00:00+08:00 and __system/areaCode eq '141181001000'

Comparisons (`eq ne lt le gt ge`) of what the system knows of a filled form with literals or
`now()`, `startswith`, `and`, `or`, `not` and brackets.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, not_

from ..clock import LOCAL
from ..errors import InvalidInput
from ..fields import FORBIDDEN, MAX_ID
from .models import Submission

Condition = ColumnElement[bool]

# Enough for what people and Power Query write; a bound on the work of reading it.
MOST_CHARACTERS = 2_000
MOST_BRACKETS = 30

COLUMNS: Mapping[str, Any] = {
    "__id": Submission.instance_id,
    "__system/submissionDate": Submission.received_at,
    "__system/areaCode": Submission.area_code,
    "__system/submitterId": Submission.submitter_id,
    "__system/formVersion": Submission.form_version,
    "__system/deviceId": Submission.device_id,
}
MOMENTS = {"__system/submissionDate"}
NUMBERS = {"__system/submitterId"}

COMPARISONS: Mapping[str, Callable[[Any, Any], Condition]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?)"
    r"|(?P<number>\d+)"
    r"|(?P<name>[A-Za-z_$][A-Za-z0-9_$/]*)"
    r"|(?P<mark>[(),]))"
)


def parse_filter(text: str, now: datetime) -> Condition:
    """The filter as a condition on `Submission`.

    Raises:
        InvalidInput: it is malformed, or asks what can't be asked here; says what.
    """
    if len(text) > MOST_CHARACTERS or FORBIDDEN.search(text):
        raise _refused("筛选条件过长，或含有不能用的字符。")
    return _Parser(_tokens(text), now).whole()


Token = tuple[str, str]
END: Token = ("end", "")
NOW: Token = ("name", "now")


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise _refused(f"看不懂“{text[at : at + 20].strip()}”。")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return [*found, END]


class _Parser:
    """Reads by descent: or, and, not, then one comparison or a bracket."""

    def __init__(self, tokens: list[Token], now: datetime) -> None:
        self._tokens = tokens
        self._now = now
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._next != END:
            raise _refused(f"多出了“{self._next[1]}”。")
        return condition

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token != END
        return token

    def _took(self, word: str) -> bool:
        if self._next not in (("name", word), ("mark", word)):
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._took(mark):
            raise _refused(f"缺少“{mark}”。")

    def _either(self) -> Condition:
        condition = self._both()
        while self._took("or"):
            condition = condition | self._both()
        return condition

    def _both(self) -> Condition:
        condition = self._one()
        while self._took("and"):
            condition = condition & self._one()
        return condition

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > MOST_BRACKETS:
            raise _refused("括号套得太深。")
        try:
            if self._took("not"):
                return not_(self._one())
            if self._took("("):
                condition = self._either()
                self._expect(")")
                return condition
            if self._took("startswith"):
                return self._starts_with()
            return self._comparison()
        finally:
            self._depth -= 1

    def _starts_with(self) -> Condition:
        self._expect("(")
        name = self._operand()[1]
        self._expect(",")
        value = _literal(name, self._operand(), self._now)
        self._expect(")")
        if not isinstance(value, str):
            raise _refused("startswith 只能用于文字。")
        condition: Condition = COLUMNS[name].startswith(value, autoescape=True)
        return condition

    def _comparison(self) -> Condition:
        left = self._operand()
        kind, word = self._take()
        if kind != "name" or word not in COMPARISONS:
            raise _refused(f"应为 {'、'.join(COMPARISONS)} 之一，写的是“{word}”。")
        right = self._operand()
        if left[1] not in COLUMNS:
            # The literal first: the same the other way round.
            left, word, right = right, MIRRORED[word], left
        return COMPARISONS[word](COLUMNS.get(left[1]), _literal(left[1], right, self._now))

    def _operand(self) -> Token:
        token = self._take()
        if token == NOW:
            self._expect("(")
            self._expect(")")
        return token


def _literal(name: str, token: Token, now: datetime) -> Any:
    """What a column is compared with.

    Raises:
        InvalidInput: there is no such column, or it can't be compared with this.
    """
    kind, text = token
    if name not in COLUMNS:
        message = f"不能按“{name[:60]}”筛选；可用：{'、'.join(COLUMNS)}。"
        raise _refused(message)
    if token == NOW and name in MOMENTS:
        return now
    if kind == "moment" and name in MOMENTS:
        return _moment(text)
    if kind == "number" and name in NUMBERS and int(text) <= MAX_ID:
        return int(text)
    if kind == "text" and name not in MOMENTS | NUMBERS:
        return text[1:-1].replace("''", "'")
    raise _refused(f"{name} 不能与“{text}”相比。")


def _moment(text: str) -> datetime:
    """A moment; a day is its beginning in Asia/Shanghai."""
    try:
        if "T" not in text:
            return datetime.combine(date.fromisoformat(text), time(), LOCAL).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(f"没有“{text}”这个时间。") from error


def _refused(message: str) -> InvalidInput:
    return InvalidInput("filter_invalid", f"$filter 有误：{message}", errors={"$filter": [message]})
