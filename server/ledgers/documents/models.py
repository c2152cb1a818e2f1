"""Issued documents: never altered. Their bytes are in the object store under their hash."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Moment


class IssuedDocument(Base):
    """A document as it was issued, by the event of the hazard's chain that tells of it."""

    __tablename__ = "issued_documents"
    __table_args__ = (
        UniqueConstraint("hazard_id", "kind", "version"),
        # The list of all of them, the newest first.
        Index(None, "issued_at", "event_id"),
    )

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    hazard_id: Mapped[int] = mapped_column(ForeignKey("hazards.id"))
    kind: Mapped[str] = mapped_column(String(32))
    # Counts the documents of this kind on this hazard, from 1; the newest is in force.
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(100), unique=True)
    office: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    issued_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issuer_name: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(Moment)


class DocumentSeries(Base):
    """The last serial given in a series of document numbers (`（孝义）应急责改〔2026〕`)."""

    __tablename__ = "document_series"

    prefix: Mapped[str] = mapped_column(String(90), primary_key=True)
    last: Mapped[int]
