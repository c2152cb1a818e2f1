"""A filled form as it arrived, and the files that belong to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Submission(Base):
    """One filled form. `xml` is the very bytes; `findings` what of it breaks the form's rules."""

    __tablename__ = "submissions"
    __table_args__ = (
        # When somebody last sent one, too.
        Index(None, "submitter_id", "received_at"),
        Index(None, "form_id", "received_at"),
        # Exports walk a form's filled forms in this order.
        Index("ix_submissions_form_id_id", "form_id", "id"),
        Index(None, "area_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(String(255), unique=True)
    form_id: Mapped[str] = mapped_column(ForeignKey("forms.form_id"))
    form_version: Mapped[str] = mapped_column(String(64))
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    xml_sha256: Mapped[str] = mapped_column(String(64))
    submitter_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # The area that the form names within the submitter's own, else that.
    area_code: Mapped[str] = mapped_column(String(18))
    device_id: Mapped[str] = mapped_column(String(255))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    # The one that this corrects (`meta/deprecatedID`); what it said stays as it was.
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment)


class SubmissionFile(Base):
    """A file that a filled form names, or that came with it; no hash while it is still expected."""

    __tablename__ = "submission_files"
    __table_args__ = (Index(None, "sha256"), Index(None, "hazard_id"))

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    # The field that names it; empty for a file that no field names.
    path: Mapped[str] = mapped_column(Text)
    hazard_id: Mapped[int | None] = mapped_column(ForeignKey("hazards.id"))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("photos.sha256"))
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)
