"""Published forms, every version for ever; drafts of new ones; the files that forms name."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Form(Base):
    """A form of the library; its title is that of its newest version.

    A retired form is not given out any more; what was filled in is still taken. `areas` and `roles`
    are whom it is given to: everybody, where they are empty.
    """

    __tablename__ = "forms"

    form_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    current_version: Mapped[str] = mapped_column(String(64))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    areas: Mapped[list[str]] = mapped_column(JSON, insert_default=list)
    roles: Mapped[list[str]] = mapped_column(JSON, insert_default=list)


class FormVersion(Base):
    """An XForm as it was published. Older versions stay accepted."""

    __tablename__ = "form_versions"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[str] = mapped_column(ForeignKey("forms.form_id"))
    version: Mapped[str] = mapped_column(String(64))
    xform: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    md5: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))
    # Of the file that it was converted from, so that the same file need not be converted again.
    source_sha256: Mapped[str | None] = mapped_column(String(64))
    # The same as Excel, to be edited and brought back; none where an XForm was published.
    xlsx: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    published_at: Mapped[datetime] = mapped_column(Moment)
    # Nobody: by the application itself, or on the command line.
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FormDraft(Base):
    """A form's file that converts, and waits for somebody to look at it and publish it."""

    __tablename__ = "form_drafts"

    # No number, which might be another's one day: who has an old one open must not publish that.
    id: Mapped[str] = mapped_column(
        String(36), primary_key=True, insert_default=lambda: str(uuid4())
    )
    form_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200))
    xform: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    xlsx: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class FormMedia(Base):
    """A file that a form names, such as a list of choices, for all of its versions."""

    __tablename__ = "form_media"

    form_id: Mapped[str] = mapped_column(ForeignKey("forms.form_id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(50))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    md5: Mapped[str] = mapped_column(String(32))
    updated_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime] = mapped_column(Moment)
