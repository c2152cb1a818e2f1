"""The time, and the day that it is in Xiaoyi."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from server.clock import FixedClock, SystemClock, local_date


def test_the_systems_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()
    assert told.tzinfo is UTC
    assert before <= told <= datetime.now(UTC)


def test_a_fixed_clock_moves_by_hand_alone() -> None:
    clock = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.at += timedelta(days=1)
    assert clock.now() == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_xiaoyi(at: datetime, day: date) -> None:
    assert local_date(at) == day
