"""Which column of a ledger is of what, by its heading and by what stands in it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from .fields import NAMES, Field
from .normalising import (
    BRACKETED,
    Cell,
    Unreadable,
    bare,
    credit_key,
    is_nothing,
    plain,
    read_amount,
    read_date,
    read_level,
    read_standing,
    text_of,
)

# Between the levels of a heading of several rows.
LEVELS = " / "

SURE, COMMON, BY_CONTENTS, LEAST = 1.0, 0.8, 0.6, 0.5
MOST_ALTERNATIVES = 4
IN_10K = re.compile(r"万元|单位[::]?万")

# How many cells of a column are looked at.
SAMPLED = 50


@dataclass(frozen=True)
class Guess:
    """What one column seems to be of.

    Attributes:
        field: None where nothing fits.
        confidence: 0 to 1; 1 is a name in use, or what a person said before.
        alternatives: other fields, the likeliest first, each with its confidence.
        remembered: whether a person said so for this source before.
        doubt: why a person should look, in Chinese, or empty.
    """

    heading: str
    field: Field | None
    confidence: float
    alternatives: tuple[tuple[Field, float], ...] = ()
    remembered: bool = False
    doubt: str = ""


@dataclass(frozen=True)
class Recognition:
    """A guess for each column, in their order; no field is given to two of them."""

    columns: tuple[Guess, ...]

    @property
    def mapping(self) -> dict[int, Field]:
        """The field of each column that has one, by the column's index from 0."""
        return {index: guess.field for index, guess in enumerate(self.columns) if guess.field}


def heading_key(heading: str) -> str:
    """The form in which a heading is remembered."""
    return bare(heading)


def recognise(
    headings: Sequence[str],
    samples: Sequence[Sequence[Cell]],
    remembered: Mapping[str, Field | None],
) -> Recognition:
    """Say what each column is of.

    Args:
        headings: of the columns; the levels of one with several rows are joined by ` / `.
        samples: some rows of cells below them.
        remembered: what a person said of this source's columns before, by `heading_key`; None
            for a column that is not to be read.
    """
    columns = [
        [row[index] for row in samples[:SAMPLED] if index < len(row)]
        for index in range(len(headings))
    ]
    scores = [_scored(heading, cells) for heading, cells in zip(headings, columns, strict=True)]
    given: dict[int, Field | None] = {
        index: remembered[heading_key(heading)]
        for index, heading in enumerate(headings)
        if heading_key(heading) in remembered
    }
    taken = {field for field in given.values() if field}
    chosen = _assigned(scores, set(given), taken)
    return Recognition(
        tuple(
            Guess(heading, given[index], SURE, _others(scores[index], given[index]), True)
            if index in given
            else _guess(heading, scores[index], chosen.get(index), columns[index])
            for index, heading in enumerate(headings)
        )
    )


def heading_likeness(text: str) -> float:
    """How much a cell looks like a heading that ledgers have: 0 to 1."""
    return max(_by_name(text).values(), default=0.0)


def _scored(heading: str, cells: Sequence[Cell]) -> dict[Field, float]:
    """Each field that a column may be of, with the confidence."""
    scores = dict(_by_name(heading))
    for field, fits in CONTENTS.items():
        share = _share(cells, fits)
        if share is None:
            continue
        if field in scores:
            # What stands in it counts against a heading more than for it.
            scores[field] *= 0.5 + 0.5 * share
        elif share >= 0.8 and field in TELLING:
            scores[field] = BY_CONTENTS * share
    return scores


@lru_cache(maxsize=4096)
def _by_name(heading: str) -> Mapping[Field, float]:
    scores: dict[Field, float] = {}
    for text, weight in _readings(heading):
        for field, score in _named(text).items():
            scores[field] = max(scores.get(field, 0.0), score * weight)
    if IN_10K.search(plain(heading)) and Field.AMOUNT_YUAN in scores:
        scores[Field.AMOUNT_10K] = scores.pop(Field.AMOUNT_YUAN)
    return scores


def _readings(heading: str) -> list[tuple[str, float]]:
    """The ways to read a heading: whole, without brackets, and its lowest level alone."""
    whole = plain(heading)
    lowest = whole.rpartition(LEVELS)[2]
    texts = [(whole, 1.0), (BRACKETED.sub("", whole), 1.0)]
    if lowest != whole:
        # `验收 / 日期` is 验收日期; a level that says enough by itself counts a little less.
        texts += [(lowest, 0.95), (BRACKETED.sub("", lowest), 0.95)]
    readings: dict[str, float] = {}
    for text, weight in texts:
        if key := bare(text):
            readings.setdefault(key, weight)
    return list(readings.items())


@cache
def _names() -> dict[str, Field]:
    return {name: field for field, names in NAMES.items() for name in names}


def _named(key: str) -> dict[Field, float]:
    names = _names()
    if key in names:
        return {names[key]: SURE}
    if len(key) > 40:
        return {}
    found: dict[Field, float] = {}
    for name, score, _ in process.extract(
        key, names.keys(), scorer=fuzz.ratio, score_cutoff=60, limit=12
    ):
        # Two characters in common say little of a name of three.
        found.setdefault(names[name], 0.9 * score / 100 if len(name) > 2 else 0.6 * score / 100)
    return found


def _assigned(
    scores: Sequence[Mapping[Field, float]], known: set[int], taken: set[Field]
) -> dict[int, Field]:
    """Each field to the column that it fits best, the surest first."""
    ranked = sorted(
        (
            (score, -index, field)
            for index, fields in enumerate(scores)
            if index not in known
            for field, score in fields.items()
            if score >= LEAST
        ),
        key=lambda each: each[:2],
        reverse=True,
    )
    chosen: dict[int, Field] = {}
    used = set(taken)
    for _, position, field in ranked:
        if -position not in chosen and field not in used and not (used & CLASHES.get(field, set())):
            chosen[-position] = field
            used.add(field)
    return chosen


# Two of these would say the same thing twice.
CLASHES = {
    Field.AMOUNT_YUAN: {Field.AMOUNT_10K},
    Field.AMOUNT_10K: {Field.AMOUNT_YUAN},
}


def _guess(
    heading: str, scores: Mapping[Field, float], field: Field | None, cells: Sequence[Cell]
) -> Guess:
    if field is None:
        return Guess(heading, None, 0.0, _others(scores, None))
    doubt = ""
    fits = CONTENTS.get(field)
    share = _share(cells, fits) if fits else None
    if share is not None and share < 0.5:
        doubt = f"列名像“{field.chinese}”，但大部分内容不像，请核对是否与其他列错位"
    elif _by_name(heading).get(field, 0.0) < COMMON:
        doubt = f"列名“{plain(heading)}”不常见，推测为“{field.chinese}”，请核对"
    return Guess(heading, field, round(scores[field], 3), _others(scores, field), False, doubt)


def _others(scores: Mapping[Field, float], chosen: Field | None) -> tuple[tuple[Field, float], ...]:
    ranked = sorted(scores.items(), key=lambda each: -each[1])
    return tuple((field, round(score, 3)) for field, score in ranked if field is not chosen)[
        :MOST_ALTERNATIVES
    ]


def _share(cells: Sequence[Cell], fits: Callable[[Cell], bool]) -> float | None:
    """The share of the cells that say anything which fit; None where none says anything."""
    said = [cell for cell in cells if not is_nothing(cell)]
    return sum(map(fits, said)) / len(said) if said else None


def _readable(read: Callable[[Cell], object]) -> Callable[[Cell], bool]:
    def fits(cell: Cell) -> bool:
        try:
            return read(cell) is not None
        except Unreadable:
            return False

    return fits


def _is_day(cell: Cell) -> bool:
    return _readable(lambda each: read_date(each, 2000))(cell)


# Fields whose cells can be told by themselves.
CONTENTS: dict[Field, Callable[[Cell], bool]] = {
    Field.NUMBER: lambda cell: any(each.isdigit() for each in text_of(cell)),
    **dict.fromkeys(
        (
            Field.FOUND_ON,
            Field.DEADLINE,
            Field.FINISHED_ON,
            Field.ACCEPTED_ON,
            Field.CLOSED_ON,
        ),
        _is_day,
    ),
    Field.CREDIT_CODE: lambda cell: len(credit_key(text_of(cell))) in (15, 17, 18, 19),
    Field.LEVEL: _readable(read_level),
    Field.AMOUNT_YUAN: _readable(lambda cell: read_amount(cell, Decimal(1))),
    Field.AMOUNT_10K: _readable(lambda cell: read_amount(cell, Decimal(1))),
    Field.STANDING: _readable(read_standing),
}

# Those whose cells alone say what they are, whatever stands above them.
TELLING = frozenset({Field.CREDIT_CODE, Field.LEVEL})
