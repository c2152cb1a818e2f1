"""Every figure once more, by plain Python over whole histories: slow, and easy to be sure of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from server.glossary import CAN_BE_OVERDUE, OPEN_STATES, Level, State
from server.hazards.facts import Facts
from server.hazards.five import Part
from server.hazards.views import five_parts
from server.ledgers.statistics.period import TREND_MONTHS, Period, shifted
from tests.ledgers.histories import History

UNASSIGNED = {State.REPORTED, State.RETURNED, State.REGISTERED}


@dataclass(frozen=True)
class Known:
    """A hazard at a period's end; its area, sector and grade are those of now."""

    then: Facts
    now: Facts

    @property
    def is_open(self) -> bool:
        return self.then.state in OPEN_STATES

    @property
    def is_major(self) -> bool:
        return self.now.level is Level.MAJOR

    @property
    def planned(self) -> bool:
        in_hand = self.is_open and self.then.state not in UNASSIGNED
        return in_hand and not self.then.fixed_on_spot

    @property
    def listed(self) -> bool:
        return self.is_open and self.then.listing is not None and not self.then.delisted

    def parts(self, day: date) -> set[Part]:
        return {Part(each["part"]) for each in five_parts(self.then, day) if each["in_place"]}


def known_at(histories: Sequence[History], period: Period) -> list[Known]:
    found = []
    for history in histories:
        then = history.then(period.ends_at)
        if then and then.state is not State.VOID and then.found_on <= period.until:
            found.append(Known(then, history.facts[-1]))
    return found


def line(known: Sequence[Known], period: Period) -> dict[str, Any]:
    """A line of the statistics, without its rates in per cent."""
    month = [each for each in known if each.then.found_on >= period.start]
    year = [each for each in known if each.then.found_on >= period.year_start]
    closed = [each for each in known if each.then.closed_on]
    lately = [each.then for each in closed if each.then.closed_on >= period.trend_start]
    planned = [each for each in known if each.planned]
    approved = [each for each in year if each.then.plan_approved]
    late = [
        each
        for each in known
        if each.then.state in CAN_BE_OVERDUE
        and each.then.deadline
        and each.then.deadline < period.until
    ]
    days = [(each.closed_on - each.found_on).days for each in lately]
    return {
        "open": sum(each.is_open for each in known),
        "overdue": len(late) if period.is_current else None,
        "listed": sum(each.listed for each in known),
        "found": len(month),
        "closed": sum(each.then.closed_on >= period.start for each in closed),
        "closure_rate": (sum(each in closed for each in month), len(month)),
        "year_found": len(year),
        "year_closed": sum(each in closed for each in year),
        "median_days": float(median(days)) if days else None,
        "closures": len(days),
        "planned": len(planned),
        "five": sum(len(each.parts(period.until)) == len(Part) for each in planned),
        "parts": {part: sum(part in each.parts(period.until) for each in planned) for part in Part},
        "funds_yuan": sum(
            (
                Decimal(each.then.plan["funds"]["amount_yuan"])
                for each in approved
                if each.then.plan
            ),
            Decimal(0),
        ),
    }


def national(known: Sequence[Known], period: Period) -> dict[str, Any]:
    """A line of the national reports."""
    year = [each for each in known if each.then.found_on >= period.year_start]
    majors = [each for each in year if each.is_major]
    general = [each for each in year if not each.is_major]
    planned = [each for each in majors if each.planned]
    listed = [each for each in majors if each.listed]
    named = {(each.now.site_id, "" if each.now.site_id else each.now.site_name) for each in year}
    fixed = {State.AWAITING_CLOSURE, State.CLOSED}
    return {
        "units": len(named - {(None, "")}),
        "general_found": len(general),
        "general_fixed": sum(each.then.state in fixed for each in general),
        "suspected": sum(each.now.level is Level.SUSPECTED_MAJOR for each in general),
        "major_found": len(majors),
        "major_closed": sum(each.then.state is State.CLOSED for each in majors),
        "major_carried": sum(
            each.is_open and each.is_major and each.then.found_on < period.year_start
            for each in known
        ),
        "planned": len(planned),
        "five": sum(len(each.parts(period.until)) == len(Part) for each in planned),
        "parts": {
            part.value: sum(part in each.parts(period.until) for each in planned) for part in Part
        },
        "listed": len(listed),
        "listed_by_province": sum("省" in (each.now.listing or {})["rank"] for each in listed),
        "funds_10k": line(known, period)["funds_yuan"] / 10_000,
    }


def trend(known: Sequence[Known], period: Period) -> list[dict[str, Any]]:
    firsts = [shifted(period.start, back) for back in range(1 - TREND_MONTHS, 1)]
    months = []
    for first in firsts:
        following = shifted(first, 1)

        def within(day: date | None, first: date = first, end: date = following) -> bool:
            return day is not None and first <= day < end

        months.append(
            {
                "month": f"{first:%Y-%m}",
                "found": sum(within(each.then.found_on) for each in known),
                "closed": sum(within(each.then.closed_on) for each in known),
                "open": sum(
                    each.then.found_on < following
                    and not (each.then.closed_on and each.then.closed_on < following)
                    for each in known
                ),
            }
        )
    return months


def by(known: Sequence[Known], key: Callable[[Known], Any]) -> dict[Any, list[Known]]:
    groups: dict[Any, list[Known]] = {}
    for each in known:
        groups.setdefault(key(each), []).append(each)
    return groups
