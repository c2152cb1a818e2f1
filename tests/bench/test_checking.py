"""How long it takes to check a filled form against its form, as a ratio to parsing its XML."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
from lxml import etree

from server.forms.checking import check
from server.forms.instance import read_instance
from tests.conftest import NOW
from tests.filling import fire, hazard
from tests.forms.filling import library_form

TIMES = 2_000
MOST_BYTES = 1024 * 1024


def microseconds(work: Callable[[], object]) -> float:
    """The median of some runs, of one."""
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(TIMES):
            work()
        runs.append((time.perf_counter() - start) / TIMES * 1e6)
    return median(runs)


@pytest.mark.slow
def test_checking_a_form_of_sixty_nodes() -> None:
    form = library_form("fire")
    xml = fire([hazard("fire_01"), hazard("fire_04")])
    instance = read_instance(xml, MOST_BYTES)
    assert check(form, instance, received_at=NOW) == []
    bare = microseconds(lambda: etree.fromstring(xml))
    reading = microseconds(lambda: read_instance(xml, MOST_BYTES))
    checking = microseconds(lambda: check(form, instance, received_at=NOW))
    nodes = sum(1 for _ in instance.root.iter())
    print(
        f"\n{nodes} nodes: reading {reading:.0f} µs, checking {checking:.0f} µs; "
        f"parsing alone {bare:.0f} µs; ratio {checking / bare:.0f}"
    )
