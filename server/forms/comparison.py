"""What a new version of a form changes: questions added, removed, changed, moved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .definition import FormDefinition, Node


class ChangeKind(StrEnum):
    """What became of a question."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """One question's; `what` are the parts that changed, each with its text before and after."""

    kind: ChangeKind
    path: str
    label: str
    what: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def compare(before: FormDefinition, after: FormDefinition) -> list[Change]:
    """The changes from one version to another, in the order of the newer, the removed ones last.

    A question is the same while its name is; one that went to another group has moved.
    """
    old, new = _questions(before), _questions(after)
    found = list(_changes(old, new))
    order = {node.name: at for at, node in enumerate(old.values())}
    kept = [node.name for node in new.values() if node.name in order]
    moved = _out_of_order([order[name] for name in kept])
    where = {path: node for path, node in new.items() if node.name in order}
    told = {change.path for change in found}
    found += [
        Change(ChangeKind.MOVED, path, node.label)
        for (path, node), is_moved in zip(where.items(), moved, strict=True)
        if is_moved and path not in told
    ]
    return found


def _changes(old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[Change]:
    by_name = {node.name: (path, node) for path, node in old.items()}
    for path, node in new.items():
        if node.name not in by_name:
            yield Change(ChangeKind.ADDED, path, node.label)
            continue
        was_at, was = by_name[node.name]
        what = {
            name: (_part(was, name), _part(node, name))
            for name in PARTS
            if _part(was, name) != _part(node, name)
        }
        if _choices(was) != _choices(node):
            what["choices"] = (_without(was, node), _without(node, was))
        if was_at != path:
            what["group"] = (was_at.rpartition("/")[0], path.rpartition("/")[0])
        if what:
            yield Change(ChangeKind.CHANGED, path, node.label, what)
    names = {node.name for node in new.values()}
    for path, node in old.items():
        if node.name not in names:
            yield Change(ChangeKind.REMOVED, path, node.label)


TEXTS = ("label", "hint")
MESSAGES = ("required_message", "constraint_message")
PARTS = (
    *TEXTS,
    *("type", "required", "relevant", "constraint", "calculate", "choice_filter"),
    *MESSAGES,
)


def _part(node: Node, name: str) -> str:
    if name in TEXTS:
        return str(getattr(node, name))
    if name in MESSAGES:
        return str(getattr(node.bind, name))
    if name == "type":
        return "group" if node.children else node.bind.type
    if name == "choice_filter":
        expression = None if node.choices is None else node.choices.filtered
    else:
        expression = getattr(node.bind, name)
    source = "" if expression is None else expression.source.strip()
    return "是" if name == "required" and source == "true()" else source


def _choices(node: Node) -> set[tuple[str, str]]:
    return set() if node.choices is None else set(node.choices.listed)


def _without(node: Node, other: Node) -> str:
    """The choices that one has and the other has not, or not with this label."""
    listed = () if node.choices is None else node.choices.listed
    known = _choices(other)
    return "、".join(f"{value} {label}" for value, label in listed if (value, label) not in known)


def _questions(form: FormDefinition) -> dict[str, Node]:
    return {"/".join(node.path): node for node in form.root.descendants() if node.path}


def _out_of_order(places: list[int]) -> list[bool]:
    """Which of these were moved, as few as explain the order: all but a longest rising part."""
    length = [1] * len(places)
    for at, place in enumerate(places):
        length[at] += max((length[b] for b in range(at) if places[b] < place), default=0)
    moved = [True] * len(places)
    wanted, limit = max(length, default=0), None
    for at in reversed(range(len(places))):
        if length[at] == wanted and (limit is None or places[at] < limit):
            moved[at], limit, wanted = False, places[at], wanted - 1
    return moved
