"""Something that a rule finds wrong with a line, or with several lines together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..differences import DifferenceKind


@dataclass(frozen=True)
class Flaw:
    """A flaw in a ledger, in words for people and in values for programs.

    Attributes:
        rule: which of the kind's rules found it; stable.
        explanation: what is wrong and why that matters, in Chinese, with the concrete values.
        values: what it is about, by the column's Chinese name. As long as these stay the same, it
            is the same flaw: what changes from day to day by itself belongs into the explanation.
        advice: what to do about it, in Chinese.
    """

    kind: DifferenceKind
    rule: str
    explanation: str
    values: Mapping[str, str]
    advice: str


def on(day: date | None) -> str:
    """A day as values show it; empty for none."""
    return day.isoformat() if day else ""
