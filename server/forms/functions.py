"""The functions that XForms has beyond XPath 1.0 (ODK XForms specification, "Functions").

On a value that makes no sense they give NaN or an empty text, as XPath does. Where there is no
answer at all (a pattern that is none, a power of zero) they raise.
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


def _calculation(calculate: Callable[..., float]) -> Callable[..., float]:
    """A calculation on numbers; raises ValueError or ArithmeticError where it is not defined."""
    return lambda *values: float(calculate(*map(number_of, values)))


def _round(value: Any, places: Any = 0) -> float:
    """Rounded half up, as XPath's own; with places, half away from zero, as JavaRosa."""
    number = number_of(value)
    if not math.isfinite(number):
        return number
    digits = _whole(places)
    if digits == 0:
        return float(math.floor(number + 0.5))
    try:
        unit = Decimal(1).scaleb(-digits)
        # As many digits as a number holds for sure: 2.345 is not to be taken for 2.34499….
        written = Decimal(f"{number:.15g}")
        return float((written / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit)
    except ArithmeticError:
        # More digits than a number has: there is nothing to round.
        return number


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
    """Those of the nodes in the repeat of this place; of a repeat within that, and so on."""
    chosen: etree._Element | None = None
    for repeats, index in zip(rows[::2], rows[1::2], strict=True):
        inside = [row for row in repeats if chosen is None or chosen in row.iterancestors()]
        place = _whole(index) - 1
        if not 0 <= place < len(inside):
            return []
        chosen = inside[place]
    return [node for node in nodes if any(above is chosen for above in node.iterancestors())]


def _checked(least: Any, most: Any, weights: Iterable[float]) -> bool:
    """Whether the sum of the weights is within the limits, of which -1 is none."""
    total, low, high = sum(weights), number_of(least), number_of(most)
    return (low < 0 or total >= low) and (high < 0 or total <= high)


def _instance(name: Any) -> list[etree._Element]:
    found = _evaluation.get().instances.get(text_of(name))
    return [] if found is None else [found]


def _date(value: Any) -> str:
    own = iso_date(text_of(value).strip())
    return date_of_days(number_of(value)) if own is None else own


# What depends on more than the form, so that it can't be recomputed here. The label of a choice
# is for display and is not kept.
VOLATILE = frozenset({"now", "today", "uuid", "random", "randomize", "once", "jr:choice-name"})

MATHEMATICS: Mapping[str, Callable[..., float]] = {
    "abs": abs, "sqrt": math.sqrt, "pow": math.pow, "exp": math.exp, "log": math.log,
    "log10": math.log10, "exp10": lambda value: 10.0**value, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan, "atan2": math.atan2,
}  # fmt: skip

PLAIN: Mapping[str, Callable[..., Any]] = {
    **{name: _calculation(function) for name, function in MATHEMATICS.items()},
    "pi": lambda: math.pi,
    "number": number_of,
    "int": _integer,
    "round": _round,
    "min": lambda *values: min(_numbers(values), default=NAN),
    "max": lambda *values: max(_numbers(values), default=NAN),
    "if": lambda test, yes, no: yes if truth_of(test) else no,
    "boolean-from-string": lambda value: text_of(value).strip() in ("1", "true"),
    "checklist": lambda least, most, *values: _checked(least, most, map(truth_of, values)),
    "weighted-checklist": lambda least, most, *pairs: _checked(
        least,
        most,
        (number_of(weight) for test, weight in zip(pairs[::2], pairs[1::2], strict=True)
         if truth_of(test)),
    ),
    "selected": lambda value, word: text_of(word).strip() in text_of(value).split(),
    "selected-at": _selected_at,
    "count-selected": lambda value: float(len(text_of(value).split())),
    "coalesce": lambda *values: next(filter(None, texts_of(values)), ""),
    "concat": lambda *values: "".join(texts_of(values)),
    "join": lambda between, *values: text_of(between).join(texts_of(values)),
    "regex": lambda value, pattern: bool(re.fullmatch(text_of(pattern), text_of(value))),
    "substr": _substring,
    "ends-with": lambda value, end: text_of(value).endswith(text_of(end)),
    "today": lambda: _evaluation.get().now.date().isoformat(),
    "now": lambda: _evaluation.get().now.isoformat(),
    "date": _date,
    "date-time": lambda value: text_of(value),
    "decimal-date-time": number_of,
    "format-date": lambda value, pattern: format_moment(text_of(value).strip(), text_of(pattern)),
    "format-date-time": lambda value, pattern: format_moment(
        text_of(value).strip(), text_of(pattern)
    ),
    "position": _position,
    "count-non-empty": lambda nodes: float(sum(1 for text in texts_of((nodes,)) if text)),
    "indexed-repeat": _indexed,
    "randomize": lambda nodes, _seed=None: nodes,
    "instance": _instance,
    "jr:choice-name": lambda value, _path: text_of(value),
    "once": lambda value: value,
    "uuid": lambda _length=None: str(uuid4()),
    "random": lambda: random.random(),  # noqa: S311
}  # fmt: skip


def _extension(function: Callable[..., Any]) -> Callable[..., Any]:
    """lxml hands its evaluation context first; these functions have no use for it."""

    def extension(_context: Any, *values: Any) -> Any:
        return function(*values)

    return extension


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: _extension(function) for name, function in PLAIN.items()
}
