"""Which line of another's ledger is which hazard of ours.

Lines with one number belong together, unless all else speaks against it. The rest are candidates,
each with a score and the reasons for it, for a person to confirm: site, spot, description and date
are compared (`likeness`) where two lines have a site, or rare words, in common (`blocking`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...glossary import Term
from ..records import Record
from .normalising import number_key


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


def match(
    ours: Sequence[Record],
    theirs: Sequence[Record],
    confirmed: Collection[Refs] = (),
    refused: Collection[Refs] = (),
) -> Matching:
    """Match two ledgers.

    Args:
        ours, theirs: `ref` is unique on each side.
        confirmed: pairs of refs, ours first, that a person said are one hazard.
        refused: pairs that a person said are not.
    """
    pairs = _confirmed(ours, theirs, confirmed)
    ours_left = {pair.ours for pair in pairs}
    theirs_left = {pair.theirs for pair in pairs}
    refusals = set(refused)
    by_number = _by_number(theirs)
    for record in ours:
        key = number_key(record.number)
        for other in by_number.get(key, ()) if key else ():
            if (
                record.ref not in ours_left
                and other.ref not in theirs_left
                and (record.ref, other.ref) not in refusals
            ):
                pairs.append(Pair(record.ref, other.ref, How.NUMBER))
                ours_left.add(record.ref)
                theirs_left.add(other.ref)
    return Matching(
        tuple(pairs),
        (),
        tuple(record.ref for record in ours if record.ref not in ours_left),
        tuple(record.ref for record in theirs if record.ref not in theirs_left),
        tuple(_one_number(by_number)),
    )


def _confirmed(
    ours: Iterable[Record], theirs: Iterable[Record], confirmed: Collection[Refs]
) -> list[Pair]:
    known = {record.ref for record in ours}, {record.ref for record in theirs}
    return [
        Pair(one, other, How.CONFIRMED)
        for one, other in confirmed
        if one in known[0] and other in known[1]
    ]


def _by_number(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if key := number_key(record.number):
            found[key].append(record)
    return found


def _one_number(by_number: Mapping[str, list[Record]]) -> Iterable[Duplicate]:
    for records in by_number.values():
        if len(records) > 1:
            refs = tuple(record.ref for record in records)
            yield Duplicate(DuplicateKind.ONE_NUMBER, records[0].number, (), refs)
