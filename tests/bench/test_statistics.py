"""How fast the figures come from a million hazards.

The reference is one bare query over the same rows: how many there are in each township, sector,
grade and state.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from server.clock import local_date
from server.database import Database
from server.glossary import Role
from server.hazards.models import Hazard
from server.ledgers.statistics.asking import Answer, asked
from server.people.permissions import Permissions
from tests.conftest import NOW
from tests.factories import an_actor

from .many import fill

MANY = 1_000_000


def bare(database: Database) -> None:
    """The reference."""
    kinds = (Hazard.area_code, Hazard.sector, Hazard.level, Hazard.state)
    with database.reading() as session:
        session.execute(select(*kinds, func.count()).group_by(*kinds)).all()


def answer(database: Database, month: str, *, tag_only: bool = False, area: str = "") -> None:
    query = {"month": month} | ({"area": area} if area else {})
    with database.reading() as session:
        asking = asked(query, an_actor(Role.AUDITOR), Permissions(()), local_date(NOW))
        found = Answer(session, asking)
        found.etag()
        if not tag_only:
            assert found.statistics()["totals"]["open"] > 0


def seconds(work: Callable[[], None]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[1]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_figures_of_a_million_hazards(database: Database) -> None:
    fill(database, MANY)
    reference = seconds(lambda: bare(database))
    for name, work in (
        ("this month", lambda: answer(database, "2026-11")),
        ("this month, one township", lambda: answer(database, "2026-11", area="141181003000")),
        ("last month", lambda: answer(database, "2026-10")),
        ("unchanged (304)", lambda: answer(database, "2026-11", tag_only=True)),
    ):
        took = seconds(work)
        print(f"\n{name}: {took:.3f} s; bare query {reference:.3f} s; ratio {took / reference:.2f}")
