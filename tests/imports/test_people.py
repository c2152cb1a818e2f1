"""People from a file: accounts that their owners can sign in with."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from server.clock import FixedClock
from server.database import Database
from server.imports.running import Importer
from server.people.models import User
from server.places.models import Area, Site
from server.seed.demo import CITY, GRID, TOWNSHIP
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.web.test_problems import assert_problem

from .sheets import counts, people_file, problems, queued, result, told

GOOD = (
    ("grid11", "甲一", "网格员", "第1网格"),
    ("town11", "乙一", "乡镇（街道）安委办", TOWNSHIP),
    ("dept11", "丙一", "部门", CITY, "awb", "FIRE、GAS", ""),
    ("unit11", "丁一", "责任单位", "新义街道", "", "", "演示超市、91141181MA0DEMQ01T"),
)
WRONG = (
    (("", "甲", "网格员", GRID), "账号", "必填"),
    (("a:b", "甲", "网格员", GRID), "账号", "冒号"),
    (("x" * 65, "甲", "网格员", GRID), "账号", "64"),
    (("p1", "", "网格员", GRID), "姓名", "必填"),
    (("p2", "甲", "市长", GRID), "角色", "市长"),
    (("p3", "甲", "系统管理员", CITY), "角色", "单独新增"),
    (("p4", "甲", "网格员", "火星"), "所在区划", "火星"),
    (("p5", "甲", "部门", CITY, "没有的局", "FIRE"), "所在部门", "没有的局"),
    (("p6", "甲", "部门", CITY, "awb", ""), "行业领域", "必填"),
    (("p7", "甲", "部门", CITY, "awb", "钓鱼"), "行业领域", "钓鱼"),
    (("p8", "甲", "责任单位", CITY), "监管对象", "必填"),
    (("p9", "甲", "责任单位", CITY, "", "", "没有的店"), "监管对象", "没有的店"),
    (("p10", "甲", "网格员", GRID, "awb"), "所在部门", "清空"),
    (("p11", "甲", "网格员", GRID, "", "FIRE"), "行业领域", "清空"),
    (("town01", "甲", "网格员", GRID), "账号", "李四"),
)


def test_accounts_are_opened_with_passwords_that_only_the_importer_gets_for_a_day(
    admin: Client, importer: Importer, app: Flask, database: Database, clock: FixedClock
) -> None:
    id = queued(admin, "people", people_file(*GOOD))
    importer.work()
    assert counts(told(admin, id)) == (4, 0, 0)
    assert "初始密码" not in result(admin, id)[0]
    with database.reading() as session:
        assert session.scalar(select(User).where(User.username == "grid11")) is None

    admin.post(f"/api/v1/imports/{id}/run", json={})
    importer.work()
    rows = result(admin, id)
    passwords = {str(row["账号"]): str(row["初始密码"]) for row in rows}
    assert len(set(passwords.values())) == 4
    me = {
        name: Client.signed_in(app, name, password).get("/api/v1/me").json
        for name, password in passwords.items()
    }
    assert (me["grid11"]["name"], me["grid11"]["role"], me["grid11"]["area"]) == (
        *("甲一", "grid_worker", GRID),
    )
    assert me["town11"]["area"] == TOWNSHIP
    assert set(me["dept11"]["sectors"]) == {"FIRE", "GAS"}
    assert len(me["unit11"]["sites"]) == 2

    log = admin.get("/api/v1/account-log").json["items"]
    assert {(each["username"], each["deed"]) for each in log} == {
        (name, "opened") for name in passwords
    }

    clock.at = NOW + timedelta(days=1, seconds=1)
    assert_problem(admin.get(f"/api/v1/imports/{id}/result.xlsx"), 404, "import_result_gone")
    assert told(admin, id)["has_result"] is False
    importer.sweep()
    assert told(admin, id)["rows_new"] == 4

    again = queued(admin, "people", people_file(*GOOD), dry_run="false")
    importer.work()
    assert counts(told(admin, again)) == (0, 4, 0)
    assert Client.signed_in(app, "grid11", passwords["grid11"])


def test_each_thing_that_is_wrong_is_told_by_row_and_column(
    admin: Client, importer: Importer
) -> None:
    content = people_file(*(row for row, _, _ in WRONG), GOOD[0], GOOD[0])
    id = queued(admin, "people", content)
    importer.work()
    found = told(admin, id)
    by_place = problems(found)
    for number, (_, column, words) in enumerate(WRONG, start=2):
        assert words in by_place[number, column], by_place
    assert "账号相同" in by_place[len(WRONG) + 3, "账号"]
    assert counts(found) == (1, 0, len(WRONG) + 1)


def test_nobody_else_gets_at_an_import(admin: Client, importer: Importer, app: Flask) -> None:
    id = queued(admin, "people", people_file(*GOOD), dry_run="false")
    importer.work()
    for name in ("city01", "audit01", "town01"):
        other = Client.signed_in(app, name, PASSWORD)
        assert_problem(other.get(f"/api/v1/imports/{id}/result.xlsx"), 403, "forbidden")
    given = result(admin, id)[0]
    assert given["账号"] == "grid11"
    with importer.database.writing() as session:
        user = session.scalars(select(User).where(User.username == "city01")).one()
        user.role = "administrator"
    second = Client.signed_in(app, "city01", PASSWORD)
    assert second.get("/api/v1/imports").json["items"] == []
    for path in ("", "/result.xlsx"):
        assert_problem(second.get(f"/api/v1/imports/{id}{path}"), 404, "import_not_found")
    assert_problem(second.post(f"/api/v1/imports/{id}/run", json={}), 404, "import_not_found")
    assert_problem(second.delete(f"/api/v1/imports/{id}"), 404, "import_not_found")


def test_a_name_that_is_there_twice_has_to_be_said_in_full(
    admin: Client, importer: Importer, database: Database
) -> None:
    village = "141181100991"
    with database.writing() as session:
        session.add(Area(code=village + "01", name="第1网格", kind="grid", parent_code=village))
        for area in (GRID, village):
            session.add(Site(name="同名店", kind="enterprise", area_code=area, created_at=NOW))
    rows = (
        ("p1", "甲", "网格员", "第1网格"),
        ("p2", "甲", "网格员", "演示村/第1网格"),
        ("p3", "甲", "责任单位", CITY, "", "", "同名店"),
    )
    id = queued(admin, "people", people_file(*rows))
    importer.work()
    by_place = problems(told(admin, id))
    assert "兑镇镇/演示村/第1网格" in by_place[2, "所在区划"]
    assert "编号" in by_place[4, "监管对象"]
    assert len(by_place) == 2


def test_a_site_that_no_database_could_name_is_one_wrong_line_and_not_the_end_of_the_import(
    admin: Client, importer: Importer
) -> None:
    row = ("unit77", "某人", "责任单位", TOWNSHIP, "", "")
    # As Excel writes a character that its XML can't.
    id = queued(admin, "people", people_file((*row, "9" * 5000), (*row, "甲_x0000_店")))
    importer.work()
    found = told(admin, id)
    assert (found["state"], counts(found)) == ("done", (0, 0, 2))
