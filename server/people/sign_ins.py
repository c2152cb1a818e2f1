"""Where somebody is signed in; signing out one device, or all of them."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..errors import NotFound
from .models import AccountDeed, AppKey, Token, User
from .passwords import hash_password
from .records import record

# So much of a token's hash names it: enough to tell one person's apart, and no secret.
NAME_LENGTH = 16
NAME = re.compile(f"[0-9a-f]{{{NAME_LENGTH}}}")


def sign_ins_of(session: Session, user_id: int, at: datetime) -> Sequence[Token]:
    """Somebody's sign-ins that are good at this moment, the newest first."""
    query = select(Token).where(Token.user_id == user_id, Token.expires_at > at)
    return session.scalars(query.order_by(Token.created_at.desc(), Token.hash)).all()


def end_sign_in(session: Session, user_id: int, name: str) -> None:
    """Make one of somebody's sign-ins worthless.

    Raises:
        NotFound: they have none of this name.
    """
    ended = delete(Token).where(Token.user_id == user_id, Token.hash.startswith(name))
    if not NAME.fullmatch(name) or not session.execute(ended.returning(Token.hash)).all():
        raise NotFound("sign_in_not_found", "没有这个登录，可能已退出。")


def sign_out(session: Session, user_id: int, at: datetime, *, but: str | None = None) -> None:
    """Make all of somebody's sign-ins worthless, remembered HTTP Basic ones too.

    `but` is the hash of a token that stays.
    """
    # The account first: whoever is just signing in is waited for, or refused.
    session.execute(update(User).where(User.id == user_id).values(signed_out_at=at))
    mine = Token.user_id == user_id
    session.execute(delete(Token).where(mine if but is None else mine & (Token.hash != but)))


def sign_out_everywhere(session: Session, user_id: int, at: datetime) -> None:
    """Leave nothing by which a lost phone could act for somebody: Collect's keys go as well."""
    sign_out(session, user_id, at)
    session.execute(delete(AppKey).where(AppKey.user_id == user_id))


def leave_everywhere(session: Session, user_id: int, at: datetime) -> None:
    """Somebody signs out of everything themself."""
    sign_out_everywhere(session, user_id, at)
    record(session, user_id, user_id, AccountDeed.SIGNED_OUT, at)


def change_password(
    session: Session, user_id: int, password: str, at: datetime, *, this: str | None
) -> None:
    """Give somebody the password that they chose; only `this` sign-in (a token's hash) stays.

    Raises:
        InvalidInput: too short or too long.
    """
    hashed = hash_password(password)
    session.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
    sign_out(session, user_id, at, but=this)
    record(session, user_id, user_id, AccountDeed.PASSWORD_CHANGED, at)
