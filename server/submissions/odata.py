"""A form's filled forms as an OData 4 feed, which Excel and Power BI read.

Shaped as ODK Central's: the entity set `Submissions`, and one for each repeat, `Submissions.a`. A
value that is not of its field's type is null here; the CSV and the filled form itself show it.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lxml import etree
from lxml.builder import ElementMaker

from ..errors import InvalidInput, NotFound
from ..fields import MAX_ID
from ..forms.definition import FormDefinition, Node
from ..hazards.replay import format_moment
from ..people.models import User
from .answers import Answers, typed_answers
from .models import Submission
from .tables import ROOT, Table

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
SYSTEM = "hazard_ledger"

TYPES: Mapping[str, str] = {
    "int": "Edm.Int64",
    "integer": "Edm.Int64",
    "decimal": "Edm.Double",
    "date": "Edm.Date",
    "dateTime": "Edm.DateTimeOffset",
    "datetime": "Edm.DateTimeOffset",
    "geopoint": "Edm.GeographyPoint",
}
SYSTEM_PROPERTIES: Mapping[str, str] = {
    "submissionDate": "Edm.DateTimeOffset",
    "submitterId": "Edm.String",
    "submitterName": "Edm.String",
    "areaCode": "Edm.String",
    "formVersion": "Edm.String",
    "deviceId": "Edm.String",
    "findings": "Edm.Int64",
}

NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


def name_of(text: str) -> str:
    """A field's name as OData allows it (a simple identifier)."""
    name = NOT_IN_A_NAME.sub("_", text)
    return f"_{name}" if name[:1].isdigit() else name


# What there is


def service_document(address: str, tables: Sequence[Table]) -> dict[str, Any]:
    """The entity sets of a form."""
    return {
        "@odata.context": f"{address}/$metadata",
        "value": [
            {"name": set_name(table), "kind": "EntitySet", "url": set_name(table)}
            for table in tables
        ],
    }


def set_name(table: Table) -> str:
    return ".".join(name_of(part) for part in table.name.split("."))


def metadata_document(form: FormDefinition) -> bytes:
    """The types of a form's entity sets (OData CSDL XML 4.01), of its newest version."""
    outer = ElementMaker(namespace=EDMX, nsmap={"edmx": EDMX})
    made = ElementMaker(namespace=EDM, nsmap={None: EDM})
    system = made.Schema(
        made.ComplexType(
            *(made.Property(Name=name, Type=kind) for name, kind in SYSTEM_PROPERTIES.items()),
            Name="system",
        ),
        Namespace=SYSTEM,
    )
    namespace = f"{SYSTEM}.{name_of(form.form_id)}"
    types = _Types(made, namespace)
    types.entity(form.root, ROOT, None)
    container = made.EntityContainer(
        *(
            made.EntitySet(Name=each, EntityType=f"{namespace}.{each}")
            for each in types.entity_names
        ),
        Name=name_of(form.form_id),
    )
    schema = made.Schema(*types.made, container, Namespace=namespace)
    document = outer.Edmx(outer.DataServices(system, schema), Version="4.0")
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")


class _Types:
    """The entity and complex types of a form, gathered while walking it."""

    def __init__(self, made: ElementMaker, namespace: str) -> None:
        self._made = made
        self._namespace = namespace
        self.made: list[etree._Element] = []
        self.entity_names: list[str] = []

    def entity(self, node: Node, name: str, parent: str | None) -> None:
        made = self._made
        self.entity_names.append(name)
        at = len(self.made)
        own = [
            made.Key(made.PropertyRef(Name="__id")),
            made.Property(Name="__id", Type="Edm.String", Nullable="false"),
        ]
        if parent is None:
            own.append(made.Property(Name="__system", Type=f"{SYSTEM}.system"))
        else:
            own.append(made.Property(Name=f"__{parent}-id", Type="Edm.String"))
        properties = list(self._properties(node, name))
        self.made.insert(at, made.EntityType(*own, *properties, Name=name))

    def _properties(self, node: Node, name: str) -> Iterator[etree._Element]:
        made = self._made
        for child in node.children:
            own = name_of(child.name)
            below = f"{name}.{own}"
            if child.repeats:
                self.entity(child, below, name)
                kind = f"Collection({self._namespace}.{below})"
                yield made.NavigationProperty(Name=own, Type=kind)
            elif child.children:
                group = made.ComplexType(*self._properties(child, below), Name=f"{below}_group")
                self.made.append(group)
                yield made.Property(Name=own, Type=f"{self._namespace}.{below}_group")
            else:
                yield made.Property(Name=own, Type=TYPES.get(child.bind.type, "Edm.String"))


# What was filled in


@dataclass(frozen=True)
class Filled:
    """A filled form, who sent it, and the version that it was filled in."""

    submission: Submission
    user: User
    form: FormDefinition


def expanded(tables: Sequence[Table], entity_set: str, wanted: str | None) -> frozenset[str]:
    """The sets of the repeats whose rows are shown within their parents: `*`, or by name.

    Raises:
        InvalidInput: an entity of this set has no such repeat.
    """
    below = {set_name(table) for table in tables if set_name(table).startswith(f"{entity_set}.")}
    if not wanted or wanted.strip() == "*":
        return frozenset(below if wanted else ())
    names = [name.strip() for name in wanted.split(",")]
    sets = {f"{entity_set}.{name.replace('/', '.')}": name for name in names}
    if unknown := [name for each, name in sets.items() if each not in below]:
        message = f"没有重复组“{unknown[0][:80]}”；全部展开用 $expand=*。"
        raise InvalidInput("invalid_input", message, errors={"$expand": [message]})
    return frozenset(sets)


def entities(
    filled: Filled, set_wanted: str, *, expand: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """The entities that a filled form has in an entity set; `expand`: see `expanded`.

    Raises:
        NotFound: the form has no such set.
    """
    answers = typed_answers(filled.form, filled.submission.xml)
    key = filled.submission.instance_id
    if set_wanted == ROOT:
        system = {"__id": key, "__system": _system(filled)}
        yield system | _shown(filled.form.root, answers, key, ROOT, expand)
        return
    yield from _below(filled.form.root, answers, key, ROOT, ROOT, set_wanted, expand)


def _below(
    node: Node,
    answers: Answers,
    key: str,
    path: str,
    entity: str,
    wanted: str,
    expand: Collection[str],
) -> Iterator[dict[str, Any]]:
    """The rows of the repeat at `wanted`, below a row (`entity`) or one of its groups."""
    for child in node.children:
        below = f"{path}.{name_of(child.name)}"
        value = answers.get(child.name)
        if not child.children or not value or not f"{wanted}.".startswith(f"{below}."):
            continue
        if not child.repeats:
            yield from _below(child, value, key, below, entity, wanted, expand)
            continue
        for number, row in enumerate(value, 1):
            own = f"{key}/{child.name}[{number}]"
            if below == wanted:
                shown = _shown(child, row, own, below, expand)
                yield {"__id": own, f"__{entity}-id": key} | shown
            else:
                yield from _below(child, row, own, below, below, wanted, expand)


def _shown(
    node: Node, answers: Answers, key: str, path: str, expand: Collection[str]
) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for child in node.children:
        name, value = name_of(child.name), answers.get(child.name)
        below = f"{path}.{name}"
        if child.repeats:
            if below in expand:
                shown[name] = [
                    {"__id": own} | _shown(child, row, own, below, expand)
                    for number, row in enumerate(value or (), 1)
                    for own in (f"{key}/{child.name}[{number}]",)
                ]
            else:
                shown[f"{name}@odata.navigationLink"] = f"{ROOT}('{quote(key)}')/{name}"
        elif child.children:
            shown[name] = _shown(child, value or {}, key, below, expand)
        else:
            shown[name] = value
    return shown


def _system(filled: Filled) -> dict[str, Any]:
    submission = filled.submission
    return {
        "submissionDate": format_moment(submission.received_at),
        "submitterId": str(submission.submitter_id),
        "submitterName": filled.user.name,
        "areaCode": submission.area_code,
        "formVersion": submission.form_version,
        "deviceId": submission.device_id,
        "findings": len(submission.findings),
    }


# Where a page ends


@dataclass(frozen=True)
class Place:
    """Between two entities: after so many of a filled form's own, which has this row."""

    submission_id: int
    entities: int

    def token(self) -> str:
        text = json.dumps([self.submission_id, self.entities])
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(token: str) -> Place:
    """Where the last page ended.

    Raises:
        InvalidInput: not one of our tokens.
    """
    try:
        submission_id, count = json.loads(urlsafe_b64decode(token.encode("ascii") + b"=="))
        if type(submission_id) is int and type(count) is int and 0 < submission_id <= MAX_ID:
            return Place(submission_id, max(0, count))
    except (ValueError, TypeError, RecursionError):
        pass
    message = "不是有效的翻页标记，请从第一页重新开始。"
    raise InvalidInput("invalid_input", message, errors={"$skiptoken": [message]})


def table_named(tables: Sequence[Table], name: str) -> Table:
    """The table of an entity set.

    Raises:
        NotFound: the form has no such set.
    """
    found = next((table for table in tables if set_name(table) == name), None)
    if found is None:
        raise NotFound("entity_set_not_found", f"这个表单没有“{name[:80]}”这张表。")
    return found
