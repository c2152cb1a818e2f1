"""Closing a month (关账): its figures are frozen, signed, and what the next month begins with.

Months close once, in their order, when they are over. What is not in order does not prevent it, but
wants a reason, which is kept: townships or departments that have not confirmed, differences that
nobody has settled, and endings of the month before that the events do not bear out.
"""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from ...database import insert_all
from ...errors import Conflict, Forbidden
from ...glossary import AreaKind
from ...hazards.chain import GENESIS, canonical
from ...hazards.models import Movement
from ...hazards.movements import Cell
from ...hazards.replay import format_moment
from ...people.permissions import Actor, Permissions
from ...places.models import Area
from ..differences import DifferenceStatus
from ..models import Difference
from .confirmations import (
    Party,
    Sight,
    confirmations_of,
    missing,
    require_open,
    require_over,
    require_seen,
    sees,
)
from .figures import GRID, TOWNSHIP, Cells, coarse, figures, total, whole
from .models import BalanceCell, BalanceClosing, BalanceConfirmation
from .months import following, in_words, settled_at

COLUMNS = (
    *("opening", "added", "regraded", "reclassified", "handed_over", "voided"),
    *("closed", "ending", "late"),
)

# Of an area and a sector (None: not given yet), how many differences are open.
OpenDifferences = dict[tuple[str, str | None], int]


@dataclass(frozen=True)
class Obstacles:
    """What stands in the way of closing without a reason."""

    missing: list[Party]
    open_differences: OpenDifferences
    wrong_endings: list[Cell]

    def __bool__(self) -> bool:
        return bool(self.missing or self.open_differences or self.wrong_endings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "missing": [each._asdict() for each in self.missing],
            "open_differences": [
                {"area_code": area, "sector": sector, "count": count}
                for (area, sector), count in self.open_differences.items()
            ],
            "wrong_endings": [each._asdict() for each in self.wrong_endings],
        }


@dataclass(frozen=True)
class Standing:
    """How far a month is on its way to being closed, as far as the asker may see."""

    month: str
    is_over: bool
    confirmations: list[BalanceConfirmation]
    missing: list[Party]
    open_differences: OpenDifferences
    closing: BalanceClosing | None


def standing(
    session: Session, month: str, actor: Actor, permissions: Permissions, at: datetime
) -> Standing:
    """What is confirmed, what is missing, and the closing, if the month is closed."""
    done = confirmations_of(session, month)
    lacking = missing(figures(session, month, whole, TOWNSHIP), done, city_of(session))
    differences = open_differences(session, month)
    return Standing(
        month=month,
        is_over=at >= settled_at(month),
        confirmations=[
            each for each in done if sees(actor, permissions, each.area_code, each.sector)
        ],
        missing=[each for each in lacking if sees(actor, permissions, *each)],
        open_differences={
            key: count for key, count in differences.items() if sees(actor, permissions, *key)
        },
        closing=session.get(BalanceClosing, month),
    )


def close(
    session: Session,
    month: str,
    sight: Sight,
    reason: str,
    actor: Actor,
    permissions: Permissions,
    *,
    secret_key: str,
    at: datetime,
) -> BalanceClosing:
    """Freeze a month's figures.

    Raises:
        Conflict: closed already; not over; not the next in order; something stands in the way and
            no reason is given.
        Stale: the figures are others than those seen.
        Forbidden: the actor does not see all of the city.
    """
    require_open(session, month)
    require_over(month, at)
    previous = _require_next(session, month)
    require_whole(session, actor, permissions)
    cells = figures(session, month, whole, GRID)
    require_seen(session, month, sight, coarse(cells), whole)
    done = confirmations_of(session, month)
    obstacles = Obstacles(
        missing(coarse(cells), done, city_of(session)),
        open_differences(session, month),
        _wrong_endings(session, previous.month) if previous else [],
    )
    if obstacles and not reason:
        said = _what_is_not_in_order(month, obstacles)
        raise Conflict("reason_needed", said, **obstacles.as_dict())
    heading = {
        "month": month,
        "previous_hash": previous.hash if previous else GENESIS,
        "closed_at": format_moment(at),
        "closed_by": {"id": actor.id, "name": actor.name, "unit": actor.unit},
        "reason": reason,
    }
    text = _snapshot(heading, done, obstacles, cells)
    digest = sha256(text.encode()).hexdigest()
    closing = BalanceClosing(
        month=month,
        snapshot=text,
        hash=digest,
        signature=signature(secret_key, digest),
        closed_by=actor.id,
        closed_at=at,
    )
    session.add(closing)
    session.flush()
    _write_cells(session, month, cells)
    return closing


def _snapshot(
    heading: dict[str, Any],
    done: Sequence[BalanceConfirmation],
    obstacles: Obstacles,
    cells: Cells,
) -> str:
    """The text that is hashed and signed: canonical JSON."""
    figures_of_all = {
        "total": total(cells.values()).as_dict(),
        "columns": ["area_code", "sector", "level", *COLUMNS],
        "cells": [
            [*cell, *(getattr(each, name) for name in COLUMNS)] for cell, each in cells.items()
        ],
    }
    confirmed = {"confirmations": [_as_json(each) for each in done]}
    return canonical(heading | confirmed | obstacles.as_dict() | figures_of_all)


def require_whole(session: Session, actor: Actor, permissions: Permissions) -> None:
    """Raises Forbidden where the actor does not see all of the city, every sector."""
    if not sees(actor, permissions, city_of(session), None):
        raise Forbidden("not_the_whole", "须用能看到全市数字的账号办理。")


def signature(secret_key: str, digest: str) -> str:
    """What only an installation that has this SECRET_KEY can have put under a snapshot's hash."""
    return hmac.new(secret_key.encode(), f"balance:{digest}".encode(), sha256).hexdigest()


def open_differences(session: Session, month: str) -> OpenDifferences:
    """How many differences of this month or an earlier one nobody has settled."""
    query = (
        select(Difference.area_code, Difference.sector, func.count())
        .where(Difference.status == DifferenceStatus.OPEN.value, Difference.month <= month)
        .group_by(Difference.area_code, Difference.sector)
        .order_by(Difference.area_code, Difference.sector)
    )
    return {(area, sector): count for area, sector, count in session.execute(query)}


def city_of(session: Session) -> str:
    """The code of the area that all others lie in."""
    query = select(Area.code).where(Area.kind == AreaKind.CITY.value).order_by(Area.code)
    return session.scalars(query.limit(1)).one()


def cells_of(session: Session, month: str) -> Iterator[list[Any]]:
    """A closed month's rows, as its snapshot lists them."""
    order = (BalanceCell.area_code, func.coalesce(BalanceCell.sector, ""), BalanceCell.level)
    for row in session.scalars(
        select(BalanceCell).where(BalanceCell.month == month).order_by(*order)
    ):
        numbers = [getattr(row, name) for name in COLUMNS]
        yield [row.area_code, row.sector, row.level, *numbers]


def _require_next(session: Session, month: str) -> BalanceClosing | None:
    """The closing that this one follows; raises Conflict where another month's turn is first."""
    previous = session.scalar(select(BalanceClosing).order_by(BalanceClosing.month.desc()).limit(1))
    first = session.scalar(select(func.min(Movement.month)))
    turn = following(previous.month) if previous else first
    if turn is None or month < turn:
        raise Conflict("nothing_to_close", f"{in_words(month)}没有数据，不需要关账。")
    if month > turn:
        said = f"请先关{in_words(turn)}的账：各月须按顺序关账。"
        raise Conflict("not_in_order", said, next_month=turn)
    return previous


def _wrong_endings(session: Session, month: str) -> list[Cell]:
    """The cells whose stock at the end of a closed month is not what the movements sum up to."""
    keys = (Movement.area_code, Movement.sector, Movement.level)
    sums = select(*keys, func.sum(Movement.delta)).where(Movement.month <= month).group_by(*keys)
    moved = {Cell(*row[:3]): int(row[3]) for row in session.execute(sums) if row[3]}
    said = {
        Cell(*line[:3]): ending
        for line in cells_of(session, month)
        if (ending := line[3 + COLUMNS.index("ending")])
    }
    differing = [cell for cell in moved.keys() | said.keys() if moved.get(cell) != said.get(cell)]
    return sorted(differing, key=lambda each: (each.area_code, each.sector or "", each.level))


def _what_is_not_in_order(month: str, obstacles: Obstacles) -> str:
    parts = []
    if obstacles.missing:
        parts.append(f"{len(obstacles.missing)} 个乡镇或行业还没有确认")
    if obstacles.open_differences:
        parts.append(f"{sum(obstacles.open_differences.values())} 条差异还没有处理")
    if obstacles.wrong_endings:
        parts.append("上月的期末数与事件记录不符")
    return f"{in_words(month)}：{'，'.join(parts)}。处理完再关账，或写明理由关账。"


def _as_json(confirmation: BalanceConfirmation) -> dict[str, Any]:
    plain = ("area_code", "sector", "name", "unit", "figures_hash", "note")
    moment = format_moment(confirmation.confirmed_at)
    return {name: getattr(confirmation, name) for name in plain} | {"confirmed_at": moment}


def _write_cells(session: Session, month: str, cells: Cells) -> None:
    rows = [
        {"month": month, **cell._asdict()} | {name: getattr(each, name) for name in COLUMNS}
        for cell, each in cells.items()
    ]
    insert_all(session, cast(Table, BalanceCell.__table__), rows)
