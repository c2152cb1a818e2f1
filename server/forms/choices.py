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
    """The values that may be chosen, one or several; with a filter they depend on other answers."""

    values: frozenset[str]
    several: bool = False
    filtered: Expression | None = None
    value_name: str = "name"
    # A list that is not in the form (an attached file) can't be checked here.
    known: bool = True

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
        found = (item.findtext(f"{XFORMS}value") for item in control.iter(f"{XFORMS}item"))
        return Choices(frozenset(value.strip() for value in found if value), several)
    nodeset = itemset.get("nodeset", "").strip()
    value = itemset.find(f"{XFORMS}value")
    value_name = "name" if value is None else value.get("ref", "name")
    listed = LIST_NAME.match(nodeset)
    if listed is not None:
        instance = instances.get(listed[1])
        if instance is None:
            raise ExpressionError(f"没有选项表 {listed[1]}")
        if instance.get("src"):
            return Choices(frozenset(), several, known=False)
        if WHOLE_LIST.fullmatch(nodeset):
            items = instance.findall("root/item")
            values = frozenset((item.findtext(value_name) or "").strip() for item in items)
            return Choices(values, several)
    # A filtered list, or the rows of a repeat of the form itself.
    return Choices(frozenset(), several, compile_expression(nodeset, root_name, scope), value_name)
