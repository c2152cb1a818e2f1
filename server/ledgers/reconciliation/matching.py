"""Which line of another's ledger is which hazard of ours.

Lines with one number belong together, unless all else speaks against it. The rest are candidates,
each with a score and the reasons for it, for a person to confirm: site, spot, description and date
are compared (`likeness`) where two lines have a site, or rare words, in common (`blocking`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from ...glossary import Term
from ..records import Record
from .blocking import Block, blocks, searched
from .likeness import (
    OTHER_NUMBER,
    Floats,
    Side,
    as_score,
    combined,
    date_likeness,
    name_likeness,
    paired_text_likeness,
    text_likeness,
    text_to_compare,
    tokens_of,
)
from .normalising import number_key
from .reasons import reasons_for


class How(Term):
    """Why a pair is one."""

    CONFIRMED = "confirmed", "人工确认"
    NUMBER = "number", "编号一致"


class DuplicateKind(Term):
    ONE_NUMBER = "one_number", "一号多患"
    ONE_HAZARD = "one_hazard", "一患多号"


@dataclass(frozen=True)
class Pair:
    """Two lines, by their `ref`, that are one hazard."""

    ours: str
    theirs: str
    how: How


@dataclass(frozen=True)
class Candidate:
    """Two lines that may be one hazard.

    Attributes:
        score: 0 to 1.
        reasons: for and against it, in Chinese.
        best: whether it is the one that is proposed for both lines; the others are alternatives.
        likely: proposed, with a high score, and no other comes near it.
    """

    ours: str
    theirs: str
    score: float
    reasons: tuple[str, ...]
    best: bool = False
    likely: bool = False


@dataclass(frozen=True)
class Duplicate:
    """Lines of one ledger with one number, or that seem to be one hazard under several numbers.

    `ours` and `theirs` name the lines on each side; one of them may be empty.
    """

    kind: DuplicateKind
    number: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class Matching:
    """What belongs together, what may, and what is on one side alone.

    Every line of ours is in exactly one of `pairs`, the best of `candidates`, and `only_ours`;
    theirs likewise.
    """

    pairs: tuple[Pair, ...]
    candidates: tuple[Candidate, ...]
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]


Refs = tuple[str, str]
Lines = tuple[int, int]

# What is shown to a person, what is proposed, and what is called likely, as log odds.
SHOWN, PROPOSED, LIKELY = -1.0, 0.0, 3.0
# How far the next one has to stay behind a likely one, and how much alike a duplicate is.
AHEAD, DUPLICATE = 1.5, 3.0
MOST_ALTERNATIVES = 3

# One number on lines that have so little in common is a mistake in one of them.
OTHER_SITE, OTHER_TEXT, QUITE_OTHER_TEXT = 0.6, 0.25, 0.10


def match(
    ours: Sequence[Record],
    theirs: Sequence[Record],
    confirmed: Collection[Refs] = (),
    refused: Collection[Refs] = (),
    tick: Callable[[float], None] = lambda share: None,
) -> Matching:
    """Match two ledgers.

    Args:
        ours, theirs: `ref` is unique on each side.
        confirmed: pairs of refs, ours first, that a person said are one hazard.
        refused: pairs that a person said are not.
        tick: told now and then how much is done (0 to 1); what it raises ends the work.
    """
    work = _Work(ours, theirs, refused, tick)
    work.take_confirmed(confirmed)
    work.pair_by_number()
    work.compare_all()
    work.search_for_the_rest()
    return work.result()


class _Work:
    """One run: what is compared, and what has been found so far, by the lines' indices."""

    def __init__(
        self,
        ours: Sequence[Record],
        theirs: Sequence[Record],
        refused: Collection[Refs],
        tick: Callable[[float], None],
    ) -> None:
        self.tick = tick
        self.ours, self.theirs = Side.of(ours), Side.of(theirs)
        self.tokens = tokens_of([text_to_compare(record) for record in (*ours, *theirs)])
        self.numbers = [number_key(record.number) for record in ours]
        self.their_numbers = [number_key(record.number) for record in theirs]
        our_refs = {record.ref: index for index, record in enumerate(ours)}
        their_refs = {record.ref: index for index, record in enumerate(theirs)}
        self.refs = our_refs, their_refs
        self.refused = set(self._known(refused))
        self.pairs: dict[Lines, How] = {}
        # Log odds of whatever was compared and is not out of the question.
        self.odds: dict[Lines, float] = {}
        self.one_number: set[Lines] = set()
        self.taken: dict[int, int] = {}
        self.their_taken: dict[int, int] = {}

    def _known(self, refs: Iterable[Refs]) -> Iterator[Lines]:
        ours, theirs = self.refs
        return ((ours[a], theirs[b]) for a, b in refs if a in ours and b in theirs)

    def _take(self, one: int, other: int) -> bool:
        """Put two lines together, unless one of them is with another already."""
        if one in self.taken or other in self.their_taken:
            return False
        self.taken[one], self.their_taken[other] = other, one
        return True

    def take_confirmed(self, confirmed: Collection[Refs]) -> None:
        for one, other in self._known(confirmed):
            if self._take(one, other):
                self.pairs[one, other] = How.CONFIRMED

    def pair_by_number(self) -> None:
        """Lines with one number are pairs, the most alike first, unless all else contradicts."""
        theirs = _by_key(self.their_numbers)
        lines = [
            (one, other)
            for one, number in enumerate(self.numbers)
            for other in theirs.get(number, ())
            if (one, other) not in self.refused
        ]
        if not lines:
            return
        text, site, odds = self._compared(lines)
        with np.errstate(invalid="ignore"):
            contradicted = (text < QUITE_OTHER_TEXT) | ((text < OTHER_TEXT) & (site < OTHER_SITE))
        for place in np.argsort(-odds, kind="stable"):
            if contradicted[place]:
                # It may still be the one: whoever looks decides.
                self.odds[lines[place]] = max(float(odds[place]), SHOWN)
                self.one_number.add(lines[place])
            elif self._take(*lines[place]):
                self.pairs[lines[place]] = How.NUMBER

    def _compared(self, lines: Sequence[Lines]) -> tuple[Floats, Floats, Floats]:
        """The likeness of texts, of sites, and the log odds, for pairs of lines."""
        one, other = np.array(lines, np.int64).T
        text = paired_text_likeness(self.tokens, one, other + len(self.ours.names))
        site = np.array([self._site(*pair) for pair in lines], np.float32)
        days = date_likeness(
            self.ours.days[one], self.theirs.days[other], self.theirs.swapped[other]
        )
        return text, site, combined(text, site, days)

    def _site(self, one: int, other: int) -> float:
        name, another = self.ours.names[one], self.theirs.names[other]
        if self.ours.codes[one] and self.ours.codes[one] == self.theirs.codes[other]:
            return 1.0
        return name_likeness(name, another) if name and another else float("nan")

    def compare_all(self) -> None:
        """Compare lines that may be of one site; what is left over looks further."""
        self._compare_each(blocks(self.ours, self.theirs, self.tokens), len(self.numbers), 0.0)
        self._propose()

    def search_for_the_rest(self) -> None:
        """Lines that found nobody may stand under another site, or under none."""
        left = [line for line in range(len(self.numbers)) if line not in self.taken]
        others = [line for line in range(len(self.their_numbers)) if line not in self.their_taken]
        found = searched(left, others, self.ours, self.theirs, self.tokens)
        self._compare_each(found, len(left), 0.5)
        self._propose()

    def _compare_each(self, found: Iterable[Block], lines: int, begun: float) -> None:
        """Either round of comparing, of so many of our lines, is half of the work."""
        done = 0
        for block in found:
            self._compare(block)
            done += block.ours.size
            self.tick(begun + done / lines / 2)

    def _compare(self, block: Block) -> None:
        text = text_likeness(self.tokens, block.ours, block.theirs + len(self.ours.names))
        days = date_likeness(
            self.ours.days[block.ours][:, None],
            self.theirs.days[block.theirs][None, :],
            self.theirs.swapped[block.theirs][None, :],
        )
        odds = combined(text, block.sites, days)
        for row, column in zip(*np.nonzero(_worth_keeping(odds)), strict=True):
            lines = int(block.ours[row]), int(block.theirs[column])
            if lines in self.refused or lines in self.one_number or self._are_paired(*lines):
                continue
            value = float(odds[row, column])
            if self._numbers_contradict(*lines):
                value += OTHER_NUMBER
            if value >= SHOWN:
                self.odds[lines] = value

    def _are_paired(self, one: int, other: int) -> bool:
        """Whether both are in pairs, so that nothing is left to be found out."""
        return self._is_paired(one, None) and self._is_paired(None, other)

    def _numbers_contradict(self, one: int, other: int) -> bool:
        """Whether both have a number of ours, and not by a slip of the hand."""
        number, another = self.numbers[one], self.their_numbers[other]
        return (
            number.startswith("YH")
            and another.startswith("YH")
            and OSA.distance(number, another, score_cutoff=1) > 1
        )

    def _propose(self) -> None:
        """Give each line the other that fits best, the surest first."""
        for lines, value in sorted(self.odds.items(), key=lambda each: (-each[1], each[0])):
            if value < PROPOSED:
                break
            self._take(*lines)

    # --- What it comes to --------------------------------------------------------------------

    def result(self) -> Matching:
        ours, theirs = self.ours.records, self.theirs.records
        return Matching(
            tuple(Pair(ours[a].ref, theirs[b].ref, how) for (a, b), how in self.pairs.items()),
            tuple(self._candidates()),
            tuple(ours[line].ref for line in range(len(ours)) if line not in self.taken),
            tuple(theirs[line].ref for line in range(len(theirs)) if line not in self.their_taken),
            (
                *_one_number(self.numbers, ours, True),
                *_one_number(self.their_numbers, theirs, False),
                *self._one_hazard(),
            ),
        )

    def _candidates(self) -> Iterator[Candidate]:
        """Those of lines that are in no pair: each line's best, and some alternatives."""
        open_lines = {
            lines: value
            for lines, value in self.odds.items()
            if not any(self._is_paired(*each) for each in ((lines[0], None), (None, lines[1])))
        }
        rivals = _rivals(open_lines)
        shown: Counter[int] = Counter()
        for lines, value in sorted(open_lines.items(), key=lambda each: (-each[1], each[0])):
            best = self.taken.get(lines[0]) == lines[1]
            if not best:
                shown[lines[0]] += 1
            if best or shown[lines[0]] <= MOST_ALTERNATIVES:
                likely = best and value >= LIKELY and value - rivals(lines) >= AHEAD
                yield self._candidate(lines, value, best, likely)

    def _is_paired(self, one: int | None, other: int | None) -> bool:
        """Whether a line of ours, or one of theirs, is in a pair rather than a proposal."""
        if one is not None:
            return (one, self.taken.get(one, -1)) in self.pairs
        assert other is not None
        return (self.their_taken.get(other, -1), other) in self.pairs

    def _candidate(self, lines: Lines, value: float, best: bool, likely: bool) -> Candidate:
        one, other = self.ours.records[lines[0]], self.theirs.records[lines[1]]
        text = float(
            paired_text_likeness(
                self.tokens, np.array([lines[0]]), np.array([lines[1] + len(self.numbers)])
            )[0]
        )
        reasons = reasons_for(one, other, text, lines in self.one_number)
        score = round(as_score(value), 3)
        return Candidate(one.ref, other.ref, score, reasons, best, likely)

    def _one_hazard(self) -> Iterator[Duplicate]:
        """Lines that nobody took, and that are as like one of the others as its own is."""
        theirs: dict[int, list[int]] = defaultdict(list)
        ours: dict[int, list[int]] = defaultdict(list)
        for (one, other), value in self.odds.items():
            if value < DUPLICATE:
                continue
            if one in self.taken and other not in self.their_taken:
                number = self.their_numbers[other]
                # Two lines with one number are told as such already.
                if not number or number != self.their_numbers[self.taken[one]]:
                    theirs[one].append(other)
            elif other in self.their_taken and one not in self.taken:
                ours[other].append(one)
        for one, others in theirs.items():
            yield self._duplicate([one], [self.taken[one], *others])
        for other, ones in ours.items():
            yield self._duplicate([self.their_taken[other], *ones], [other])

    def _duplicate(self, ours: Sequence[int], theirs: Sequence[int]) -> Duplicate:
        return Duplicate(
            DuplicateKind.ONE_HAZARD,
            self.ours.records[ours[0]].number,
            tuple(self.ours.records[line].ref for line in ours),
            tuple(self.theirs.records[line].ref for line in theirs),
        )


def _worth_keeping(odds: Floats) -> npt.NDArray[np.bool_]:
    """The few best of each row and of each column."""
    kept = np.zeros(odds.shape, bool)
    for axis in (0, 1):
        place = max(odds.shape[axis] - 1 - MOST_ALTERNATIVES, 0)
        kept |= odds >= np.take(np.partition(odds, place, axis), [place], axis)
    return kept & (odds >= SHOWN)


def _rivals(odds: Mapping[Lines, float]) -> Callable[[Lines], float]:
    """Gives the log odds of the next best for either line of a pair."""
    tops: dict[tuple[bool, int], list[float]] = defaultdict(list)
    for (one, other), value in odds.items():
        for key in ((True, one), (False, other)):
            tops[key] = sorted([*tops[key], value], reverse=True)[:2]

    def rival(lines: Lines) -> float:
        values = (tops[True, lines[0]], tops[False, lines[1]])
        return max((value[1] for value in values if len(value) > 1), default=float("-inf"))

    return rival


def _by_key(keys: Iterable[str]) -> dict[str, list[int]]:
    """The indices of the lines that have a key."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key:
            found[key].append(index)
    return found


def _one_number(
    numbers: Sequence[str], records: Sequence[Record], are_ours: bool
) -> Iterator[Duplicate]:
    for lines in _by_key(numbers).values():
        if len(lines) > 1:
            refs = tuple(records[line].ref for line in lines)
            number = records[lines[0]].number
            sides = (refs, ()) if are_ours else ((), refs)
            yield Duplicate(DuplicateKind.ONE_NUMBER, number, *sides)
