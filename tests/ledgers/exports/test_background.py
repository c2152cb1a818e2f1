"""Exports in the background: made whole by whoever takes them, found again, cancelled, swept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, update

from server.clock import FixedClock
from server.database import Database
from server.hazards.models import Hazard
from server.ledgers.exports import background, workbook
from server.ledgers.exports.background import KEPT, LOST_AFTER, MOST_UNFINISHED, Exporter
from server.ledgers.exports.models import Export
from server.people.models import User
from tests.client import Client
from tests.factories import account_actor, make_hazard
from tests.serving import ROOT
from tests.web.test_problems import assert_problem

LEDGER = {"kind": "ledger", "format": "csv"}


@pytest.fixture
def exporter(app: Flask) -> Exporter:
    found: Exporter = app.extensions["exporter"]
    return found


def ask(client: Client, **changes: Any) -> str:
    answer = client.post("/api/v1/exports", json=LEDGER | changes)
    assert answer.status_code == 202, answer.text
    assert answer.json["state"] == "queued"
    return str(answer.json["id"])


def told(client: Client, id: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/exports/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def kept_files(tmp_path: Path) -> list[str]:
    return sorted(each.name for each in (tmp_path / "photos" / "exports").glob("*"))


def many(database: Database, count: int) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        for _ in range(count):
            make_hazard(session, actor)


def test_it_is_asked_for_made_and_fetched(
    database: Database, town: Client, city: Client, exporter: Exporter
) -> None:
    many(database, 1_100)
    id = ask(town, query={"state": "reported", "phones": True})
    assert_problem(town.get(f"/api/v1/exports/{id}/file"), 409, "export_not_ready")
    assert exporter.work() == 1
    found = told(town, id)
    assert (found["state"], found["rows_done"], found["rows_total"]) == ("ready", 1_100, 1_100)
    assert found["expires_at"] == "2026-11-30T02:00:00+00:00"
    file = town.get(f"/api/v1/exports/{id}/file")
    assert file.data == town.get("/api/v1/ledger.csv?state=reported&phones=true").data
    assert len(file.data) == found["size"]
    assert 'filename="ledger-20261123.csv"' in file.headers["Content-Disposition"]
    direct, made = city.get("/api/v1/exports/log").json["items"]
    assert (made["export"], made["lines"], made["phones"]) == (id, 1_100, True)
    assert (direct["export"], direct["kind_name"]) == (None, made["kind_name"])
    assert exporter.work() == 0


def test_a_workbook_too(database: Database, town: Client, exporter: Exporter) -> None:
    many(database, 3)
    id = ask(town, format="xlsx", query={"photos": True})
    exporter.work()
    sheet = load_workbook(BytesIO(town.get(f"/api/v1/exports/{id}/file").data)).active
    assert sheet is not None
    assert sheet["A1"].value == "新义街道安全生产隐患排查整改台账（2026年11月）"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"kind": "everything"}, 422, "kind"),
        ({"format": "pdf"}, 422, "format"),
        ({"query": {"stat": "closed"}}, 422, "stat"),
        ({"query": {"as_of": "2027-01-01"}}, 422, "as_of"),
        ({"query": {"photos": True}}, 422, "photos"),
        ({"query": "state=closed"}, 422, "query"),
    ],
)
def test_what_can_not_be_made_is_refused_at_once(
    town: Client, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = town.post("/api/v1/exports", json=LEDGER | changes)
    assert answer.status_code == status
    assert list(answer.json["errors"]) == [field]
    assert town.get("/api/v1/exports").json["items"] == []


def test_rights_are_asked_for_at_once_and_again_when_it_is_made(
    database: Database, grid: Client, town: Client, exporter: Exporter
) -> None:
    phones = LEDGER | {"query": {"phones": True}}
    assert_problem(grid.post("/api/v1/exports", json=phones), 403, "phones_forbidden")
    id = ask(town, query={"phones": True})
    with database.writing() as session:
        session.execute(update(User).where(User.username == "town01").values(role="auditor"))
    exporter.work()
    with database.reading() as session:
        export = session.get_one(Export, id)
        assert export.state == "failed"
        assert "phones=true" in export.problem


def test_whose_rights_changed_since_gets_the_file_no_more(
    database: Database, town: Client, exporter: Exporter
) -> None:
    id = ask(town)
    exporter.work()
    with database.writing() as session:
        area = "141181100000"
        session.execute(update(User).where(User.username == "town01").values(area_code=area))
    assert_problem(town.get(f"/api/v1/exports/{id}/file"), 409, "export_rights_changed")


def test_it_is_its_owners_alone(town: Client, town2: Client, exporter: Exporter) -> None:
    id = ask(town)
    exporter.work()
    for path in (f"/api/v1/exports/{id}", f"/api/v1/exports/{id}/file"):
        assert_problem(town2.get(path), 404, "export_not_found")
    assert_problem(town2.delete(f"/api/v1/exports/{id}"), 404, "export_not_found")
    assert town2.get("/api/v1/exports").json["items"] == []
    [mine] = town.get("/api/v1/exports").json["items"]
    assert (mine["id"], mine["name"], mine["state_name"]) == (id, "隐患整改台账", "可下载")


def test_a_few_at_a_time(town: Client, exporter: Exporter) -> None:
    for _ in range(MOST_UNFINISHED):
        ask(town)
    assert_problem(town.post("/api/v1/exports", json=LEDGER), 409, "too_many_exports")
    assert exporter.work() == MOST_UNFINISHED
    ask(town)


def test_an_id_that_no_database_takes_is_of_no_export(town: Client) -> None:
    for path in ("/api/v1/exports/%00", "/api/v1/exports/a%00b/file"):
        assert_problem(town.get(path), 404, "export_not_found")
    assert_problem(town.delete("/api/v1/exports/%00"), 404, "export_not_found")


def test_what_is_cancelled_before_its_turn_is_not_made(
    town: Client, exporter: Exporter, tmp_path: Path
) -> None:
    id = ask(town)
    assert town.delete(f"/api/v1/exports/{id}").status_code == 204
    assert exporter.work() == 0
    assert_problem(town.get(f"/api/v1/exports/{id}"), 404, "export_not_found")
    assert kept_files(tmp_path) == []


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_is_cancelled_while_it_is_made_leaves_nothing(
    database: Database,
    town: Client,
    exporter: Exporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    many(database, 600)
    id = ask(town, format=format)
    monkeypatch.setattr(background, "HEARTBEAT_SECONDS", 0)
    beat = background.Heart.beat

    def cancelling(heart: Any, done: int, total: int | None = None) -> None:
        if done == 500:
            assert told(town, id)["state"] == "running"
            assert town.delete(f"/api/v1/exports/{id}").status_code == 204
        beat(heart, done, total)

    monkeypatch.setattr(background.Heart, "beat", cancelling)
    exporter.work()
    assert town.get("/api/v1/exports").json["items"] == []
    assert kept_files(tmp_path) == []
    assert list((tmp_path / "photos" / "staging").iterdir()) == []


def test_what_is_cancelled_at_the_last_moment_leaves_nothing(
    town: Client, exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = ask(town)
    keep = exporter.storage.keep_file

    def cancelling(key: str, path: Path) -> None:
        keep(key, path)
        with exporter.database.writing() as session:
            session.delete(session.get_one(Export, id))

    monkeypatch.setattr(exporter.storage, "keep_file", cancelling)
    exporter.work()
    assert kept_files(tmp_path) == []


def test_an_error_on_the_way_is_told_and_leaves_no_file(
    database: Database,
    town: Client,
    exporter: Exporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many(database, 2)
    id = ask(town)

    def failing(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(background, "write_table", failing)
    exporter.work()
    found = told(town, id)
    assert (found["state"], found["size"]) == ("failed", None)
    assert "重新导出" in found["problem"]
    assert kept_files(tmp_path) == []


def test_an_export_that_lost_its_process_is_taken_up_again_and_given_up_in_the_end(
    database: Database, town: Client, exporter: Exporter, clock: FixedClock
) -> None:
    id = ask(town)
    for attempt in range(1, background.MOST_ATTEMPTS + 1):
        taken = exporter._claim()
        assert taken is not None
        assert (taken.id, taken.attempts) == (id, attempt)
        assert exporter._claim() is None
        clock.at += LOST_AFTER + timedelta(seconds=1)
    assert exporter.work() == 0
    found = told(town, id)
    assert found["state"] == "failed"
    assert "中断" in found["problem"]


def test_a_process_that_was_only_slow_does_not_undo_what_another_did(
    town: Client, exporter: Exporter, clock: FixedClock
) -> None:
    id = ask(town)
    slow = exporter._claim()
    assert slow is not None
    clock.at += LOST_AFTER + timedelta(seconds=1)
    assert exporter.work() == 1
    exporter._attempt(slow)
    assert told(town, id)["state"] == "ready"
    assert town.get(f"/api/v1/exports/{id}/file").status_code == 200


def test_kept_for_some_days_then_swept(
    town: Client, exporter: Exporter, clock: FixedClock, tmp_path: Path
) -> None:
    id = ask(town)
    exporter.work()
    clock.at += KEPT - timedelta(hours=1)
    waiting = ask(town)
    exporter.sweep()
    assert kept_files(tmp_path) == [id]
    clock.at += timedelta(hours=2)
    exporter.sweep()
    assert kept_files(tmp_path) == []
    assert [each["id"] for each in town.get("/api/v1/exports").json["items"]] == [waiting]


def test_an_export_without_its_file_is_gone(
    town: Client, exporter: Exporter, tmp_path: Path
) -> None:
    id = ask(town)
    exporter.work()
    (tmp_path / "photos" / "exports" / id).unlink()
    assert_problem(town.get(f"/api/v1/exports/{id}/file"), 404, "export_not_found")


def test_a_large_workbook_is_written_in_a_process_of_its_own(
    database: Database, town: Client, exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(database, 700)
    monkeypatch.setattr(workbook, "MOST_FITTED", 10)
    monkeypatch.setattr(workbook, "MOST_WRITTEN_HERE", 10)
    id = ask(town, format="xlsx")
    exporter.work()
    assert told(town, id)["state"] == "ready", told(town, id)["problem"]
    sheet = load_workbook(BytesIO(town.get(f"/api/v1/exports/{id}/file").data)).active
    assert sheet is not None
    numbers = [row[1] for row in sheet.iter_rows(min_row=7, values_only=True)]
    with database.reading() as session:
        assert numbers[:700] == list(session.scalars(select(Hazard.number).order_by(Hazard.id)))


WORKING = """
import os, sys, time
from datetime import UTC, datetime
from config import Settings
from server.application import create_app
from server.hazards.models import Hazard
from server.ledgers.exports import background

app = create_app(Settings(database_url=sys.argv[1], storage_url=sys.argv[2], secret_key="x" * 40))

def write(path, name, table, format):
    next(iter(table.rows))
    path.write_bytes(b"half of a ledger")
    print("half way", flush=True)
    time.sleep(600)

background.write_table = write
app.extensions["exporter"].work()
"""


def test_a_process_that_is_killed_leaves_no_half_of_a_file(
    database: Database,
    database_url: str,
    town: Client,
    exporter: Exporter,
    clock: FixedClock,
    tmp_path: Path,
) -> None:
    many(database, 2)
    id = ask(town)
    command = [sys.executable, "-c", WORKING, database_url, f"file://{tmp_path / 'photos'}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half way\n"
        os.kill(process.pid, signal.SIGKILL)
    assert told(town, id)["state"] == "running"
    assert_problem(town.get(f"/api/v1/exports/{id}/file"), 409, "export_not_ready")
    assert kept_files(tmp_path) == []
    with database.writing() as session:
        # (that process went by the real clock)
        session.execute(update(Export).values(heartbeat_at=clock.at - 2 * LOST_AFTER))
    assert exporter.work() == 1
    assert told(town, id)["state"] == "ready"
    old = time.time() - 2 * 24 * 3600
    for left in (tmp_path / "photos" / "staging").iterdir():
        os.utime(left, (old, old))
    exporter.storage.sweep(clock.at.fromtimestamp(time.time() - 24 * 3600, clock.at.tzinfo))
    assert list((tmp_path / "photos" / "staging").iterdir()) == []
