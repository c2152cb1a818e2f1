"""A filled form as rows to read: the question as it was asked, the answer as it was shown."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...forms.definition import FormDefinition, Node
from ...submissions.answers import Answers, answers_of


class Answered(NamedTuple):
    question: str
    answer: str


def answered(form: FormDefinition, xml: bytes) -> list[Answered]:
    """All that was answered, in the form's order; what was left blank is left out."""
    return list(_group(form, form.root, answers_of(form, xml), ""))


def _group(form: FormDefinition, node: Node, answers: Answers, before: str) -> Iterator[Answered]:
    for child in node.children:
        value = answers.get(child.name)
        if child.repeats:
            for number, row in enumerate(value or (), start=1):
                yield from _group(form, child, row, f"{before}{child.label} {number}：")
        elif child.children:
            yield from _group(form, child, value or {}, before)
        # Photos are shown as such; what has no label was asked of nobody.
        elif value is not None and not child.is_upload and child.label != child.name:
            yield Answered(before + child.label, _shown(form, child, value))


def _shown(form: FormDefinition, node: Node, value: Any) -> str:
    if isinstance(value, Mapping):  # GeoJSON: longitude first
        longitude, latitude, *_ = value["coordinates"]
        return f"北纬 {latitude:.6f}，东经 {longitude:.6f}（WGS-84）"
    if node.choices is None:
        return str(value)
    names = _names(form, node.choices.values)
    parts = str(value).split() if node.choices.several else [str(value)]
    return "、".join(names.get(each, each) for each in parts)


def _names(form: FormDefinition, values: frozenset[str]) -> dict[str, str]:
    """What the choices are called: those of the form's list that has just these values."""
    for instance in form.instances.values():
        items = {
            (item.findtext("name") or ""): (item.findtext("label") or "")
            for item in instance.findall("root/item")
        }
        if items and items.keys() == values:
            return {value: name or value for value, name in items.items()}
    return {}
