"""Checking a filled form against its form: what breaks the rules is told field by field.

Nothing here refuses anything: what can be read is kept, and flagged.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from math import isclose, isfinite, isnan
from typing import Any

from lxml import etree

from ..clock import LOCAL
from .choices import Choices
from .definition import META, FormDefinition, Node
from .functions import evaluation, number_of, text_of, truth_of
from .instance import Instance
from .types import misfit
from .xpath import EVALUATION_ERRORS, Expression

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
    REPEAT_COUNT = "repeat_count"


@dataclass(frozen=True)
class Finding:
    """A broken rule: where (`hazard[2]/photo`), which, and what to say of it."""

    path: str
    label: str
    code: Code
    message: str


def check(form: FormDefinition, instance: Instance, *, received_at: datetime) -> list[Finding]:
    """What breaks the form's rules, in the order of the form, up to `MOST_FINDINGS`.

    An answer that is missing counts as empty. What the form does not ask (`relevant`, its own or
    that of a group around it) is not required and should be empty; nothing else is asked of it.
    A rule that can't be evaluated is not held against the values.
    `today()` and `now()` in the form's rules are the time of receipt, in Asia/Shanghai.
    """
    main = completed(form, instance)
    with form.lock, evaluation(received_at.astimezone(LOCAL), form.instances):
        # Cut off while walking: each finding costs time, and the lock is held.
        return list(islice(_Check(main).group(form.root, main, "", True), MOST_FINDINGS))


def path_of(node: Node, parent: str, index: int) -> str:
    """Where a node stands; a repeat with its place, from 1."""
    own = f"{node.name}[{index}]" if node.repeats else node.name
    return f"{parent}/{own}" if parent else own


def completed(form: FormDefinition, instance: Instance) -> etree._Element:
    """A copy of the instance with empty elements for what it lacks, so that rules can be asked."""
    return _completed(form.root, deepcopy(instance.root))


def holds(expression: Expression | None, element: etree._Element, main: etree._Element) -> bool:
    """Whether a rule holds; one that can't be evaluated on these values, or here at all, is not
    held against them, the values' own types are."""
    if expression is None or expression.unknowable:
        return True
    try:
        return expression.truth(element, main)
    except EVALUATION_ERRORS:
        return True


def _completed(node: Node, element: etree._Element) -> etree._Element:
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
        self, node: Node, element: etree._Element, path: str, relevant: bool
    ) -> Iterator[Finding]:
        """The findings of a group, a row or the form itself, and of all in it."""
        known = {child.name for child in node.children}
        for child in node.children:
            found = element.findall(child.name)
            if child.count is not None and relevant:
                yield from self._counted(child, child.count, element, found, path)
            for index, each in enumerate(found, start=1):
                if index == 2 and not child.repeats:
                    yield Finding(
                        path_of(child, path, index),
                        child.label,
                        Code.UNKNOWN_FIELD,
                        "这一项出现了不止一次。",
                    )
                yield from self._field(child, each, path_of(child, path, index), relevant)
        yield from self._strangers(element, known, path)

    def _strangers(self, element: etree._Element, known: set[str], path: str) -> Iterator[Finding]:
        for each in element:
            if each.tag not in known and each.tag != META:
                name = str(each.tag)
                where = f"{path}/{name}" if path else name
                yield Finding(where, name, Code.UNKNOWN_FIELD, "表单里没有这一项。")

    def _counted(
        self,
        node: Node,
        count: Expression,
        parent: etree._Element,
        rows: list[etree._Element],
        path: str,
    ) -> Iterator[Finding]:
        """Whether a repeat has as many rows as the form asks for."""
        row = rows[0] if rows else etree.SubElement(parent, node.name)
        asked = self._value(count, row)
        relevant = holds(node.bind.relevant, row, self._main)
        if not rows:
            parent.remove(row)
        number = number_of(asked)
        wanted = max(0, int(number)) if isfinite(number) else 0
        if asked is not None and relevant and wanted != len(rows):
            where = f"{path}/{node.name}" if path else node.name
            message = f"应有 {wanted} 组，收到 {len(rows)} 组。"
            yield Finding(where, node.label, Code.REPEAT_COUNT, message)

    def _field(
        self, node: Node, element: etree._Element, path: str, relevant: bool
    ) -> Iterator[Finding]:
        relevant = relevant and holds(node.bind.relevant, element, self._main)
        if node.children:
            yield from self.group(node, element, path, relevant)
            return
        yield from self._strangers(element, set(), path)
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
            required = bind.required
            if required and not required.unknowable and truth_of(self._value(required, element)):
                return Code.REQUIRED, bind.required_message or "必填项没有填。"
            return None
        if expected := misfit(bind.type, text):
            return Code.TYPE, f"应为{expected}，填的是“{text[:40]}”。"
        if node.choices is not None and node.choices.known:
            chosen = text.split() if node.choices.several else [text]
            allowed = self._allowed(node.choices, element)
            unknown = [] if allowed is None else [each for each in chosen if each not in allowed]
            if unknown:
                return Code.CHOICE, f"“{unknown[0][:40]}”不在选项中。"
        if bind.constraint is not None and not holds(bind.constraint, element, self._main):
            return Code.CONSTRAINT, bind.constraint_message or "不符合填写要求。"
        return None

    def _allowed(self, choices: Choices, element: etree._Element) -> frozenset[str] | None:
        try:
            return choices.allowed(element, self._main)
        except EVALUATION_ERRORS:
            return None

    def _miscalculated(
        self, calculate: Expression, element: etree._Element, text: str
    ) -> tuple[Code, str] | None:
        if calculate.volatile or calculate.unknowable:
            return None
        expected = self._value(calculate, element)
        if expected is None or _same(expected, text):
            return None
        return Code.CALCULATE, f"计算结果应为“{text_of(expected)[:40]}”，收到“{text[:40]}”。"

    def _value(self, expression: Expression, element: etree._Element) -> Any:
        """An expression's value; None if these values give none."""
        try:
            return expression.value(element, self._main)
        except EVALUATION_ERRORS:
            return None


def _same(expected: Any, text: str) -> bool:
    """Whether a client wrote this value: each writes numbers and truth values in its own way."""
    if isinstance(expected, bool):
        return text in (("1", "true") if expected else ("0", "false"))
    if isinstance(expected, float) and isnan(expected):
        return text in ("", "NaN")
    if text_of(expected).strip() == text:
        return True
    return isclose(number_of(expected), number_of(text), rel_tol=1e-9, abs_tol=1e-9)
