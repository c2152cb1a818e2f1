"""Checking a filled form against its form: what breaks the rules is told field by field.

Nothing here refuses anything: what can be read is kept, and flagged.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isclose

from lxml import etree

from ..clock import LOCAL
from .definition import META, FormDefinition, Node
from .functions import evaluation, number_of
from .instance import Instance
from .types import misfit
from .xpath import Expression

MOST_FINDINGS = 500


class Code(StrEnum):
    """What kind of rule was broken."""

    REQUIRED = "required"
    TYPE = "type"
    CHOICE = "choice"
    CONSTRAINT = "constraint"
    CALCULATE = "calculate"
    IRRELEVANT = "irrelevant"
    UNKNOWN_FIELD = "unknown_field"


@dataclass(frozen=True)
class Finding:
    """A broken rule: where (`hazard[2]/photo`), which, and what to say of it."""

    path: str
    label: str
    code: Code
    message: str


def check(form: FormDefinition, instance: Instance, *, received_at: datetime) -> list[Finding]:
    """All that breaks the form's rules, in the order of the form.

    `today()` and `now()` in the form's rules are the time of receipt, in Asia/Shanghai.
    """
    main = _completed(form.root, deepcopy(instance.root))
    with form.lock, evaluation(received_at.astimezone(LOCAL), form.instances):
        return list(_Check(main).group(form.root, main, "", relevant=True))[:MOST_FINDINGS]


def path_of(node: Node, parent: str, index: int) -> str:
    """Where a node stands; a repeat with its place, from 1."""
    own = f"{node.name}[{index}]" if node.repeats else node.name
    return f"{parent}/{own}" if parent else own


def _completed(node: Node, element: etree._Element) -> etree._Element:
    """The element with empty ones for the fields that it lacks, so that rules can be asked."""
    for child in node.children:
        found = element.findall(child.name)
        if not found and not child.repeats:
            found = [etree.SubElement(element, child.name)]
        for each in found:
            _completed(child, each)
    return element


class _Check:
    """One walk through a filled form."""

    def __init__(self, main: etree._Element) -> None:
        self._main = main

    def group(
        self, node: Node, element: etree._Element, path: str, *, relevant: bool
    ) -> Iterator[Finding]:
        known = {child.name for child in node.children}
        for child in node.children:
            for index, each in enumerate(element.findall(child.name), start=1):
                yield from self._field(child, each, path_of(child, path, index), relevant)
        for each in element:
            if each.tag not in known and each.tag != META:
                name = str(each.tag)
                where = f"{path}/{name}" if path else name
                yield Finding(where, name, Code.UNKNOWN_FIELD, "表单里没有这一项。")

    def _field(
        self, node: Node, element: etree._Element, path: str, relevant: bool
    ) -> Iterator[Finding]:
        relevant = relevant and self._holds(node.bind.relevant, element)
        if node.children:
            yield from self.group(node, element, path, relevant=relevant)
            return
        broken = self._broken(node, element, (element.text or "").strip(), relevant)
        if broken is not None:
            yield Finding(path, node.label, *broken)

    def _broken(
        self, node: Node, element: etree._Element, text: str, relevant: bool
    ) -> tuple[Code, str] | None:
        """The first rule that a value breaks."""
        bind = node.bind
        if not relevant:
            return (Code.IRRELEVANT, "此项不应填写。") if text and not bind.calculate else None
        if bind.calculate is not None:
            return self._miscalculated(bind.calculate, element, text)
        if not text:
            if bind.required is not None and self._holds(bind.required, element):
                return Code.REQUIRED, bind.required_message or "必填项没有填。"
            return None
        if expected := misfit(bind.type, text):
            return Code.TYPE, f"应为{expected}，填的是“{text[:40]}”。"
        if node.choices is not None and node.choices.known:
            chosen = text.split() if bind.type != "odk:rank" else []
            allowed = node.choices.allowed(element, self._main)
            if unknown := [value for value in chosen if value not in allowed]:
                return Code.CHOICE, f"“{unknown[0][:40]}”不在选项中。"
        if bind.constraint is not None and not self._holds(bind.constraint, element):
            return Code.CONSTRAINT, bind.constraint_message or "不符合填写要求。"
        return None

    def _miscalculated(
        self, calculate: Expression, element: etree._Element, text: str
    ) -> tuple[Code, str] | None:
        if calculate.volatile:
            return None
        expected = self._text(calculate, element)
        if expected is None or expected.strip() == text:
            return None
        if isclose(number_of(expected), number_of(text), rel_tol=1e-9, abs_tol=1e-9):
            return None
        return Code.CALCULATE, f"计算结果应为“{expected[:40]}”，收到“{text[:40]}”。"

    def _holds(self, expression: Expression | None, element: etree._Element) -> bool:
        """Whether a rule holds; one that can't be evaluated on these values is not held against
        them, the values' own types are."""
        if expression is None:
            return True
        try:
            return expression.truth(element, self._main)
        except (etree.XPathError, ValueError, ArithmeticError, TypeError, IndexError):
            return True

    def _text(self, expression: Expression, element: etree._Element) -> str | None:
        try:
            return expression.text(element, self._main)
        except (etree.XPathError, ValueError, ArithmeticError, TypeError, IndexError):
            return None
