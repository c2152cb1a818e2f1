"""How long the self-audit of 100,000 hazards takes, as a ratio to barely reading the same rows.

The reference reads, from the same database and in the same batches, the columns of hazards, plans
and events that the audit reads, and does nothing with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from server.clock import local_date
from server.database import Database
from server.hazards.models import Event, Hazard
from server.ledgers.audit.lines import _hazards
from server.ledgers.audit.running import Auditor
from server.ledgers.audit.searching import search
from server.ledgers.models import Difference
from tests.conftest import NOW
from tests.ledgers.audit.planted import Planted

LINES = 20_000
COPIES = 4
FAULTS = 100
APART = 10_000_000


def copy(session: Session, turn: int) -> None:
    """Every hazard once more, with all that stands behind it, under ids of its own."""
    named = {"entity_id": f"'{turn}x' || substr(entity_id, 3)", "id": f"id + {turn * APART}"}
    number = f"replace(number, 'YH-141181', 'YH-14118{turn + 1}')"
    event = f"'{turn}x' || substr({{}}, 3)"
    moved = f"hazard_id + {turn * APART}"
    for table, changed in (
        ("hazards", named | {"number": number}),
        ("events", {"id": event.format("id"), "hazard_id": moved}),
        ("plans", {"event_id": event.format("event_id"), "hazard_id": moved}),
        (
            "hazard_photos",
            {
                "event_id": event.format("event_id"),
                "hazard_id": moved,
                "code": f"'{'ghij'[turn - 1]}' || substr(code, 2)",
            },
        ),
    ):
        columns = [column.name for column in Hazard.metadata.tables[table].columns]
        values = ", ".join(changed.get(name, name) for name in columns)
        of = "id" if table == "hazards" else "hazard_id"
        session.execute(
            text(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {values} FROM {table} WHERE {of} < {APART}"
            )
        )


def read_barely(database: Database) -> int:
    """The reference; gives the number of rows."""
    rows = last = 0
    with database.reading() as session:
        while hazards := session.execute(_hazards(last)).all():
            first, last = hazards[0].id, hazards[-1].id
            columns = (Event.hazard_id, Event.seq, Event.action, Event.to_state)
            events = select(*columns, Event.actor_id, Event.at).where(
                Event.hazard_id.between(first, last)
            )
            query = events.order_by(Event.hazard_id, Event.seq)
            rows += len(hazards) + len(session.execute(query).all())
    return rows


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.slow
def test_auditing_a_large_ledger(app: Flask, database: Database) -> None:
    Planted(seed=1, lines=LINES, faults=FAULTS).write(database)
    with database.writing() as session:
        for turn in range(1, COPIES + 1):
            copy(session, turn)
    if not database.is_sqlite:
        with database.glance() as connection:
            connection.execute(text("ANALYZE"))
    auditor: Auditor = app.extensions["auditor"]

    def look() -> None:
        with database.reading() as session:
            for _ in search(session, auditor.limits, local_date(NOW), lambda lines: None):
                pass

    bare = sorted(seconds(lambda: read_barely(database)) for _ in range(3))[1]
    looked = seconds(look)
    first, again = seconds(auditor.run_now), seconds(auditor.run_now)
    with database.reading() as session:
        lines = session.scalar(select(func.count()).select_from(Hazard)) or 0
        found = session.scalar(select(func.count()).select_from(Difference)) or 0
    kind = "sqlite" if database.is_sqlite else "postgresql"
    print(
        f"\n{kind}: {lines} hazards, {read_barely(database)} rows, {found} differences; "
        f"reading barely {bare:.1f} s; finding {looked:.1f} s, ratio {looked / bare:.1f}; "
        f"a first run {first:.1f} s, a run again {again:.1f} s, ratio {again / bare:.1f}"
    )
    assert lines >= LINES * (COPIES + 1)
