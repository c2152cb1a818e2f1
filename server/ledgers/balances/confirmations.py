"""Who has to stand by a month's figures, and who does: 乡镇、部门双签.

A township office answers for its area, a department for each of its sectors. They confirm once the
month is over, so that what they confirm is what is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from ...clock import LOCAL
from ...database import insert_new
from ...errors import Conflict, Stale
from ...glossary import Action, Level, MovementKind
from ...hazards.models import Event, Hazard, Movement
from ...hazards.replay import format_moment
from ...people.permissions import Actor, Permission, Permissions, Reach
from ...places.codes import is_within
from .figures import OF_MOVEMENTS, TOWNSHIP, Cells, Part, digest, figures, part_for, total
from .models import BalanceClosing, BalanceConfirmation
from .months import in_words, settled_at

MOST_CHANGES = 50


class Party(NamedTuple):
    """Who has to confirm: a township (`sector` is empty), or a department for its sector."""

    area_code: str
    sector: str


@dataclass(frozen=True)
class Sight:
    """What somebody says to have seen: the hash of the figures, and when that was."""

    figures_hash: str
    seen_at: datetime | None


@dataclass(frozen=True)
class CellSubject:
    """A cell as the permission table is asked about it."""

    area_code: str
    sector: str | None
    level: Level = Level.GENERAL
    site_id: None = None
    responsible_site_id: None = None
    reporter_id: int = 0


def confirm(
    session: Session,
    month: str,
    sight: Sight,
    note: str,
    actor: Actor,
    permissions: Permissions,
    at: datetime,
) -> list[BalanceConfirmation]:
    """Confirm the figures of all that the actor answers for; whoever was first stays.

    Raises:
        Conflict: the month is closed, or not over; the actor answers for nothing.
        Stale: the figures are others than those seen; says what was recorded since.
    """
    require_open(session, month)
    require_over(month, at)
    parties = parties_of(actor, permissions)
    if not parties:
        raise Conflict("nothing_to_confirm", "您的账号没有负责的行业领域，请联系管理员。")
    part = part_for(actor, permissions)
    cells = figures(session, month, part, TOWNSHIP)
    require_seen(session, month, sight, cells, part)
    for area_code, sector in parties:
        row = {
            "month": month,
            "area_code": area_code,
            "sector": sector,
            "figures_hash": sight.figures_hash,
            "confirmed_by": actor.id,
            "name": actor.name,
            "unit": actor.unit,
            "confirmed_at": at,
            "note": note,
        }
        insert_new(session, cast(Table, BalanceConfirmation.__table__), row)
    return [session.get_one(BalanceConfirmation, (month, *party)) for party in parties]


def confirmations_of(session: Session, month: str) -> Sequence[BalanceConfirmation]:
    query = select(BalanceConfirmation).where(BalanceConfirmation.month == month)
    order = (BalanceConfirmation.sector, BalanceConfirmation.area_code)
    return session.scalars(query.order_by(*order)).all()


def missing(cells: Cells, confirmed: Sequence[BalanceConfirmation], city: str) -> list[Party]:
    """The townships and departments that have figures and have not confirmed them.

    What lies in no township, and what nobody has given a sector yet, is nobody's to confirm.
    """
    done = [Party(each.area_code, each.sector) for each in confirmed]
    townships = sorted({cell.area_code for cell in cells if cell.area_code[6:9] != "000"})
    lacking = [
        Party(f"{code}000", "")
        for code in townships
        if not any(not by.sector and is_within(code, by.area_code) for by in done)
    ]
    for sector in sorted({cell.sector for cell in cells if cell.sector}):
        areas = {cell.area_code for cell in cells if cell.sector == sector}
        by_sector = [by for by in done if by.sector == sector]
        if not all(any(is_within(code, by.area_code) for by in by_sector) for code in areas):
            lacking.append(Party(city, sector))
    return lacking


def sees(actor: Actor, permissions: Permissions, area_code: str, sector: str | None) -> bool:
    """Whether what is said of an area and a sector is for this actor to read."""
    subject = CellSubject(area_code, sector or None)
    return permissions.may(actor, Permission.READ_BALANCE, subject)


def require_open(session: Session, month: str) -> None:
    """Raises Conflict where the month is closed."""
    closing = session.get(BalanceClosing, month)
    if closing is not None:
        day = closing.closed_at.astimezone(LOCAL)
        said = f"{in_words(month)}已于{day:%Y-%m-%d}关账，不能再确认或关账。"
        raise Conflict("month_closed", said, hash=closing.hash)


def require_over(month: str, at: datetime) -> None:
    """Raises Conflict where something can still be recorded in the month."""
    if at < settled_at(month):
        when = settled_at(month).astimezone(LOCAL)
        said = f"{in_words(month)}还没有结束，请在{when:%Y-%m-%d %H:%M}之后再办理。"
        raise Conflict("month_not_over", said)


def require_seen(session: Session, month: str, sight: Sight, cells: Cells, part: Part) -> None:
    """Raises Stale where the figures are not those that were seen."""
    now = digest(month, cells)
    if sight.figures_hash == now:
        return
    changed = _since(session, month, sight.seen_at, part) if sight.seen_at else []
    steps = "；".join(f"{each['number']} {each['kind_name']}" for each in changed[:5])
    more = f"此后又记入 {len(changed)} 笔：{steps}。" if changed else ""
    raise Stale(
        "figures_changed",
        f"{in_words(month)}的数字与您看到的不一致。{more}请刷新核对后再办理。",
        figures_hash=now,
        total=total(cells.values()).as_dict(),
        changed=changed,
    )


def _since(session: Session, month: str, seen_at: datetime, part: Part) -> list[dict[str, object]]:
    """What was recorded in the month after a moment, oldest first."""
    query = (
        select(Hazard.number, Movement, Event.action, Event.at)
        .join(Event, (Event.hazard_id == Movement.hazard_id) & (Event.seq == Movement.seq))
        .join(Hazard, Hazard.id == Movement.hazard_id)
        .where(Movement.month == month, Event.at > format_moment(seen_at), part(OF_MOVEMENTS))
        .order_by(Event.at, Movement.hazard_id, Movement.seq, Movement.position)
        .limit(MOST_CHANGES)
    )
    return [
        {
            "number": number,
            "action_name": Action(action).chinese,
            "kind": moved.kind,
            "kind_name": MovementKind(moved.kind).chinese,
            "area_code": moved.area_code,
            "sector": moved.sector,
            "level": moved.level,
            "delta": moved.delta,
            "at": at,
        }
        for number, moved, action, at in session.execute(query)
    ]


def parties_of(actor: Actor, permissions: Permissions) -> list[Party]:
    """What the actor answers for."""
    parties: list[Party] = []
    for grant in permissions.grants(actor, Permission.CONFIRM_BALANCE):
        sectors = sorted(actor.sectors) if grant.reach is Reach.SECTORS else [""]
        parties += [Party(actor.area_code, sector) for sector in sectors]
    return parties
