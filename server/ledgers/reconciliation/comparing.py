"""Both ledgers, matched, held against each other: every rule asked of every line.

What is found of single lines can be found again for some of them alone, as when a person has said
what a line is; what is found of the ledger as a whole is found when it is run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..rules.names import Registry
from . import ledger_rules, line_rules, pair_rules
from .ledger_rules import Ledger
from .noted import Held, Noted, Pair, TheirLine
from .ours import OurLine

# How the keys of both sorts of differences begin.
OF_LINES, OF_LEDGER = "line", "ledger"


@dataclass(frozen=True)
class Found:
    """A difference and what it is about: a line of theirs, a hazard of ours, or neither."""

    key: str
    noted: Noted
    row_key: str | None = None
    ours: OurLine | None = None
    # The township that it is of by their line, where no hazard of ours tells it.
    township: str = ""


@dataclass(frozen=True)
class Lines:
    """Lines to be compared.

    Attributes:
        pairs: lines of theirs with the hazard that each is.
        pending: lines of theirs that a person has yet to say of which hazard they are.
        only_theirs: lines that nobody here has; with the hazard of the same number, where that is
            known outside of what this ledger is of.
        only_ours: hazards that they lack.
    """

    pairs: Sequence[Pair] = ()
    pending: Sequence[TheirLine] = ()
    only_theirs: Sequence[tuple[TheirLine, OurLine | None]] = ()
    only_ours: Sequence[OurLine] = field(default=())


def compare_lines(lines: Lines, held: Held, registry: Registry, area: str) -> Iterator[Found]:
    """What the rules find of each of these lines; `area` is what the ledger is of, by name."""
    for pair in lines.pairs:
        for noted in pair_rules.findings(pair, held):
            yield _of_line(noted, pair.theirs, pair.ours)
        yield from _alone(pair.theirs, held, registry, pair.ours)
    for line in lines.pending:
        yield from _alone(line, held, registry, None)
    for line, elsewhere in lines.only_theirs:
        yield _of_line(line_rules.only_theirs(line, elsewhere), line, elsewhere)
        yield from _alone(line, held, registry, None)
    for ours in lines.only_ours:
        if missing := line_rules.only_ours(ours, area):
            yield Found(_key(OF_LINES, missing, ours.record.number), missing, ours=ours)


def compare_ledgers(ledger: Ledger, held: Held, ours: Mapping[str, OurLine]) -> Iterator[Found]:
    """What the rules find of the ledger as a whole; `ours` has the hazard of a line by its key."""
    townships = {line.key: line.record.township for line in ledger.theirs}
    for noted, row_key, mine in ledger_rules.findings(ledger, held):
        anchor = mine.record.number if mine else row_key or ""
        yield Found(
            _key(OF_LEDGER, noted, anchor),
            noted,
            row_key,
            mine or ours.get(row_key or ""),
            townships.get(row_key or "", ""),
        )


def unique(found: Iterable[Found]) -> dict[str, Found]:
    """By key; what two rules, or one twice, say alike of one line is said once."""
    by_key: dict[str, Found] = {}
    for each in found:
        by_key.setdefault(each.key, each)
    return by_key


def _alone(
    line: TheirLine, held: Held, registry: Registry, ours: OurLine | None
) -> Iterator[Found]:
    for noted in line_rules.findings(line, held, registry, ours):
        yield _of_line(noted, line, ours)


def _of_line(noted: Noted, line: TheirLine, ours: OurLine | None) -> Found:
    key = _key(OF_LINES, noted, line.key)
    return Found(key, noted, line.key, ours, line.record.township)


def _key(level: str, noted: Noted, anchor: str) -> str:
    return f"{level}/{noted.kind.value}/{noted.about}/{anchor}"[:200]
