"""The row of an original; its bytes are in the object store under the same hash."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment
from ..glossary import PhotoState


class Photo(Base):
    """An original as it arrived, and what its examination found (`glossary.PhotoState`).

    `media_type` is what the first bytes say until then, None where they say nothing known. What
    the camera wrote is as it was written: a time with its zone, degrees in WGS-84. The look is two
    hashes of 64 bits (`looks.Look`), the first also in four bands, each an index to search by.
    """

    __tablename__ = "photos"
    __table_args__ = (
        Index(None, "state", "created_at"),
        *(Index(None, f"look_band_{each}") for each in range(4)),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column()
    media_type: Mapped[str | None] = mapped_column(String(32))
    width: Mapped[int | None]
    height: Mapped[int | None]
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)

    state: Mapped[str] = mapped_column(String(16), insert_default=PhotoState.NEW.value)
    quarantine: Mapped[str | None] = mapped_column(String(24))
    # When a process last began to examine it: others leave it alone for a while.
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_latitude: Mapped[float | None] = mapped_column(Float)
    taken_longitude: Mapped[float | None] = mapped_column(Float)
    camera: Mapped[str] = mapped_column(String(100), insert_default="")
    software: Mapped[str] = mapped_column(String(100), insert_default="")
    look_rows: Mapped[int | None]
    look_columns: Mapped[int | None]
    look_band_0: Mapped[int | None] = mapped_column(Integer)
    look_band_1: Mapped[int | None] = mapped_column(Integer)
    look_band_2: Mapped[int | None] = mapped_column(Integer)
    look_band_3: Mapped[int | None] = mapped_column(Integer)


class PhotoUpload(Base):
    """Who brought an original, and how they say that they took it (`glossary.Capture`).

    Two people may bring the same bytes; each may use them.
    """

    __tablename__ = "photo_uploads"

    sha256: Mapped[str] = mapped_column(ForeignKey("photos.sha256"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    capture: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Moment)


class PhotoPart(Base):
    """A piece of a photo on its way in over a bad connection, until the last one is here."""

    __tablename__ = "photo_parts"
    __table_args__ = (Index(None, "at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column()
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime] = mapped_column(Moment)
