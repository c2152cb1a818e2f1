"""Ledger A made ready to be written: today's or an earlier day's, with photos where asked."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date

from sqlalchemy.orm import Session

from ...errors import InvalidInput, TooLarge
from ...hazards.filters import filters_of
from ...people.permissions import Permission
from ...places.models import Area
from .as_of import lines_as_of
from .columns import NAME, ledger_columns
from .kinds import Kind, Office, Order, Table
from .lines import Line, Names, Wanted, count, lines
from .pictures import MOST_PICTURED, PHOTO_COLUMNS, photos_of_lines
from .schemas import LedgerQuery
from .workbook import Cover


@contextmanager
def ledger_table(session: Session, order: Order, office: Office) -> Iterator[Table]:
    """The table of ledger A.

    Raises:
        InvalidInput: there is no such area.
        TooLarge: more lines than the order waits for, or than can have photos.
    """
    cover = cover_of(session, order, "安全生产隐患排查整改台账")
    columns = ledger_columns(Names.read(session))
    with ordered_lines(session, order, office) as (total, rows):
        require_at_most(order.most, total)
        if not order.query.get("photos"):
            yield Table(columns, cover, rows, total)
            return
        if total > MOST_PICTURED:
            raise TooLarge(
                "too_many_for_photos",
                f"带照片的台账至多 {MOST_PICTURED} 行，这里有 {total} 行；"
                "请缩小范围（例如按乡镇、按月），或不带照片导出。",
                lines=total,
                most=MOST_PICTURED,
            )
        few = list(rows)
        first = len(columns)
        pictures = photos_of_lines(session, few, first, order.query.get("as_of"), office.darkroom)
        yield Table(columns + PHOTO_COLUMNS, cover, few, total, pictures)


@contextmanager
def ordered_lines(
    session: Session, order: Order, office: Office
) -> Iterator[tuple[int, Iterable[Line]]]:
    """How many lines the order comes to, and the lines."""
    query, day = order.query, order.query.get("as_of", order.today)
    filters = filters_of(query, day, order.actor)
    phones = bool(query.get("phones"))
    wanted = Wanted(order.actor, office.permissions, filters, phones)
    if day < order.today:
        with lines_as_of(session, wanted, day, tick=order.tick, most=order.most) as found:
            yield found
        return
    condition = wanted.condition
    with closing(lines(session, condition, wanted.shows_phone)) as found_now:
        yield count(session, condition), found_now


def require_at_most(most: int | None, total: int) -> None:
    """Raises TooLarge where an order would wait for more lines than it does."""
    if most is not None and total > most:
        raise TooLarge(
            "export_too_large",
            f"共 {total} 行，直接下载至多 {most} 行；请缩小范围，或改用后台导出。",
            lines=total,
            most=most,
        )


def cover_of(session: Session, order: Order, name: str) -> Cover:
    """What stands above a ledger of this name.

    Raises:
        InvalidInput: there is no such area.
    """
    area = session.get(Area, order.query.get("area") or order.actor.area_code)
    if area is None:
        message = "没有这个区划。"
        raise InvalidInput("invalid_input", message, errors={"area": [message]})
    title = f"{area.name}{name}（{_of_when(order)}）"
    return Cover(title, order.actor.unit or area.name, order.today)


def _of_when(order: Order) -> str:
    """Which month's findings, and as of which day, where it is not today."""
    period, day = order.query.get("period"), order.query.get("as_of")
    parts = []
    if period:
        parts.append(f"{period[:4]}年{int(period[5:])}月")
    if day is not None and day < order.today:
        parts.append(f"截至{_chinese(day)}")
    return "，".join(parts) or f"{order.today.year}年{order.today.month}月"


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


LEDGER = Kind(NAME, Permission.EXPORT_LEDGER, LedgerQuery, ledger_table)
