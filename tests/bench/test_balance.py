"""How fast the balance of a city is with 1,000,000 hazards, about 3,000,000 movements in 35 months.

The reference counts the same movements: `SELECT count(*)`, the least that reading all of them can
cost. Only movements are filled in: a balance reads nothing else. Hazards are spread over 960 areas
and 17 sectors; two in five change their sector, one in twenty its level.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from server.clock import FixedClock
from server.database import Database
from server.hazards.models import Movement
from server.ledgers.balances.balance import By, balance
from server.ledgers.balances.closing import close
from server.ledgers.balances.confirmations import Sight
from server.ledgers.balances.figures import TOWNSHIP, digest, figures, whole
from server.ledgers.balances.models import BalanceClosing
from server.people.permissions import Actor, Permissions
from tests.conftest import SECRET_KEY
from tests.factories import account_actor

HAZARDS = 1_000_000
LAST = "2026-11"

# Two statements in SQL that both databases know; a hash of the id stands in for chance.
FILL = """
CREATE TEMPORARY TABLE drawn AS
WITH RECURSIVE ids(id) AS (
  SELECT CAST(1 AS bigint) UNION ALL SELECT id + 1 FROM ids WHERE id < :hazards
)
SELECT id, (id * 35) / (:hazards + 1) AS began, (id * 7919) % 1009 AS a, (id * 104729) % 997 AS b,
  (id * 15485863) % 991 AS c FROM ids
"""
PLACED = """
CREATE TEMPORARY TABLE placed AS
SELECT id, began, began + 1 + a % 2 AS ended,
  '141181' || substr(CAST(1001 + a % 16 AS text), 2) || CAST(201 + b % 20 AS text)
    || substr(CAST(101 + c % 3 AS text), 2) AS area,
  'S' || CAST((a + b) % 17 AS text) AS sector, c % 5 < 2 AS resorted, b % 20 = 0 AS suspected,
  c % 33 = 0 AS late
FROM drawn
"""
MONTH = "CAST(2024 + ({0}) / 12 AS text) || '-' || substr(CAST(101 + ({0}) % 12 AS text), 2)"
STEPS = (
    "id, 1, 0, {began}, 'added', area, sector, {low}, 1, late FROM placed",
    "id, 2, 0, {began}, 'regraded', area, sector, {low}, -1, false FROM placed WHERE suspected",
    "id, 2, 1, {began}, 'regraded', area, sector, 'major', 1, false FROM placed WHERE suspected",
    "id, 3, 0, {began}, 'reclassified', area, sector, {high}, -1, false FROM placed WHERE resorted",
    "id, 3, 1, {began}, 'reclassified', area, 'S0', {high}, 1, false FROM placed WHERE resorted",
    "id, 9, 0, {ended}, 'closed', area, CASE WHEN resorted THEN 'S0' ELSE sector END, {high}, -1, "
    "false FROM placed WHERE ended <= 34",
)

ENDINGS = """
INSERT INTO balance_cells (month, area_code, sector, level, opening, added, regraded, reclassified,
  handed_over, voided, closed, ending, late)
SELECT '2026-09', area_code, sector, level, 0, 0, 0, 0, 0, 0, 0, sum(delta), 0 FROM movements
WHERE month <= '2026-09' GROUP BY area_code, sector, level HAVING sum(delta) <> 0
"""


def fill(database: Database) -> None:
    words = {
        "began": MONTH.format("began"),
        "ended": MONTH.format("ended"),
        "low": "CASE WHEN suspected THEN 'suspected_major' ELSE 'general' END",
        "high": "CASE WHEN suspected THEN 'major' ELSE 'general' END",
    }
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # Before a transaction begins; in one, it would do nothing.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(FILL), {"hazards": HAZARDS})
            connection.execute(text(PLACED))
            for step in STEPS:
                connection.execute(text(f"INSERT INTO movements SELECT {step.format(**words)}"))
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("ANALYZE movements" if database.is_sqlite else "VACUUM ANALYZE"))
        connection.commit()


def seconds(work: Callable[[], object]) -> float:
    """The middle of three runs."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return sorted(took)[1]


@pytest.mark.slow
def test_the_balance_of_a_million_hazards(
    app: Flask, database: Database, clock: FixedClock
) -> None:
    fill(database)
    permissions: Permissions = app.extensions["permissions"]
    with database.reading() as session:
        actors = {name: account_actor(session, name) for name in ("city01", "town01")}
        count = session.scalar(select(func.count()).select_from(Movement)) or 0

    def ask(who: str, by: By) -> Callable[[], object]:
        def work() -> object:
            with database.reading() as session:
                return balance(session, LAST, by, actors[who], permissions)

        return work

    def reference() -> object:
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(Movement))

    kind = "sqlite" if database.is_sqlite else "postgresql"
    bare = seconds(reference)
    print(f"\n{kind}: {count} movements, count(*) {bare:.2f} s")
    for name, who, by in (
        ("city by township, nothing closed", "city01", By.TOWNSHIP),
        ("one township by village, nothing closed", "town01", By.VILLAGE),
    ):
        took = seconds(ask(who, by))
        print(f"{kind}: {name}: {took:.2f} s, ratio {took / bare:.1f}")
    close_before(database, actors["city01"], permissions, clock)
    for name, who, by in (
        ("city by township, the months before closed", "city01", By.TOWNSHIP),
        ("city by village, the months before closed", "city01", By.VILLAGE),
        ("one township by village, the months before closed", "town01", By.VILLAGE),
    ):
        took = seconds(ask(who, by))
        print(f"{kind}: {name}: {took:.2f} s, ratio {took / bare:.2f}")


def close_before(
    database: Database, actor: Actor, permissions: Permissions, clock: FixedClock
) -> None:
    """Close the month before the last, on top of the endings of all that were before it."""
    with database.writing() as session:
        session.add(
            BalanceClosing(
                month="2026-09", snapshot="{}", hash="", signature="",
                closed_by=actor.id, closed_at=clock.now(),
            )
        )  # fmt: skip
        session.flush()
        session.execute(text(ENDINGS))
    start = time.perf_counter()
    with database.writing() as session:
        seen = Sight(digest("2026-10", figures(session, "2026-10", whole, TOWNSHIP)), None)
        close(
            session, "2026-10", seen, "测量", actor, permissions,
            secret_key=SECRET_KEY, at=clock.now(),
        )  # fmt: skip
    print(f"closing a month: {time.perf_counter() - start:.2f} s")
