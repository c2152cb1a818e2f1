"""A month as a ledger means it: days in Asia/Shanghai, `yyyy-mm`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ...clock import LOCAL

MONTH = re.compile(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])")


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
        said = MONTH.fullmatch(text)
        if said is None:
            raise ValueError("not yyyy-mm")
        first = date(int(said[1]), int(said[2]), 1)
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
