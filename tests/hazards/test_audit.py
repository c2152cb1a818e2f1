"""Nothing can be altered, removed or re-ordered without `audit verify` naming it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.hazards.audit import Count, Fault, seal, verify

HazardIn = Callable[[State], str]
Make = Callable[..., str]


def faults(database: Database) -> list[Fault]:
    with database.reading() as session:
        *found, count = verify(session)
    assert isinstance(count, Count)
    return [each for each in found if isinstance(each, Fault)]


def tamper(database: Database, statement: str, **values: object) -> None:
    """What somebody with the database's password might do."""
    with database.engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SET session_replication_role = replica"))
            changed = connection.execute(text(statement), values)
            assert changed.rowcount > 0
            if not database.is_sqlite:
                connection.execute(text("SET session_replication_role = DEFAULT"))


@pytest.fixture
def unguarded(database: Database) -> Database:
    """The database without foreign keys, so that rows can be removed by hand."""
    if database.is_sqlite:
        from sqlalchemy import event

        @event.listens_for(database.engine, "connect")
        def off(connection: object, _record: object) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]

        database.engine.dispose()
    return database


def test_an_honest_history_has_no_faults(hazard_in: HazardIn, database: Database) -> None:
    hazard_in(State.CLOSED)
    hazard_in(State.REPORTED)
    assert faults(database) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("data", "replace(data, '同意', '同  意')"),
        ("at", "replace(at, '2026-11-23', '2026-11-22')"),
        ("actor_id", "actor_id + 1"),
        ("actor_name", "'王  五'"),
        ("actor_role", "'city_office'"),
        ("action", "'comment'"),
        ("to_state", "'rectifying'"),
        ("request_hash", "replace(request_hash, substr(request_hash, 1, 1), 'z')"),
        ("hash", "replace(hash, substr(hash, 1, 1), 'z')"),
        ("at", "'not a time'"),
        ("data", "'{'"),
    ],
)
def test_one_changed_value_names_the_event(
    hazard_in: HazardIn, database: Database, column: str, value: str
) -> None:
    number = hazard_in(State.CLOSED)
    tamper(database, f"UPDATE events SET {column} = {value} WHERE action = 'close'")
    found = faults(database)
    assert len(found) == 1
    assert f"({number} #8)" in found[0].where


def test_a_removed_event_shows(hazard_in: HazardIn, unguarded: Database) -> None:
    hazard_in(State.CLOSED)
    tamper(unguarded, "DELETE FROM events WHERE action = 'comment' OR action = 'accept'")
    found = faults(unguarded)
    assert len(found) == 1
    assert "#7 of the hazard is missing" in found[0].message


def test_a_removed_end_shows(hazard_in: HazardIn, unguarded: Database) -> None:
    number = hazard_in(State.CLOSED)
    tamper(unguarded, "DELETE FROM events WHERE action = 'close'")
    assert [fault.where for fault in faults(unguarded)] == [f"hazard {number}"]


def test_a_swap_shows(hazard_in: HazardIn, unguarded: Database) -> None:
    hazard_in(State.CLOSED)
    tamper(unguarded, "UPDATE events SET seq = 99 WHERE action = 'assign'")
    assert len(faults(unguarded)) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "'closed'"),
        ("deadline", "'2027-01-01'"),
        ("level", "'major'"),
        ("description", "'没有隐患'"),
        ("needs_review", "true"),
        ("responsible_unit", "'别家'"),
    ],
)
def test_a_column_that_says_something_else_shows(
    hazard_in: HazardIn, database: Database, column: str, value: str
) -> None:
    number = hazard_in(State.RECTIFYING)
    tamper(database, f"UPDATE hazards SET {column} = {value}")
    found = faults(database)
    assert [fault.where for fault in found] == [f"hazard {number}"]
    assert column in found[0].message


def test_a_changed_plan_shows(hazard_in: HazardIn, database: Database) -> None:
    hazard_in(State.RECTIFYING)
    tamper(database, "UPDATE plans SET measures = '略'")
    assert "plan" in faults(database)[0].message


def remove_whole(database: Database, number: str) -> None:
    """A hazard with all that hangs on it."""
    for table in ("movements", "events"):
        tamper(
            database,
            f"DELETE FROM {table} WHERE hazard_id = (SELECT id FROM hazards WHERE number = :n)",
            n=number,
        )
    tamper(database, "DELETE FROM hazards WHERE number = :n", n=number)


def test_a_hazard_removed_whole_shows(hazard_in: HazardIn, unguarded: Database) -> None:
    gone, kept = hazard_in(State.REPORTED), hazard_in(State.REPORTED)
    remove_whole(unguarded, gone)
    assert kept != gone
    assert [fault.where for fault in faults(unguarded)] == [f"hazard {gone}"]


def test_an_event_without_its_hazard_shows(hazard_in: HazardIn, unguarded: Database) -> None:
    hazard_in(State.REPORTED)
    tamper(unguarded, "DELETE FROM hazards")
    assert any("its hazard is missing" in fault.message for fault in faults(unguarded))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM movements WHERE kind = 'closed'", "movement 0 of event #8 is missing"),
        ("DELETE FROM movements WHERE kind = 'added'", "movement 0 of event #1 is missing"),
        ("UPDATE movements SET month = '2026-10' WHERE kind = 'closed'", "month differs"),
        ("UPDATE movements SET area_code = '141181002000' WHERE kind = 'added'", "area_code"),
        ("UPDATE movements SET sector = NULL WHERE kind = 'added'", "sector differs"),
        ("UPDATE movements SET delta = 1 WHERE kind = 'closed'", "delta differs"),
        ("UPDATE movements SET late = true WHERE kind = 'added'", "late differs"),
        (
            "INSERT INTO movements SELECT hazard_id, 3, 0, month, kind, area_code, sector, level, "
            "delta, late FROM movements WHERE kind = 'closed'",
            "movement 0 of event #3 is not what the event says",
        ),
    ],
)
def test_a_movement_that_its_events_do_not_make_shows(
    hazard_in: HazardIn, database: Database, statement: str, said: str
) -> None:
    number = hazard_in(State.CLOSED)
    tamper(database, statement)
    [found] = faults(database)
    assert found.where == f"hazard {number}"
    assert said in found.message


def test_movements_without_their_hazard_show(make: Make, unguarded: Database) -> None:
    number = make()
    last = make()
    tamper(unguarded, "UPDATE movements SET hazard_id = 999 WHERE hazard_id = 2")
    assert {fault.where for fault in faults(unguarded)} == {
        f"hazard {last}",
        "movements of hazard id 999",
    }
    assert number != last


def test_a_serial_beyond_the_last_given_shows(make: Make, database: Database) -> None:
    make()
    make()
    tamper(database, "UPDATE number_series SET last = 1")
    assert [fault.where for fault in faults(database)] == ["series YH-141181-001-202611"]


def seal_now(app: Flask, database: Database) -> list[str]:
    with database.writing() as session:
        return [day.isoformat() for day in seal(session, app.extensions["clock"].now())]


def test_days_are_sealed_once_they_are_over(
    app: Flask, make: Make, database: Database, clock: FixedClock
) -> None:
    make()
    assert seal_now(app, database) == []
    clock.at += timedelta(hours=14, minutes=30)  # half past midnight: not settled yet
    assert seal_now(app, database) == []
    clock.at += timedelta(hours=1)
    make()
    assert seal_now(app, database) == ["2026-11-23"]
    assert seal_now(app, database) == []
    clock.at += timedelta(days=3)
    assert seal_now(app, database) == ["2026-11-24"]
    assert faults(database) == []


def test_the_digest_shows_what_the_chains_cannot(
    app: Flask, make: Make, unguarded: Database, clock: FixedClock
) -> None:
    """The last hazard and its number, removed so that nothing else tells."""
    make()
    last = make()
    clock.at += timedelta(days=2)
    seal_now(app, unguarded)
    remove_whole(unguarded, last)
    tamper(unguarded, "UPDATE number_series SET last = 1")
    assert [fault.where for fault in faults(unguarded)] == ["digest of 2026-11-23"]


def test_a_removed_digest_shows(
    app: Flask, make: Make, database: Database, clock: FixedClock
) -> None:
    for _ in range(3):
        make()
        clock.at += timedelta(days=1)
    clock.at += timedelta(days=1)
    assert len(seal_now(app, database)) == 3
    tamper(database, "DELETE FROM digests WHERE day = '2026-11-24'")
    assert [fault.where for fault in faults(database)] == ["digest of 2026-11-25"]
