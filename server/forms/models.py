"""Published forms, every version for ever."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Form(Base):
    """A form of the library; its title is that of its newest version."""

    __tablename__ = "forms"

    form_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    current_version: Mapped[str] = mapped_column(String(64))


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
    published_at: Mapped[datetime] = mapped_column(Moment)
