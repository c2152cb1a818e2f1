"""Accounts: opening them, verifying who somebody is, and the plain actor that they act as."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..fields import FORBIDDEN
from ..glossary import Role
from ..places.models import Area, Site
from .models import Organisation, Sector, User, user_sectors, user_sites
from .passwords import hash_password
from .permissions import Actor

T = TypeVar("T")

MOST_NAME_LENGTH = 64


def open_account(
    session: Session,
    username: str,
    role: Role,
    password: str,
    *,
    at: datetime,
    area_code: str,
    name: str = "",
    sectors: Iterable[str] = (),
    site_ids: Iterable[int] = (),
    organisation_code: str | None = None,
) -> User:
    """Open an account.

    Raises:
        InvalidInput: the name is taken, or could never sign in; the area, a sector, a site or the
            organisation does not exist; the role needs sectors or sites that are not given; the
            password is too short.
    """
    if not _is_name(username) or ":" in username:  # HTTP Basic ends the name at the colon
        message = f"账号应为 1–{MOST_NAME_LENGTH} 字，不含冒号、控制字符和首尾空格。"
        raise _invalid("username", message)
    if find_account(session, username) is not None:
        raise _invalid("username", f"账号 {username} 已存在。")
    place = Place(role, area_code, tuple(sectors), tuple(site_ids), organisation_code)
    user = User(username=username, created_at=at)
    settle(session, user, name or username, place)
    user.password_hash = hash_password(password)
    session.add(user)
    session.flush()
    return user


class Place(NamedTuple):
    """Where an account stands: what its permissions and its reach follow from."""

    role: Role
    area_code: str
    sectors: tuple[str, ...]
    site_ids: tuple[int, ...]
    organisation_code: str | None


def settle(session: Session, user: User, name: str, place: Place) -> None:
    """Give an account its name and its place.

    Raises:
        InvalidInput: as for `open_account`; then the account is as it was.
    """
    if not _is_name(name):
        message = f"姓名应为 1–{MOST_NAME_LENGTH} 字，不含控制字符和首尾空格。"
        raise _invalid("name", message)
    if session.get(Area, place.area_code) is None:
        raise _invalid("area", f"没有编码为 {place.area_code} 的区划。")
    if place.organisation_code is not None:
        _existing(session, Organisation, place.organisation_code, "organisation")
    if place.role is Role.DEPARTMENT and not place.sectors:
        raise _invalid("sectors", "部门账号至少要有一个行业领域。")
    if place.role is Role.RESPONSIBLE_UNIT and not place.site_ids:
        raise _invalid("sites", "责任单位账号至少要有一个监管对象。")
    sectors = [_existing(session, Sector, code, "sectors") for code in sorted(set(place.sectors))]
    sites = [_existing(session, Site, each, "sites") for each in sorted(set(place.site_ids))]
    user.name, user.role, user.area_code = name, place.role.value, place.area_code
    user.organisation_code = place.organisation_code
    user.sectors, user.sites = sectors, sites


class Account(NamedTuple):
    """An account as signing in needs it."""

    actor: Actor
    password_hash: str
    is_closed: bool
    signed_out_at: datetime | None


def find_account(session: Session | Connection, username: str) -> Account | None:
    """The account of this name, closed ones too."""
    if FORBIDDEN.search(username):
        return None
    return account_in(session, NAMED, {"username": username})


def account_in(
    session: Session | Connection, query: Select[Any], given: Mapping[str, object]
) -> Account | None:
    """The account that `query`, one of `ACCOUNT`'s, finds for these parameters.

    Every request asks this: queries are made once, and their values are given to them.
    """
    found = session.execute(query, given).first()
    if found is None:
        return None
    return Account(
        actor_of(found), found.password_hash, found.closed_at is not None, found.signed_out_at
    )


def actor_of(found: Row[Any]) -> Actor:
    """Who a row of `ACCOUNT` acts as."""
    sites = [int(each) for each in (found.sites or "").split(",") if each]
    return Actor(
        id=found.id,
        username=found.username,
        name=found.name,
        role=Role(found.role),
        area_code=found.area_code,
        sectors=frozenset(each for each in (found.sectors or "").split(",") if each),
        site_ids=frozenset(sites),
        unit=found.organisation or found.site or _office(Role(found.role), found.area),
    )


def _account() -> Select[Any]:
    """Users, with what their actor needs of other tables."""
    sectors = select(func.aggregate_strings(user_sectors.c.sector_code, ","))
    sites = select(func.aggregate_strings(cast(user_sites.c.site_id, String), ","))
    site = select(Site.name).join(user_sites, user_sites.c.site_id == Site.id)
    return (
        select(
            *User.__table__.columns,
            Area.name.label("area"),
            Organisation.name.label("organisation"),
            sectors.where(user_sectors.c.user_id == User.id).scalar_subquery().label("sectors"),
            sites.where(user_sites.c.user_id == User.id).scalar_subquery().label("sites"),
            site.where(user_sites.c.user_id == User.id)
            .order_by(Site.id)
            .limit(1)
            .scalar_subquery()
            .label("site"),
        )
        .join(Area, Area.code == User.area_code)
        .outerjoin(Organisation, Organisation.code == User.organisation_code)
    )


ACCOUNT = _account()
NAMED = ACCOUNT.where(User.username == bindparam("username"))


def _office(role: Role, area: str) -> str:
    return f"{area}安委办" if role is Role.TOWNSHIP_OFFICE else area


def _is_name(text: str) -> bool:
    fits = 0 < len(text) <= MOST_NAME_LENGTH and text == text.strip()
    return fits and text.isprintable()


def _existing(session: Session, model: type[T], key: object, field: str) -> T:
    found = session.get(model, key)
    if found is None:
        raise _invalid(field, f"没有 {key}。")
    return found


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})
