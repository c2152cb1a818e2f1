"""How often the matching is right, on made-up ledgers whose truth is known.

Everything goes through a file: what reading or recognition gets wrong counts against the matching.
`make bench` prints the figures by kind of mess.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from random import Random
from types import ModuleType

import pytest

from server.ledgers.reconciliation import blocking, likeness, matching, normalising, reasons
from server.ledgers.reconciliation.matching import match

from . import wording
from .judging import a_case, judge, judged, proposals
from .ledgers import Mess

NUMBERED, UNNUMBERED = Mess(), Mess(numbered=False)
MESSIER = Mess(
    credit_codes=0.2,
    site_varied=0.8,
    described_otherwise=0.95,
    date_wrong=0.2,
    date_missing=0.1,
    spot_missing=0.3,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("seed", "count"), [(1, 300), (2, 600), (3, 1_200), (4, 2_000)])
def test_with_numbers(seed: int, count: int) -> None:
    found = judged(seed, count, NUMBERED, xlsx=count < 1_000)
    assert found.wanted > 0.85 * count
    assert found.precision >= 0.99, found
    assert found.recall >= 0.97, found


@pytest.mark.parametrize(("seed", "count"), [(5, 300), (6, 600), (7, 1_200), (8, 2_000)])
def test_without_numbers(seed: int, count: int) -> None:
    found = judged(seed, count, UNNUMBERED, xlsx=count < 1_000)
    assert found.wanted > 0.85 * count
    assert found.precision >= 0.95, found
    assert found.recall >= 0.90, found


@pytest.mark.parametrize(
    "mess",
    [
        replace(UNNUMBERED, credit_codes=0),
        replace(UNNUMBERED, lines_of_a_site=60),
        replace(MESSIER, numbered=False),
    ],
    ids=["no credit codes", "many lines of each site", "messier"],
)
def test_without_numbers_and_worse(mess: Mess) -> None:
    found = judged(9, 1_500, mess)
    assert found.precision >= 0.95, found
    assert found.recall >= 0.90, found


@pytest.mark.parametrize("seed", [10, 11])
def test_what_is_certain_and_what_is_likely(seed: int) -> None:
    """A pair asks nobody; what is called likely may be confirmed at a glance."""
    numbered = a_case(seed, 1_500, replace(MESSIER, number_mistyped=0.03, number_of_another=0.03))
    certain = match(numbered.ledgers.ours, numbered.theirs).pairs
    found = judge([(each.ours, each.theirs) for each in certain], numbered.lines)
    assert found.precision >= 0.998, found
    # A tenth of the lines have no number, or a wrong one: for them nothing is certain.
    assert found.recall >= 0.85, found
    case = a_case(seed, 1_500, UNNUMBERED)
    likely = [each for each in match(case.ledgers.ours, case.theirs).candidates if each.likely]
    assert len(likely) > 0.4 * len(case.theirs)
    assert judge([(each.ours, each.theirs) for each in likely], case.lines).precision >= 0.995


@pytest.mark.parametrize("module", [blocking, likeness, matching, normalising, reasons])
def test_the_matcher_does_not_know_the_words_that_it_is_tried_with(module: ModuleType) -> None:
    source = inspect.getsource(module)
    telling = [pair for pair in wording.SAYS_ALSO if all(len(word) > 2 for word in pair)]
    assert telling
    assert [pair for pair in telling if any(word in source for word in pair)] == []


def test_a_ledger_five_times_as_large_as_ours() -> None:
    """Four of their five lines are nobody's here: each is an occasion for a false proposal."""
    case = a_case(12, 5_000, UNNUMBERED)
    ours = Random(12).sample(case.ledgers.ours, 1_000)
    known = {record.ref for record in ours}
    for line in case.lines.values():
        line.of = tuple(ref for ref in line.of if ref in known)
    found = judge(proposals(match(ours, case.theirs)), case.lines)
    assert found.precision >= 0.90, found
    assert found.recall >= 0.90, found
