"""A month as a ledger means it: days in Asia/Shanghai, `yyyy-mm`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ...clock import LOCAL


@dataclass(frozen=True)
class Month:
    """A calendar month; `after` is the first day that is no longer in it."""

    first: date
    after: date

    @classmethod
    def of(cls, text: str) -> "Month":
        """The month that `yyyy-mm` says.

        Raises:
            ValueError: it says none.
        """
        year, _, month = text.partition("-")
        if len(year) != 4 or len(month) != 2:
            raise ValueError("not yyyy-mm")
        first = date(int(year), int(month), 1)
        later = first + timedelta(days=31)
        return cls(first, later.replace(day=1))

    @property
    def last(self) -> date:
        return self.after - timedelta(days=1)

    @property
    def ends(self) -> datetime:
        """The moment (UTC) that it is over."""
        return _midnight(self.after)

    @property
    def begins(self) -> datetime:
        return _midnight(self.first)

    @property
    def before(self) -> str:
        """The month before, as `yyyy-mm`."""
        return f"{self.first - timedelta(days=1):%Y-%m}"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)
