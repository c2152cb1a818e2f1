"""Areas and sites."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Float, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Area(Base):
    """A node of the tree city › township › village › grid."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(18), primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(16))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"), index=True)


class BoundarySet(Base):
    """The boundaries of one import, a version: never altered. The newest in use is `current`."""

    __tablename__ = "boundary_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(200))
    # Made up, to play with: whoever draws them says so.
    demo: Mapped[bool]
    datum: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64))
    current: Mapped[bool]
    imported_at: Mapped[datetime] = mapped_column(Moment)


class Boundary(Base):
    """An area's boundary in WGS-84: its geometry as WKB, and the box that it lies in."""

    __tablename__ = "boundaries"
    __table_args__ = (Index(None, "set_id", "west", "east"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("boundary_sets.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    geometry: Mapped[bytes] = mapped_column(LargeBinary)
    south: Mapped[float] = mapped_column(Float)
    north: Mapped[float] = mapped_column(Float)
    west: Mapped[float] = mapped_column(Float)
    east: Mapped[float] = mapped_column(Float)


class Site(Base):
    """A place under supervision (监管对象): an enterprise, a public place, one building, a spot.

    Latitude and longitude are WGS-84 degrees. The entity id is a UUID, made by the phone that
    registered it, perhaps offline: filled forms may name the site by either.
    """

    __tablename__ = "sites"
    __table_args__ = (Index(None, "area_code"), Index(None, "name"), Index(None, "credit_code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(
        String(36), unique=True, insert_default=lambda: str(uuid4())
    )
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(32))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    sector_code: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    address: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    # Who registered it; nobody where it was there from the beginning.
    created_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    # Counts the changes, so that a form filled in by an older list shows.
    version: Mapped[int] = mapped_column(insert_default=1)


class PlaceChange(Base):
    """That somebody added an area, or changed an area or a site at a desk: what it was before and
    is since, by the field's name. Never altered."""

    __tablename__ = "place_changes"
    __table_args__ = (Index(None, "site_id"), Index(None, "area_code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    # No foreign key: accounts are built on places. They are closed, never deleted.
    user_id: Mapped[int]
    user_name: Mapped[str] = mapped_column(String(64))
    # One of the two.
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
