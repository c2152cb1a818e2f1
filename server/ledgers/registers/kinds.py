"""The registers as ledgers that can be exported: C 挂牌督办, D 销号, E 自建房."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import Session

from ...clock import days_of_month
from ...errors import InvalidInput
from ...fields import Schema
from ...hazards.filters import Filters, filters_of, matching
from ...hazards.models import Hazard
from ...hazards.queries import Condition, visible_to
from ...people.permissions import Permission
from ...places.models import Area
from ..exports.as_of import end_of, holds
from ..exports.kinds import Kind, Office, Order, Table
from ..exports.ledger import require_at_most
from ..exports.lines import Wanted
from ..exports.workbook import Cover
from . import closures as closed
from . import houses as built
from . import listed
from .schemas import ClosuresFileQuery, HousesFileQuery, ListedFileQuery


@contextmanager
def listed_table(session: Session, order: Order, office: Office) -> Iterator[Table]:
    """The table of ledger C, today's or an earlier day's."""
    lines = listed_lines(session, order, office)
    require_at_most(order.most, len(lines))
    cover = cover_of(session, order, listed.NAME)
    yield Table(listed.COLUMNS, cover, lines, len(lines))


def listed_lines(session: Session, order: Order, office: Office) -> list[listed.ListedHazard]:
    """The lines of ledger C: the list's filters, as things stood at the end of `as_of`."""
    query, day = order.query, order.query.get("as_of", order.today)
    filters = _filters(order, day)
    wanted = Wanted(order.actor, office.permissions, filters, phones=bool(query.get("phones")))
    before = end_of(day) if day < order.today else None
    # An earlier day's filters are of what was known then.
    scope = visible_to(order.actor, Permission.EXPORT_LEDGER, office.permissions)
    condition = wanted.condition if before is None else scope
    lines = []
    for line in listed.listed_hazards(session, condition, day, before):
        if before is not None and not holds(wanted, line.facts, looked=line.looked):
            continue
        if "period" in query and f"{line.listed_on:%Y-%m}" != query["period"]:
            continue
        may = office.permissions.may(order.actor, Permission.READ_PHONES, line.facts)
        line.shows_phone = wanted.phones and may
        lines.append(line)
    return lines


@contextmanager
def closures_table(session: Session, order: Order, office: Office) -> Iterator[Table]:
    """The table of ledger D. What was struck off stays so: an earlier day's ends with that day."""
    condition = closures_condition(order, office)
    where = and_(condition, closed.CLOSED)
    total = session.scalar(select(func.count()).select_from(Hazard).where(where)) or 0
    require_at_most(order.most, total)
    cover = cover_of(session, order, closed.NAME)
    yield Table(closed.COLUMNS, cover, closed.closures(session, condition), total)


def closures_condition(order: Order, office: Office) -> Condition:
    """What of ledger D an order asks for."""
    query, day = order.query, order.query.get("as_of", order.today)
    filters = matching(_filters(order, day), office.permissions)
    scope = visible_to(order.actor, Permission.EXPORT_LEDGER, office.permissions)
    within: Condition = true()
    if "period" in query:
        first, following = days_of_month(query["period"])
        within = and_(Hazard.closed_on >= first, Hazard.closed_on < following)
    return and_(scope, filters, within, Hazard.closed_on <= day)


@contextmanager
def houses_table(session: Session, order: Order, office: Office) -> Iterator[Table]:
    """The table of ledger E."""
    found = houses_of(session, order, office)
    require_at_most(order.most, len(found))
    cover = cover_of(session, order, built.NAME)
    rows = built.with_hazards(session, found, order.actor, office.permissions)
    yield Table(built.COLUMNS, cover, rows, len(found))


def houses_of(session: Session, order: Order, office: Office) -> list[built.House]:
    """The houses of ledger E that an order asks for."""
    query = order.query
    return built.houses(
        session,
        office.library,
        order.actor,
        office.permissions,
        area=query.get("area"),
        q=query.get("q"),
    )


def _filters(order: Order, day: date) -> Filters:
    """The list's filters, but that `period` is when a hazard was listed, or struck off."""
    return replace(filters_of(order.query, day, order.actor), period=None)


def cover_of(session: Session, order: Order, name: str) -> Cover:
    """What stands above a register of the order's area and month.

    Raises:
        InvalidInput: there is no such area.
    """
    area = session.get(Area, order.query.get("area") or order.actor.area_code)
    if area is None:
        message = "没有这个区划。"
        raise InvalidInput("invalid_input", message, errors={"area": [message]})
    day: date = order.query.get("as_of", order.today)
    month = order.query.get("period") or f"{day:%Y-%m}"
    year, number = (int(part) for part in month.split("-"))
    title = f"{area.name}{name}（{year}年{number}月）"
    return Cover(title, order.actor.unit or area.name, day)


def _kind(name: str, query: type[Schema], prepare: Any) -> Kind:
    return Kind(name, Permission.EXPORT_LEDGER, query, prepare)


REGISTERS: Mapping[str, Kind] = {
    "listed": _kind(listed.NAME, ListedFileQuery, listed_table),
    "closures": _kind(closed.NAME, ClosuresFileQuery, closures_table),
    "houses": _kind(built.NAME, HousesFileQuery, houses_table),
}
