"""Forms that say things of what is there already, and fillings of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Flask
from lxml import etree
from lxml.builder import E

from server.forms.conversion import convert

from .conftest import NOW

LOOK = """
| survey |
| | type | name | label | save_to | required |
| | select_one_from_file hazards.csv | chosen | 选择隐患 | | yes |
| | select_one result | result | 现场情况 | visit_result | |
| | text | note | 说明 | visit_note | |
| | text | weather | 天气 | weather | |
| | geopoint | location | 位置 | | |
| | image | photo | 照片 | | |
| | end | end | | | |
| choices |
| | list_name | name | label |
| | result | fixed | 已整改 |
| | result | not_fixed | 未整改 |
| | result | worse | 加重 |
| entities |
| | dataset | entity_id |
| | hazards | ${chosen} |
| settings |
| | form_title | form_id | version |
| | 回访 | look | 1 |
"""

PLACES = """
| survey |
| | type | name | label | save_to |
| | text | chosen | 场所 | |
| | text | name | 名称 | |
| | text | kind | 类别 | kind |
| | text | sector | 行业 | sector |
| | text | area | 区划 | area |
| | text | address | 地址 | address |
| | geopoint | place | 位置 | geometry |
| entities |
| | dataset | label | entity_id | create_if | update_if |
| | sites | ${name} | coalesce(${chosen}, uuid()) | ${chosen} = '' | ${chosen} != '' |
| settings |
| | form_title | form_id | version |
| | 场所 | places | 1 |
"""


def publish(app: Flask, source: str) -> None:
    xform = convert("form.md", source.encode()).xform
    with app.extensions["database"].writing() as session:
        app.extensions["library"].publish(session, xform, NOW)


def look(entity_id: str, *, base_version: int | None = None, **answers: Any) -> bytes:
    """A filled follow-up form; `None` leaves an answer out."""
    given = {
        "chosen": entity_id,
        "result": "not_fixed",
        "note": "仍堆有纸箱",
        "location": "37.1462 111.7791 0 6",
        "end": "2026-11-23T09:59:00.000+08:00",
    } | answers
    entity = E.entity(dataset="hazards", id=entity_id, update="1")
    if base_version is not None:
        entity.set("baseVersion", str(base_version))
    return _filled("look", given, entity)


def site(
    entity_id: str, *, update: bool = False, base_version: int | None = None, **answers: Any
) -> bytes:
    """A filled form that registers a place, or changes it."""
    given = {"chosen": entity_id if update else "", "name": "王记饭店"} | answers
    entity = E.entity(dataset="sites", id=entity_id)
    entity.set("update" if update else "create", "1")
    if base_version is not None:
        entity.set("baseVersion", str(base_version))
    if given["name"]:
        entity.append(E.label(given["name"]))
    return _filled("places", given, entity)


def correcting(xml: bytes, earlier: bytes) -> bytes:
    """The same filled form as a correction of an earlier one, with an id of its own."""
    root = etree.fromstring(xml)
    meta = root.find("meta")
    assert meta is not None
    instance_id = meta.find("instanceID")
    assert instance_id is not None
    instance_id.text = f"uuid:{uuid4()}"
    meta.append(E.deprecatedID(etree.fromstring(earlier).findtext("meta/instanceID") or ""))
    return etree.tostring(root)


def _filled(form_id: str, given: dict[str, Any], entity: etree._Element) -> bytes:
    answers = [E(name, str(value)) for name, value in given.items() if value is not None]
    meta = E.meta(E.instanceID(f"uuid:{uuid4()}"), entity)
    return etree.tostring(E.data(*answers, meta, id=form_id, version="1"))
