"""A filled form's answers as plain data: groups nested, repeats as lists, values by their types."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from ..forms.definition import FormDefinition, Node
from ..forms.moments import parse_date, parse_moment
from ..forms.types import parse_geopoint
from ..forms.xml import local_name, parse_xml

Answers = dict[str, Any]


def answers_of(form: FormDefinition, xml: bytes) -> Answers:
    """All that was answered, typed; what is not of its type stays the text that it is."""
    return _group(form.root, parse_xml(xml, len(xml)), typed=_lenient)


def typed_answers(form: FormDefinition, xml: bytes) -> Answers:
    """The same, with nothing in the place of what is not of its type."""
    return _group(form.root, parse_xml(xml, len(xml)), typed=value_of)


def _group(node: Node, element: etree._Element, *, typed: Any) -> Answers:
    found: dict[str, list[etree._Element]] = {}
    for each in element:
        found.setdefault(local_name(each), []).append(each)
    answers: Answers = {}
    for child in node.children:
        elements = found.get(child.name, [])
        if child.repeats:
            answers[child.name] = [_group(child, row, typed=typed) for row in elements]
        elif child.children:
            answers[child.name] = _group(child, elements[0], typed=typed) if elements else None
        else:
            text = (elements[0].text or "").strip() if elements else ""
            answers[child.name] = typed(child.bind.type, text) if text else None
    return answers


def _lenient(kind: str, text: str) -> Any:
    value = value_of(kind, text)
    return text if value is None else value


def value_of(kind: str, text: str) -> Any:
    """A text as a value of its type; None where it is none."""
    if kind in ("int", "integer"):
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 19 else None
    if kind == "decimal":
        return _number(text)
    if kind == "date":
        return text if parse_date(text) else None
    if kind in ("dateTime", "datetime"):
        moment = parse_moment(text)
        return moment.isoformat() if moment and moment.tzinfo else None
    if kind == "geopoint":
        return _geojson(text)
    return text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _geojson(text: str) -> Mapping[str, Any] | None:
    """A place as GeoJSON (RFC 7946): longitude first."""
    point = parse_geopoint(text)
    if point is None:
        return None
    altitude = [] if point.altitude_m is None else [point.altitude_m]
    return {
        "type": "Point",
        "coordinates": [point.longitude, point.latitude, *altitude],
        "properties": {"accuracy": point.accuracy_m},
    }
