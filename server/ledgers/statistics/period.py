"""The month that figures are of, and the day that they stand at."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ...clock import LOCAL
from ...errors import InvalidInput

MONTH = re.compile(r"(2[01]\d\d)-(0[1-9]|1[0-2])", re.ASCII)

# How many months a trend shows, and how far back the days to closure are looked at.
TREND_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """A month up to `until`: its last day, or today in the month that runs."""

    start: date
    until: date
    today: date

    @property
    def name(self) -> str:
        return f"{self.start:%Y-%m}"

    @property
    def year_start(self) -> date:
        return self.start.replace(month=1)

    @property
    def trend_start(self) -> date:
        """The first day of the months that a trend shows."""
        return shifted(self.start, 1 - TREND_MONTHS)

    @property
    def is_current(self) -> bool:
        """Whether what is known now is what stands at its end."""
        return self.until == self.today

    @property
    def began_at(self) -> datetime:
        return _midnight(self.start)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.until + timedelta(days=1))


def period_of(month: str | None, today: date) -> Period:
    """The period of a month written `2026-11`, by default the one that runs on `today`.

    Raises:
        InvalidInput: no month, or one that has not begun.
    """
    found = MONTH.fullmatch(month) if month else None
    if month and not found:
        raise _wrong("月份应写作 2026-11 这样。")
    start = date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)
    if start > today:
        raise _wrong("这个月还没有到。")
    return Period(start, min(today, shifted(start, 1) - timedelta(days=1)), today)


def shifted(first: date, months: int) -> date:
    """The first day of the month that is so many after that of another first day."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def _wrong(message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={"month": [message]})
