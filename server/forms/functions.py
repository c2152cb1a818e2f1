"""The functions that XForms has beyond XPath 1.0 (ODK XForms specification, "Functions")."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from lxml import etree

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def texts_of(values: tuple[Any, ...]) -> list[str]:
    """The texts of all nodes and values."""
    flat: list[str] = []
    for value in values:
        flat += map(text_of, value) if isinstance(value, list) else [text_of(value)]
    return flat


def number_of(value: Any) -> float:
    """A value as a number; a date as days since 1970, with the time of day as a fraction."""
    if isinstance(value, bool | int | float):
        return float(value)
    text = text_of(value).strip()
    if ISO_DAY.match(text):
        days = days_of(text)
        return float("nan") if days is None else days
    try:
        return float(text)
    except ValueError:
        return float("nan")


def days_of(text: str) -> float | None:
    """Days since 1970 of an ISO date or date-time; None if it is none."""
    try:
        if len(text) == 10:
            return float((date.fromisoformat(text) - EPOCH.date()).days)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - EPOCH) / timedelta(days=1)


def _day_text(days: float) -> str:
    return "" if days != days else (EPOCH + timedelta(days=int(days))).date().isoformat()


def _truth(value: Any) -> bool:
    if isinstance(value, float):
        return value == value and value != 0
    return bool(value)


def _numbers(values: tuple[Any, ...]) -> list[float]:
    return [number_of(text) for text in texts_of(values) if text.strip()]


def _now() -> datetime:
    return _evaluation.get().now


def _selected_at(value: Any, index: float) -> str:
    words = text_of(value).split()
    return words[int(index)] if 0 <= index < len(words) else ""


def _position(node: list[etree._Element] | None) -> float:
    """The place of a repeat among its like, from 1."""
    if not node:
        return float("nan")
    return float(1 + len(list(node[0].itersiblings(str(node[0].tag), preceding=True))))


def _round(value: Any, places: float = 0) -> float:
    number = number_of(value)
    return number if number != number else float(round(number, int(places)))


def _format_date(value: Any, pattern: Any) -> str:
    days = days_of(text_of(value))
    if days is None:
        return ""
    moment = EPOCH + timedelta(days=days)
    written = {
        "%Y": f"{moment:%Y}", "%y": f"{moment:%y}", "%m": f"{moment:%m}", "%n": str(moment.month),
        "%d": f"{moment:%d}", "%e": str(moment.day), "%H": f"{moment:%H}", "%h": str(moment.hour),
        "%M": f"{moment:%M}", "%S": f"{moment:%S}", "%3": f"{moment.microsecond // 1000:03d}",
    }  # fmt: skip
    return re.sub(r"%.", lambda found: written.get(found[0], found[0]), text_of(pattern))


def _instance(name: Any) -> list[etree._Element]:
    found = _evaluation.get().instances.get(text_of(name))
    return [] if found is None else [found]


def _choice_name(value: Any, _path: Any) -> str:
    """The label of a choice: only for display, so the value itself does."""
    return text_of(value)


# What depends on more than the form, so that it can't be recomputed here.
VOLATILE = frozenset({"now", "today", "uuid", "random", "once", "jr:choice-name"})

PLAIN: Mapping[str, Callable[..., Any]] = {
    "number-of": number_of,
    "if": lambda test, yes, no: yes if _truth(test) else no,
    "selected": lambda value, word: text_of(word).strip() in text_of(value).split(),
    "selected-at": _selected_at,
    "count-selected": lambda value: float(len(text_of(value).split())),
    "coalesce": lambda *values: next(filter(None, texts_of(values)), ""),
    "concat": lambda *values: "".join(texts_of(values)),
    "join": lambda between, *values: text_of(between).join(texts_of(values)),
    "regex": lambda value, pattern: bool(re.fullmatch(text_of(pattern), text_of(value))),
    "today": lambda: _now().date().isoformat(),
    "now": lambda: _now().isoformat(),
    "date": lambda value: _day_text(number_of(value)),
    "date-time": lambda value: text_of(value),
    "decimal-date-time": number_of,
    "format-date": _format_date,
    "format-date-time": _format_date,
    "int": lambda value: float(int(number_of(value))) if number_of(value) == number_of(value)
    else float("nan"),
    "round": _round,
    "pow": lambda base, exponent: number_of(base) ** number_of(exponent),
    "min": lambda *values: min(_numbers(values), default=float("nan")),
    "max": lambda *values: max(_numbers(values), default=float("nan")),
    "substr": lambda value, start, end=None: text_of(value)[
        int(start) : None if end is None else int(end)
    ],
    "ends-with": lambda value, end: text_of(value).endswith(text_of(end)),
    # `position()` is XPath's own; with a node it is XForms' (see `xpath`).
    "position-of": _position,
    "once": lambda value: value,
    "uuid": lambda: str(uuid4()),
    "random": lambda: random.random(),  # noqa: S311
    "boolean-from-string": lambda value: text_of(value).strip() in ("1", "true"),
    "count-non-empty": lambda nodes: float(sum(1 for text in texts_of((nodes,)) if text)),
    "checklist": lambda least, most, *values: _checked(least, most, values),
    "instance": _instance,
    "current": lambda: [],
    "jr:choice-name": _choice_name,
}  # fmt: skip


def _checked(least: float, most: float, values: tuple[Any, ...]) -> bool:
    count = sum(map(_truth, values))
    return (least < 0 or count >= least) and (most < 0 or count <= most)


def _extension(function: Callable[..., Any]) -> Callable[..., Any]:
    """lxml hands its evaluation context first; these functions have no use for it."""

    def extension(_context: Any, *values: Any) -> Any:
        return function(*values)

    return extension


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: _extension(function) for name, function in PLAIN.items()
}
