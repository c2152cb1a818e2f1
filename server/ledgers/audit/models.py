"""The runs of the self-audit. What they find are differences (`ledgers.models`)."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment


class AuditRun(Base):
    """One look at the whole ledger: asked for, under way, or over.

    Two things are true by the database alone, whatever processes there are: a night has one run,
    and one run at most is `active` (asked for or under way; NULL when it is over). A run whose
    process died shows by its heartbeat and is taken up by another.
    """

    __tablename__ = "audit_runs"
    __table_args__ = (UniqueConstraint("night"), UniqueConstraint("active"))

    id: Mapped[int] = mapped_column(primary_key=True)
    # The night (day in Asia/Shanghai) that it is the run of; None: somebody asked for it.
    night: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool | None] = mapped_column(Boolean)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    lines_total: Mapped[int]
    lines_done: Mapped[int]
    # How many flaws it found, how many of them were new or back again, and how many were gone.
    found: Mapped[int]
    opened: Mapped[int]
    resolved: Mapped[int]
    # Why it did not come to its end; empty where it did.
    failure: Mapped[str] = mapped_column(Text)
