"""How fast the auditors' pages of deeds come from very many events, five to a hazard.

The reference reads as many events by their keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, text

from server.database import Database
from server.glossary import Role
from server.hazards.models import Event, Hazard
from server.hazards.queries import visible_to
from server.ledgers.trail.queries import Wanted, events
from server.people.permissions import Permission, Permissions
from tests.factories import an_actor

from .many import fill

MANY = 100_000
PAGE = 50
ROUNDS = 9

DEEDS = """
INSERT INTO events (id, hazard_id, seq, action, from_state, to_state, actor_id, actor_name,
    actor_role, at, data, request_hash, previous_hash, hash)
SELECT md5(step.action || hazards.id), hazards.id, step.seq, step.action, NULL, 'closed',
    1 + (hazards.id * step.seq) % 8, '张三', 'grid_worker',
    to_char(found_on + step.seq, 'YYYY-MM-DD') || :hour
        || lpad(CAST(hazards.id * 7919 % 1000000 AS text), 6, '0') || 'Z',
    '{}', repeat('0', 64), repeat('0', 64), repeat('0', 64)
FROM hazards, LATERAL (VALUES (1, 'report'), (2, 'register'), (3, 'assign'), (4, 'finish'),
    (5, CASE WHEN hazards.id % 1000 = 0 THEN 'void' ELSE 'close' END)) AS step (seq, action)
"""

ASKED = {
    "all": Wanted(),
    "a common action": Wanted(action=["close"]),
    "a rare action": Wanted(action=["void"]),
    "an action that nobody did": Wanted(action=["delist"]),
    "a person": Wanted(actor="town01"),
    "a township": Wanted(area="141181003000"),
    "a township's rare action": Wanted(area="141181003000", action=["void"]),
    "a month two years ago": Wanted(since=date(2024, 3, 1), until=date(2024, 3, 31)),
}


def deeds(database: Database) -> None:
    fill(database, MANY)
    with database.writing() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
        session.execute(text("DELETE FROM events"))
        session.execute(text(DEEDS), {"hour": "T03:00:00."})
    with database.glance() as connection:
        connection.execute(text("VACUUM ANALYZE events"))


def milliseconds(work: Callable[[], object]) -> float:
    """The median of some rounds; the first is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times[1:])[ROUNDS // 2]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_page_of_deeds(database: Database) -> None:
    deeds(database)
    scope = visible_to(an_actor(Role.AUDITOR), Permission.READ_TRAIL, Permissions(()))
    with database.reading() as session:
        hazards = select(Hazard.id).order_by(Hazard.id.desc()).limit(PAGE)
        ids = session.scalars(select(Event.id).where(Event.hazard_id.in_(hazards))).all()[:PAGE]

    def by_key() -> None:
        with database.reading() as session:
            assert len(session.scalars(select(Event).where(Event.id.in_(ids))).all()) == PAGE

    def page(wanted: Wanted) -> None:
        with database.reading() as session:
            events(session, scope, wanted, before=None, limit=PAGE)

    reference = milliseconds(by_key)
    for name, wanted in ASKED.items():
        took = milliseconds(lambda wanted=wanted: page(wanted))  # type: ignore[misc]
        print(f"\n{name}: {took:.1f} ms; as many by key {reference:.1f} ms; {took / reference:.1f}")
