"""The data types of the ODK XForms specification: does a text have the form of its type?"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from math import isfinite


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
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    if not all(map(isfinite, numbers)) or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        return None
    altitude, accuracy = (*numbers[2:], None, None)[:2]
    if accuracy is not None and accuracy < 0:
        return None
    return Geopoint(numbers[0], numbers[1], altitude, accuracy)


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return fits


def _is_trace(text: str) -> bool:
    points = [point for point in text.split(";") if point.strip()]
    return len(points) >= 2 and all(parse_geopoint(point) for point in points)


_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")

FITS: Mapping[str, Callable[[str], bool]] = {
    "int": lambda text: bool(_INTEGER.fullmatch(text)),
    "decimal": lambda text: bool(_DECIMAL.fullmatch(text)),
    "date": lambda text: len(text) >= 10 and _parses(date.fromisoformat)(text[:10]),
    "dateTime": _parses(datetime.fromisoformat),
    "time": _parses(time.fromisoformat),
    "geopoint": lambda text: parse_geopoint(text) is not None,
    "geotrace": _is_trace,
    "geoshape": _is_trace,
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
