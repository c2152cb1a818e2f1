"""What townships and departments confirmed of a month, and months that are closed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment


class BalanceConfirmation(Base):
    """An office stands by a month's figures: a township for its area, a department for a sector.

    `sector` is empty where all of the area's are meant.
    """

    __tablename__ = "balance_confirmations"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    sector: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Of the figures that were seen and confirmed (`figures.digest`).
    figures_hash: Mapped[str] = mapped_column(String(64))
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(64))
    unit: Mapped[str] = mapped_column(String(100))
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    note: Mapped[str] = mapped_column(Text)


class BalanceClosing(Base):
    """A month that is closed: its figures as the very text that was hashed and signed.

    The text names the hash of the month before (`previous_hash`), who closed it, when and why.
    """

    __tablename__ = "balance_closings"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    snapshot: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))
    closed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime] = mapped_column(Moment)


class BalanceCell(Base):
    """A cell of a closed month, as its snapshot says it, for queries.

    The months after it begin with what it ends with. Adjustments are signed: what left is negative.
    """

    __tablename__ = "balance_cells"
    __table_args__ = (Index(None, "month", "area_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("balance_closings.month"))
    area_code: Mapped[str] = mapped_column(String(18))
    sector: Mapped[str | None] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(24))
    opening: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    regraded: Mapped[int] = mapped_column(Integer)
    reclassified: Mapped[int] = mapped_column(Integer)
    handed_over: Mapped[int] = mapped_column(Integer)
    voided: Mapped[int] = mapped_column(Integer)
    closed: Mapped[int] = mapped_column(Integer)
    ending: Mapped[int] = mapped_column(Integer)
    # Of `added`: found in an earlier month than recorded.
    late: Mapped[int] = mapped_column(Integer)
