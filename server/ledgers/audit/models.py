"""The runs of the self-audit. What they find are differences (`ledgers.models`)."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from ...database import Base
from ...nightly import NightlyRun


class AuditRun(NightlyRun, Base):
    """One look at the whole ledger: asked for, under way, or over."""

    __tablename__ = "audit_runs"
    __table_args__ = (UniqueConstraint("night"), UniqueConstraint("active"))

    lines_total: Mapped[int]
    lines_done: Mapped[int]
    # How many flaws it found, how many of them were new or back again, and how many were gone.
    found: Mapped[int]
    opened: Mapped[int]
    resolved: Mapped[int]
