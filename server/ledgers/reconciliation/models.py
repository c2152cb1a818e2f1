"""The lines of an outside ledger, the candidates for them, and what people decided of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment
from ...glossary import Term


class ReconciliationState(Term):
    READ = "read", "已读取，待对账"
    QUEUED = "queued", "排队等候"
    RUNNING = "running", "正在对账"
    DONE = "done", "已对账"
    FAILED = "failed", "对账未完成"


class RowState(Term):
    WAITING = "waiting", "未对账"
    MATCHED = "matched", "已对上"
    PENDING = "pending", "待确认"
    UNMATCHED = "unmatched", "我方没有"


class CandidateDecision(Term):
    SAME = "same", "是同一条"
    DIFFERENT = "different", "不是同一条"


class Asked(Term):
    """Which candidates are asked for."""

    OPEN = "open", "还没有人确认"
    SAME = "same", "是同一条"
    DIFFERENT = "different", "不是同一条"


class Change(Term):
    """How a difference stands to the upload before."""

    NEW = "new", "新出现"
    STILL = "still", "仍然存在"


class Settling(Term):
    """What somebody does about a difference."""

    ACT = "act", "办理"
    THEIRS_WRONG = "theirs_wrong", "对方有误"
    EXPLAINED = "explained", "说明"


class ReconciliationRow(Base):
    """A line of theirs. `key` tells it from the others of its ledger, and is the same again in
    the mended ledger as long as what it says of itself is (`keys`)."""

    __tablename__ = "reconciliation_rows"
    __table_args__ = (
        Index(None, "reconciliation_id", "key", unique=True),
        Index(None, "hazard_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[str] = mapped_column(ForeignKey("reconciliations.id"))
    key: Mapped[str] = mapped_column(String(48))
    # Sheet and row, as a person finds them in the file.
    ref: Mapped[str] = mapped_column(String(100))
    # `records.Record` as JSON (`values`): what the line says, without what it leaves blank.
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    hazard_id: Mapped[int | None] = mapped_column(ForeignKey("hazards.id"))
    # How it was matched, in words.
    how: Mapped[str] = mapped_column(String(100))


class ReconciliationCandidate(Base):
    """A hazard of ours that a line of theirs may be; a person says whether it is."""

    __tablename__ = "reconciliation_candidates"
    __table_args__ = (
        Index(None, "reconciliation_id", "decision"),
        Index(None, "row_id"),
        Index(None, "hazard_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[str] = mapped_column(ForeignKey("reconciliations.id"))
    row_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_rows.id"))
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    # 0 to 1, and what speaks for and against it.
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    likely: Mapped[bool]
    decision: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)


class MatchDecision(Base):
    """What a person decided of a line and a hazard: it holds for every later upload of the same
    source's ledger, until somebody decides otherwise."""

    __tablename__ = "match_decisions"
    __table_args__ = (Index(None, "area_code", "source", "row_key", "hazard_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    source: Mapped[str] = mapped_column(String(100))
    row_key: Mapped[str] = mapped_column(String(48))
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime] = mapped_column(Moment)


class ColumnMemory(Base):
    """What a person said of the columns of a source's ledgers: field by heading."""

    __tablename__ = "column_memories"

    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    fields: Mapped[dict[str, str | None]] = mapped_column(JSON)
    updated_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime] = mapped_column(Moment)
