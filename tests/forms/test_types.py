"""Values as the ODK XForms specification writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.forms.moments import (
    date_of_days,
    days_of,
    format_moment,
    iso_date,
    parse_date,
    parse_moment,
)
from server.forms.types import FITS, Geopoint, misfit, parse_geopoint


def test_a_geopoint_has_what_was_measured() -> None:
    assert parse_geopoint("37.1 111.7 760.5 8") == Geopoint(37.1, 111.7, 760.5, 8.0)
    assert parse_geopoint(" -90  180 ") == Geopoint(-90.0, 180.0, None, None)
    assert parse_geopoint("1 2 -3") == Geopoint(1.0, 2.0, -3.0, None)


@pytest.mark.parametrize(
    "text", ["", "1", "1 2 3 4 5", "90.1 0", "0 -180.1", "nan 1", "1_0 2", "１ 2", "1 2 3 -1",
             f"1 2 {'9' * 400}", "1,2"]
)  # fmt: skip
def test_what_is_no_geopoint(text: str) -> None:
    assert parse_geopoint(text) is None


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        ("integer", "12", True),
        ("integer", "1.0", False),
        ("date", "2026-11-23T00:00:00.000+08:00", True),
        ("date", "2026-11-23x", False),
        ("date", "20261123", False),
        ("date", "2026-02-30", False),
        ("datetime", "2026-11-23T09:00:00Z", True),
        ("dateTime", "2026-11-23T24:30", False),
        ("dateTime", "2026-11-23 09:00", False),
        ("time", "09:00:00.000+08:00", True),
        ("time", "0900", False),
        ("time", "24:01", False),
        ("geoshape", "1 2;3 4", False),
        ("geoshape", "1 2;3 4;1 2;", True),
        ("string", "anything", True),
        ("a type to come", "anything", True),
    ],
)
def test_a_text_fits_its_type_or_not(kind: str, text: str, fits: bool) -> None:
    assert (misfit(kind, text) == "") is fits


@given(st.sampled_from(sorted(FITS)), st.text(max_size=40))
def test_any_text_fits_or_does_not(kind: str, text: str) -> None:
    assert isinstance(misfit(kind, text), str)


@given(st.dates())
def test_days_and_dates_are_the_same(day: date) -> None:
    days = days_of(day.isoformat())
    assert days is not None
    assert date_of_days(days) == date_of_days(days + 0.99) == day.isoformat()
    assert days_of("1970-01-01") == 0


@given(st.datetimes(), st.integers(-14, 14))
def test_the_same_moment_is_the_same_day_whatever_its_offset(at: datetime, hours: int) -> None:
    sign = "-" if hours < 0 else "+"
    try:
        moved = at + timedelta(hours=hours - 8)
    except OverflowError:
        return
    here, there = f"{at.isoformat()}+08:00", f"{moved.isoformat()}{sign}{abs(hours):02d}:00"
    assert days_of(here) == pytest.approx(days_of(there), abs=1e-6)


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "2026-11-23T99:00", "2026-11-23 09:00"])
def test_what_is_no_moment(text: str) -> None:
    assert parse_date(text) is parse_moment(text) is days_of(text) is iso_date(text) is None
    assert format_moment(text, "%Y") == ""


def test_the_ends_of_the_calendar_do_no_harm() -> None:
    assert days_of("0001-01-01T00:00:00+14:00") is None
    assert date_of_days(float("nan")) == date_of_days(1e300) == date_of_days(-1e9) == ""
    assert date_of_days(float("inf")) == ""


def test_a_moment_is_written_on_its_own_clock() -> None:
    at = "2026-01-05T07:08:09.012+00:00"
    assert iso_date("2026-01-05T23:30:00.000-05:00") == "2026-01-05"
    assert format_moment(at, "%y/%n/%e %H:%M:%S.%3 %h %q %") == "26/1/5 07:08:09.012 7 %q %"
    assert format_moment("2026-01-05", "%Y-%m-%d %H") == "2026-01-05 00"
