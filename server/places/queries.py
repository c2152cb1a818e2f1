"""Areas and sites as they are asked for."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..glossary import AreaKind, Role
from ..people.permissions import Actor
from .codes import within
from .models import Area, Site


def areas_within(session: Session, area_code: str) -> Sequence[Area]:
    """An area and all that lie in it, by code."""
    query = select(Area).where(within(Area.code, area_code)).order_by(Area.code)
    return session.scalars(query).all()


def townships_around(session: Session, area_code: str) -> Sequence[Area]:
    """The townships of the city that an area belongs to: to whom it may hand something over."""
    kind = Area.kind == AreaKind.TOWNSHIP.value
    query = select(Area).where(within(Area.code, area_code[:6] + "000000"), kind)
    return session.scalars(query.order_by(Area.code)).all()


def sites_seen_by(actor: Actor) -> ColumnElement[bool]:
    """The sites that an account knows of: its area's, or, for a responsible unit, its own."""
    if actor.role is Role.RESPONSIBLE_UNIT:
        return Site.id.in_(actor.site_ids)
    return within(Site.area_code, actor.area_code)


def search_sites(
    session: Session, actor: Actor, q: str | None, *, before_id: int | None, limit: int
) -> Sequence[Site]:
    """Up to `limit + 1` sites that an actor knows of, newest first, whose name or address says
    `q`."""
    query = select(Site).where(sites_seen_by(actor)).order_by(Site.id.desc())
    if q:
        named = Site.name.icontains(q, autoescape=True)
        query = query.where(named | Site.address.icontains(q, autoescape=True))
    if before_id is not None:
        query = query.where(Site.id < before_id)
    return session.scalars(query.limit(limit + 1)).all()


def area_path(session: Session, code: str) -> list[str]:
    """An area's name after those of the areas that it lies in, from the city down."""
    names: list[str] = []
    area = session.get(Area, code)
    while area is not None:
        names.insert(0, area.name)
        area = session.get(Area, area.parent_code) if area.parent_code else None
    return names


def area_names(session: Session) -> dict[str, str]:
    """Every area's name by its code: a city has a few thousand."""
    return dict(session.execute(select(Area.code, Area.name)).all())
