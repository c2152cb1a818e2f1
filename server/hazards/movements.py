"""How hazards come into the open stock, move between its cells, and leave it: double entry.

A cell is area × sector × level. An event that moves a hazard from one cell to another takes it out
of the one and puts it into the other, so that the sum over all cells changes only by what is added,
voided and closed. The balance of a month (月度平衡) is sums over these movements and nothing else.

A movement belongs to the month in which its event was recorded (Asia/Shanghai), whatever day the
event speaks of: a month that is over doesn't change any more.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, or_

from ..glossary import OPEN_STATES, MovementKind, State
from ..people.permissions import ANY_LEVEL, Actor, Asked, Permissions, Reach
from ..places.codes import within
from .facts import Facts
from .replay import Happened, evolve


class Cell(NamedTuple):
    """Where a hazard stands; the sector is None until somebody says which."""

    area_code: str
    sector: str | None
    level: str

    @classmethod
    def of(cls, facts: Facts) -> "Cell":
        return cls(facts.area_code, facts.sector, facts.level.value)


class Moved(NamedTuple):
    """One movement, as the columns of its row say it."""

    month: str
    kind: str
    area_code: str
    sector: str | None
    level: str
    delta: int
    late: bool = False


STEPS = (
    (MovementKind.REGRADED.value, "level"),
    (MovementKind.RECLASSIFIED.value, "sector"),
    (MovementKind.HANDED_OVER.value, "area_code"),
)


def month_of(day: date) -> str:
    """
    >>> month_of(date(2026, 11, 23))
    '2026-11'
    """
    return day.isoformat()[:7]


def movements_of(before: Facts | None, after: Facts, event: Happened) -> list[Moved]:
    """What an event moves, in the order in which it is to be told.

    Args:
        before: None for the first event, the report.
    """
    month = month_of(event.day)
    if before is None:
        late = month_of(after.found_on) < month
        return [Moved(month, MovementKind.ADDED.value, *Cell.of(after), +1, late)]
    if before.state not in OPEN_STATES:
        return []
    moved: list[Moved] = []
    cell, target = Cell.of(before), Cell.of(after)
    # One step after the other, so that each kind sums up to nothing over all cells.
    for kind, name in STEPS:
        value = getattr(target, name)
        if getattr(cell, name) != value:
            following = cell._replace(**{name: value})
            moved += [Moved(month, kind, *cell, -1), Moved(month, kind, *following, +1)]
            cell = following
    if after.state not in OPEN_STATES:
        left = MovementKind.VOIDED if after.state is State.VOID else MovementKind.CLOSED
        moved.append(Moved(month, left.value, *cell, -1))
    return moved


def movement_rows(
    before: Facts | None, after: Facts, event: Happened, seq: int
) -> list[dict[str, Any]]:
    """The same as rows that only lack their hazard; `seq` is the event's."""
    return [
        {"seq": seq, "position": position, **moved._asdict()}
        for position, moved in enumerate(movements_of(before, after, event))
    ]


def replayed_movements(events: Iterable[Happened]) -> Iterator[dict[str, Any]]:
    """The rows that all of a hazard's events make; the first event is number 1."""
    facts: Facts | None = None
    for seq, event in enumerate(events, start=1):
        after = evolve(facts, event)
        yield from movement_rows(facts, after, event, seq)
        facts = after


class CellColumns(NamedTuple):
    """The columns by which a table's rows belong to cells."""

    area_code: SQLColumnExpression[str]
    sector: SQLColumnExpression[str | None]
    level: SQLColumnExpression[str]


def cells_visible_to(
    actor: Actor, asked: Asked, permissions: Permissions, columns: CellColumns
) -> ColumnElement[bool]:
    """The cells of which the permission table lets the actor ask this, as a condition.

    Grants that reach a hazard by its reporter or by a site don't speak of cells. What a hazard did
    in a cell before it was handed over stays there.
    """
    scopes: list[ColumnElement[bool]] = []
    for grant in permissions.grants(actor, asked):
        if grant.reach not in (Reach.AREA, Reach.SECTORS):
            continue
        scope = within(columns.area_code, actor.area_code)
        if grant.reach is Reach.SECTORS:
            scope = and_(scope, columns.sector.in_(actor.sectors))
        if grant.levels != ANY_LEVEL:
            scope = and_(scope, columns.level.in_([level.value for level in grant.levels]))
        scopes.append(scope)
    return or_(false(), *scopes)
