"""The hazard's row, its plans, photos and events; and the row as plain facts and back."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, Moment
from ..glossary import Level, Stage, State
from .facts import Facts, PhotoOf

_DUE = text("evidence_seq < version")
_EVER_LISTED = text("listing IS NOT NULL")
_OPEN = text("state NOT IN ('closed', 'void')")
_ASKED = text("extension_requested IS NOT NULL")
_LOOKED = text("action IN ('recheck', 'visit')")

SHEET = (
    "area_code",
    "state",
    "level",
    "sector",
    "found_on",
    "deadline",
    "closed_on",
    "reporter_id",
)


class Hazard(Base):
    """One line of the ledger. Every column is a fact of `Facts`, but the ids, `version` and
    `evidence_seq`."""

    __tablename__ = "hazards"
    __table_args__ = (
        Index(None, "area_code", "state"),
        Index(None, "sector", "state"),
        Index(None, "state", "deadline"),
        Index(None, "site_id"),
        Index(None, "responsible_site_id"),
        Index(None, "reporter_id"),
        Index(None, "submission_id"),
        Index(None, "latitude", "longitude"),
        Index(None, "duplicate_of"),
        Index("ix_hazards_evidence_due", "id", sqlite_where=_DUE, postgresql_where=_DUE),
        # Figures are of a year; few hazards are ever listed.
        Index(None, "found_on"),
        Index(None, "closed_on"),
        # The long sheet: what is shown is found in here, without a look at the rows.
        Index("ix_hazards_rows", "id", *SHEET),
        Index("ix_hazards_listed", "id", sqlite_where=_EVER_LISTED, postgresql_where=_EVER_LISTED),
        # The desk counts what is open, which is little of all, without reading the rows themselves.
        Index(
            "ix_hazards_desk",
            "state",
            "level",
            "area_code",
            postgresql_include=[
                "id",
                "sector",
                "found_on",
                "deadline",
                "rectifier_id",
                "reporter_id",
            ],
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_hazards_asked", "id", sqlite_where=_ASKED, postgresql_where=_ASKED),
        # All that a map of what is open asks for, so that it reads nothing else.
        Index(
            "ix_hazards_open_places",
            *("latitude", "longitude", "area_code", "sector", "level", "state", "deadline"),
            *("reporter_id", "id"),
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(36), unique=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))
    # How many events there are; the ETag.
    version: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    # The last event whose evidence was looked at (`evidence`).
    evidence_seq: Mapped[int] = mapped_column(insert_default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(24))
    level: Mapped[str] = mapped_column(String(24))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reporter_name: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Text)
    found_on: Mapped[date] = mapped_column(Date)
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    site_name: Mapped[str] = mapped_column(Text)
    spot: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    suggested_deadline: Mapped[date | None] = mapped_column(Date)
    needs_review: Mapped[bool]

    responsible_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    responsible_unit: Mapped[str] = mapped_column(Text)
    supervisor: Mapped[str] = mapped_column(Text)
    deadline: Mapped[date | None] = mapped_column(Date)
    plan_approved: Mapped[bool]
    extensions: Mapped[int]
    extension_requested: Mapped[date | None] = mapped_column(Date)
    extension_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    fixed_on_spot: Mapped[bool]
    finish_summary: Mapped[str] = mapped_column(Text)
    finished_on: Mapped[date | None] = mapped_column(Date)
    rectifier_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    rectifier_name: Mapped[str] = mapped_column(String(64))
    acceptors: Mapped[list[str]] = mapped_column(JSON)
    acceptor_ids: Mapped[list[int]] = mapped_column(JSON)
    acceptance_opinion: Mapped[str] = mapped_column(Text)
    accepted_on: Mapped[date | None] = mapped_column(Date)
    closer_name: Mapped[str] = mapped_column(String(64))
    closed_on: Mapped[date | None] = mapped_column(Date)

    listing: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    delisted: Mapped[bool]
    reported_to_regulator: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reported_to_employees: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    suspended: Mapped[bool]
    transferred: Mapped[bool]
    void_reason: Mapped[str] = mapped_column(Text)
    duplicate_of: Mapped[str | None] = mapped_column(String(40))

    # The plan in force or under review; earlier ones stay in the table.
    current_plan: Mapped["Plan | None"] = relationship(
        primaryjoin="and_(Hazard.id == foreign(Plan.hazard_id), Plan.current)",
        viewonly=True,
        uselist=False,
    )
    photos: Mapped[list["HazardPhoto"]] = relationship(
        order_by="(HazardPhoto.seq, HazardPhoto.position)", viewonly=True
    )

    def facts(self) -> Facts:
        """The row, its current plan and its photos as plain facts."""
        plain = {each.name: getattr(self, each.name) for each in fields(Facts) if each.name in ROW}
        plan = self.current_plan
        return Facts(
            **plain
            | {
                "state": State(self.state),
                "level": Level(self.level),
                "acceptors": tuple(self.acceptors),
                "acceptor_ids": tuple(self.acceptor_ids),
                "plan": plan.as_dict() if plan else None,
                "plan_by": plan.submitted_by if plan else None,
                "photos": tuple(
                    PhotoOf(Stage(photo.stage), photo.sha256, photo.event_id)
                    for photo in self.photos
                ),
            }
        )

    def write(self, facts: Facts) -> None:
        """Set the columns to what the facts say; plans and photos have rows of their own."""
        for name, value in row_of(facts).items():
            setattr(self, name, value)


NOT_COLUMNS = {"plan", "plan_by", "photos"}
ROW = tuple(each.name for each in fields(Facts) if each.name not in NOT_COLUMNS)


def row_of(facts: Facts) -> dict[str, Any]:
    """The columns that hold the facts, and their values."""
    lists = {"acceptors": list(facts.acceptors), "acceptor_ids": list(facts.acceptor_ids)}
    return {name: getattr(facts, name) for name in ROW} | lists


class Plan(Base):
    """A rectification plan as it was submitted, in five parts."""

    __tablename__ = "plans"
    __table_args__ = (Index(None, "hazard_id"),)

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    current: Mapped[bool]
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    person: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    amount_yuan: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    source: Mapped[str] = mapped_column(Text)
    deadline: Mapped[date] = mapped_column(Date)
    contingency: Mapped[str] = mapped_column(Text)

    @classmethod
    def submitted(cls, hazard_id: int, event_id: str, by: int, plan: dict[str, Any]) -> "Plan":
        return cls(
            event_id=event_id,
            hazard_id=hazard_id,
            current=True,
            submitted_by=by,
            **plan["responsibility"],
            measures=plan["measures"],
            amount_yuan=Decimal(plan["funds"]["amount_yuan"]),
            source=plan["funds"].get("source", ""),
            deadline=date.fromisoformat(plan["deadline"]),
            contingency=plan["contingency"],
        )

    def as_dict(self) -> dict[str, Any]:
        """As on the wire and in the event."""
        return {
            "responsibility": {"person": self.person, "unit": self.unit, "phone": self.phone},
            "measures": self.measures,
            "funds": {"amount_yuan": f"{self.amount_yuan:.2f}", "source": self.source},
            "deadline": self.deadline.isoformat(),
            "contingency": self.contingency,
        }


class Event(Base):
    """A change: appended, never altered. Each carries the hash of the one before it.

    `at` (UTC, RFC 3339 with microseconds) and `data` (canonical JSON) are kept as the very text
    that was hashed.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("hazard_id", "seq"),
        Index(None, "at"),
        # Whoever went back to look at what was struck off.
        Index("ix_events_looks", "hazard_id", sqlite_where=_LOOKED, postgresql_where=_LOOKED),
        # Who did what: the auditors' questions.
        Index(None, "actor_id", "at"),
        Index(None, "action", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    seq: Mapped[int]
    action: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str | None] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    actor_name: Mapped[str] = mapped_column(String(64))
    actor_role: Mapped[str] = mapped_column(String(32))
    at: Mapped[str] = mapped_column(String(27))
    data: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Movement(Base):
    """What an event did to the open stock of a cell, area × sector × level (`movements`).

    `month` is the one in which the event was recorded, `yyyy-mm` in Asia/Shanghai. Areas and
    sectors are those of the hazard's own history, which has the foreign keys.
    """

    __tablename__ = "movements"
    __table_args__ = (
        ForeignKeyConstraint(["hazard_id", "seq"], ["events.hazard_id", "events.seq"]),
        Index(None, "month", "area_code"),
    )

    hazard_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(16))
    area_code: Mapped[str] = mapped_column(String(18))
    sector: Mapped[str | None] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(24))
    delta: Mapped[int] = mapped_column(SmallInteger)
    # It was found in an earlier month than it was recorded in.
    late: Mapped[bool]


class HazardPhoto(Base):
    """A photo of a hazard, brought by an event."""

    __tablename__ = "hazard_photos"
    __table_args__ = (Index(None, "sha256"), Index(None, "hazard_id"))

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    seq: Mapped[int]
    stage: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(ForeignKey("photos.sha256"))
    # What a watermark carries, to find the way back here (`codes`).
    code: Mapped[str] = mapped_column(String(12), unique=True)


class Finding(Base):
    """A fact about a hazard's evidence, with its numbers (`findings`); never altered.

    It belongs to the event that brought the evidence, and to one photo where it is about one.
    """

    __tablename__ = "findings"
    __table_args__ = (Index(None, "hazard_id"), Index(None, "event_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("photos.sha256"))
    kind: Mapped[str] = mapped_column(String(24))
    serious: Mapped[bool]
    numbers: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)


class NumberSeries(Base):
    """The last serial given in a series of hazard numbers (`YH-141181-001-202611`)."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(32), primary_key=True)
    last: Mapped[int]


class Digest(Base):
    """A day's seal: the heads of all chains that grew that day, chained to the day before."""

    __tablename__ = "digests"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    heads: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class SavedView(Base):
    """A way of looking at the ledger that somebody keeps: what it is narrowed to, and how shown."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(40))
    # As an address carries them.
    query: Mapped[dict[str, str]] = mapped_column(JSON)
    columns: Mapped[list[str]] = mapped_column(JSON)
    sort: Mapped[str] = mapped_column(String(16))
