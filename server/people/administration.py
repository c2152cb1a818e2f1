"""Keeping accounts: who has one, and opening, changing and closing them.

An administrator keeps the accounts of their own area, and never their own: so nobody locks
themself out, and there is always one left who could let the others in again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from ..errors import Conflict, InvalidInput, NotFound
from ..fields import MAX_ID
from ..glossary import Role
from ..places.codes import is_within, within
from ..places.models import Site
from ..places.queries import area_path, sites_seen_by
from .accounts import ACCOUNT, Place, actor_of, open_account, settle
from .models import AccountDeed, Organisation, Token, User
from .passwords import hash_password, random_password
from .permissions import Actor
from .records import Change, record
from .sign_ins import sign_out, sign_out_everywhere


@dataclass(frozen=True)
class Person:
    """An account as those who keep accounts see it."""

    actor: Actor
    area: str
    organisation_code: str | None
    created_at: datetime
    closed_at: datetime | None
    sign_ins: int
    seen_at: datetime | None

    @property
    def id(self) -> int:
        return self.actor.id


class Wanted(NamedTuple):
    """What a list of accounts is narrowed to; None narrows nothing."""

    q: str | None = None
    role: Sequence[str] | None = None
    area: str | None = None
    closed: bool | None = None


class WithPassword(NamedTuple):
    """An account, and its new password, which is told once."""

    person: Person
    password: str


def people(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    at: datetime,
    *,
    before_id: int | None,
    limit: int,
) -> Sequence[Person]:
    """Up to `limit + 1` accounts of an actor's area, the newest first."""
    query = _people(at).where(*_matching(actor, wanted)).order_by(User.id.desc())
    if before_id is not None:
        query = query.where(User.id < before_id)
    return [_person(row) for row in session.execute(query.limit(limit + 1))]


def number_of_people(session: Session, actor: Actor, wanted: Wanted) -> int:
    """How many accounts the whole list has."""
    query = select(func.count(User.id)).outerjoin(Organisation).where(*_matching(actor, wanted))
    return session.scalar(query) or 0


def find_person(session: Session, actor: Actor, user_id: int, at: datetime) -> Person:
    """One account.

    Raises:
        NotFound: there is none of this number in the actor's area.
    """
    query = _people(at).where(User.id == user_id, within(User.area_code, actor.area_code))
    row = session.execute(query).first() if user_id <= MAX_ID else None
    if row is None:
        raise NotFound("account_not_found", "没有这个账号，或不在您的管理范围内。")
    return _person(row)


def open_for(
    session: Session, by: Actor, username: str, facts: Mapping[str, Any], at: datetime
) -> WithPassword:
    """Open an account with a random password; `facts` as `change_account` takes them.

    Raises:
        InvalidInput: as `accounts.open_account`; or area or sites are not the administrator's.
    """
    _require_reach(session, by, facts["area"], facts["sites"])
    password = random_password()
    user = open_account(
        session,
        username,
        Role(facts["role"]),
        password,
        at=at,
        area_code=facts["area"],
        name=facts["name"],
        sectors=facts["sectors"],
        site_ids=facts["sites"],
        organisation_code=facts.get("organisation"),
    )
    changes = _changes({}, _in_words(session, user))
    record(session, by.id, user.id, AccountDeed.OPENED, at, changes=changes)
    return WithPassword(find_person(session, by, user.id, at), password)


def change_account(
    session: Session, by: Actor, user_id: int, facts: Mapping[str, Any], at: datetime
) -> Person:
    """Change what `facts` names: name, role, area, sectors, sites, organisation.

    Raises:
        NotFound: as for `find_person`.
        InvalidInput: as for `open_for`.
        Conflict: it is their own role or area, or the last administrator's.
    """
    user = _held(session, by, user_id)
    before = _in_words(session, user)
    place = Place(
        Role(facts.get("role", user.role)),
        facts.get("area", user.area_code),
        tuple(facts.get("sectors", [sector.code for sector in user.sectors])),
        tuple(facts.get("sites", [site.id for site in user.sites])),
        facts.get("organisation", user.organisation_code),
    )
    known = {site.id for site in user.sites}
    _require_reach(session, by, place.area_code, set(place.site_ids) - known)
    if (place.role, place.area_code) != (user.role, user.area_code):
        _require_another(by, user, "不能改自己的角色或区划，请由另一位管理员修改。")
    if place.role is not Role.ADMINISTRATOR:
        _require_administrator_left(session, user)
    settle(session, user, facts.get("name", user.name), place)
    session.flush()
    if changes := _changes(before, _in_words(session, user)):
        record(session, by.id, user.id, AccountDeed.CHANGED, at, changes=changes)
    return find_person(session, by, user_id, at)


def give_password(session: Session, by: Actor, user_id: int, at: datetime) -> WithPassword:
    """Replace a password that was forgotten, or is known to others, by a random one.

    Raises:
        NotFound: as for `find_person`.
        Conflict: it is their own, or the account is closed.
    """
    user = _held(session, by, user_id)
    _require_another(by, user, "自己的密码请在“我的账号”里修改。")
    if user.closed_at is not None:
        raise Conflict("account_closed", "账号已停用，请先恢复再重置密码。")
    password = random_password()
    user.password_hash = hash_password(password)
    sign_out(session, user.id, at)
    record(session, by.id, user.id, AccountDeed.PASSWORD_GIVEN, at)
    return WithPassword(find_person(session, by, user_id, at), password)


def close_account(session: Session, by: Actor, user_id: int, note: str, at: datetime) -> Person:
    """Let nobody act as this account any more; a closed one stays as it is.

    Raises:
        NotFound: as for `find_person`.
        Conflict: it is their own, or the last administrator's.
    """
    user = _held(session, by, user_id)
    _require_another(by, user, "不能停用自己的账号，请由另一位管理员停用。")
    _require_administrator_left(session, user)
    if user.closed_at is None:
        user.closed_at = at
        sign_out_everywhere(session, user.id, at)
        record(session, by.id, user.id, AccountDeed.CLOSED, at, note=note)
    return find_person(session, by, user_id, at)


def reopen_account(session: Session, by: Actor, user_id: int, note: str, at: datetime) -> Person:
    """Let a closed account sign in again, with the password that it had; raises NotFound."""
    user = _held(session, by, user_id)
    if user.closed_at is not None:
        user.closed_at = None
        record(session, by.id, user.id, AccountDeed.REOPENED, at, note=note)
    return find_person(session, by, user_id, at)


def sign_out_account(session: Session, by: Actor, user_id: int, at: datetime) -> None:
    """End whatever somebody is signed in by, as for a lost phone; raises NotFound."""
    user = _held(session, by, user_id)
    sign_out_everywhere(session, user.id, at)
    record(session, by.id, user.id, AccountDeed.SIGNED_OUT, at)


def sites_of(session: Session, person: Person) -> Sequence[Site]:
    """The sites that an account answers for, by name."""
    query = select(Site).where(Site.id.in_(person.actor.site_ids)).order_by(Site.name)
    return session.scalars(query).all()


def organisations(session: Session) -> Sequence[Organisation]:
    """Every office, by name."""
    return session.scalars(select(Organisation).order_by(Organisation.name)).all()


def _people(at: datetime) -> Select[Any]:
    good = (Token.user_id == User.id) & (Token.expires_at > at)
    sign_ins = select(func.count()).select_from(Token).where(good)
    seen = select(func.max(func.coalesce(Token.seen_at, Token.created_at))).where(good)
    return ACCOUNT.add_columns(
        sign_ins.correlate(User).scalar_subquery().label("sign_ins"),
        seen.correlate(User).scalar_subquery().label("seen_at"),
    )


def _matching(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [within(User.area_code, actor.area_code)]
    if wanted.q:
        says = (
            User.username.icontains(wanted.q, autoescape=True),
            User.name.icontains(wanted.q, autoescape=True),
            Organisation.name.icontains(wanted.q, autoescape=True),
        )
        conditions.append(says[0] | says[1] | says[2])
    if wanted.role:
        conditions.append(User.role.in_(wanted.role))
    if wanted.area:
        conditions.append(within(User.area_code, wanted.area))
    if wanted.closed is not None:
        closed = User.closed_at.is_not(None)
        conditions.append(closed if wanted.closed else ~closed)
    return conditions


def _person(row: Row[Any]) -> Person:
    return Person(
        actor_of(row),
        row.area,
        row.organisation_code,
        row.created_at,
        row.closed_at,
        row.sign_ins,
        row.seen_at,
    )


def _held(session: Session, by: Actor, user_id: int) -> User:
    """An account of the administrator's area, held until the transaction ends; raises NotFound.

    Held with it are all administrators, in one order everywhere: of two who close each other at
    once, one waits here, and is refused.
    """
    wanted = User.id == user_id
    query = select(User).where(wanted | _is_administrator()).order_by(User.id).with_for_update()
    held = session.scalars(query).all() if user_id <= MAX_ID else []
    user = next((each for each in held if each.id == user_id), None)
    if user is None or not is_within(user.area_code, by.area_code):
        raise NotFound("account_not_found", "没有这个账号，或不在您的管理范围内。")
    return user


def _is_administrator() -> ColumnElement[bool]:
    return (User.role == Role.ADMINISTRATOR.value) & User.closed_at.is_(None)


def _require_another(by: Actor, user: User, otherwise: str) -> None:
    if by.id == user.id:
        raise Conflict("own_account", otherwise)


def _require_administrator_left(session: Session, user: User) -> None:
    others = select(User.id).where(_is_administrator(), User.id != user.id).limit(1)
    if user.role == Role.ADMINISTRATOR and session.scalar(others) is None:
        raise Conflict("last_administrator", "这是最后一位管理员，请先开通另一位。")


def _require_reach(session: Session, by: Actor, area: str, sites: Any) -> None:
    """Nobody gives an account more ground than their own."""
    if not is_within(area, by.area_code):
        raise _invalid("area", "这个区划不在您的管理范围内。")
    seen = select(Site.id).where(Site.id.in_(sites), sites_seen_by(by))
    if beyond := set(sites) - set(session.scalars(seen)):
        raise _invalid("sites", f"没有编号为 {min(beyond)} 的监管对象，或不在您的管理范围内。")


def _in_words(session: Session, user: User) -> dict[str, str]:
    """An account's facts, as its log tells them."""
    organisation = (
        session.get(Organisation, user.organisation_code) if user.organisation_code else None
    )
    return {
        "姓名": user.name,
        "角色": Role(user.role).chinese,
        "区划": " / ".join(area_path(session, user.area_code)),
        "单位": organisation.name if organisation else "",
        "行业领域": "、".join(sorted(sector.name for sector in user.sectors)),
        "监管对象": "、".join(sorted(site.name for site in user.sites)),
    }


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    told = [Change(field, before.get(field, ""), text) for field, text in after.items()]
    return [change for change in told if change.before != change.after]


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})
