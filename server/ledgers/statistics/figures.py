"""Figures put together from counts: totals, townships with their ranks, sectors, months.

Plain values for the schemas. A rate has its numerator and denominator; of nothing there is no rate.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from ...glossary import Level
from ...hazards.five import CHINESE, Part
from ...hazards.models import Hazard
from ...hazards.queries import Condition
from ...places.codes import township_part
from . import counts
from .counts import Cell
from .period import Period, shifted

Key = Callable[[Cell], str | None]

TENTH = Decimal("0.1")
YUAN_OF_10K = Decimal(10_000)


@dataclass(frozen=True)
class Named:
    """The names of lines, in order: townships by the digits of their code, and sectors.

    `shown` are those that have a line even where there is nothing. Others have one where something
    is counted, so that the lines of either kind come to the total.
    """

    townships: Mapping[str, str]
    sectors: Mapping[str, str]
    shown: frozenset[str]


def one_decimal(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """A quotient with one decimal, halves rounded up; None where the denominator is 0."""
    if not denominator:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(TENTH, ROUND_HALF_UP)


def rate(numerator: int, denominator: int) -> dict[str, Any]:
    """A rate in per cent with what it is of.

    >>> rate(2, 3)["percent"]
    Decimal('66.7')
    """
    percent = one_decimal(numerator * 100, denominator)
    return {"numerator": numerator, "denominator": denominator, "percent": percent}


class Figures:
    """All figures of a scope and period, from one view of the database."""

    def __init__(self, session: Session, scope: Condition, period: Period, named: Named) -> None:
        self.period = period
        self.named = named
        self._cells = [
            *counts.counted(session, scope, period),
            *counts.listed(session, scope, period),
            *counts.planned(session, scope, period),
        ]
        self._funds = counts.funds(session, scope, period)
        self._units, self._all_units = counts.units(session, scope, period)
        medians = counts.days_to_closure(session, scope, period)
        self._medians = {(each.by, each.key): each for each in medians}
        self._months = counts.by_month(session, scope, period)

    def totals(self) -> dict[str, Any]:
        everything = self._of(self._cells)
        return everything | self._median("all", "") | {"national": self.national()}

    def townships(self) -> list[dict[str, Any]]:
        """Every township in the scope, zeros too, with its rank by the year's closure rate.

        Last, where there are any, the hazards of no township but of the city itself, without rank.
        """
        lines = self._grouped(lambda cell: cell.township)
        found = [
            {"area": f"{digits}000", "name": name}
            | self._of(lines.get(digits, ()))
            | self._median("township", digits)
            for digits, name in self.named.townships.items()
            if digits in self.named.shown
            or digits in lines
            or ("township", digits) in self._medians
        ]
        return _ranked(found)

    def sectors(self) -> list[dict[str, Any]]:
        """Every sector in the scope, zeros too; last, where there are any, those of none yet."""
        lines = self._grouped(lambda cell: cell.sector)
        return [
            {"sector": code, "name": name}
            | self._of(lines.get(code, ()))
            | self._median("sector", code)
            | {"national": self.national_of(code)}
            for code, name in self.named_sectors()
        ]

    def named_sectors(self) -> list[tuple[str | None, str]]:
        """The sectors that have a line, with their names."""
        counted = {cell.sector for cell in self._cells}
        counted |= {key for by, key in self._medians if by == "sector"}
        named: list[tuple[str | None, str]] = [*self.named.sectors.items(), (None, "未定行业")]
        return [(code, name) for code, name in named if code in counted | self.named.shown]

    def trend(self) -> list[dict[str, Any]]:
        """Month by month what was found and struck off, and what was open at each one's end."""
        still_open = _sum(self._cells)["open"]
        months = []
        first = self.period.start
        while first >= self.period.trend_start:
            counted = self._months.get((first.year, first.month), {})
            found, closed = counted.get("found_on", 0), counted.get("closed_on", 0)
            months.append(
                {"month": f"{first:%Y-%m}", "found": found, "closed": closed, "open": still_open}
            )
            still_open += closed - found
            first = shifted(first, -1)
        return months[::-1]

    def national(self) -> dict[str, Any]:
        """The total of the national monthly reports, from 1 January on."""
        return self._national(lambda sector: True, self._all_units)

    def national_of(self, code: str | None) -> dict[str, Any]:
        """One sector's line of them."""
        return self._national(lambda sector: sector == code, self._units.get(code, 0))

    def _national(self, of: Callable[[str | None], bool], units: int) -> dict[str, Any]:
        cells = [cell for cell in self._cells if of(cell.sector)]
        major = _sum(cell for cell in cells if cell.level is Level.MAJOR)
        general = _sum(cell for cell in cells if cell.level is not Level.MAJOR)
        suspected = _sum(cell for cell in cells if cell.level is Level.SUSPECTED_MAJOR)
        yuan = (amount for (_, sector), amount in self._funds.items() if of(sector))
        return {
            "units": units,
            "general_found": general["year_found"],
            "general_fixed": general["year_fixed"],
            "general_rate": one_decimal(general["year_fixed"] * 100, general["year_found"]),
            "suspected": suspected["year_found"],
            "major_found": major["year_found"],
            "major_closed": major["year_closed"],
            "major_rate": one_decimal(major["year_closed"] * 100, major["year_found"]),
            "major_carried": major["carried"],
            "planned": major["year_planned"],
            "five": major["year_five"],
            "parts": {part.value: major[f"year_{part.value}"] for part in Part},
            "listed": major["year_listed"],
            "listed_by_province": major["year_listed_by_province"],
            "funds_10k": sum(yuan, Decimal(0)) / YUAN_OF_10K,
        }

    def _grouped(self, key: Key) -> dict[Any, list[Cell]]:
        """The cells of each line."""
        groups: dict[Any, list[Cell]] = {}
        for cell in self._cells:
            groups.setdefault(key(cell), []).append(cell)
        return groups

    def _of(self, cells: Sequence[Cell]) -> dict[str, Any]:
        found = _sum(cells)
        kinds = {(cell.township, cell.sector) for cell in cells}
        return {
            "open": found["open"],
            "overdue": found["overdue"] if self.period.is_current else None,
            "listed": found["listed"],
            "found": found["found"],
            "closed": found["closed"],
            "closure_rate": rate(found["found_and_closed"], found["found"]),
            "year_found": found["year_found"],
            "year_closed": found["year_closed"],
            "year_closure_rate": rate(found["year_closed"], found["year_found"]),
            "five": {
                "planned": found["planned"],
                "in_place": found["five"],
                "parts": [
                    {"part": part.value, "name": CHINESE[part], "in_place": found[part.value]}
                    for part in Part
                ],
            },
            "funds_yuan": sum((self._funds.get(kind, Decimal(0)) for kind in kinds), Decimal(0)),
        }

    def _median(self, by: str, key: str | None) -> dict[str, Any]:
        found = self._medians.get((by, key))
        if found is None or not found.number:
            return {"median_days": None, "closures": 0}
        middle = one_decimal(found.lower + found.upper, 2)
        return {"median_days": middle, "closures": int(found.number)}


def days_left(hazard: Hazard, today: date) -> int | None:
    """How many days a hazard under listing has until its deadline; negative when it is past."""
    listed_until = (hazard.listing or {}).get("deadline")
    deadline = hazard.deadline or (date.fromisoformat(listed_until) if listed_until else None)
    return (deadline - today).days if deadline else None


def _ranked(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With `rank`: by the year's closure rate, then by what is overdue.

    What has nothing has none, nor has the city, which is no township.
    """

    def order(line: Mapping[str, Any]) -> tuple[Fraction, int]:
        of = line["year_closure_rate"]
        return (-Fraction(of["numerator"], of["denominator"]), line["overdue"] or 0)

    def has_rank(line: Mapping[str, Any]) -> bool:
        return bool(line["year_found"]) and township_part(line["area"]) != "000"

    places = sorted(order(line) for line in lines if has_rank(line))
    return [
        line | {"rank": places.index(order(line)) + 1 if has_rank(line) else None} for line in lines
    ]


def _sum(cells: Iterable[Cell]) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell.counts)
    return total
