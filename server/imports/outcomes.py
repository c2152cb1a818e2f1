"""What is to become of a line: new, known already, or with problems that name their column."""

from dataclasses import dataclass, field
from typing import Any

from ..glossary import Term
from .columns import Line


class Outcome(Term):
    NEW = "new", "新增"
    KNOWN = "known", "已有，跳过"
    BAD = "bad", "有误"


@dataclass
class Checked:
    """A line, what it is to be written as, and what is wrong with it: messages by field."""

    line: Line
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    # Which row of the database it is already, in words.
    known_as: str = ""
    # What goes into the result beside it, and nowhere else: an initial password.
    secret: str = ""

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.BAD
        return Outcome.KNOWN if self.known_as else Outcome.NEW

    def text(self, name: str) -> str:
        return self.line.texts.get(name, "")

    def wrong(self, name: str, message: str) -> None:
        """Say what is wrong with a field; the first word on it stands."""
        self.problems.setdefault(name, message)
