"""What a filled form says of entities, files and place (ODK Entities specification 2025.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from lxml import etree

from .checking import completed, holds, path_of
from .definition import META, TRIAL_TIME, EntityDeclaration, FormDefinition, Node
from .functions import evaluation
from .instance import Instance
from .types import Geopoint, parse_geopoint
from .xpath import Expression, Path


@dataclass(frozen=True)
class EntityDraft:
    """An entity that a filled form creates or updates.

    Attributes:
        id: the client's; None where it gave none that is a UUID (see `derive_entity_id`).
        position: counts the submission's entities in document order, from 1.
        operation: `create` or `update`.
        values: its properties' texts, those that are not empty.
        path: where it stands: `hazard[2]`, empty for the form itself.
        relevant: whether the form asks for it, given the other answers.
        base_version: of an update: the version of the entity that the client had.
    """

    dataset: str
    id: UUID | None
    position: int
    label: str
    operation: str
    values: dict[str, str]
    path: str
    relevant: bool = True
    base_version: int | None = None


@dataclass(frozen=True)
class ExpectedFile:
    """A file that an upload field names. The name is the client's: text, never a path."""

    filename: str
    path: str


@dataclass(frozen=True)
class _At:
    """A place in a filled form, and the rules that must hold for the form to ask for it.

    Rules about the time of day are left out: nobody is asked for the time here.
    """

    element: etree._Element
    path: str
    rules: tuple[tuple[Expression, etree._Element], ...]


def derive_entity_id(instance_id: str, dataset: str, position: int) -> UUID:
    """The id of an entity whose client gave none: it follows from where it stands.

    A name-based UUID (RFC 9562, version 5), so the same submission always gives the same.
    """
    return uuid5(NAMESPACE_URL, f"{instance_id}/{dataset}/{position}")


def entities(form: FormDefinition, instance: Instance) -> list[EntityDraft]:
    """The entities of a filled form, in document order.

    Where a client left the entity's element out although the form always creates one, it is taken
    as there if any of its properties is: no hazard is lost. A row that the form does not ask for
    is none, unless somebody answered something in it.
    """
    main = completed(form, instance)
    found = {
        id(at.element): (declaration, at)
        for declaration in form.entities
        for at in _instances(form.root, _At(main, "", ()), declaration.path)
    }
    drafts: list[EntityDraft] = []
    with form.lock, evaluation(TRIAL_TIME, form.instances):
        for element in main.iter():
            if id(element) in found:
                declaration, at = found[id(element)]
                draft = _draft(declaration, at, main, len(drafts) + 1)
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


def _instances(node: Node, at: _At, steps: Path) -> Iterator[_At]:
    """Every instance of the node at `steps` below this one."""
    rule = node.bind.relevant
    if rule is not None and not rule.volatile:
        at = replace(at, rules=(*at.rules, (rule, at.element)))
    if not steps:
        yield at
        return
    child = next(each for each in node.children if each.name == steps[0])
    for index, each in enumerate(at.element.findall(child.name), start=1):
        below = _At(each, path_of(child, at.path, index), at.rules)
        yield from _instances(child, below, steps[1:])


def _draft(
    declaration: EntityDeclaration, at: _At, main: etree._Element, position: int
) -> EntityDraft | None:
    entity = at.element.find(f"{META}/entity")
    values = {
        name: (at.element.findtext("/".join(steps)) or "").strip()
        for name, steps in declaration.properties.items()
    }
    operation = _operation(declaration, entity, values)
    relevant = all(holds(rule, element, main) for rule, element in at.rules)
    answered = any(text for name, text in values.items() if name not in declaration.reckoned)
    if operation is None or not (relevant or answered):
        return None
    return EntityDraft(
        dataset=declaration.dataset,
        id=_uuid("" if entity is None else entity.get("id", "")),
        position=position,
        label=("" if entity is None else entity.findtext("label") or "").strip(),
        operation=operation,
        values={name: text for name, text in values.items() if text},
        path=at.path,
        relevant=relevant,
        base_version=_version("" if entity is None else entity.get("baseVersion", "")),
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
    declined = entity.get("create", "") in ("0", "false")
    return "create" if declaration.unconditional and not (empty or declined) else None


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.removeprefix("uuid:"))
    except ValueError:
        return None
