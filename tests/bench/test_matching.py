"""How fast 20,000 of our lines are matched with 100,000 of another ledger's, and how well.

The reference scores as many pairs of descriptions with rapidfuzz alone, in the same run. Below it,
the figures of accuracy by kind of mess, as the documentation has them.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from rapidfuzz import fuzz, process

from server.ledgers.reconciliation.blocking import blocks
from server.ledgers.reconciliation.likeness import Side, text_to_compare, tokens_of
from server.ledgers.reconciliation.matching import Matching, match
from server.ledgers.records import Record
from tests.ledgers.reconciliation.judging import judge, judged, proposals
from tests.ledgers.reconciliation.ledgers import Mess, make_ledgers
from tests.ledgers.reconciliation.test_accuracy import MESSIER, NUMBERED, UNNUMBERED

OURS, THEIRS = 20_000, 100_000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def resident_mb() -> float:
    """What the process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def peak_mb() -> float:
    """The most that it ever had: before the matching, what making the ledgers took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def two_ledgers(mess: Mess) -> tuple[list[Record], list[Record], dict[str, str]]:
    """Both as records, without the way through a file, and which of ours each of theirs is."""
    ledgers = make_ledgers(1, THEIRS, mess)
    ours = Random(1).sample(ledgers.ours, OURS)
    known = {record.ref: record for record in ledgers.ours}
    theirs, truth = [], {}
    for place, line in enumerate(ledgers.theirs):
        like = known[line.of[0]] if line.of else Record(ref="")
        texts = {
            name: str(line.cells[name] or "")
            for name in ("number", "site_name", "credit_code", "spot", "description")
        }
        record = replace(like, ref=f"a!{place}", **texts)  # type: ignore[arg-type]
        theirs.append(record)
        if line.of:
            truth[record.ref] = line.of[0]
    return ours, theirs, truth


def compared_pairs(ours: list[Record], theirs: list[Record]) -> int:
    tokens = tokens_of([text_to_compare(record) for record in (*ours, *theirs)])
    found = blocks(Side.of(ours), Side.of(theirs), tokens)
    return sum(block.ours.size * block.theirs.size for block in found)


def score_barely(ours: list[Record], theirs: list[Record], pairs: int) -> None:
    """The reference: the bare scorer on as many pairs of texts."""
    left = [text_to_compare(record) for record in ours]
    right = [text_to_compare(record) for record in theirs]
    rows = max(1, pairs // len(right))
    process.cdist(left[:rows], right, scorer=fuzz.ratio, dtype=np.uint8, workers=1)


@pytest.mark.slow
@pytest.mark.parametrize("mess", [NUMBERED, UNNUMBERED], ids=["numbered", "unnumbered"])
def test_a_large_ledger(mess: Mess) -> None:
    ours, theirs, truth = two_ledgers(mess)
    before = resident_mb()
    found: list[Matching] = []
    took, processor = timed(lambda: found.append(match(ours, theirs)))
    after = peak_mb()
    pairs = compared_pairs(ours, theirs)
    _, bare = timed(lambda: score_barely(ours, theirs, pairs))
    right = [truth.get(other) == one for one, other in proposals(found[0])]
    print(
        f"\n{len(ours)} × {len(theirs)} lines: {took:.0f} s by the clock, {processor:.0f} s of the "
        f"processor, at most {after - before:.0f} MB; {pairs} pairs compared; scoring as many with "
        f"rapidfuzz alone {bare:.1f} s; ratio {processor / bare:.1f}; "
        f"{len(right)} proposed, of which {sum(right) / len(right):.3f} right"
    )
    assert sum(right) > 0.85 * len(right)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mess"),
    [
        ("with numbers", NUMBERED),
        ("with numbers, messier", MESSIER),
        ("without numbers", UNNUMBERED),
        ("without numbers, messier", replace(MESSIER, numbered=False)),
        ("without numbers, 60 lines of each site", replace(UNNUMBERED, lines_of_a_site=60)),
    ],
)
def test_accuracy(name: str, mess: Mess) -> None:
    found = [judged(seed, 2_000, mess) for seed in (101, 102, 103)]
    total = judge([], {})
    for each in found:
        total.proposed += each.proposed
        total.right += each.right
        total.wanted += each.wanted
        for kind, counts in each.by_mess.items():
            total.by_mess[kind] += counts
    print(f"\n{name}: {total}")
    assert total.precision > 0.9
