"""Which lines are worth comparing: those that may be of one site, or have rare words in common.

All pairs of two ledgers would be too many by a thousand times.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from rapidfuzz import fuzz, process

from .likeness import A_PART_OF_THE_NAME, WHOLLY, Floats, Ints, Side, Tokens

# Names that have only such parts in common are not compared.
MOST_NAMES_WITH_A_PART = 200
LEAST_SITE = 0.55
SAME_CODE, OTHER_CODE = 0.97, 0.6

# A site with more pairs than that is searched by words instead.
MOST_PAIRS = 4_000_000
RAREST, MOST_LINES_WITH_A_TOKEN, MOST_FOUND = 8, 600, 30


@dataclass(frozen=True)
class Block:
    """Lines of ours and of theirs that are compared each with each.

    `sites` is the likeness of the sites, a matrix; NaN where one of the lines has none.
    """

    ours: Ints
    theirs: Ints
    sites: Floats


def blocks(ours: Side, theirs: Side, tokens: Tokens) -> Iterator[Block]:
    """The pairs worth comparing.

    Args:
        tokens: of all texts, ours first.
    """
    alike = similar_names(ours, theirs)
    by_name = _by_name(theirs)
    search = _Search(tokens, len(ours.names), len(theirs.names))
    for name, lines in _by_name(ours).items():
        own = np.array(lines, np.int64)
        near = alike.get(name, {}) if name else {}
        groups = [(by_name[other], score) for other, score in near.items()]
        other = np.fromiter(chain.from_iterable(group for group, _ in groups), np.int64)
        if other.size and own.size * other.size <= MOST_PAIRS:
            likeness = np.repeat(
                np.array([score for _, score in groups], np.float32),
                [len(group) for group, _ in groups],
            )
            yield Block(own, other, np.tile(likeness, (own.size, 1)))
            continue
        for line in lines:
            found = search.like(line)
            if found.size:
                sites = [near.get(theirs.names[index], 0.0) for index in found]
                yield Block(np.array([line], np.int64), found, _known(name, found, theirs, sites))


def searched(
    lines: Sequence[int], others: Sequence[int], ours: Side, theirs: Side, tokens: Tokens
) -> Iterator[Block]:
    """The same for lines whose site led nowhere: by words, among some of theirs."""
    search = _Search(tokens, len(ours.names), len(theirs.names), others)
    for line in lines:
        found = search.like(line)
        if found.size:
            name = ours.names[line]
            sites = [
                fuzz.ratio(name, theirs.names[index]) / 100 if name else 0.0 for index in found
            ]
            yield Block(np.array([line], np.int64), found, _known(name, found, theirs, sites))


def _known(name: str, found: Ints, theirs: Side, sites: Sequence[float]) -> Floats:
    unknown = [not name or not theirs.names[index] for index in found]
    return np.where(unknown, np.nan, np.array(sites))[None, :].astype(np.float32)


def _by_name(side: Side) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(side.names):
        lines[name].append(index)
    return lines


# --- Sites -----------------------------------------------------------------------------------


def similar_names(ours: Side, theirs: Side) -> dict[str, dict[str, float]]:
    """For each of our sites the sites of theirs that may be it, with the likeness."""
    own, other = _codes_of_names(ours), _codes_of_names(theirs)
    alike: dict[str, dict[str, float]] = defaultdict(dict)
    for name, score in ((name, 1.0) for name in own if name in other):
        alike[name][name] = score
    for one, another, score in _near(list(own), list(other)):
        if own[one] and other[another] and not own[one] & other[another]:
            score *= OTHER_CODE
        if score >= LEAST_SITE:
            alike[one].setdefault(another, score)
    holders: dict[str, list[str]] = defaultdict(list)
    for name, codes in other.items():
        for code in codes:
            holders[code].append(name)
    for name, codes in own.items():
        for another in chain.from_iterable(holders[code] for code in codes if code in holders):
            alike[name][another] = max(alike[name].get(another, 0.0), SAME_CODE)
    return alike


def _codes_of_names(side: Side) -> dict[str, set[str]]:
    codes: dict[str, set[str]] = defaultdict(set)
    for name, code in zip(side.names, side.codes, strict=True):
        if name:
            codes[name].update([code] if code else [])
    return codes


def _near(own: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """Names that have a part of two characters in common which few names have, compared."""
    parts: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(other):
        for part in _parts(name):
            parts[part].append(index)
    for start in range(0, len(own), 2_000):
        firsts: list[int] = []
        seconds: list[int] = []
        for index, name in enumerate(own[start : start + 2_000], start):
            found = {
                each
                for part in _parts(name)
                if len(parts.get(part, ())) <= MOST_NAMES_WITH_A_PART
                for each in parts.get(part, ())
            }
            seconds += found
            firsts += [index] * len(found)
        if not firsts:
            continue
        left, right = [own[index] for index in firsts], [other[index] for index in seconds]
        whole = process.cpdist(left, right, scorer=fuzz.ratio, workers=-1) / 100
        partly = process.cpdist(left, right, scorer=fuzz.partial_ratio, workers=-1)
        scores = np.maximum(whole, A_PART_OF_THE_NAME * (partly > WHOLLY))
        for place in np.flatnonzero((scores >= LEAST_SITE) & (whole < 1)):
            yield left[place], right[place], float(scores[place])


def _parts(name: str) -> set[str]:
    return {name[index : index + 2] for index in range(len(name) - 1)} or {name}


# --- Words -----------------------------------------------------------------------------------


class _Search:
    """Finds theirs by the rarest parts of a text."""

    def __init__(
        self, tokens: Tokens, ours: int, theirs: int, among: Sequence[int] | None = None
    ) -> None:
        self._tokens, self._ours = tokens, ours
        lines = np.arange(theirs) if among is None else np.array(sorted(among), np.int64)
        wanted = np.zeros(ours + theirs, bool)
        wanted[ours + lines] = True
        owners = np.repeat(np.arange(ours + theirs), np.diff(tokens.starts))
        kept = wanted[owners]
        ids, owners = tokens.ids[kept], owners[kept] - ours
        order = np.argsort(ids, kind="stable")
        self._lines = owners[order]
        self._starts = np.searchsorted(ids[order], np.arange(len(tokens.weights) + 1))

    def like(self, line: int) -> Ints:
        """Those of their lines that have most in common with a line of ours, by index."""
        own = self._tokens.of(line)
        counts = self._starts[own + 1] - self._starts[own]
        usable = own[(counts > 0) & (counts <= MOST_LINES_WITH_A_TOKEN)]
        weights = self._tokens.weights[usable]
        rarest = usable[np.argsort(-weights, kind="stable")[:RAREST]]
        if not rarest.size:
            return np.empty(0, np.int64)
        found = [self._lines[self._starts[token] : self._starts[token + 1]] for token in rarest]
        lines, places = np.unique(np.concatenate(found), return_inverse=True)
        score = np.bincount(
            places, np.repeat(self._tokens.weights[rarest], [len(each) for each in found])
        )
        return lines[np.argsort(-score, kind="stable")[:MOST_FOUND]]
