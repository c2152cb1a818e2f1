"""Filling any form in, the way ODK Collect sends it.

    form = library_form("fire")
    xml = fill(form, {"site_name": "演示餐馆", "fire_01": "fail"}, [{"item": "fire_01"}])

An answer is named by its field's own name, wherever in the groups that is. What is left out is
empty; what the form reckons itself is reckoned, and what it does not ask is left out, as Collect
does. Give `answers` a calculated field by name to send something else than the form reckons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from lxml import etree

from server.clock import LOCAL
from server.forms.checking import holds
from server.forms.conversion import convert
from server.forms.definition import FormDefinition, Node, compile_form
from server.forms.functions import evaluation

FORMS = Path(__file__).resolve().parents[2] / "forms"
SHARED = FORMS / "choices.md"
FORM_IDS = sorted(path.stem for path in FORMS.glob("*.md") if path != SHARED)

FILLED_AT = datetime(2026, 11, 23, 10, 0, tzinfo=LOCAL)
# What a phone puts in by itself.
PRELOADED = {
    "start": "2026-11-23T09:50:00.000+08:00",
    "end": "2026-11-23T10:00:00.000+08:00",
    "today": "2026-11-23",
    "deviceid": "collect:demo",
}

Answers = Mapping[str, Any]


def xform(form_id: str) -> bytes:
    """A form of the library as an XForm."""
    path = FORMS / f"{form_id}.md"
    return convert(path.name, path.read_bytes(), SHARED.read_bytes()).xform


@cache
def library_form(form_id: str) -> FormDefinition:
    """A form of the library, compiled once."""
    return compile_form(xform(form_id))


def fill(
    form: FormDefinition | str,
    answers: Answers,
    hazards: Sequence[Answers] = (),
    *,
    instance_id: str | None = None,
    repeat: str = "hazard",
    entity_ids: bool = True,
    entity: Mapping[str, str] = MappingProxyType({"create": "1"}),
) -> bytes:
    """A filled form as XML.

    Args:
        form: the compiled form, or the id of one of the library.
        answers: by field name, outside the repeat; `None` leaves the element out altogether.
        hazards: the answers of each row of the repeat.
        instance_id: made up if none is given.
        entity_ids: whether the client makes entity ids; Collect does, the phone's engine leaves
            them empty in repeats.
        entity: what the client says of each entity; by default that it is created.
    """
    form = library_form(form) if isinstance(form, str) else form
    root = etree.Element(form.root_name, id=form.form_id, version=form.version)
    given = PRELOADED | dict(answers)
    _put(form.root, root, given, {repeat: hazards})
    left_out = [name for name, value in given.items() if value is None]
    with form.lock, evaluation(FILLED_AT, form.instances):
        for _ in range(2):
            # Twice, for what is reckoned from something that is reckoned further down.
            _reckon(form.root, root, root, given, {repeat: hazards})
        _drop_unasked(form.root, root, root)
    for name in left_out:
        for element in list(root.iter(name)):
            _remove(element)
    _declare(form, root, entity_ids, entity)
    meta = etree.SubElement(root, "meta") if root.find("meta") is None else root.find("meta")
    assert meta is not None
    etree.SubElement(meta, "instanceID").text = instance_id or f"uuid:{uuid4()}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


Rows = Mapping[str, Sequence[Answers]]


def _put(node: Node, element: etree._Element, given: Answers, rows: Rows) -> None:
    for child in node.children:
        for row in rows.get(child.name, ()) if child.repeats else [given]:
            made = etree.SubElement(element, child.name)
            if child.children:
                _put(child, made, row, rows)
            elif (value := row.get(child.name)) is not None:
                made.text = str(value)


def _reckon(
    node: Node, element: etree._Element, root: etree._Element, given: Answers, rows: Rows
) -> None:
    for child in node.children:
        for index, each in enumerate(element.findall(child.name)):
            own = rows[child.name][index] if child.repeats else given
            if child.children:
                _reckon(child, each, root, own, rows)
            elif child.bind.calculate is not None and child.name not in own:
                each.text = child.bind.calculate.text(each, root)


def _drop_unasked(node: Node, element: etree._Element, root: etree._Element) -> None:
    for child in node.children:
        for each in element.findall(child.name):
            if holds(child.bind.relevant, each, root):
                _drop_unasked(child, each, root)
            else:
                _remove(each)


def _declare(
    form: FormDefinition, root: etree._Element, entity_ids: bool, said: Mapping[str, str]
) -> None:
    for declaration in form.entities:
        path = "/".join(declaration.path)
        for element in root.findall(path) if path else [root]:
            entity = etree.SubElement(
                etree.SubElement(element, "meta"),
                "entity",
                {"dataset": declaration.dataset, "id": str(uuid4()) if entity_ids else "", **said},
            )
            if "create" in said:
                label = etree.SubElement(entity, "label")
                label.text = element.findtext("description") or ""


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def checklist_answers(form: FormDefinition, failed: Sequence[str] = ()) -> dict[str, Any]:
    """Answers to a checklist of the library in which exactly these items fail."""
    items = [
        node.name
        for node in form.root.descendants()
        if node.choices is not None and len(node.path) == 2 and node.path[0] != "hazard"
    ]
    return {
        "site_name": "演示餐馆",
        "location": "37.1462 111.7791 760 8",
        "complete": "OK",
    } | {name: "fail" if name in failed else "pass" for name in items}


def hazard_answers(item: str, **given: Any) -> dict[str, Any]:
    """Answers to a row of a checklist's hazards."""
    return {
        "item": item,
        "description": "二楼疏散通道堆满纸箱",
        "spot": "二楼东侧",
        "chosen_level": "general",
        "photo": f"{item}.jpg",
        "due": "2026-12-15",
    } | given


def quick_answers(**given: Any) -> dict[str, Any]:
    """Answers to 随手拍."""
    return {
        "photo": "quick.jpg",
        "description": "井盖缺失",
        "level": "general",
        "location": "37.1465 111.7797 0 5",
    } | given
