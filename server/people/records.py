"""What is done to accounts, written down with the deed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from ..places.codes import within
from .models import AccountDeed, AccountLogEntry, User
from .permissions import Actor


class Change(NamedTuple):
    """What a field of an account said, and says; in Chinese."""

    field: str
    before: str
    after: str


def record(
    session: Session,
    by_id: int,
    user_id: int,
    deed: AccountDeed,
    at: datetime,
    *,
    changes: Sequence[Change] = (),
    note: str = "",
) -> None:
    """Write down what was done, in the transaction that does it."""
    entry = AccountLogEntry(
        at=at,
        by_id=by_id,
        user_id=user_id,
        deed=deed.value,
        changes=[change._asdict() for change in changes],
        note=note,
    )
    session.add(entry)


def account_log(
    session: Session, actor: Actor, user_id: int | None, *, before_id: int | None, limit: int
) -> Sequence[Row[Any]]:
    """Up to `limit + 1` entries, newest first, of the accounts in an actor's area, or of one."""
    query = _entries().where(within(_WHOSE.area_code, actor.area_code))
    if user_id is not None:
        query = query.where(AccountLogEntry.user_id == user_id)
    if before_id is not None:
        query = query.where(AccountLogEntry.id < before_id)
    return session.execute(query.order_by(AccountLogEntry.id.desc()).limit(limit + 1)).all()


_WHOSE = aliased(User)
_BY = aliased(User)


def _entries() -> Select[Any]:
    return (
        select(
            *AccountLogEntry.__table__.columns,
            _WHOSE.username,
            _WHOSE.name,
            _BY.username.label("by_username"),
            _BY.name.label("by_name"),
        )
        .join(_WHOSE, _WHOSE.id == AccountLogEntry.user_id)
        .join(_BY, _BY.id == AccountLogEntry.by_id)
    )
