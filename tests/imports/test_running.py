"""Imports while nobody waits: cancelled, lost, overtaken, refused; whole or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.clock import FixedClock
from server.database import Database
from server.imports import running
from server.imports.columns import ImportKind
from server.imports.kinds import WORK
from server.imports.models import Import
from server.imports.running import KEPT, LOST_AFTER, MOST_ATTEMPTS, Importer
from server.imports.workbooks import write_result
from server.people.models import User
from server.places.models import Site
from server.seed.demo import CITY, GRID
from tests.client import Client
from tests.conftest import NOW
from tests.web.test_problems import assert_problem

from .sheets import hand_in, queued, sites_file, told

ROWS = sites_file(("甲店", "企业", GRID), ("乙店", "企业", GRID))


def new_sites(database: Database) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(Site).where(Site.created_by.is_not(None))
        return session.scalar(query) or 0


def change(database: Database, id: str, **values: object) -> None:
    with database.writing() as session:
        session.execute(update(Import).where(Import.id == id).values(**values))


def kept_files(tmp_path: Path) -> list[str]:
    return sorted(each.name for each in (tmp_path / "photos" / "imports").glob("*"))


def test_cancelled_before_it_begins(
    admin: Client, importer: Importer, database: Database, tmp_path: Path
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    for _ in range(2):
        assert admin.delete(f"/api/v1/imports/{id}").status_code == 204
    assert importer.work() == 0
    assert (told(admin, id)["state"], new_sites(database)) == ("cancelled", 0)
    assert kept_files(tmp_path) == []
    assert_problem(admin.get(f"/api/v1/imports/{id}/result.xlsx"), 404, "import_result_gone")
    assert_problem(admin.post(f"/api/v1/imports/{id}/run", json={}), 409, "import_not_tried")


def test_cancelled_while_it_is_under_way(
    admin: Client, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    work = WORK[ImportKind.SITES]

    def cancelled_meanwhile(checked: object, tick: object) -> None:
        assert told(admin, id)["state"] == "running"
        assert admin.delete(f"/api/v1/imports/{id}").status_code == 204

    changed = {ImportKind.SITES: work._replace(prepare=cancelled_meanwhile)}
    monkeypatch.setattr(running, "WORK", changed)
    assert importer.work() == 1
    assert (told(admin, id)["state"], new_sites(database)) == ("cancelled", 0)
    assert_problem(admin.get(f"/api/v1/imports/{id}/result.xlsx"), 404, "import_result_gone")


def test_what_a_trial_had_come_to_goes_when_its_import_is_cancelled(
    admin: Client, importer: Importer, tmp_path: Path
) -> None:
    id = queued(admin, "sites", ROWS)
    importer.work()
    assert len(kept_files(tmp_path)) == 2
    assert admin.post(f"/api/v1/imports/{id}/run", json={}).status_code == 202
    assert admin.delete(f"/api/v1/imports/{id}").status_code == 204
    assert kept_files(tmp_path) == []


def test_a_trial_that_is_cancelled_at_its_end_leaves_no_result(
    admin: Client, importer: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = queued(admin, "sites", ROWS)

    def cancelled_meanwhile(*args: Any, **kwargs: Any) -> None:
        write_result(*args, **kwargs)
        assert admin.delete(f"/api/v1/imports/{id}").status_code == 204

    monkeypatch.setattr(running, "write_result", cancelled_meanwhile)
    assert importer.work() == 1
    assert told(admin, id)["state"] == "cancelled"
    assert kept_files(tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"closed_at": NOW}, "已停用"),
        ({"role": "city_office"}, "没有导入的权限"),
        ({"area_code": "141181100000"}, "没有写入任何内容"),
    ],
)
def test_whoever_loses_the_right_meanwhile_imports_nothing(
    admin: Client,
    importer: Importer,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, object],
    word: str,
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    work = WORK[ImportKind.SITES]

    def make_admin(**columns: object) -> None:
        with database.writing() as session:
            admins = update(User).where(User.username == "admin01")
            session.execute(admins.values(**columns))

    def changed_meanwhile(checked: object, tick: object) -> None:
        make_admin(**changed)

    hooked = {ImportKind.SITES: work._replace(prepare=changed_meanwhile)}
    monkeypatch.setattr(running, "WORK", hooked)
    importer.work()
    make_admin(closed_at=None, role="administrator", area_code=CITY)
    found = told(admin, id)
    assert (found["state"], new_sites(database)) == ("failed", 0)
    assert word in found["message"]


def test_overtaken_by_somebody_who_registers_the_same(
    admin: Client, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    work = WORK[ImportKind.SITES]

    def registered_meanwhile(checked: object, tick: object) -> None:
        with database.writing() as session:
            session.add(Site(name="甲店", kind="enterprise", area_code=GRID, created_at=NOW))

    changed = {ImportKind.SITES: work._replace(prepare=registered_meanwhile)}
    monkeypatch.setattr(running, "WORK", changed)
    importer.work()
    found = told(admin, id)
    assert (found["state"], new_sites(database)) == ("failed", 0)
    assert "重新导入" in found["message"]
    assert found["has_result"] is False


def test_what_a_lost_process_had_begun_is_begun_again_but_not_for_ever(
    admin: Client, importer: Importer, database: Database, clock: FixedClock
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    change(database, id, state="running", heartbeat_at=NOW, attempts=1)
    assert importer.work() == 0
    clock.at = NOW + LOST_AFTER + timedelta(seconds=1)
    assert importer.work() == 1
    assert (told(admin, id)["state"], new_sites(database)) == ("done", 2)

    id = queued(admin, "sites", ROWS)
    change(database, id, state="running", heartbeat_at=NOW, attempts=MOST_ATTEMPTS)
    importer.work()
    assert told(admin, id)["state"] == "failed"
    assert "中断" in told(admin, id)["message"]


def test_progress_is_shown_and_a_worker_that_lost_its_import_stops(
    admin: Client, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "HEARTBEAT_SECONDS", 0)
    id = queued(admin, "sites", ROWS, dry_run="false")
    work, seen = WORK[ImportKind.SITES], []

    def slow(checked: object, tick: running.Tick) -> None:
        tick(1)
        seen.append(told(admin, id)["rows_done"])
        change(database, id, heartbeat_at=NOW + timedelta(seconds=5))
        tick(2)

    monkeypatch.setattr(running, "WORK", {ImportKind.SITES: work._replace(prepare=slow)})
    importer.work()
    assert seen == [1]
    assert (told(admin, id)["state"], new_sites(database)) == ("running", 0)


def test_an_accident_is_told_and_leaves_nothing(
    admin: Client, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    work = WORK[ImportKind.SITES]

    def broken(*given: object) -> None:
        work.write(*given)  # type: ignore[arg-type]
        raise RuntimeError("out of order")

    monkeypatch.setattr(running, "WORK", {ImportKind.SITES: work._replace(write=broken)})
    importer.work()
    assert (told(admin, id)["state"], new_sites(database)) == ("failed", 0)


def test_who_may_no_longer_import_does_not(
    admin: Client, importer: Importer, database: Database
) -> None:
    for values in ({"role": "city_office"}, {"closed_at": NOW}):
        id = queued(admin, "sites", ROWS, dry_run="false")
        with database.writing() as session:
            mine = update(User).where(User.username == "admin01")
            session.execute(mine.values(**values))
        importer.work()
        with database.writing() as session:
            session.execute(mine.values(role="administrator", closed_at=None))
        assert told(admin, id)["state"] == "failed"
    assert new_sites(database) == 0


def test_files_are_swept_and_what_happened_stays(
    admin: Client, importer: Importer, clock: FixedClock, tmp_path: Path
) -> None:
    id = queued(admin, "sites", ROWS)
    importer.work()
    importer.sweep()
    assert kept_files(tmp_path) == [id, f"{id}.xlsx"]
    clock.at = NOW + KEPT + timedelta(seconds=1)
    assert_problem(admin.post(f"/api/v1/imports/{id}/run", json={}), 409, "import_file_gone")
    importer.sweep()
    assert kept_files(tmp_path) == []
    [found] = admin.get("/api/v1/imports").json["items"]
    assert (found["id"], found["rows_new"], found["has_result"]) == (id, 2, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_imported_is_refused_at_once(admin: Client, importer: Importer) -> None:
    answer = hand_in(admin, "castles", ROWS)
    assert_problem(answer, 422, "invalid_input")
    assert list(answer.json["errors"]) == ["kind"]
    assert_problem(hand_in(admin, "people", ROWS), 422, "columns_missing")
    assert_problem(hand_in(admin, "sites", b"\x00\x01\x02"), 415, "not_a_spreadsheet")
    answer = admin.post("/api/v1/imports", data={"kind": "sites"})
    assert_problem(answer, 422, "invalid_input")
    assert_problem(admin.get("/api/v1/imports/castles/template.xlsx"), 404, "no_template")
    ids = [queued(admin, "sites", ROWS) for _ in range(3)]
    assert_problem(hand_in(admin, "sites", ROWS), 409, "too_many_imports")
    assert_problem(admin.get(f"/api/v1/imports/{ids[0]}/result.xlsx"), 409, "import_not_ended")
    importer.work()
    assert_problem(admin.delete(f"/api/v1/imports/{ids[0]}"), 409, "import_ended")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["people", "sites"])
def test_a_template_has_the_columns_and_is_no_line_by_itself(admin: Client, kind: str) -> None:
    answer = admin.get(f"/api/v1/imports/{kind}/template.xlsx")
    assert answer.status_code == 200
    assert_problem(hand_in(admin, kind, answer.data), 422, "no_lines")
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames[1:] == ["填写说明", "区划", "行业领域", "部门"]
    assert book["区划"].cell(2, 2).value == "孝义市"
    sheet = book.worksheets[0]
    filled = {"名称": "甲店", "类别": "企业", "所在区划": "第1网格"}
    filled |= {"账号": "p1", "姓名": "甲", "角色": "网格员"}
    for cell in sheet[1]:
        sheet.cell(2, cell.column).value = filled.get(cell.value)
    file = BytesIO()
    book.save(file)
    assert hand_in(admin, kind, file.getvalue()).json["rows_total"] == 1


def test_what_the_database_refuses_is_told_as_overtaken(
    admin: Client, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = queued(admin, "sites", ROWS, dry_run="false")
    work = WORK[ImportKind.SITES]

    def twice(session: Session, actor: object, checked: object, at: datetime) -> None:
        for _ in range(2):
            made = {"kind": "enterprise", "area_code": GRID, "created_at": at}
            session.add(Site(name="甲店", entity_id="same", **made))
        session.flush()

    monkeypatch.setattr(running, "WORK", {ImportKind.SITES: work._replace(write=twice)})
    importer.work()
    found = told(admin, id)
    assert (found["state"], new_sites(database)) == ("failed", 0)
    assert "相同的内容" in found["message"]
