"""Runs: one at a time whatever processes there are, and a status that outlives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from server import nightly
from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.ledgers.audit import running
from server.ledgers.audit.models import AuditRun
from server.ledgers.audit.running import Auditor, no_rest
from server.ledgers.models import Difference
from tests.client import Client

from .conftest import Audit, row_of, tamper

HazardIn = Callable[[State], str]


def runs(database: Database) -> list[AuditRun]:
    with database.reading() as session:
        return list(session.scalars(select(AuditRun).order_by(AuditRun.id)))


def damage(database: Database, units: str = "王记饭店") -> None:
    tamper(database, "UPDATE hazards SET responsible_unit = :name", name=units)


def explain(client: Client, row: Difference) -> None:
    body = {"id": str(uuid4()), "decision": "explained", "reason": "已更名，正在变更登记"}
    answer = client.post(f"/api/v1/ledger-audit/{row.id}", json=body)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def flawed(hazard_in: HazardIn, database: Database, audit: Audit) -> Difference:
    """A difference that is open."""
    hazard_in(State.CLOSED)
    damage(database)
    return audit()["responsible_name_differs"]


def now_of(database: Database, row: Difference) -> Difference:
    return row_of(database, id=row.id)


def test_found_again_it_keeps_its_row_and_status(
    flawed: Difference, database: Database, audit: Audit, clock: FixedClock
) -> None:
    clock.at += timedelta(days=3)
    audit()
    again = now_of(database, flawed)
    assert (again.status, again.found_at) == ("open", flawed.found_at)
    assert [(run.opened, run.resolved) for run in runs(database)][1] == (0, 0)


def test_explained_it_stays_so_until_its_values_change(
    flawed: Difference, database: Database, audit: Audit, town: Client
) -> None:
    explain(town, flawed)
    audit()
    assert now_of(database, flawed).status == "explained"
    damage(database, "李记饭店")
    audit()
    again = now_of(database, flawed)
    assert again.status == "open"
    assert again.ours["整改责任单位"] == "李记饭店"
    assert again.reason == "已更名，正在变更登记"


def test_what_is_gone_is_resolved_whatever_its_history_and_may_come_back(
    flawed: Difference, database: Database, audit: Audit, town: Client, clock: FixedClock
) -> None:
    explain(town, flawed)
    damage(database, "演示餐馆")
    clock.at += timedelta(days=1)
    audit()
    gone = now_of(database, flawed)
    assert (gone.status, gone.reason) == ("resolved", "已更名，正在变更登记")
    assert gone.settled_at == clock.at - timedelta(days=1)
    damage(database)
    audit()
    assert now_of(database, flawed).status == "open"
    assert [(run.opened, run.resolved) for run in runs(database)[1:]] == [(0, 1), (1, 0)]


def test_what_nobody_settled_and_is_gone_says_when(
    flawed: Difference, database: Database, audit: Audit, clock: FixedClock
) -> None:
    damage(database, "演示餐馆")
    clock.at += timedelta(days=1)
    audit()
    gone = now_of(database, flawed)
    assert (gone.status, gone.settled_at, gone.settled_by) == ("resolved", clock.at, None)


def test_differences_of_others_are_left_alone(
    flawed: Difference, database: Database, audit: Audit
) -> None:
    from server.ledgers.models import Reconciliation

    with database.writing() as session:
        held = Reconciliation(
            id=str(uuid4()),
            source="某单位",
            file_name="x.xlsx",
            sha256="0" * 64,
            month="2026-11",
            area_code="141181000000",
            created_by=1,
            created_at=datetime(2026, 11, 1, tzinfo=UTC),
            state="done",
            rows_done=0,
            rows_total=0,
            message="",
            sheets=[],
            cell_errors=[],
            stated={},
            our_lines=0,
        )
        session.add(held)
        session.flush()
        row = session.get_one(Difference, flawed.id)
        plain = {
            name: getattr(row, name)
            for name in Difference.__table__.columns.keys()  # noqa: SIM118
            if name != "id"
        }
        session.add(Difference(**plain | {"reconciliation_id": held.id}))
    damage(database, "演示餐馆")
    audit()
    with database.reading() as session:
        query = select(Difference.status).where(Difference.reconciliation_id.is_not(None))
        assert session.scalars(query).one() == "open"


def test_a_night_has_one_run_after_its_hour(
    app: Flask, auditor_at_work: Auditor, database: Database, clock: FixedClock
) -> None:
    clock.at = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)  # one minute to two in the morning
    auditor_at_work.carry_on(no_rest)
    assert runs(database) == []
    clock.at += timedelta(minutes=1)
    for _ in range(3):
        auditor_at_work.carry_on(no_rest)
    [run] = runs(database)
    assert (run.night, run.active, run.failure) == (date(2026, 11, 24), None, "")
    assert run.finished_at is not None
    clock.at += timedelta(days=1)
    auditor_at_work.carry_on(no_rest)
    assert len(runs(database)) == 2


def test_two_processes_do_not_both_do_it(
    app: Flask, auditor_at_work: Auditor, database: Database, hazard_in: HazardIn
) -> None:
    hazard_in(State.CLOSED)
    other = replace(auditor_at_work, database=Database(app.extensions["settings"].database_url))
    passes = []

    def rest() -> None:
        passes.append(1)

    with ThreadPoolExecutor(2) as both:
        for _ in range(4):
            turns = [both.submit(each.carry_on, rest) for each in (auditor_at_work, other)]
            for turn in turns:
                turn.result()
    other.database.dispose()
    assert len(passes) == 1
    [run] = runs(database)
    assert run.lines_done == run.lines_total == 1


def test_a_run_whose_process_died_is_taken_up_by_another(
    auditor_at_work: Auditor, database: Database, clock: FixedClock
) -> None:
    auditor_at_work.runs.ask()
    assert auditor_at_work.runs.take() is not None
    auditor_at_work.carry_on(no_rest)  # its process is still thought to be at it
    assert runs(database)[0].finished_at is None
    assert auditor_at_work.run_now() is None
    clock.at += nightly.STALE + timedelta(seconds=1)
    auditor_at_work.carry_on(no_rest)
    [run] = runs(database)
    assert (run.active, run.finished_at) == (None, clock.at)


def test_a_run_that_fails_says_so_and_takes_nothing_for_resolved(
    flawed: Difference,
    auditor_at_work: Auditor,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(running, "search", fails)
    with pytest.raises(RuntimeError, match="the disk is full"):
        auditor_at_work.run_now()
    last = runs(database)[-1]
    assert (last.active, last.failure) == (None, "RuntimeError: the disk is full")
    assert now_of(database, flawed).status == "open"
    monkeypatch.undo()
    assert auditor_at_work.run_now() is not None


def test_nothing_is_written_twice(flawed: Difference, database: Database, audit: Audit) -> None:
    audit()
    with database.reading() as session:
        count = session.scalar(select(func.count(Difference.key)))
        assert count == session.scalar(select(func.count(Difference.key.distinct())))


@pytest.mark.parametrize("hour", [24, 99])
def test_an_hour_that_is_none_is_refused(auditor_at_work: Auditor, hour: int) -> None:
    with pytest.raises(ValueError, match="no hour"):
        replace(auditor_at_work, hour=hour)


def command(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["ledger", "audit", *arguments])


def test_the_command_lists_what_is_open_and_fails(
    flawed: Difference, app: Flask, database: Database
) -> None:
    result = command(app)
    assert result.exit_code == 1
    assert "name_mismatch" in result.stdout
    assert flawed.explanation in result.stdout
    assert "1 lines, 2 open, 0 new, 0 resolved" in result.stdout
    lines = [json.loads(line) for line in command(app, "--json").stdout.splitlines()]
    assert {line["rule"] for line in lines} == {"credit_code_invalid", "responsible_name_differs"}


def test_the_command_is_content_with_a_ledger_in_order(app: Flask, hazard_in: HazardIn) -> None:
    hazard_in(State.REPORTED)
    result = command(app)
    assert (result.exit_code, result.stdout) == (0, "1 lines, 0 open, 0 new, 0 resolved\n")


def test_the_command_does_not_get_in_another_ones_way(app: Flask, auditor_at_work: Auditor) -> None:
    auditor_at_work.runs.ask()
    auditor_at_work.runs.take()
    result = command(app)
    assert result.exit_code == 2
    assert "another process" in result.stderr
