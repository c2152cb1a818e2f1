"""Keys by which a client such as ODK Collect acts for a person (ODK: app users)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import Conflict, NotFound, Unauthenticated
from ..fields import MAX_ID
from .accounts import ACCOUNT, account_in
from .models import AppKey, User
from .permissions import Actor

# Where the secret of a request's address is found (WSGI environ).
KEY = "hazard_ledger.key"

# One for each phone that somebody fills forms in with.
MOST_KEYS = 10

HOLDER = ACCOUNT.where(
    select(AppKey.id).where(AppKey.user_id == User.id, AppKey.hash == bindparam("hash")).exists(),
    User.closed_at.is_(None),
)


class NewKey(NamedTuple):
    """A key, and its secret, which is told once."""

    key: AppKey
    secret: str


def keys_of(session: Session, user_id: int) -> Sequence[AppKey]:
    """Somebody's keys, the newest first."""
    query = select(AppKey).where(AppKey.user_id == user_id).order_by(AppKey.id.desc())
    return session.scalars(query).all()


def make_key(session: Session, user_id: int, label: str, at: datetime) -> NewKey:
    """Make a key for somebody.

    Raises:
        Conflict: they have as many as one may have.
    """
    # Held, so that two requests at once don't make one too many.
    session.scalar(select(User.id).where(User.id == user_id).with_for_update())
    count = select(func.count()).select_from(AppKey).where(AppKey.user_id == user_id)
    if (session.scalar(count) or 0) >= MOST_KEYS:
        raise Conflict("too_many_keys", f"最多 {MOST_KEYS} 个密钥，请先停用不再用的。")
    secret = secrets.token_urlsafe(32)
    key = AppKey(hash=_hash(secret), user_id=user_id, label=label, created_at=at)
    session.add(key)
    session.flush()
    return NewKey(key, secret)


def revoke_key(session: Session, user_id: int, key_id: int) -> None:
    """Make one of somebody's own keys worthless.

    Raises:
        NotFound: they have no such key.
    """
    mine = delete(AppKey).where(AppKey.id == key_id, AppKey.user_id == user_id)
    if key_id > MAX_ID or not session.execute(mine.returning(AppKey.id)).all():
        raise NotFound("key_not_found", "没有这个密钥，可能已停用。")


def actor_by_key(database: Database, secret: str) -> Actor:
    """Whom a key acts for.

    Raises:
        Unauthenticated: it is none, was revoked, or the account is closed.
    """
    with database.glance() as connection:
        account = account_in(connection, HOLDER, {"hash": _hash(secret)})
    if account is None:
        raise Unauthenticated("key_revoked", "这个服务器地址已停用，请在账号页面重新扫码设置。")
    return account.actor


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
