"""Exports that are made in the background, and the log of what was taken out of the house."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment


class Export(Base):
    """A ledger that somebody asked for, on its way to being a file."""

    __tablename__ = "exports"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "state", "created_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(32))
    format: Mapped[str] = mapped_column(String(8))
    # As it was asked for; what it was parsed to is found again by parsing it.
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    rows_done: Mapped[int]
    rows_total: Mapped[int | None]
    # What its owner was allowed when it was made: whose rights have changed gets it no more.
    rights: Mapped[str] = mapped_column(Text)
    # Which attempt is at work, and when it last showed that it was.
    attempts: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(36))
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(Text)
    size: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class ExportLogEntry(Base):
    """That somebody took a ledger out: what, which lines, and with whole telephone numbers or not.

    Written before the first byte is handed over; never altered.
    """

    __tablename__ = "export_log"
    __table_args__ = (Index(None, "at"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user_name: Mapped[str] = mapped_column(String(64))
    user_role: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    format: Mapped[str] = mapped_column(String(8))
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    lines: Mapped[int]
    phones: Mapped[bool]
    # The background export that it came from.
    export_id: Mapped[str | None] = mapped_column(String(36))
