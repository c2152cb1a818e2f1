"""The data types of the ODK XForms specification: does a text have the form of its type?"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from math import isfinite

from .moments import parse_date, parse_moment

DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")

_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]*)?"
GEOPOINT = re.compile(rf"\s*{_NUMBER}(?:\s+{_NUMBER}){{1,3}}\s*")


@dataclass(frozen=True)
class Geopoint:
    """A place in WGS-84 degrees, with metres of altitude and of accuracy where they are known."""

    latitude: float
    longitude: float
    altitude_m: float | None
    accuracy_m: float | None


def parse_geopoint(text: str) -> Geopoint | None:
    """A geopoint, `latitude longitude [altitude [accuracy]]`; None if it is none."""
    words = text.split()
    if not 2 <= len(words) <= 4:
        return None
    if not all(DECIMAL.fullmatch(word) for word in words):
        return None
    numbers = [float(word) for word in words]
    if not all(map(isfinite, numbers)) or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        return None
    altitude, accuracy = (*numbers[2:], None, None)[:2]
    if accuracy is not None and accuracy < 0:
        return None
    return Geopoint(numbers[0], numbers[1], altitude, accuracy)


def is_geopoint(text: str) -> bool:
    """Whether a text is written as a geopoint, be it on the earth or not: quick, for exports."""
    return bool(GEOPOINT.fullmatch(text))


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return bool(_TIME.fullmatch(text))


def _is_trace(text: str, least: int = 2) -> bool:
    points = [point for point in text.split(";") if point.strip()]
    return len(points) >= least and all(parse_geopoint(point) for point in points)


_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}[0-9:.,+\-Z]*")

FITS: Mapping[str, Callable[[str], bool]] = {
    "int": lambda text: bool(_INTEGER.fullmatch(text)),
    "decimal": lambda text: bool(DECIMAL.fullmatch(text)),
    # Some clients send a date with a time of day.
    "date": lambda text: (parse_date(text) or parse_moment(text)) is not None,
    "dateTime": lambda text: (parse_date(text) or parse_moment(text)) is not None,
    "time": _is_time,
    "geopoint": lambda text: parse_geopoint(text) is not None,
    "geotrace": _is_trace,
    "geoshape": lambda text: _is_trace(text, least=3),
}

CHINESE: Mapping[str, str] = {
    "int": "整数",
    "decimal": "数字",
    "date": "日期",
    "dateTime": "日期时间",
    "time": "时间",
    "geopoint": "位置",
    "geotrace": "线路",
    "geoshape": "范围",
}

# The names that other tools write for the same types.
SYNONYMS: Mapping[str, str] = {"integer": "int", "datetime": "dateTime"}


def misfit(kind: str, text: str) -> str:
    """What a text should have been, in Chinese; empty if it fits its type."""
    kind = SYNONYMS.get(kind, kind)
    fits = FITS.get(kind)
    return "" if fits is None or fits(text) else CHINESE[kind]
