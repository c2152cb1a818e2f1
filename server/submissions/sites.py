"""Forms that register places, or change them: entities of the list `sites`.

The entity's label is the place's name; its other properties are saved by their names.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from ..errors import DomainError
from ..fields import checked
from ..forms.types import parse_geopoint
from ..glossary import SiteKind
from ..places.registration import change_site, register_site
from ..places.schemas import NewSiteSchema
from .drafts import Draft
from .remarks import Remark, remark

TEXTS = ("kind", "area", "sector", "credit_code", "address")
FIELDS = {
    "name": "名称",
    "kind": "类别",
    "area_code": "区划",
    "sector_code": "行业领域",
    "credit_code": "统一社会信用代码",
    "address": "地址",
    "latitude": "纬度",
    "longitude": "经度",
}


def write_sites(
    session: Session, drafts: Iterable[Draft]
) -> list[tuple[Draft, list[dict[str, Any]]]]:
    """Register and change the sites of filled forms, in one order for everybody.

    Gives what is to be told of each: what was refused is kept in the form.
    """
    ordered = sorted(drafts, key=lambda draft: str(draft.entity.id or draft.derived_id))
    return [(draft, _write(session, draft)) for draft in ordered]


def _write(session: Session, draft: Draft) -> list[dict[str, Any]]:
    actor, entity = draft.actor, draft.entity
    try:
        if entity.operation == "create":
            loaded = checked(NewSiteSchema(), _given(draft) | {"id": _id(draft)})
            register_site(session, loaded, area_code=actor.area_code, by=actor.id, at=draft.at)
            return []
        loaded = checked(NewSiteSchema(partial=True), _given(draft) | {"id": _id(draft)})
        wanted = {name: value for name, value in loaded.items() if name in _given(draft)}
        overwritten = change_site(
            session,
            loaded["id"],
            wanted,
            area_code=actor.area_code,
            based_on=entity.base_version,
        )
    except DomainError as refused:
        told = [f"{field}：{'、'.join(said)}" for field, said in refused.errors.items()]
        words = "；".join([refused.detail, *told])
        message = f"场所没有登记：{words}。填写的内容已保留。"
        return [remark(entity.path, Remark.SITE_REFUSED, message)]
    if not overwritten:
        return []
    before = "；".join(f"{FIELDS[name]}原为“{value}”" for name, value in overwritten.items())
    message = f"您填写之前，别人已改过这个场所，现以您填的为准（{before}）。"
    return [remark(entity.path, Remark.SITE_OVERWRITTEN, message)]


def _id(draft: Draft) -> str:
    return str(draft.entity.id or draft.derived_id)


def _given(draft: Draft) -> dict[str, Any]:
    """What the form says of the site, as the API takes it."""
    values = draft.values
    given: dict[str, Any] = {name: values[name] for name in TEXTS if values.get(name)}
    if draft.entity.label:
        given["name"] = draft.entity.label
    if draft.entity.operation == "create":
        given.setdefault("kind", SiteKind.ENTERPRISE.value)
    point = parse_geopoint(values.get("geometry") or values.get("location") or "")
    if point is not None:
        given |= {"latitude": point.latitude, "longitude": point.longitude}
    return given
