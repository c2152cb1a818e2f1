"""Imports: what was handed in, how far it is, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Import(Base):
    """A file of people or sites, on its way into the database. Kept as the record that it was."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "state", "created_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(100))
    # A trial writes nothing; otherwise rows with problems are left out, or stop the whole.
    dry_run: Mapped[bool]
    skip_bad: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    rows_done: Mapped[int]
    rows_total: Mapped[int]
    rows_new: Mapped[int]
    rows_known: Mapped[int]
    rows_bad: Mapped[int]
    # The first of them, by row and column: `{"row", "column", "message"}`.
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # Why it failed as a whole.
    message: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    # Until when its files are kept: what was handed in, and the result.
    files_until: Mapped[datetime | None] = mapped_column(Moment)
