"""Months, `yyyy-mm`, as Xiaoyi's calendar has them (Asia/Shanghai)."""

import re
from datetime import date, datetime, timedelta

from ...clock import LOCAL, local_date
from ...errors import InvalidInput
from ...hazards.audit import SETTLED_AFTER
from ...hazards.movements import month_of

MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


def read_month(text: str, now: datetime) -> str:
    """A month that has begun.

    Raises:
        InvalidInput: not a month, or one to come.
    """
    if not MONTH.fullmatch(text):
        message = "月份应写作 2026-11 这样。"
    elif text > month_of(local_date(now)):
        message = f"{in_words(text)}还没有开始。"
    else:
        return text
    raise InvalidInput("invalid_input", message, errors={"month": [message]})


def following(month: str) -> str:
    """
    >>> following("2026-12")
    '2027-01'
    """
    return month_of(_first(month) + timedelta(days=31))


def in_words(month: str) -> str:
    """
    >>> in_words("2026-09")
    '2026年9月'
    """
    first = _first(month)
    return f"{first.year}年{first.month}月"


def settled_at(month: str) -> datetime:
    """The moment from which on nothing can be recorded in a month any more."""
    first = _first(following(month))
    return datetime(first.year, first.month, first.day, tzinfo=LOCAL) + SETTLED_AFTER


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
