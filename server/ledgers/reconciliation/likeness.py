"""How alike two lines are, by numbers, for many pairs at once.

Three things are measured, each from 0 to 1, NaN where one of the lines doesn't say: the site, the
text (spot and description together, for what one ledger has in one column another has in two), and
the date. Text is compared by its characters and pairs of characters, each weighing what it tells:
"隐患" in a thousand lines tells little, "3号" at one site much. Word order and what is left out
count little that way, as in what two people write of one thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from ..records import Record
from .normalising import bare, credit_fault, credit_key, name_key

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# A pair of characters says more than one of them.
PAIR_WEIGHT, SINGLE_WEIGHT = np.float32(1.0), np.float32(0.4)

# What speaks for one hazard: the natural logarithm of the odds is linear in the three likenesses.
BIAS, TEXT, SITE, DATE = -14.4, 7.5, 6.0, 5.5
# What is taken for a likeness that can't be measured.
UNKNOWN_TEXT, UNKNOWN_SITE, UNKNOWN_DATE = 0.45, 0.55, 0.75
# Two numbers of one scheme that are not a slip of the hand apart.
OTHER_NUMBER = -2.5

DAYS_APART = 15.0
WHOLLY = 99.0
YEAR_MISTAKEN, DAY_AND_MONTH_SWAPPED = 0.7, 0.8


@dataclass(frozen=True)
class Tokens:
    """The characters and pairs of characters in the texts of many lines.

    Attributes:
        ids: those of all lines one after another, each once in a line, ascending.
        starts: where in `ids` a line's begin; one more than there are lines.
        weights: what each token tells, by id.
        sizes: the sum of its tokens' weights, for each line.
        counts: in how many lines each token is, by id.
    """

    ids: Ints
    starts: Ints
    weights: Floats
    sizes: Floats
    counts: Ints

    def of(self, line: int) -> Ints:
        """A line's tokens."""
        return self.ids[self.starts[line] : self.starts[line + 1]]


def tokens_of(texts: Sequence[str]) -> Tokens:
    """Take texts apart, and weigh the parts by how few of the texts have them."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    characters = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.int64)
    lines = np.repeat(np.arange(len(texts)), lengths)
    together = lines[1:] == lines[:-1]
    pairs = ((characters[:-1] + 1) << 21 | characters[1:])[together]
    known, ids = np.unique(np.concatenate([characters, pairs]), return_inverse=True)
    occurrences = np.concatenate([lines, lines[1:][together]]) * len(known) + ids
    # Sorted, and each once: faster than `np.unique`, which hashes.
    occurrences.sort()
    occurrences = occurrences[
        np.append(True, occurrences[1:] != occurrences[:-1])[: occurrences.size]
    ]
    owners, ids = np.divmod(occurrences, max(len(known), 1))
    counts = np.bincount(ids, minlength=len(known))
    weights = np.log((len(texts) + 1) / (counts + 0.5)).astype(np.float32)
    weights *= np.where(known >> 21 > 0, PAIR_WEIGHT, SINGLE_WEIGHT)
    starts = np.searchsorted(owners, np.arange(len(texts) + 1))
    sizes = np.bincount(owners, weights[ids], minlength=len(texts)).astype(np.float32)
    return Tokens(ids, starts, weights, sizes, counts)


def text_likeness(tokens: Tokens, ours: Ints, theirs: Ints) -> Floats:
    """The likeness of the texts of some lines to those of some others: a matrix."""
    own = [tokens.of(line) for line in ours]
    other = [tokens.of(line) for line in theirs]
    known, places = np.unique(np.concatenate([*own, *other]), return_inverse=True)
    rows = np.repeat(np.arange(len(own) + len(other)), [len(each) for each in (*own, *other)])
    held = np.zeros((len(own) + len(other), len(known)), np.float32)
    held[rows, places] = 1
    common = (held[: len(own)] * tokens.weights[known]) @ held[len(own) :].T
    return _likeness(common, tokens.sizes[ours][:, None], tokens.sizes[theirs][None, :])


def paired_text_likeness(tokens: Tokens, ours: Ints, theirs: Ints) -> Floats:
    """The likeness of the texts of lines taken two by two."""
    most = len(tokens.weights) + 1
    one, another = (
        np.concatenate([tokens.of(line) + place * most for place, line in enumerate(lines)])
        for lines in (ours, theirs)
    )
    pairs, shared = np.divmod(np.intersect1d(one, another, assume_unique=True), most)
    common = np.bincount(pairs, tokens.weights[shared], minlength=len(ours))
    return _likeness(common.astype(np.float32), tokens.sizes[ours], tokens.sizes[theirs])


def _likeness(common: Floats, one: Floats, another: Floats) -> Floats:
    """Of both texts, and of the shorter: a line may say less, and not otherwise."""
    with np.errstate(invalid="ignore", divide="ignore"):
        likeness = 0.55 * (2 * common / (one + another)) + 0.45 * common / np.minimum(one, another)
    return np.where((one > 0) & (another > 0), likeness, np.nan).astype(np.float32)


def date_likeness(ours: Ints, theirs: Ints, swapped: Ints) -> Floats:
    """The likeness of some days to some others; the arrays are broadcast.

    Args:
        ours, theirs: days by their ordinal, 0 where there is none.
        swapped: what theirs would be with day and month the other way round, or 0.
    """
    apart = np.abs(ours - theirs).astype(np.float32)
    likeness = np.exp(-apart / DAYS_APART)
    likeness = np.where((apart == 365) | (apart == 366), YEAR_MISTAKEN, likeness)
    turned = (ours == swapped) & (apart > 0)
    likeness = np.where(turned, np.maximum(likeness, DAY_AND_MONTH_SWAPPED), likeness)
    return np.where((ours == 0) | (theirs == 0), np.nan, likeness).astype(np.float32)


# An abbreviation: all of the shorter name stands in the longer one.
A_PART_OF_THE_NAME = 0.85


def name_likeness(one: str, another: str) -> float:
    """The likeness of two sites' names, by their keys."""
    part = A_PART_OF_THE_NAME if min(len(one), len(another)) > 1 else 0.0
    return max(fuzz.ratio(one, another) / 100, part * (fuzz.partial_ratio(one, another) > WHOLLY))


def combined(text: Floats, site: Floats, date: Floats) -> Floats:
    """The log odds that two lines are one hazard."""
    text = np.where(np.isnan(text), np.float32(UNKNOWN_TEXT), text)
    site = np.where(np.isnan(site), np.float32(UNKNOWN_SITE), site)
    date = np.where(np.isnan(date), np.float32(UNKNOWN_DATE), date)
    odds: Floats = BIAS + TEXT * text + SITE * site + DATE * date
    return odds


def as_score(odds: float) -> float:
    """Log odds as a score from 0 to 1."""
    return 1 / (1 + exp(-odds))


@dataclass(frozen=True)
class Side:
    """What of a ledger's lines is compared, by the line's index."""

    records: Sequence[Record]
    names: list[str]
    codes: list[str]
    days: Ints
    swapped: Ints

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Side":
        days = [record.found_on.toordinal() if record.found_on else 0 for record in records]
        return cls(
            records,
            [name_key(record.site_name) if record.site_name else "" for record in records],
            [_sound_code(record.credit_code) for record in records],
            np.array(days, np.int64),
            np.array([_swapped(record) for record in records], np.int64),
        )


def _sound_code(text: str) -> str:
    """A code that can be relied on; one that is mistyped tells nothing."""
    code = credit_key(text) if text else ""
    return code if code and credit_fault(code) is None else ""


def _swapped(record: Record) -> int:
    day = record.found_on
    if day is None or day.day > 12:
        return 0
    return day.replace(month=day.day, day=day.month).toordinal()


def text_to_compare(record: Record) -> str:
    """Spot and description, without the spot where the description begins with it."""
    spot, description = bare(record.spot), bare(record.description)
    return description if description.startswith(spot) else spot + description
