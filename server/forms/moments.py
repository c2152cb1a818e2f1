"""Dates and times as the ODK XForms specification writes them: ISO 8601, days counted from 1970.

A date, or a time without an offset, is taken in Asia/Shanghai: the phone that filled the form in
was there.
"""

import math
import re
from datetime import date, datetime, timedelta

from ..clock import LOCAL

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local days are counted on the wall clock.
DAY = timedelta(days=1)

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}[0-9:.,+\-Z]*")


def parse_date(text: str) -> date | None:
    """A date, `2026-11-23`; None if it is none."""
    try:
        return date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """A date-time, with its own offset or else that of Asia/Shanghai; None if it is none."""
    try:
        moment = datetime.fromisoformat(text) if ISO_MOMENT.fullmatch(text) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=LOCAL) if moment is not None and moment.tzinfo is None else moment


def days_of(text: str) -> float | None:
    """Days from 1970 to a date or date-time, both in Asia/Shanghai; None if it is neither."""
    day = parse_date(text)
    if day is not None:
        return float((day - EPOCH.date()).days)
    moment = parse_moment(text)
    if moment is None:
        return None
    try:
        return (moment.astimezone(LOCAL).replace(tzinfo=None) - EPOCH) / DAY
    except OverflowError:
        # The first and the last day of the calendar have no other zones.
        return None


def date_of_days(days: float) -> str:
    """The ISO date of so many days from 1970; empty if the calendar has no such day."""
    try:
        return (EPOCH + timedelta(days=math.floor(days))).date().isoformat()
    except (OverflowError, ValueError):
        return ""


def iso_date(text: str) -> str | None:
    """The date that a date or date-time names, on its own clock; None if it is neither."""
    found = parse_date(text) or parse_moment(text)
    return None if found is None else f"{found:%Y-%m-%d}"


def format_moment(text: str, pattern: str) -> str:
    """A date or date-time as `format-date` writes it, on its own clock; empty if it is none."""
    day = parse_date(text)
    moment = parse_moment(text) if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001
    if moment is None:
        return ""
    written = {
        "%Y": f"{moment.year:04d}", "%y": f"{moment:%y}", "%m": f"{moment:%m}",
        "%n": str(moment.month), "%d": f"{moment:%d}", "%e": str(moment.day),
        "%H": f"{moment:%H}", "%h": str(moment.hour), "%M": f"{moment:%M}", "%S": f"{moment:%S}",
        "%3": f"{moment.microsecond // 1000:03d}", "%b": f"{moment:%b}", "%a": f"{moment:%a}",
    }  # fmt: skip
    return re.sub(r"%.", lambda found: written.get(found[0], found[0]), pattern)
