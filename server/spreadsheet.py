"""Text on its way to a program that would make something else of it: Excel and its like.

A .csv has no types: a cell that a spreadsheet would turn into a formula, or whose digits it would
round, is preceded by a tab, which programs that read it back take off again (`read_cell`).
"""

import re
from collections.abc import Iterable

# So that Excel reads a .csv as UTF-8.
BOM = "\ufeff"

# What Excel would reinterpret: formulas, and digits beyond the precision of a number.
REINTERPRETED = re.compile(r"[=+\-@\t\r]|\d{12,}$")


def protected(text: str) -> str:
    """A text that no spreadsheet takes for a formula or rounds as a number."""
    return "\t" + text if REINTERPRETED.match(text) else text


def read_cell(text: str) -> str:
    """What a text cell of our CSV said before it was protected."""
    return text.removeprefix("\t")


def protected_all(texts: Iterable[str]) -> list[str]:
    """The same for a row of cells."""
    match = REINTERPRETED.match
    return ["\t" + text if text and match(text) else text for text in texts]
