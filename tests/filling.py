"""Filled forms, as Collect sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from lxml import etree
from lxml.builder import E

FIRE_ITEMS = [f"fire_{number:02d}" for number in range(1, 16)]
PRO_ITEMS = {"fire_05", "fire_11", "fire_15"}
# The order of the form: what a grid worker can see comes first.
FIRE_ORDER = sorted(set(FIRE_ITEMS) - PRO_ITEMS) + sorted(PRO_ITEMS)


def hazard(item: str = "fire_01", **given: Any) -> dict[str, Any]:
    """A row of the fire form's hazards; `None` leaves a field out."""
    return {
        "item": item,
        "description": "二楼疏散通道堆满纸箱",
        "spot": "二楼东侧",
        "chosen_level": "general",
        "photo": f"{item}.jpg",
        "due": "2026-12-15",
        "level": "suspected_major" if item == "fire_15" else given.get("chosen_level", "general"),
        "sector": "FIRE",
    } | given


def fire(
    hazards: Sequence[Mapping[str, Any]] = (),
    *,
    instance_id: str | None = None,
    entity_ids: bool = True,
    entities: bool = True,
    **answers: Any,
) -> bytes:
    """A filled fire form in which exactly the items of these hazards fail.

    `answers` overrides fields by name; `None` leaves one out.
    """
    failed = {str(row["item"]) for row in hazards}
    judged = {item: "fail" if item in failed else "pass" for item in FIRE_ITEMS} | answers
    fields = {
        "start": "2026-11-23T09:50:00.000+08:00",
        "end": "2026-11-23T10:00:00.000+08:00",
        "today": "2026-11-23",
        "deviceid": "collect:demo",
    } | {key: value for key, value in answers.items() if key not in judged or key == "today"}
    place = {"site_name": "演示餐馆", "site_id": None, "location": "37.1462 111.7791 760 8"}
    place |= {key: answers[key] for key in place if key in answers}
    root = E.data(
        *_elements({key: fields[key] for key in ("start", "end", "today", "deviceid")}),
        E.place(*_elements(place)),
        E.grid_items(*_elements({i: judged[i] for i in FIRE_ITEMS if i not in PRO_ITEMS})),
        E.pro_items(*_elements({i: judged[i] for i in sorted(PRO_ITEMS)})),
        E.failed("".join(f"{i} " for i in FIRE_ORDER if judged[i] == "fail")),
        id="fire",
        version="2",
    )
    for row in hazards:
        element = E.hazard(*_elements(row))
        if entities:
            element.append(_entity(str(row.get("description") or ""), entity_ids))
        root.append(element)
    root.append(E.described(" ".join(str(row["item"]) for row in hazards)))
    root.append(E.complete("OK"))
    root.append(_meta(instance_id))
    return _document(root)


def quick(*, instance_id: str | None = None, **fields: Any) -> bytes:
    """A filled 随手拍."""
    given = {
        "start": "2026-11-23T09:58:00.000+08:00",
        "end": "2026-11-23T09:59:00.000+08:00",
        "today": "2026-11-23",
        "deviceid": "collect:demo",
        "photo": "quick.jpg",
        "description": "井盖缺失",
        "level": "general",
        "location": "37.1465 111.7797 0 5",
    } | fields
    meta = _meta(instance_id)
    meta.insert(0, _entity(str(given["description"]), ids=True)[0])
    return _document(E.data(*_elements(given), meta, id="quick-report", version="2"))


def _elements(fields: Mapping[str, Any]) -> list[etree._Element]:
    return [
        E(name, *([] if value == "" else [str(value)]))
        for name, value in fields.items()
        if value is not None
    ]


def _entity(label: str, ids: bool) -> etree._Element:
    entity = E.entity(E.label(label), dataset="hazards", create="1", id=str(uuid4()) if ids else "")
    return E.meta(entity)


def _meta(instance_id: str | None) -> etree._Element:
    return E.meta(E.instanceID(instance_id or f"uuid:{uuid4()}"))


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
