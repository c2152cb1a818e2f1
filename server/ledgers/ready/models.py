"""Answers that were counted before, and who asks for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment


class ReadyAnswer(Base):
    """The answer to one question of one scope, as it was when it was last counted.

    The key follows from the question; the tag says of which state of the ledger the answer is.
    """

    __tablename__ = "ready_answers"
    __table_args__ = (Index(None, "wanted_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Whose scope, and what of it: enough to count it again (`questions.Question`).
    question: Mapped[dict[str, Any]] = mapped_column(JSON)
    value: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    # Somebody saw it out of date; whoever counts it anew takes it first.
    wanted_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
