"""Areas and sites as they are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..glossary import AreaKind, Role
from ..people.permissions import Actor
from .codes import within
from .models import Area, PlaceChange, Site


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


def sites_matching(actor: Actor, asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The conditions for the sites that an actor knows of, of an `area` and what lies in it, a
    `kind`, a `sector`, a `credit_code`, whose name, address or credit code says `q`."""
    conditions = [sites_seen_by(actor)]
    if area := asked.get("area"):
        conditions.append(within(Site.area_code, area))
    if kind := asked.get("kind"):
        conditions.append(Site.kind == kind)
    if sector := asked.get("sector"):
        conditions.append(Site.sector_code == sector)
    if code := asked.get("credit_code"):
        conditions.append(Site.credit_code == code.upper())
    if q := asked.get("q"):
        named = Site.name.icontains(q, autoescape=True)
        found = named | Site.address.icontains(q, autoescape=True)
        conditions.append(found | (Site.credit_code == q.upper()))
    return conditions


def search_sites(
    session: Session,
    actor: Actor,
    asked: Mapping[str, Any],
    *,
    before_id: int | None,
    limit: int,
) -> Sequence[Site]:
    """Up to `limit + 1` sites that match (`sites_matching`), newest first."""
    query = select(Site).where(*sites_matching(actor, asked)).order_by(Site.id.desc())
    if before_id is not None:
        query = query.where(Site.id < before_id)
    return session.scalars(query.limit(limit + 1)).all()


def count_sites(session: Session, actor: Actor, asked: Mapping[str, Any]) -> int:
    """How many sites match (`sites_matching`)."""
    query = select(func.count()).select_from(Site).where(*sites_matching(actor, asked))
    return session.scalar(query) or 0


def find_site(session: Session, actor: Actor, site_id: int) -> Site:
    """A site that an actor knows of.

    Raises:
        NotFound: there is none of this number, or the actor doesn't know of it.
    """
    query = select(Site).where(Site.id == site_id, sites_seen_by(actor))
    site = session.scalar(query)
    if site is None:
        raise NotFound("site_not_found", "没有这个监管对象，或不在您的辖区内。")
    return site


def changes_of(session: Session, site_id: int) -> Sequence[PlaceChange]:
    """What was changed of a site at a desk, newest first; the last hundred changes."""
    query = select(PlaceChange).where(PlaceChange.site_id == site_id)
    return session.scalars(query.order_by(PlaceChange.id.desc()).limit(100)).all()


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
