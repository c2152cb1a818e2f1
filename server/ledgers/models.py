"""Ledgers held against each other, and the differences that are found."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment

_OWN = text("reconciliation_id IS NULL")


class Reconciliation(Base):
    """An outside ledger, as it was uploaded, held against ours.

    The file itself is in the object store by its hash; its lines are in `reconciliation_rows`. The
    state is what the work on it has come to: whoever works on it leaves a heartbeat, so that what
    a lost process had begun is begun again.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (Index(None, "state"), Index(None, "area_code", "source", "month"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    # Whose ledger it is, in words: what was learnt of its columns is remembered by this name.
    source: Mapped[str] = mapped_column(String(100))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    # The month that the ledger is of, `yyyy-mm`, and the part of ours that it should equal.
    month: Mapped[str] = mapped_column(String(7))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    # The upload of the same ledger before this one, which this one takes the place of.
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("reconciliations.id"))

    state: Mapped[str] = mapped_column(String(16))
    rows_done: Mapped[int]
    rows_total: Mapped[int]
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    # Why it failed, in words.
    message: Mapped[str] = mapped_column(Text)
    # For each sheet that was read: its columns as recognised, what else they could be, samples.
    sheets: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # Cells that could not be read, and what the file says of its own sums.
    cell_errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    stated: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What of ours it was held against, when it was.
    our_lines: Mapped[int]
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class Difference(Base):
    """Something in our ledger, or between ours and another, that somebody has to settle.

    The audit of our own ledger and every reconciliation find them by the same rules. `key` tells
    one from every other of the same source, so that looking again finds the same one: what is not
    found again is gone (`resolved`), whatever its history.
    """

    __tablename__ = "differences"
    __table_args__ = (
        Index(None, "reconciliation_id", "key", unique=True),
        # NULLs are all different: without this, two audits of our own ledger could write twice.
        Index("ix_differences_own", "key", unique=True, sqlite_where=_OWN, postgresql_where=_OWN),
        Index(None, "status", "month"),
        Index(None, "hazard_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # None: found by the audit of our own ledger.
    reconciliation_id: Mapped[str | None] = mapped_column(ForeignKey("reconciliations.id"))
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(32))
    # The month that it stands open in, `yyyy-mm`.
    month: Mapped[str] = mapped_column(String(7))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    hazard_id: Mapped[int | None] = mapped_column(ForeignKey("hazards.id"))
    # The line of theirs that it is about, by its key in `reconciliation_rows`.
    row_key: Mapped[str | None] = mapped_column(String(48))
    # What is wrong and why that matters, in Chinese, and the values on both sides by column.
    explanation: Mapped[str] = mapped_column(Text)
    ours: Mapped[dict[str, Any]] = mapped_column(JSON)
    theirs: Mapped[dict[str, Any]] = mapped_column(JSON)
    # `{action, data, words}`: what could be done about it; action is None where only words help.
    suggestion: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16))
    found_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    # The act that settled it, where one did.
    event_id: Mapped[str | None] = mapped_column(ForeignKey("events.id"))
