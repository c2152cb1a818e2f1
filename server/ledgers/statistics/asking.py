"""Whose figures, of what: a caller's scope and filters as one thing to count in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, select, text, true
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...glossary import AreaKind
from ...hazards.models import Hazard
from ...hazards.queries import Condition, visible_to
from ...people.models import Sector
from ...people.permissions import Actor, Asked, Permission, Permissions, Reach
from ...places.codes import ENDS, is_within, within
from ...places.models import Area
from ..ready.questions import sight_of
from . import counts
from .figures import Figures, Named, days_left
from .freshness import etag_of
from .period import Period, period_of
from .schemas import StatisticsSchema

TOWNSHIP_END = ENDS[3]

# The order of the city's division of tasks (孝安办函〔2023〕1号附件2); others come after.
SECTORS_IN_ORDER = (
    *("COAL", "NONCOAL", "HAZCHEM", "INDUSTRY", "TRANSPORT", "CONSTRUCTION", "SELFBUILT", "GAS"),
    *("FIRE", "SPECIAL_EQUIP", "TOURISM", "MINERAL", "OTHER", "DISASTER_CAPACITY", "FOREST_FIRE"),
    *("FLOOD", "EARTHQUAKE", "GEO_HAZARD", "METEOROLOGY", "EARLY_WARNING", "GENERAL"),
)


@dataclass(frozen=True)
class Asking:
    """A caller's question: what may be counted, and what of it is asked for."""

    actor: Actor
    # What the scope follows from.
    sight: Mapping[str, Any]
    scope: Condition
    period: Period
    area: str
    sectors: Sequence[str]
    sees_workers: bool


def asked(
    query: Mapping[str, Any],
    actor: Actor,
    permissions: Permissions,
    today: date,
    permission: Asked = Permission.READ_HAZARDS,
) -> Asking:
    """What a parsed query asks for. `today` is the day in Asia/Shanghai.

    Raises:
        InvalidInput: no month, or one that has not begun.
    """
    area = query.get("area") or actor.area_code
    sectors = [part.strip() for part in query.get("sector", "").split(",") if part.strip()]
    scope = and_(
        visible_to(actor, permission, permissions),
        within(Hazard.area_code, query["area"]) if "area" in query else true(),
        Hazard.sector.in_(sectors) if sectors else true(),
    )
    readers = permissions.grants(actor, Permission.READ_SUBMISSIONS)
    return Asking(
        actor=actor,
        sight=sight_of(actor, permissions),
        scope=scope,
        period=period_of(query.get("month"), today),
        area=area,
        sectors=sectors,
        # Who did not go out is for those who may read what everybody in the area filled in.
        sees_workers=any(grant.reach is Reach.AREA for grant in readers)
        and is_within(area, actor.area_code),
    )


def answering(
    session: Session,
    actor: Actor,
    query: Mapping[str, Any],
    permissions: Permissions,
    today: date,
) -> "Answer":
    """Every figure of what a parsed query asks for (`ready.questions.Maker`)."""
    return Answer(session, asked(query, actor, permissions, today))


class Answer:
    """The answer in one view of the database: its tag first, the figures if they are wanted."""

    def __init__(self, session: Session, asking: Asking) -> None:
        self._session = session
        self._asking = asking
        self.area_name = _area_name(session, asking.area)
        self._named = _named(session, asking)
        self._workers = (
            counts.without_submissions(session, asking.area, asking.period)
            if asking.sees_workers
            else None
        )

    def etag(self) -> str:
        """Changes whenever the answer may."""
        asking = self._asking
        what = (asking.sight, asking.period, asking.area, tuple(asking.sectors))
        named = (*self._named.townships.items(), *self._named.sectors.items())
        shown = sorted(self._named.shown)
        others = (what, self.area_name, named, shown, self._workers)
        return etag_of(self._session, others)

    def figures(self) -> Figures:
        """The figures, which take a while where hazards are very many."""
        if self._session.get_bind().dialect.name == "postgresql":
            # It takes looking into events, which few hazards need, for the rule, and would compile
            # each query for longer than it runs.
            self._session.execute(text("SET LOCAL jit = off"))
        return Figures(self._session, self._asking.scope, self._asking.period, self._named)

    def statistics(self) -> dict[str, Any]:
        """Every figure, as `schemas.StatisticsSchema` has it."""
        figures, period = self.figures(), self._asking.period
        return {
            "month": period.name,
            "year_start": period.year_start,
            "until": period.until,
            "area": self._asking.area,
            "area_name": self.area_name,
            "totals": figures.totals(),
            "townships": figures.townships(),
            "sectors": figures.sectors(),
            "trend": figures.trend(),
            "listed": self._listed(period.today),
            "idle_workers": self._idle(),
        }

    def value(self) -> dict[str, Any]:
        """The same as JSON has it."""
        dumped: dict[str, Any] = StatisticsSchema().dump(self.statistics())
        return dumped

    def _listed(self, today: date) -> list[dict[str, Any]]:
        return [
            {name: getattr(hazard, name) for name in ("number", "area_code", "site_name")}
            | {"description": hazard.description, "deadline": hazard.deadline}
            | {name: (hazard.listing or {})[name] for name in ("rank", "supervisor_unit")}
            | {"days_left": days_left(hazard, today)}
            for hazard in counts.under_listing(self._session, self._asking.scope)
        ]

    def _idle(self) -> list[dict[str, Any]] | None:
        if self._workers is None:
            return None
        names = ("name", "area", "area_name", "last_submission")
        return [dict(zip(names, worker, strict=True)) for worker in self._workers]


def _area_name(session: Session, code: str) -> str:
    area = session.get(Area, code)
    if area is None:
        message = "没有这个区划。"
        raise InvalidInput("invalid_input", message, errors={"area": [message]})
    return area.name


def _named(session: Session, asking: Asking) -> Named:
    """The names of townships and sectors, and which of them the question is about."""
    kinds = (AreaKind.TOWNSHIP.value, AreaKind.CITY.value)
    query = select(Area.code, Area.name, Area.kind).where(Area.kind.in_(kinds))
    areas = session.execute(query.order_by(Area.kind.desc(), Area.code)).all()
    townships = {code[:TOWNSHIP_END]: name for code, name, _ in areas}
    asked_about = {
        code[:TOWNSHIP_END]
        for code, _, kind in areas
        if kind == AreaKind.TOWNSHIP
        and (is_within(code, asking.area) or is_within(asking.area, code))
    }
    names = dict(session.execute(select(Sector.code, Sector.name).order_by(Sector.code)).all())
    known = [code for code in SECTORS_IN_ORDER if code in names]
    sectors = {code: names[code] for code in dict.fromkeys([*known, *names])}
    wanted = set(asking.sectors) or asking.actor.sectors or set(sectors)
    return Named(townships, sectors, frozenset(asked_about | (wanted & set(sectors))))
