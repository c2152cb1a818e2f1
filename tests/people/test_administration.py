"""Keeping accounts: within one's own area, never one's own, and written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from server.clock import FixedClock
from server.database import Database
from server.errors import Conflict
from server.glossary import Role
from server.people.accounts import open_account
from server.people.administration import close_account
from server.people.models import AccountLogEntry, Token, User
from server.places.models import Site
from server.seed.demo import CITY, GRID, TOWNSHIP
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor, make_hazard

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
USERS = "/api/v1/users"
NEW = {"username": "grid88", "name": "新网格员", "role": "grid_worker", "area": GRID}


@pytest.fixture
def admin(app: Flask) -> Client:
    return Client.signed_in(app, "admin01", PASSWORD)


@pytest.fixture
def town_admin(app: Flask, database: Database) -> Client:
    """An administrator of one township."""
    with database.writing() as session:
        open_account(session, "admin02", Role.ADMINISTRATOR, PASSWORD, at=NOW, area_code=TOWNSHIP)
    return Client.signed_in(app, "admin02", PASSWORD)


def number_of(database: Database, username: str) -> int:
    with database.reading() as session:
        return session.scalars(select(User.id).where(User.username == username)).one()


def log_of(caller: Client, user_id: int) -> list[dict[str, Any]]:
    answer = caller.get(f"/api/v1/account-log?user={user_id}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    errors: dict[str, Any] = answer.json.get("errors", {})
    return errors


def test_an_account_is_opened_with_a_password_that_is_told_once(
    admin: Client, database: Database
) -> None:
    answer = admin.post(USERS, json=NEW)
    assert answer.status_code == 201, answer.text
    user, password = answer.json["user"], answer.json["password"]
    assert (user["username"], user["role_name"], user["area_name"]) == (
        "grid88", "网格员", "第1网格"
    )  # fmt: skip
    assert len(password) == 12
    assert not set(password) & set("ilo01")
    Client.signed_in(admin.app, "grid88", password)
    seen = admin.get(f"{USERS}/{user['id']}")
    assert (seen.json["sign_ins"], seen.json["seen_at"][:10]) == (1, "2026-11-23")
    assert password not in seen.text
    [entry] = log_of(admin, user["id"])
    assert (entry["deed_name"], entry["by_name"], entry["name"]) == (
        "开通账号", "郑十", "新网格员"
    )  # fmt: skip
    told = {each["field"]: each["after"] for each in entry["changes"]}
    assert told["角色"] == "网格员"
    assert told["区划"].startswith("孝义市 / ")
    assert password not in str(entry)


@SQLITE
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "grid01"}, "username"),
        ({"username": "a:b"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "king"}, "role"),
        ({"area": "141182000000"}, "area"),
        ({"area": "1"}, "area"),
        ({"role": "department"}, "sectors"),
        ({"role": "department", "sectors": ["NOPE"]}, "sectors"),
        ({"role": "responsible_unit"}, "sites"),
        ({"role": "responsible_unit", "sites": [9_999]}, "sites"),
        ({"organisation": "nope"}, "organisation"),
        ({"password": "my own choice"}, "password"),
    ],
)
def test_an_account_that_would_not_work_is_not_opened(
    admin: Client, changes: dict[str, object], field: str
) -> None:
    assert list(refused(admin.post(USERS, json=NEW | changes), 422, "invalid_input")) == [field]
    assert admin.get(f"{USERS}?q=grid88").json["total"] == 0


@SQLITE
def test_who_may_read_accounts_and_who_may_keep_them(
    admin: Client, city: Client, auditor: Client, town: Client, unit: Client, database: Database
) -> None:
    grid01 = f"{USERS}/{number_of(database, 'grid01')}"
    paths = (USERS, grid01, f"{grid01}/access", "/api/v1/account-log", "/api/v1/organisations")
    for path in paths:
        assert [each.get(path).status_code for each in (admin, city, auditor)] == [200] * 3, path
        assert [each.get(path).status_code for each in (town, unit)] == [403] * 2, path
    for caller in (city, auditor, town, unit):
        refused(caller.post(USERS, json=NEW), 403, "forbidden")
        refused(caller.patch(grid01, json={"name": "别人"}), 403, "forbidden")
        refused(caller.post(f"{grid01}/password", json={}), 403, "forbidden")
        for deed in ("closing", "reopening"):
            refused(caller.post(f"{grid01}/{deed}", json={}), 403, "forbidden")
        refused(caller.delete(f"{grid01}/sessions"), 403, "forbidden")


def test_the_list_is_narrowed_and_paged(admin: Client) -> None:
    first = admin.get(f"{USERS}?limit=3").json
    assert (len(first["items"]), first["total"]) == (3, 8)
    second = admin.get(f"{USERS}?limit=100&cursor={first['next_cursor']}").json
    names = [each["username"] for each in first["items"] + second["items"]]
    assert sorted(names) == sorted(
        ["grid01", "town01", "town02", "unit01", "dept01", "city01", "audit01", "admin01"]
    )

    def found(query: str) -> list[str]:
        answer = admin.get(f"{USERS}?{query}").json
        assert answer["total"] == len(answer["items"])
        return sorted(each["username"] for each in answer["items"])

    assert found("role=auditor,city_office") == ["audit01", "city01"]
    assert found("q=张三") == ["grid01"]
    assert found("q=TOWN") == ["town01", "town02"]
    assert found("q=安委办&role=city_office") == ["city01"]
    assert found(f"area={TOWNSHIP}") == ["grid01", "town01", "town02", "unit01"]
    assert found("closed=true") == []
    assert len(found("closed=false")) == 8
    assert found("q=%25") == []


def test_a_township_administrator_keeps_no_more_than_the_township(
    town_admin: Client, database: Database
) -> None:
    items = town_admin.get(USERS).json["items"]
    assert {each["username"] for each in items} == {
        "grid01", "town01", "town02", "unit01", "admin02"
    }  # fmt: skip
    city = number_of(database, "city01")
    for path in (f"{USERS}/{city}", f"{USERS}/{city}/access"):
        refused(town_admin.get(path), 404, "account_not_found")
    refused(town_admin.patch(f"{USERS}/{city}", json={"name": "x"}), 404, "account_not_found")
    refused(town_admin.post(f"{USERS}/{city}/password", json={}), 404, "account_not_found")
    refused(town_admin.post(f"{USERS}/{city}/closing", json={}), 404, "account_not_found")
    refused(town_admin.delete(f"{USERS}/{city}/sessions"), 404, "account_not_found")
    assert "area" in refused(
        town_admin.post(USERS, json=NEW | {"area": CITY}), 422, "invalid_input"
    )
    grid = number_of(database, "grid01")
    assert "area" in refused(
        town_admin.patch(f"{USERS}/{grid}", json={"area": CITY}), 422, "invalid_input"
    )
    with database.reading() as session:
        abroad = session.scalars(select(Site.id).where(Site.name == "演示自建房")).one()
    assert "sites" in refused(
        town_admin.patch(f"{USERS}/{grid}", json={"sites": [abroad]}), 422, "invalid_input"
    )
    assert log_of(town_admin, city) == []


def test_a_change_is_whole_or_not_at_all_and_says_what_was(
    admin: Client, database: Database
) -> None:
    dept = f"{USERS}/{number_of(database, 'dept01')}"
    before = admin.get(dept).json
    errors = refused(admin.patch(dept, json={"name": "改名", "sectors": []}), 422, "invalid_input")
    assert list(errors) == ["sectors"]
    assert admin.get(dept).json == before

    changed = admin.patch(dept, json={"name": "孙八", "sectors": ["GAS", "FIRE"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json["name"], sorted(changed.json["sectors"])) == ("孙八", ["FIRE", "GAS"])
    after = admin.get(dept).json
    assert {**after, "name": "", "sectors": ""} == {**before, "name": "", "sectors": ""}
    [entry] = log_of(admin, changed.json["id"])
    assert {each["field"]: (each["before"], each["after"]) for each in entry["changes"]} == {
        "姓名": ("孙七", "孙八"),
        "行业领域": ("消防", "消防、燃气"),
    }
    assert admin.patch(dept, json={"name": "孙八"}).status_code == 200
    assert len(log_of(admin, changed.json["id"])) == 1


def test_what_an_account_is_counts_at_once(admin: Client, grid: Client, database: Database) -> None:
    path = f"{USERS}/{number_of(database, 'grid01')}"
    assert admin.patch(path, json={"role": "auditor", "area": CITY}).status_code == 200
    assert grid.get("/api/v1/me").json["role"] == "auditor"
    assert grid.get(USERS).status_code == 200


@SQLITE
def test_nobody_keeps_their_own_account(admin: Client, database: Database) -> None:
    own = f"{USERS}/{number_of(database, 'admin01')}"
    refused(admin.post(f"{own}/closing", json={}), 409, "own_account")
    refused(admin.post(f"{own}/password", json={}), 409, "own_account")
    refused(admin.patch(own, json={"role": "auditor"}), 409, "own_account")
    refused(admin.patch(own, json={"area": TOWNSHIP}), 409, "own_account")
    assert admin.patch(own, json={"name": "郑十一"}).status_code == 200


def test_two_administrators_who_close_each_other_leave_one(
    admin: Client, app: Flask, database: Database
) -> None:
    with database.writing() as session:
        open_account(session, "admin03", Role.ADMINISTRATOR, PASSWORD, at=NOW, area_code=CITY)
    with database.reading() as session:
        actors = [account_actor(session, name) for name in ("admin01", "admin03")]
    barrier = Barrier(2)

    def close(pair: tuple[int, int]) -> str:
        barrier.wait(timeout=30)
        try:
            with database.writing() as session:
                close_account(session, actors[pair[0]], actors[pair[1]].id, "", NOW)
        except Conflict as error:
            return error.code
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(close, [(0, 1), (1, 0)]))
    assert done == ["closed", "last_administrator"]


@SQLITE
def test_the_last_administrator_is_not_made_something_else(database: Database) -> None:
    with database.reading() as session:
        last = account_actor(session, "admin01")
    with pytest.raises(Conflict, match="最后一位管理员"), database.writing() as session:
        close_account(session, replace(last, id=last.id + 1_000), last.id, "", NOW)


def test_closing_ends_what_somebody_is_signed_in_by_and_reopening_begins_anew(
    admin: Client, town: Client, database: Database
) -> None:
    key = town.post("/api/v1/me/keys", json={"label": "手机"}).json["server_url"]
    collect = key[key.index("/key/") :] + "/formList"
    assert town.get(collect).status_code == 200
    path = f"{USERS}/{number_of(database, 'town01')}"
    closed = admin.post(f"{path}/closing", json={"note": "调离"})
    assert closed.status_code == 200, closed.text
    assert (closed.json["closed_at"][:10], closed.json["sign_ins"]) == ("2026-11-23", 0)
    assert town.get("/api/v1/me").json["code"] == "session_expired"
    credentials = {"username": "town01", "password": PASSWORD}
    assert town.post("/api/v1/session", json=credentials).json["code"] == "account_closed"
    assert admin.post(f"{path}/closing", json={"note": "又一次"}).status_code == 200
    refused(admin.post(f"{path}/password", json={}), 409, "account_closed")
    assert admin.get(f"{USERS}?closed=true").json["total"] == 1

    assert admin.post(f"{path}/reopening", json={}).json["closed_at"] is None
    assert admin.post(f"{path}/reopening", json={}).status_code == 200
    assert town.get("/api/v1/me").status_code == 401
    assert town.get(collect).status_code == 401
    Client.signed_in(town.app, "town01", PASSWORD)
    log = log_of(admin, int(path.rsplit("/", 1)[1]))
    assert [(each["deed"], each["note"]) for each in log] == [("reopened", ""), ("closed", "调离")]


def test_a_new_password_takes_the_place_of_the_old_one(
    admin: Client, town: Client, database: Database
) -> None:
    path = f"{USERS}/{number_of(database, 'town01')}"
    given = admin.post(f"{path}/password", json={})
    assert given.status_code == 200, given.text
    assert town.get("/api/v1/me").json["code"] == "session_expired"
    old = {"username": "town01", "password": PASSWORD}
    assert town.post("/api/v1/session", json=old).json["code"] == "wrong_credentials"
    Client.signed_in(town.app, "town01", given.json["password"])
    with database.reading() as session:
        [entry] = session.scalars(select(AccountLogEntry)).all()
    assert (entry.deed, entry.changes) == ("password_given", [])


def test_signing_somebody_out_touches_nobody_else(
    admin: Client, town: Client, town2: Client, database: Database
) -> None:
    path = f"{USERS}/{number_of(database, 'town01')}"
    assert admin.delete(f"{path}/sessions").status_code == 204
    assert town.get("/api/v1/me").status_code == 401
    assert town2.get("/api/v1/me").status_code == 200
    assert [each["deed"] for each in log_of(admin, number_of(database, "town01"))] == ["signed_out"]


@SQLITE
@pytest.mark.parametrize("number", [0, 9_999, 2**63, 10**40])
def test_an_account_that_is_not_there_is_not_found(admin: Client, number: int) -> None:
    for path in (f"{USERS}/{number}", f"{USERS}/{number}/access"):
        refused(admin.get(path), 404, "account_not_found")
    refused(admin.patch(f"{USERS}/{number}", json={}), 404, "account_not_found")


def test_the_log_is_paged_and_keeps_to_the_area(
    admin: Client, town_admin: Client, database: Database
) -> None:
    for username, name in (("grid01", "甲"), ("city01", "乙"), ("grid01", "丙")):
        answer = admin.patch(f"{USERS}/{number_of(database, username)}", json={"name": name})
        assert answer.status_code == 200, answer.text
    first = admin.get("/api/v1/account-log?limit=2").json
    second = admin.get(f"/api/v1/account-log?limit=2&cursor={first['next_cursor']}").json
    told = [each["changes"][0]["after"] for each in first["items"] + second["items"]]
    assert told == ["丙", "乙", "甲"]
    assert second["next_cursor"] is None
    seen = town_admin.get("/api/v1/account-log").json["items"]
    assert [each["username"] for each in seen] == ["grid01", "grid01"]


def test_what_an_account_sees_is_told_as_the_table_has_it(
    admin: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        reporter = account_actor(session, "grid01")
        make_hazard(session, reporter)
        make_hazard(session, reporter, sector="GAS")
        make_hazard(session, reporter, area_code="141181100991")

    def access(username: str) -> dict[str, Any]:
        answer = admin.get(f"{USERS}/{number_of(database, username)}/access")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
        return told

    seen = {name: access(name)["hazards"] for name in ("grid01", "town01", "dept01", "city01")}
    assert seen == {"grid01": 3, "town01": 2, "dept01": 2, "city01": 3}
    assert access("admin01")["over_hazards"] == []
    assert (access("admin01")["hazards"], access("admin01")["sites_seen"]) == (0, 4)
    assert "管理账号" in access("admin01")["over_application"]

    department = access("dept01")
    [sectors, own] = department["over_hazards"]
    assert own["where"] == "本人上报的隐患，在哪里都算"
    assert sectors["where"] == "孝义市范围内、属于消防的隐患"
    assert "挂牌督办" in sectors["may"]
    unit = access("unit01")
    assert (unit["sites"], unit["sites_seen"]) == (["演示超市", "演示餐馆"], 2)
    assert [each["where"] for each in unit["over_hazards"]] == [
        "在演示超市、演示餐馆发现的，或由其整改的隐患",
        "由演示超市、演示餐馆整改的隐患",
    ]
    assert access("city01")["counted_to"] == 10_000
    monkeypatch.setattr("server.hazards.access.MOST_COUNTED", 2)
    assert (access("city01")["hazards"], access("city01")["open_hazards"]) == (2, 2)
    general = [each for each in access("town01")["over_hazards"] if each["levels"] == "一般"]
    assert "销号" in general[0]["may"]


def test_sign_ins_that_are_over_are_not_counted(
    admin: Client, town: Client, database: Database, clock: FixedClock
) -> None:
    path = f"{USERS}/{number_of(database, 'town01')}"
    assert admin.get(path).json["sign_ins"] == 1
    with database.writing() as session:
        session.execute(update(Token).where(Token.client.is_not(None)).values(seen_at=None))
    assert admin.get(path).json["seen_at"][:10] == "2026-11-23"
    with database.writing() as session:
        mine = Token.user_id == number_of_in(session, "town01")
        session.execute(update(Token).where(mine).values(expires_at=clock.now()))
    assert (admin.get(path).json["sign_ins"], admin.get(path).json["seen_at"]) == (0, None)


def number_of_in(session: Any, username: str) -> int:
    found: int = session.scalars(select(User.id).where(User.username == username)).one()
    return found
