"""How areas stand: what is open, late, new and struck off in each, for a map coloured by it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...glossary import OPEN_STATES, AreaKind, Level, State
from ...hazards.filters import filters_of, matching
from ...hazards.models import Hazard
from ...hazards.queries import Condition, overdue_on, visible_to
from ...people.permissions import Actor, Permission, Permissions
from ...places.codes import ENDS, is_within, prefix
from ...places.models import Area
from ..ready.questions import sight_of
from ..statistics.figures import rate
from ..statistics.freshness import etag_of
from ..statistics.period import period_of

FIGURES = ("open", "overdue", "majors", "found", "closed", "year_found", "year_closed")


# What offices look at every day, the same for all who see the same; kept ready.
KEPT = frozenset({"area", "by", "sector", "level", "state"})


class By(StrEnum):
    """What a line is."""

    TOWNSHIP = "township"
    VILLAGE = "village"


DIGITS = {By.TOWNSHIP: ENDS[3], By.VILLAGE: ENDS[4]}


def answering(
    session: Session,
    actor: Actor,
    query: Mapping[str, Any],
    permissions: Permissions,
    today: date,
) -> "AreasAnswer":
    """How the areas stand of what a parsed query asks for (`ready.questions.Maker`)."""
    return AreasAnswer(session, actor, query, permissions, today)


class AreasAnswer:
    """The answer in one view of the database: its tag first, the figures if they are wanted.

    Raises:
        InvalidInput: there is no such area.
    """

    def __init__(
        self,
        session: Session,
        actor: Actor,
        query: Mapping[str, Any],
        permissions: Permissions,
        today: date,
    ) -> None:
        self._session = session
        # Some filters are the caller's own.
        who = 0 if query.keys() <= KEPT else actor.id
        self._sight = (who, sight_of(actor, permissions))
        self._query = query
        self._period = period_of(None, today)
        self._area = query.get("area") or actor.area_code
        is_small = len(prefix(self._area)) >= ENDS[3]
        self._by = By(query.get("by") or (By.VILLAGE if is_small else By.TOWNSHIP))
        self._scope = and_(
            visible_to(actor, Permission.READ_HAZARDS, permissions),
            matching(filters_of(query, today, actor), permissions),
        )
        found = session.get(Area, self._area)
        if found is None:
            message = "没有这个区划。"
            raise InvalidInput("invalid_input", message, errors={"area": [message]})
        self._area_name = found.name
        self._names = self._named(actor)

    def etag(self) -> str:
        """Changes whenever the answer may."""
        asked = sorted((name, str(value)) for name, value in self._query.items())
        names = tuple(self._names.items())
        others = (self._sight, asked, self._period, self._by, self._area_name, names)
        return etag_of(self._session, others)

    def value(self) -> dict[str, Any]:
        """The answer, as `schemas.MapAreasSchema` has it."""
        counted = self._counted()
        codes = [*self._names, *(code for code in counted if code not in self._names)]
        lines = [self._line(code, counted.get(code, {})) for code in codes]
        lines.sort(key=lambda line: (-line["overdue"], -line["open"], line["area"]))
        totals = {name: sum(of[name] for of in counted.values()) for name in FIGURES}
        return {
            "by": self._by.value,
            "month": self._period.name,
            "area": self._area,
            "area_name": self._area_name,
            "totals": _figures(totals),
            "without_place": self._without_place(),
            "items": lines,
        }

    def _named(self, actor: Actor) -> dict[str, str]:
        """The areas that have a line even where there is nothing: those asked for that one sees."""
        kind = AreaKind.TOWNSHIP if self._by is By.TOWNSHIP else AreaKind.VILLAGE
        query = select(Area.code, Area.name).where(Area.kind == kind.value).order_by(Area.code)
        return {
            code: name
            for code, name in self._session.execute(query)
            if _meet(code, self._area) and _meet(code, actor.area_code)
        }

    def _counted(self) -> dict[str, dict[str, int]]:
        """The figures of each area in which anything is counted."""
        month, year = self._period.start, self._period.year_start
        is_open = Hazard.state.in_(sorted(OPEN_STATES))
        closed = Hazard.state == State.CLOSED.value
        found = Hazard.state != State.VOID.value
        conditions: dict[str, Condition] = {
            "open": is_open,
            "overdue": overdue_on(self._period.today),
            "majors": and_(is_open, Hazard.level == Level.MAJOR.value),
            "found": and_(found, Hazard.found_on >= month),
            "closed": and_(closed, Hazard.closed_on >= month),
            "year_found": and_(found, Hazard.found_on >= year),
            "year_closed": and_(closed, Hazard.found_on >= year),
        }
        counts = [func.count().filter(conditions[name]).label(name) for name in FIGURES]
        # Of what was found and struck off before, nothing is counted.
        recent = or_(Hazard.found_on >= year, Hazard.closed_on >= month, Hazard.closed_on.is_(None))
        digits: ColumnElement[str] = func.substr(Hazard.area_code, 1, DIGITS[self._by])
        query = select(digits, *counts).where(self._scope, recent).group_by(digits)
        return {
            row[0].ljust(ENDS[-1], "0"): dict(zip(FIGURES, row[1:], strict=True))
            for row in self._session.execute(query)
            if any(row[1:])
        }

    def _without_place(self) -> int:
        nowhere = and_(Hazard.latitude.is_(None), Hazard.state.in_(sorted(OPEN_STATES)))
        query = select(func.count()).select_from(Hazard).where(self._scope, nowhere)
        return self._session.scalar(query) or 0

    def _line(self, code: str, counted: Mapping[str, int]) -> dict[str, Any]:
        name = self._names.get(code)
        if name is None:
            found = self._session.get(Area, code)
            name = f"{found.name}本级" if found else code
        figures = _figures({each: counted.get(each, 0) for each in FIGURES})
        return {"area": code, "name": name, "is_itself": code not in self._names, **figures}


def _figures(counted: Mapping[str, int]) -> dict[str, Any]:
    shown = {name: counted[name] for name in ("open", "overdue", "majors", "found", "closed")}
    of_year = rate(counted["year_closed"], counted["year_found"])
    percent = of_year["percent"]
    return shown | {
        "closure_rate": of_year | {"percent": None if percent is None else float(percent)}
    }


def _meet(code: str, other: str) -> bool:
    return is_within(code, other) or is_within(other, code)
