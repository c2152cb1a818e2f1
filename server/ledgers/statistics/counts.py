"""The figures that are counted in SQL: a few queries, each giving a few rows.

Nothing here goes through hazards one by one: rows come back by township × sector × grade, by month,
or are a handful of people and of hazards under listing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    case,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from ...glossary import CAN_BE_OVERDUE, OPEN_STATES, Level, Role, State
from ...hazards.models import Hazard, Plan
from ...hazards.queries import Condition
from ...people.models import User
from ...places.codes import within
from ...places.models import Area
from ...submissions.models import Submission
from .five import parts_in_place
from .period import Period
from .standing import fixed_on_spot_then, plan_then, standing

# The office has accepted that it was put right.
FIXED = frozenset({State.AWAITING_CLOSURE, State.CLOSED})
# A unit has it to put right: it is in the plan of what is to be done (列入治理计划).
PLANNED = OPEN_STATES - {State.REPORTED, State.RETURNED, State.REGISTERED}
# Its plan was approved.
APPROVED = frozenset({State.RECTIFYING, State.AWAITING_ACCEPTANCE}) | FIXED

EVER_LISTED = Hazard.listing.is_not(null())

# How many hazards under listing are named; the ledger of listed hazards has them all.
MOST_LISTED = 50


@dataclass(frozen=True)
class Cell:
    """Counts of one township, sector and grade. A sector that nobody has said yet is None."""

    township: str
    sector: str | None
    level: Level
    counts: Mapping[str, int]


class days_between(FunctionElement[int]):  # noqa: N801 (reads as the SQL function that it is)
    """The days from its second date to its first."""

    type = Integer()
    inherit_cache = True


@compiles(days_between)
def _days(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"({later} - {earlier})"


@compiles(days_between, "sqlite")
def _days_in_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    later, earlier = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def counted(session: Session, scope: Condition, period: Period) -> list[Cell]:
    """How many there are of each kind, by township, sector and grade."""
    # Of what was found and struck off before, nothing is counted.
    still_open = Hazard.closed_on.is_(None)
    counts = or_(_in_year(period), Hazard.closed_on >= period.start, still_open)
    each = standing(and_(scope, counts), period).c
    in_month = each.found_on >= period.start
    in_year = each.found_on >= period.year_start
    closed = each.state == State.CLOSED.value
    late = and_(each.deadline < period.until, each.state.in_(_values(CAN_BE_OVERDUE)))
    conditions = {
        "open": ~closed,
        "overdue": late,
        "found": in_month,
        "closed": and_(each.closed_on >= period.start, closed),
        "found_and_closed": and_(in_month, closed),
        "year_found": in_year,
        "year_fixed": and_(in_year, each.state.in_(_values(FIXED))),
        "year_closed": and_(in_year, closed),
        "carried": and_(~in_year, ~closed),
    }
    kinds = (each.township, each.sector, each.level)
    query = select(*kinds, *_numbers(conditions)).group_by(*kinds)
    return _cells(session, query, conditions)


def listed(session: Session, scope: Condition, period: Period) -> list[Cell]:
    """How many are under listing, and of the year's how many, and how many by the province."""
    each = standing(and_(scope, EVER_LISTED), period).c
    in_year = each.found_on >= period.year_start
    conditions = {
        "listed": literal(True),
        "year_listed": in_year,
        "year_listed_by_province": and_(in_year, each.rank.contains("省")),
    }
    query = (
        select(each.township, each.sector, each.level, *_numbers(conditions))
        .where(each.listed, each.state != State.CLOSED.value)
        .group_by(each.township, each.sector, each.level)
    )
    return _cells(session, query, conditions)


def planned(session: Session, scope: Condition, period: Period) -> list[Cell]:
    """How many open hazards a unit has to put right, and how many plans have each of the five.

    What was fixed on the spot needs no plan. `year_…` counts those found in the year.
    """
    was_open = or_(Hazard.closed_on.is_(None), Hazard.closed_on > period.until)
    hazards = standing(and_(scope, was_open), period)
    each = hazards.c
    in_hand = and_(each.state.in_(_values(PLANNED)), ~fixed_on_spot_then(hazards, period))
    in_year = each.found_on >= period.year_start
    kinds = (each.township, each.sector, each.level)
    everything: dict[str, Condition] = {"planned": literal(True), "year_planned": in_year}
    query = select(*kinds, *_numbers(everything)).where(in_hand).group_by(*kinds)
    # Joined by itself to what has a plan, so that it is the few open hazards that are held against
    # all plans, and not the other way round.
    parts = parts_in_place(each.state.in_(_values(APPROVED)), period.until)
    in_place = {"five": and_(*parts.values())}
    in_place |= {part.value: condition for part, condition in parts.items()}
    in_place |= {f"year_{name}": and_(in_year, condition) for name, condition in in_place.items()}
    with_plan = (
        select(*kinds, *_numbers(in_place))
        .join_from(hazards, Plan, plan_then(hazards, period))
        .where(in_hand)
        .group_by(*kinds)
    )
    return [*_cells(session, query, everything), *_cells(session, with_plan, in_place)]


def funds(
    session: Session, scope: Condition, period: Period
) -> dict[tuple[str, str | None], Decimal]:
    """The yuan of the approved plans of hazards found in the year, by township and sector."""
    hazards = standing(and_(scope, _in_year(period)), period)
    each = hazards.c
    query = (
        select(each.township, each.sector, func.sum(Plan.amount_yuan))
        .join_from(hazards, Plan, plan_then(hazards, period))
        .where(each.state.in_(_values(APPROVED)))
        .group_by(each.township, each.sector)
    )
    return {(row[0], row[1]): Decimal(row[2]) for row in session.execute(query)}


def units(session: Session, scope: Condition, period: Period) -> tuple[dict[Any, int], int]:
    """How many units hazards were found at in the year: by sector, and in all, each once.

    A unit is a registered site; one that is not registered is told by its name.
    """
    each = standing(and_(scope, _in_year(period)), period).c
    unnamed = and_(each.site_id.is_(None), func.trim(each.site_name) == "")
    name = case((each.site_id.is_(None), func.trim(each.site_name)), else_="")
    found = (
        select(each.sector, each.site_id, name.label("name"))
        .where(~unnamed)
        .distinct()
        .cte("units")
    )
    distinct = select(found.c.site_id, found.c.name).distinct().subquery()
    by_sector = select(literal(0).label("whole"), found.c.sector, func.count()).group_by(
        found.c.sector
    )
    in_all = select(literal(1), null(), func.count()).select_from(distinct)
    rows = session.execute(union_all(by_sector, in_all)).all()
    return (
        {sector: count for whole, sector, count in rows if not whole},
        next(count for whole, _, count in rows if whole),
    )


def by_month(
    session: Session, scope: Condition, period: Period
) -> dict[tuple[int, int], dict[str, int]]:
    """How many were found, and how many struck off, in each month that a trend shows."""
    counts: dict[tuple[int, int], dict[str, int]] = {}
    for name, column in (("found_on", Hazard.found_on), ("closed_on", Hazard.closed_on)):
        day = standing(and_(scope, column >= period.trend_start), period).c[name]
        year, month = extract("year", day), extract("month", day)
        query = select(year, month, func.count()).where(day <= period.until).group_by(year, month)
        for row in session.execute(query):
            counts.setdefault((int(row[0]), int(row[1])), {})[name] = row[2]
    return counts


def days_to_closure(session: Session, scope: Condition, period: Period) -> list[Row[Any]]:
    """The median days from finding to closure, of what was struck off in the months of a trend.

    Rows of `by` (`township`, `sector` or `all`), `key`, `number`, and the `lower` and `upper` of
    the two days in the middle, which are the same where the number is odd.
    """
    lately = Hazard.closed_on >= period.trend_start
    each = standing(and_(scope, lately), period).c
    days = days_between(each.closed_on, each.found_on)
    histogram = (
        select(each.township, each.sector, days.label("days"), func.count().label("number"))
        .where(each.state == State.CLOSED.value)
        .group_by(each.township, each.sector, days)
        .cte("histogram")
    )
    keys = {"township": histogram.c.township, "sector": histogram.c.sector, "all": None}
    medians = [_median(histogram, by, key) for by, key in keys.items()]
    return list(session.execute(union_all(*medians)).all())


def _median(histogram: CTE, by: str, key: ColumnElement[Any] | None) -> Select[Any]:
    # A line for each number of days, with how many there are up to it.
    number = func.sum(histogram.c.number).label("number")
    shown = literal("") if key is None else key
    query = select(shown.label("key"), histogram.c.days, number).group_by(histogram.c.days)
    days = (query if key is None else query.group_by(key)).subquery()
    upto = func.sum(days.c.number).over(partition_by=days.c.key, order_by=days.c.days)
    total = func.sum(days.c.number).over(partition_by=days.c.key)
    counted_up = select(
        days.c.key, days.c.days, upto.label("upto"), total.label("total")
    ).subquery()
    each = counted_up.c
    # Of n in order, the ones in the middle are number ⌈n/2⌉ and number ⌊n/2⌋ + 1.
    lower = func.min(each.days).filter(2 * each.upto >= each.total)
    upper = func.min(each.days).filter(2 * each.upto >= each.total + 1 + (each.total + 1) % 2)
    return select(
        literal(by).label("by"),
        each.key,
        func.max(each.total).label("number"),
        lower.label("lower"),
        upper.label("upper"),
    ).group_by(each.key)


def under_listing(session: Session, scope: Condition) -> Sequence[Hazard]:
    """The hazards under listing now whose time is up first."""
    query = (
        select(Hazard)
        .where(
            scope,
            *(EVER_LISTED, ~Hazard.delisted),
            Hazard.state.in_(_values(OPEN_STATES)),
        )
        .order_by(Hazard.deadline.is_(None), Hazard.deadline, Hazard.id)
        .limit(MOST_LISTED)
    )
    return session.scalars(query).all()


def without_submissions(
    session: Session, area: str, period: Period
) -> list[tuple[str, str, str, datetime | None]]:
    """The grid workers of an area who filled in no form in the period.

    Gives name, area code, the area's name, and when they last did.
    """
    last = (
        select(func.max(Submission.received_at))
        .where(Submission.submitter_id == User.id, Submission.received_at < period.ends_at)
        .correlate(User)
        .scalar_subquery()
    )
    query = (
        select(User.name, User.area_code, Area.name, last)
        .join(Area, Area.code == User.area_code)
        .where(
            User.role == Role.GRID_WORKER.value,
            User.created_at < period.ends_at,
            or_(User.closed_at.is_(None), User.closed_at >= period.ends_at),
            within(User.area_code, area),
            or_(last.is_(None), last < period.began_at),
        )
        .order_by(User.area_code, User.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def _in_year(period: Period) -> Condition:
    return Hazard.found_on >= period.year_start


def _values(states: frozenset[State]) -> list[str]:
    return sorted(each.value for each in states)


def _numbers(conditions: Mapping[str, Condition]) -> list[ColumnElement[int]]:
    return [func.count().filter(condition).label(name) for name, condition in conditions.items()]


def _cells(session: Session, query: Select[Any], names: Iterable[str]) -> list[Cell]:
    return [
        Cell(row[0], row[1], Level(row[2]), dict(zip(names, row[3:], strict=True)))
        for row in session.execute(query)
    ]
