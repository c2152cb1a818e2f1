"""Areas and sites."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, Moment


class Area(Base):
    """A node of the tree city › township › village › grid."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(18), primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(16))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"), index=True)


class Site(Base):
    """A place under supervision (监管对象): an enterprise, a public place, one building, a spot.

    Latitude and longitude are WGS-84 degrees. The entity id is a UUID, made by the phone that
    registered it, perhaps offline: filled forms may name the site by either.
    """

    __tablename__ = "sites"
    __table_args__ = (Index(None, "area_code"), Index(None, "name"))

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
    # Who registered it; nobody where it was imported.
    created_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
