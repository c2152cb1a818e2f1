"""The functions that XForms has beyond XPath 1.0 (ODK XForms specification, "Functions").

They take whatever the client sent: on a value that makes no sense they give NaN or an empty text,
as XPath does, and don't raise.
"""

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

from lxml import etree

from .moments import date_of_days, days_of, format_moment, iso_date
from .types import DECIMAL

NAN = float("nan")
MOST_PLACES = 15


@dataclass(frozen=True)
class Evaluation:
    """What expressions may ask for besides the form: the local time, the secondary instances."""

    now: datetime
    instances: Mapping[str, etree._Element]


_evaluation: ContextVar[Evaluation] = ContextVar("evaluation")


@contextmanager
def evaluation(now: datetime, instances: Mapping[str, etree._Element]) -> Iterator[None]:
    """The surroundings in which the expressions of the block are evaluated."""
    token = _evaluation.set(Evaluation(now, instances))
    try:
        yield
    finally:
        _evaluation.reset(token)


def text_of(value: Any) -> str:
    """A value as text: that of the first node, a whole number without a point."""
    if isinstance(value, list):
        return text_of(value[0]) if value else ""
    if isinstance(value, etree._Element):
        return "".join(value.itertext())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isfinite(value):
            return str(int(value)) if value.is_integer() else str(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)


def texts_of(values: Iterable[Any]) -> list[str]:
    """The texts of all nodes and values."""
    flat: list[str] = []
    for value in values:
        flat += map(text_of, value) if isinstance(value, list) else [text_of(value)]
    return flat


def truth_of(value: Any) -> bool:
    """A value as a truth value: XPath's `boolean()`."""
    if isinstance(value, float):
        return not math.isnan(value) and value != 0
    return bool(value)


def number_of(value: Any) -> float:
    """A value as a number; a date as days since 1970, with the time of day as a fraction."""
    if isinstance(value, bool | int | float):
        return float(value)
    text = text_of(value).strip()
    days = days_of(text)
    if days is not None:
        return days
    return float(text) if DECIMAL.fullmatch(text) else NAN


def _numbers(values: Iterable[Any]) -> list[float]:
    return [number_of(text) for text in texts_of(values) if text.strip()]


def _whole(value: Any, otherwise: int = 0) -> int:
    number = number_of(value)
    return int(number) if math.isfinite(number) else otherwise


def _guarded(calculate: Callable[..., float]) -> Callable[..., float]:
    """A calculation that is NaN where it is not defined."""

    def guarded(*values: Any) -> float:
        try:
            # A negative number to a broken power is complex, which `float` refuses.
            return float(calculate(*map(number_of, values)))
        except (ArithmeticError, ValueError, TypeError):
            return NAN

    return guarded


def _power(base: float, exponent: float) -> Any:
    return base**exponent


def _round(value: Any, places: Any = 0) -> float:
    """Rounded half up, as XPath's own; with places, half away from zero, as JavaRosa."""
    number = number_of(value)
    if not math.isfinite(number):
        return number
    digits = _whole(places)
    if digits == 0:
        return float(math.floor(number + 0.5))
    unit = Decimal(1).scaleb(-max(-MOST_PLACES, min(digits, MOST_PLACES)))
    exact = Decimal(repr(number))
    if exact and exact.adjusted() - unit.adjusted() > 2 * MOST_PLACES:
        # More digits than a float has: rounding changes nothing.
        return number
    return float((exact / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit)


def _integer(value: Any) -> float:
    number = number_of(value)
    return float(math.trunc(number)) if math.isfinite(number) else NAN


def _selected_at(value: Any, index: Any) -> str:
    words = text_of(value).split()
    place = _whole(index, otherwise=-1)
    return words[place] if 0 <= place < len(words) else ""


def _substring(value: Any, start: Any, end: Any = None) -> str:
    return text_of(value)[_whole(start) : None if end is None else _whole(end)]


def _position(node: Any) -> float:
    """The place of a repeat among its like, from 1."""
    if not isinstance(node, list) or not node or not isinstance(node[0], etree._Element):
        return NAN
    return float(1 + sum(1 for _ in node[0].itersiblings(str(node[0].tag), preceding=True)))


def _indexed(nodes: list[etree._Element], *rows: Any) -> list[etree._Element]:
    """Those of the nodes that stand in the repeat of this place, or in that of that, and so on."""
    for repeats, index in zip(rows[::2], rows[1::2], strict=True):
        inside = [each for each in repeats if not rows_above(each) or each in rows_above(each)]
        place = _whole(index) - 1
        chosen = inside[place] if 0 <= place < len(inside) else None
        nodes = [node for node in nodes if chosen is not None and chosen in node.iterancestors()]
    return nodes


def _checked(least: Any, most: Any, weights: Iterable[float]) -> bool:
    """Whether the sum of the weights is within the limits, of which -1 is none."""
    total, low, high = sum(weights), number_of(least), number_of(most)
    return (low < 0 or total >= low) and (high < 0 or total <= high)


def _instance(name: Any) -> list[etree._Element]:
    found = _evaluation.get().instances.get(text_of(name))
    return [] if found is None else [found]
