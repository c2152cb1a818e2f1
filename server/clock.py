"""The time, injected: a rule is handed a time, only the edge of the application asks for it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, with its zone."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that tests set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def local_date(at: datetime) -> date:
    """The calendar day in Xiaoyi (Asia/Shanghai) of a moment; deadlines are such days."""
    return at.astimezone(LOCAL).date()


def days_of_month(month: str) -> tuple[date, date]:
    """The first day of a month `yyyy-mm`, and that of the next."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1)
