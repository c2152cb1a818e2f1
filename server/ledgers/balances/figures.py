"""A month's figures, from the movements; where an earlier month is closed, on top of its endings.

opening + added + regraded + reclassified + handed_over + voided − closed = ending
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from ...glossary import MovementKind
from ...hazards.chain import canonical, text_hash
from ...hazards.models import Movement
from ...hazards.movements import Cell, CellColumns, cells_visible_to
from ...people.permissions import Actor, Permission, Permissions
from ...places.codes import within
from .models import BalanceCell, BalanceClosing

# How many digits of an area's code make a township, a village, a grid (`places.codes`).
TOWNSHIP, VILLAGE, GRID = 9, 12, 18

Part = Callable[[CellColumns], ColumnElement[bool]]

OF_MOVEMENTS = CellColumns(Movement.area_code, Movement.sector, Movement.level)
OF_CLOSED = CellColumns(BalanceCell.area_code, BalanceCell.sector, BalanceCell.level)

# Where a sum is carried over, whatever it was made of.
OPENING = literal("opening")
NOT_LATE = literal(False)


@dataclass(frozen=True)
class Figures:
    """What a month did to a cell, or to several together. Adjustments are signed.

    Attributes:
        voided: zero or less, as it is taken off; `closed` is a count.
        late: of those added, how many were found in an earlier month.
    """

    opening: int = 0
    added: int = 0
    regraded: int = 0
    reclassified: int = 0
    handed_over: int = 0
    voided: int = 0
    closed: int = 0
    late: int = 0

    @property
    def adjusted(self) -> int:
        return self.regraded + self.reclassified + self.handed_over + self.voided

    @property
    def ending(self) -> int:
        return self.opening + self.added + self.adjusted - self.closed

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def as_dict(self) -> dict[str, int]:
        """All of them by name, with what follows from them."""
        plain = {name: getattr(self, name) for name in NAMES}
        return plain | {"adjusted": self.adjusted, "ending": self.ending}


NAMES = tuple(each.name for each in fields(Figures))
Cells = Mapping[Cell, Figures]


def whole(_columns: CellColumns) -> ColumnElement[bool]:
    """Every cell there is."""
    return true()


def part_for(actor: Actor, permissions: Permissions, area: str | None = None) -> Part:
    """The cells that an actor may see the balance of, narrowed to an area."""

    def part(columns: CellColumns) -> ColumnElement[bool]:
        scope = cells_visible_to(actor, Permission.READ_BALANCE, permissions, columns)
        return scope if area is None else and_(scope, within(columns.area_code, area))

    return part


def figures(session: Session, month: str, part: Part, digits: int) -> dict[Cell, Figures]:
    """The figures of a month by cell, areas cut to so many digits of their codes.

    In one statement: the endings of the last month closed before it, if there is one, the movements
    since, and those of the month.
    """
    base = session.scalar(
        select(func.max(BalanceClosing.month)).where(BalanceClosing.month < month)
    )
    carried = _sums(part, OF_CLOSED, BalanceCell.ending, digits)
    earlier = _sums(part, OF_MOVEMENTS, Movement.delta, digits)
    now = _sums(part, OF_MOVEMENTS, Movement.delta, digits, Movement.kind, Movement.late)
    query = union_all(
        carried.where(BalanceCell.month == (base or "")),
        earlier.where(Movement.month > (base or ""), Movement.month < month),
        now.where(Movement.month == month),
    )
    found: dict[Cell, dict[str, int]] = {}
    for area, sector, level, kind, late, moved in map(tuple, session.execute(query)):
        cell = found.setdefault(Cell(area, sector, level), dict.fromkeys(NAMES, 0))
        cell[kind] += -int(moved) if kind == MovementKind.CLOSED else int(moved)
        cell["late"] += int(moved) if late else 0
    return {
        cell: Figures(**numbers)
        for cell, numbers in sorted(found.items(), key=_order)
        if any(numbers.values())
    }


def snapshot_figures(session: Session, month: str, part: Part, digits: int) -> dict[Cell, Figures]:
    """The same of a closed month, as it was closed."""
    area = func.substr(BalanceCell.area_code, 1, digits)
    keys = [area, BalanceCell.sector, BalanceCell.level]
    sums = [func.sum(getattr(BalanceCell, name)) for name in NAMES]
    query = select(*keys, *sums).where(BalanceCell.month == month, part(OF_CLOSED))
    rows = session.execute(query.group_by(*keys)).all()
    found = {Cell(*row[:3]): Figures(*map(int, row[3:])) for row in rows}
    return {cell: each for cell, each in sorted(found.items(), key=_order) if each != Figures()}


def total(of: Iterable[Figures]) -> Figures:
    return sum(of, Figures())


def digest(month: str, cells: Cells) -> str:
    """What tells these figures from any others: the sha256 of all of them, in one spelling."""
    lines = [[*cell, *each.as_dict().values()] for cell, each in sorted(cells.items(), key=_order)]
    return text_hash(month, canonical(lines))


def coarse(cells: Cells) -> dict[Cell, Figures]:
    """The same by township."""
    summed: dict[Cell, Figures] = {}
    for cell, each in cells.items():
        key = cell._replace(area_code=cell.area_code[:TOWNSHIP])
        summed[key] = summed.get(key, Figures()) + each
    return {cell: each for cell, each in summed.items() if each != Figures()}


def deviations(before: Cells, after: Cells) -> dict[Cell, tuple[Figures, Figures]]:
    """The cells whose figures are not the same in both."""
    return {
        cell: (before.get(cell, Figures()), after.get(cell, Figures()))
        for cell in sorted(before.keys() | after.keys(), key=lambda each: _order((each, None)))
        if before.get(cell) != after.get(cell)
    }


def _sums(
    part: Part,
    of: CellColumns,
    counted: SQLColumnExpression[int],
    digits: int,
    kind: SQLColumnExpression[str] = OPENING,
    late: SQLColumnExpression[bool] = NOT_LATE,
) -> Select[Any]:
    """Sums by cell, kind and lateness. Each part of the statement sums up by itself: the planner
    knows how many groups there are of a table's own columns, and not of a union's."""
    cell = (func.substr(of.area_code, 1, digits), of.sector, of.level)
    keys = cell if kind is OPENING else (*cell, kind, late)
    return select(*cell, kind, late, func.sum(counted)).where(part(of)).group_by(*keys)


def _order(item: tuple[Cell, object]) -> tuple[str, str, str]:
    area, sector, level = item[0]
    return area, sector or "", level
