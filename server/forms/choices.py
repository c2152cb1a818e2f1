"""What may be chosen in a select: a fixed set, or what a filter leaves of a choice list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from .tokens import ExpressionError
from .xml import local_name
from .xpath import ANYWHERE, Expression, Scope, compile_expression

XFORMS = "{http://www.w3.org/2002/xforms}"

# An itemset without a filter names its whole list.
WHOLE_LIST = re.compile(r"instance\(\s*'([^']*)'\s*\)/root/item")
LIST_NAME = re.compile(r"(?:randomize\(\s*)?instance\(\s*['\"]([^'\"]*)['\"]\s*\)")


@dataclass(frozen=True)
class Choices:
    """The values that may be chosen, one or several; with a filter they depend on other answers.

    `listed` are those of the whole list with their labels, as the form writes them down.
    """

    values: frozenset[str]
    several: bool = False
    filtered: Expression | None = None
    value_name: str = "name"
    # A list that is not in the form (an attached file) can't be checked here.
    known: bool = True
    listed: tuple[tuple[str, str], ...] = ()

    def allowed(self, context: etree._Element, main: etree._Element) -> frozenset[str]:
        """The values that may be chosen at a node of the filled form."""
        if self.filtered is None:
            return self.values
        items = self.filtered.value(context, main)
        return frozenset(
            (item.findtext(self.value_name) or "").strip()
            for item in items
            if isinstance(item, etree._Element)
        )


def read_choices(
    control: etree._Element,
    instances: Mapping[str, etree._Element],
    root_name: str,
    scope: Scope = ANYWHERE,
) -> Choices:
    """The choices of a select control.

    Raises:
        ExpressionError: a filter that can't be evaluated here.
    """
    several = local_name(control) != "select1"
    itemset = control.find(f"{XFORMS}itemset")
    if itemset is None:
        found = [(_text(item, f"{XFORMS}value"), item) for item in control.iter(f"{XFORMS}item")]
        written = tuple((value, _inline_label(item)) for value, item in found if value)
        return Choices(frozenset(value for value, _ in written), several, listed=written)
    nodeset = itemset.get("nodeset", "").strip()
    value = itemset.find(f"{XFORMS}value")
    value_name = "name" if value is None else value.get("ref", "name")
    named = LIST_NAME.match(nodeset)
    listed: tuple[tuple[str, str], ...] = ()
    if named is not None:
        instance = instances.get(named[1])
        if instance is None:
            raise ExpressionError(f"没有选项表 {named[1]}")
        if instance.get("src"):
            return Choices(frozenset(), several, known=False)
        items = instance.findall("root/item")
        listed = tuple((_text(item, value_name), _listed_label(item)) for item in items)
        if WHOLE_LIST.fullmatch(nodeset):
            return Choices(frozenset(value for value, _ in listed), several, listed=listed)
    # A filtered list, or the rows of a repeat of the form itself.
    filtered = compile_expression(nodeset, root_name, scope)
    return Choices(frozenset(), several, filtered, value_name, listed=listed)


def _inline_label(item: etree._Element) -> str:
    label = item.find(f"{XFORMS}label")
    return "" if label is None else label.get("ref", "") or "".join(label.itertext())


def _listed_label(item: etree._Element) -> str:
    text = _text(item, "itextId")
    return f"jr:itext('{text}')" if text else _text(item, "label")


def _text(item: etree._Element, name: str) -> str:
    return (item.findtext(name) or "").strip()
