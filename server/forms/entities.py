"""What a filled form says of entities, files and place (ODK Entities specification 2025.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from lxml import etree

from .checking import path_of
from .definition import META, EntityDeclaration, FormDefinition, Node
from .instance import Instance
from .types import Geopoint, parse_geopoint


@dataclass(frozen=True)
class EntityDraft:
    """An entity that a filled form creates or updates.

    `position` counts the submission's entities in document order, from 1; `path` is where it
    stands (`hazard[2]`, empty for the form itself); `values` are its properties' texts.
    """

    dataset: str
    id: UUID | None
    position: int
    label: str
    operation: str
    values: dict[str, str]
    path: str


@dataclass(frozen=True)
class ExpectedFile:
    """A file that an upload field names. The name is the client's: text, never a path."""

    filename: str
    path: str


def derive_entity_id(instance_id: str, dataset: str, position: int) -> UUID:
    """The id of an entity whose client gave none: it follows from where it stands.

    A name-based UUID (RFC 9562, version 5), so the same submission always gives the same.
    """
    return uuid5(NAMESPACE_URL, f"{instance_id}/{dataset}/{position}")


def entities(form: FormDefinition, instance: Instance) -> list[EntityDraft]:
    """The entities of a filled form, in document order.

    Where a client left the entity's element out although the form always creates one, it is taken
    as there if any of its properties is: no hazard is lost.
    """
    found = {
        id(element): (declaration, element, path)
        for declaration in form.entities
        for element, path in _instances(form.root, instance.root, declaration.path)
    }
    drafts: list[EntityDraft] = []
    for element in instance.root.iter():
        if id(element) in found:
            declaration, _, path = found[id(element)]
            draft = _draft(declaration, element, path, len(drafts) + 1)
            if draft is not None:
                drafts.append(draft)
    return drafts


def attachments(form: FormDefinition, instance: Instance) -> list[ExpectedFile]:
    """The files that the filled form's upload fields name."""
    return [
        ExpectedFile(text, path)
        for node, element, path in _leaves(form.root, instance.root, "")
        if (node.is_upload or node.bind.type == "binary") and (text := (element.text or "").strip())
    ]


def place(form: FormDefinition, instance: Instance) -> Geopoint | None:
    """Where the form was filled in: its first geopoint outside repeats."""
    for node, element, path in _leaves(form.root, instance.root, ""):
        if node.bind.type == "geopoint" and "[" not in path:
            point = parse_geopoint((element.text or "").strip())
            if point is not None:
                return point
    return None


def _leaves(
    node: Node, element: etree._Element, path: str
) -> Iterator[tuple[Node, etree._Element, str]]:
    for child in node.children:
        for index, each in enumerate(element.findall(child.name), start=1):
            where = path_of(child, path, index)
            if child.children:
                yield from _leaves(child, each, where)
            else:
                yield child, each, where


def _instances(
    node: Node, element: etree._Element, steps: tuple[str, ...], path: str = ""
) -> Iterator[tuple[etree._Element, str]]:
    """Every instance of the node at `steps` below this one, with where it stands."""
    if not steps:
        yield element, path
        return
    child = next(each for each in node.children if each.name == steps[0])
    for index, each in enumerate(element.findall(child.name), start=1):
        yield from _instances(child, each, steps[1:], path_of(child, path, index))


def _draft(
    declaration: EntityDeclaration, element: etree._Element, path: str, position: int
) -> EntityDraft | None:
    entity = element.find(f"{META}/entity")
    values = {
        name: (element.findtext("/".join(steps)) or "").strip()
        for name, steps in declaration.properties.items()
    }
    operation = _operation(declaration, entity, values)
    if operation is None:
        return None
    return EntityDraft(
        dataset=declaration.dataset,
        id=_uuid("" if entity is None else entity.get("id", "")),
        position=position,
        label=("" if entity is None else entity.findtext("label") or "").strip(),
        operation=operation,
        values={name: text for name, text in values.items() if text},
        path=path,
    )


def _operation(
    declaration: EntityDeclaration, entity: etree._Element | None, values: dict[str, str]
) -> str | None:
    empty = not any(values.values())
    if entity is None:
        return "create" if declaration.unconditional and not empty else None
    if entity.get("create", "") in ("1", "true"):
        # The empty first row of a repeat, which some clients send along, is no entity.
        return None if empty and not (entity.findtext("label") or "").strip() else "create"
    if entity.get("update", "") in ("1", "true"):
        return "update"
    return "create" if declaration.unconditional and not empty else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.removeprefix("uuid:"))
    except ValueError:
        return None
