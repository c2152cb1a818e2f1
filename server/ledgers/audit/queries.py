"""Differences of our own ledger as they are asked for: whose, which, and how many."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from ...hazards.models import Hazard
from ...hazards.queries import visible_to
from ...people.models import User
from ...people.permissions import Actor, Grant, Permission, Permissions, Reach
from ...places.codes import ENDS, within
from ...places.models import Area
from ..differences import DifferenceKind, DifferenceStatus
from ..models import Difference

Condition = ColumnElement[bool]


def own_visible_to(actor: Actor, asked: Permission, permissions: Permissions) -> Condition:
    """The differences of our own ledger of which the permission table lets the actor ask this.

    One about a hazard is whose the hazard is, wherever that has gone since; one about no single
    hazard is whose its area and sector are.
    """
    hazards = select(Hazard.id).where(visible_to(actor, asked, permissions))
    reaches = [_reach(grant, actor) for grant in permissions.grants(actor, asked)]
    return and_(
        Difference.reconciliation_id.is_(None),
        or_(
            Difference.hazard_id.in_(hazards),
            and_(Difference.hazard_id.is_(None), or_(false(), *reaches)),
        ),
    )


def _reach(grant: Grant, actor: Actor) -> Condition:
    in_area = within(Difference.area_code, actor.area_code)
    match grant.reach:
        case Reach.AREA:
            return in_area
        case Reach.SECTORS:
            return and_(in_area, Difference.sector.in_(actor.sectors))
        case _:
            return false()


def matching(query: Mapping[str, Any]) -> Condition:
    """What a parsed query narrows the list to."""
    conditions: list[Condition] = [Difference.id.is_not(None)]
    for column, values in (
        (Difference.kind, query.get("kind")),
        (Difference.status, query.get("status")),
    ):
        if values:
            conditions.append(column.in_(values))
    if "area" in query:
        conditions.append(within(Difference.area_code, query["area"]))
    if "month" in query:
        conditions.append(Difference.month <= query["month"])
    if "number" in query:
        conditions.append(Hazard.number == query["number"])
    return and_(*conditions)


def differences(condition: Condition) -> Select[Any]:
    """Each with its hazard's number and the name of who settled it."""
    columns: tuple[Any, ...] = (Difference, Hazard.number, User.name)
    return (
        select(*columns)
        .outerjoin(Hazard, Hazard.id == Difference.hazard_id)
        .outerjoin(User, User.id == Difference.settled_by)
        .where(condition)
    )


def page(
    session: Session, condition: Condition, *, before_id: int | None, limit: int
) -> Sequence[Any]:
    """Up to `limit + 1` of them, newest first, so that the caller knows whether there are more."""
    query = differences(condition).order_by(Difference.id.desc()).limit(limit + 1)
    if before_id is not None:
        query = query.where(Difference.id < before_id)
    return session.execute(query).all()


def counts(session: Session, condition: Condition) -> dict[str, Any]:
    """How many there are of each kind in each status, and how many are open in each township."""
    by_kind = (
        select(Difference.kind, Difference.status, func.count())
        .outerjoin(Hazard, Hazard.id == Difference.hazard_id)
        .where(condition)
        .group_by(Difference.kind, Difference.status)
    )
    found = {(kind, status): count for kind, status, count in session.execute(by_kind)}
    kinds = [
        {"kind": kind.value, "name": kind.chinese}
        | {status.value: found.get((kind.value, status.value), 0) for status in DifferenceStatus}
        for kind in DifferenceKind
        if any((kind.value, status.value) in found for status in DifferenceStatus)
    ]
    total = sum(count for (_, status), count in found.items() if status == DifferenceStatus.OPEN)
    return {"open": total, "kinds": kinds, "townships": _townships(session, condition)}


def _townships(session: Session, condition: Condition) -> list[dict[str, Any]]:
    township = func.substr(Difference.area_code, 1, ENDS[3])
    query = (
        select(township, func.count())
        .outerjoin(Hazard, Hazard.id == Difference.hazard_id)
        .where(condition, Difference.status == DifferenceStatus.OPEN.value)
        .group_by(township)
        .order_by(township)
    )
    names = dict(session.execute(select(Area.code, Area.name)).all())
    return [
        {"area": f"{code}000", "name": names.get(f"{code}000", ""), "open": count}
        for code, count in session.execute(query)
    ]
