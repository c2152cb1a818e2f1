"""What a matching is worth, held against the truth of a made-up pair of ledgers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from server.ledgers.reconciliation.lines import records
from server.ledgers.reconciliation.matching import Matching, match
from server.ledgers.reconciliation.opening import Limits
from server.ledgers.reconciliation.reading import read
from server.ledgers.reconciliation.recognition import recognise
from server.ledgers.records import Record

from .ledgers import Ledgers, Line, Mess, make_ledgers
from .writing import Laid, as_csv, as_xlsx, lay_out

YEAR = 2026


@dataclass
class Judgement:
    """Counts of pairs: those that were proposed, and are right; those that should be.

    A line that was split, or joins two of ours, can be in one pair: it counts once.
    """

    proposed: int = 0
    right: int = 0
    wanted: int = 0
    by_mess: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def precision(self) -> float:
        return self.right / self.proposed

    @property
    def recall(self) -> float:
        return self.right / self.wanted

    def __str__(self) -> str:
        rows = [
            f"  {kind:22}{counts['right'] / counts['wanted']:.3f} of {counts['wanted']}"
            for kind, counts in sorted(self.by_mess.items())
        ]
        head = f"precision {self.precision:.4f}, recall {self.recall:.4f} of {self.wanted} lines"
        return "\n".join([head, *rows])


def judge(pairs: Iterable[tuple[str, str]], lines: dict[str, Line]) -> Judgement:
    """Hold pairs of refs, ours and theirs, against the truth."""
    found = Judgement()
    matched: set[str] = set()
    for ours, theirs in pairs:
        found.proposed += 1
        if ours in lines[theirs].of:
            found.right += 1
            matched.add(theirs)
    claimed: set[str] = set()
    for ref in sorted(lines, key=lambda ref: ref not in matched):
        line = lines[ref]
        if not line.of or (len(line.of) == 1 and line.of[0] in claimed):
            continue
        claimed.update(line.of[:1])
        found.wanted += 1
        for kind in line.mess or {"as ours"}:
            found.by_mess[kind]["wanted"] += 1
            found.by_mess[kind]["right"] += ref in matched
    return found


def read_back(laid: Laid, *, xlsx: bool = False) -> list[Record]:
    """The other ledger's lines, through a file and all of the reading."""
    content = as_xlsx(laid) if xlsx else as_csv(laid)
    [sheet] = read("台账.xlsx" if xlsx else "台账.csv", content, Limits())
    recognition = recognise(sheet.headings, [row.cells for row in sheet.rows], {})
    return records(sheet, recognition.mapping, year=YEAR)[0]


@dataclass(frozen=True)
class Case:
    ledgers: Ledgers
    theirs: list[Record]
    lines: dict[str, Line]


def a_case(seed: int, count: int, mess: Mess, *, xlsx: bool = False) -> Case:
    """A pair of ledgers, the other one written and read back, and the truth by its refs."""
    ledgers = make_ledgers(seed, count, mess)
    laid = lay_out(seed, ledgers.theirs, numbered=mess.numbered)
    theirs = read_back(laid, xlsx=xlsx)
    return Case(ledgers, theirs, dict(zip(laid.refs(), ledgers.theirs, strict=True)))


def proposals(matching: Matching) -> list[tuple[str, str]]:
    """What is certain, and what is proposed as the best."""
    certain = [(pair.ours, pair.theirs) for pair in matching.pairs]
    return certain + [(each.ours, each.theirs) for each in matching.candidates if each.best]


def judged(seed: int, count: int, mess: Mess, *, xlsx: bool = False) -> Judgement:
    """Make a pair of ledgers, match it, and hold what is proposed against the truth."""
    case = a_case(seed, count, mess, xlsx=xlsx)
    return judge(proposals(match(case.ledgers.ours, case.theirs)), case.lines)
