"""Registering a site (监管对象) that a worker found in the field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import insert_new
from ..errors import Conflict, InvalidInput
from ..glossary import Datum
from ..people.models import Sector
from .codes import is_within
from .datum import to_wgs84
from .models import Area, Site

COLUMNS = ("name", "kind", "credit_code", "address", "latitude", "longitude")


def register_site(
    session: Session, given: Mapping[str, Any], *, area_code: str, by: int, at: datetime
) -> tuple[Site, bool]:
    """Register a site within `area_code`; tells whether it is new. Sent again, it changes nothing.

    Raises:
        InvalidInput: its area is not within `area_code`, or there is no such sector.
        Conflict: the id is another site's.
    """
    row = _row(session, given, area_code) | {"created_by": by, "created_at": at}
    is_new = insert_new(session, Site.__table__, row)  # type: ignore[arg-type]
    site = session.scalars(select(Site).where(Site.entity_id == row["entity_id"])).one()
    if not is_new and (site.created_by != by or site.name != row["name"]):
        raise Conflict("site_id_used", "这个编号（id）已用于别的监管对象，请换一个新的。")
    return site, is_new


def _row(session: Session, given: Mapping[str, Any], area_code: str) -> dict[str, Any]:
    area = given.get("area", area_code)
    if not is_within(area, area_code) or session.get(Area, area) is None:
        raise _invalid("area", "请选择您辖区内的区划。")
    sector = given.get("sector")
    if sector is not None and session.get(Sector, sector) is None:
        raise _invalid("sector", "没有这个行业领域编码。")
    if ("latitude" in given) != ("longitude" in given):
        raise _invalid("longitude", "经度和纬度要一起填写。")
    plain = {name: given.get(name) for name in COLUMNS}
    if "latitude" in given:
        datum = Datum(given.get("datum", Datum.WGS84))
        plain |= to_wgs84(given["latitude"], given["longitude"], datum)._asdict()
    return plain | {"entity_id": str(given["id"]), "area_code": area, "sector_code": sector}


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})
