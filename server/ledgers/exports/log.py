"""The export log: who took which lines out of the house, when, and how plain."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...people.models import User
from ...people.permissions import Actor
from ...places.codes import within
from .models import ExportLogEntry


def log_export(
    session: Session,
    actor: Actor,
    at: datetime,
    *,
    kind: str,
    format: str,
    query: Mapping[str, Any],
    lines: int,
    phones: bool,
    export_id: str | None = None,
) -> None:
    """Write down an export, before it is handed over. `query` is as it was asked for."""
    session.add(
        ExportLogEntry(
            at=at,
            user_id=actor.id,
            user_name=actor.name,
            user_role=actor.role.value,
            kind=kind,
            format=format,
            query=dict(query),
            lines=lines,
            phones=phones,
            export_id=export_id,
        )
    )


def logged(
    session: Session, actor: Actor, phones: bool | None, *, before_id: int | None, limit: int
) -> Sequence[ExportLogEntry]:
    """Up to `limit + 1` exports by people of the actor's area, newest first."""
    query = (
        select(ExportLogEntry)
        .join(User, User.id == ExportLogEntry.user_id)
        .where(within(User.area_code, actor.area_code))
        .order_by(ExportLogEntry.id.desc())
        .limit(limit + 1)
    )
    if phones is not None:
        query = query.where(ExportLogEntry.phones.is_(phones))
    if before_id is not None:
        query = query.where(ExportLogEntry.id < before_id)
    return session.scalars(query).all()
