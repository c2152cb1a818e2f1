"""The checks of the chains of events."""

from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base
from ...nightly import NightlyRun


class ChainCheck(NightlyRun, Base):
    """One walk along all chains, digests and closed months: asked for, under way, or over."""

    __tablename__ = "chain_checks"
    __table_args__ = (UniqueConstraint("night"), UniqueConstraint("active"))

    hazards_total: Mapped[int]
    hazards_done: Mapped[int]
    events: Mapped[int]
    digests: Mapped[int]
    # How many faults were found, and the first of them: `{"number": …, "words": …}`.
    fault_count: Mapped[int]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
