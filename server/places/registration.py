"""Registering a site (监管对象) that a worker found in the field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import insert_new
from ..errors import Conflict, InvalidInput, NotFound
from ..glossary import Datum
from ..people.models import Sector
from .codes import is_within, within
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
    row = _row(session, given, area_code) | {"created_by": by, "created_at": at, "version": 1}
    is_new = insert_new(session, Site.__table__, row)  # type: ignore[arg-type]
    site = session.scalars(select(Site).where(Site.entity_id == row["entity_id"])).one()
    if not is_new and (site.created_by != by or site.name != row["name"]):
        raise Conflict("site_id_used", "这个编号（id）已用于别的监管对象，请换一个新的。")
    return site, is_new


def change_site(
    session: Session,
    entity_id: UUID,
    given: Mapping[str, Any],
    *,
    area_code: str,
    based_on: int | None,
) -> dict[str, str]:
    """Change what is given of a site within `area_code`.

    Gives what others had changed since version `based_on` and is overwritten by this: the value
    that was there, by its field. Nothing else is lost by writing later than they did.

    Raises:
        NotFound: no site of this id there.
        InvalidInput: as for `register_site`.
    """
    query = select(Site).where(Site.entity_id == str(entity_id), within(Site.area_code, area_code))
    site = session.scalar(query.with_for_update())
    if site is None:
        raise NotFound("site_not_found", "没有这个场所，或不在您的辖区内。")
    behind = based_on is not None and based_on < site.version
    row = _row(session, {"area": site.area_code, "id": entity_id, **given}, area_code)
    asked = set(given) | ({"area_code"} if "area" in given else set())
    asked |= {"sector_code"} if "sector" in given else set()
    overwritten: dict[str, str] = {}
    for name in sorted(asked & row.keys()):
        before = getattr(site, name)
        if before == row[name]:
            continue
        if behind and before not in (None, ""):
            overwritten[name] = str(before)
        setattr(site, name, row[name])
    if session.is_modified(site):
        site.version += 1
        session.flush()
    return overwritten


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
