"""The balance of a month as somebody may see it: rows by township, village, sector or level."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...glossary import AreaKind, Level, Role, Term
from ...hazards.movements import Cell
from ...people.models import Sector
from ...people.permissions import Actor, Permissions
from ...places.codes import is_within, prefix, township_code, within
from ...places.models import Area
from ...places.queries import area_names
from .figures import (
    TOWNSHIP,
    VILLAGE,
    Cells,
    Figures,
    coarse,
    deviations,
    digest,
    figures,
    part_for,
    snapshot_figures,
    total,
)
from .models import BalanceClosing

UNCLASSIFIED = "未归类"


class By(Term):
    """What a balance's rows are."""

    TOWNSHIP = "township", "乡镇（街道）"
    VILLAGE = "village", "村（社区）"
    SECTOR = "sector", "行业领域"
    LEVEL = "level", "隐患等级"


class Row(NamedTuple):
    code: str
    name: str
    figures: Figures


class Deviation(NamedTuple):
    """A cell of a closed month that the events don't bear out (any more)."""

    name: str
    closed: Figures
    now: Figures


@dataclass(frozen=True)
class Balance:
    """A month's figures, of all that the asker may see or of an area in it.

    Attributes:
        figures_hash: what a confirmation or a closing is to name; None where an area in the
            asker's scope was asked for, as nobody confirms that.
        closing: the month's closing, if it is closed: the figures are its snapshot's then.
        deviations: where the snapshot and the movements disagree. There should be none.
    """

    month: str
    area: Area
    by: By
    rows: list[Row]
    total: Figures
    figures_hash: str | None
    closing: BalanceClosing | None
    deviations: list[Deviation]


def balance(
    session: Session,
    month: str,
    by: By,
    actor: Actor,
    permissions: Permissions,
    area_code: str | None = None,
) -> Balance:
    """The balance of a month that has begun.

    Raises:
        InvalidInput: there is no such area, or not in the actor's own.
    """
    area = _area(session, area_code, actor)
    part = part_for(actor, permissions, area_code)
    digits = VILLAGE if by is By.VILLAGE else TOWNSHIP
    cells: Cells = figures(session, month, part, digits)
    closing = session.get(BalanceClosing, month)
    names = Names.of(session)
    found: list[Deviation] = []
    if closing is not None:
        snapshot = snapshot_figures(session, month, part, digits)
        found = [
            Deviation(names.cell(cell), *both) for cell, both in deviations(snapshot, cells).items()
        ]
        cells = snapshot
    is_all = prefix(area.code) == prefix(actor.area_code)
    return Balance(
        month=month,
        area=area,
        by=by,
        rows=_rows(session, by, cells, area, actor, names),
        total=total(cells.values()),
        figures_hash=digest(month, coarse(cells)) if is_all else None,
        closing=closing,
        deviations=found,
    )


@dataclass(frozen=True)
class Names:
    """What areas and sectors are called."""

    areas: Mapping[str, str]
    sectors: Mapping[str, str]

    @classmethod
    def of(cls, session: Session) -> "Names":
        sectors = dict(
            session.execute(select(Sector.code, Sector.name).order_by(Sector.code)).all()
        )
        return cls(area_names(session), sectors)

    def area(self, code: str) -> str:
        """An area by its code, which may be cut off; a village after its township."""
        full = code.ljust(VILLAGE, "0")
        township = self.areas.get(township_code(full), full)
        if len(code) <= TOWNSHIP:
            return f"{township}（未到乡镇）" if full[6:9] == "000" else township
        if township_code(full) == full:
            return f"{township}（未到村）"
        return f"{township} {self.areas.get(full, full)}"

    def sector(self, code: str | None) -> str:
        return self.sectors.get(code, code) if code else UNCLASSIFIED

    def cell(self, cell: Cell) -> str:
        level = Level(cell.level).chinese
        return f"{self.area(cell.area_code)}·{self.sector(cell.sector)}·{level}"


def _area(session: Session, code: str | None, actor: Actor) -> Area:
    area = session.get(Area, code or actor.area_code)
    if area is None or not is_within(area.code, actor.area_code):
        message = "没有这个区划，或不在您的范围内。"
        raise InvalidInput("invalid_input", message, errors={"area": [message]})
    return area


def _rows(
    session: Session, by: By, cells: Cells, area: Area, actor: Actor, names: Names
) -> list[Row]:
    """The rows that a complete table has, also where there is nothing to report (零报告).

    Only of villages there are too many: those with figures are listed.
    """
    summed = dict.fromkeys(_codes(session, by, area, actor, names), Figures())
    for cell, each in cells.items():
        code = _code(by, cell)
        summed[code] = summed.get(code, Figures()) + each
    return [Row(_full(by, code), _name(by, code, names), each) for code, each in summed.items()]


def _name(by: By, code: str, names: Names) -> str:
    match by:
        case By.SECTOR:
            return names.sector(code)
        case By.LEVEL:
            return Level(code).chinese
        case _:
            return names.area(code)


def _full(by: By, code: str) -> str:
    """An area's code at its full length."""
    return code.ljust(VILLAGE, "0") if by in (By.TOWNSHIP, By.VILLAGE) else code


def _code(by: By, cell: Cell) -> str:
    match by:
        case By.SECTOR:
            return cell.sector or ""
        case By.LEVEL:
            return cell.level
        case _:
            return cell.area_code


def _codes(session: Session, by: By, area: Area, actor: Actor, names: Names) -> list[str]:
    match by:
        case By.TOWNSHIP:
            inside = select(Area.code).where(
                Area.kind == AreaKind.TOWNSHIP.value, within(Area.code, area.code)
            )
            return [code[:TOWNSHIP] for code in session.scalars(inside.order_by(Area.code))]
        case By.SECTOR:
            own = actor.role is Role.DEPARTMENT
            return [code for code in names.sectors if not own or code in actor.sectors]
        case By.LEVEL:
            return [level.value for level in Level]
        case By.VILLAGE:
            return []
