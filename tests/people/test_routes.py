"""Who am I, over HTTP."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.conftest import PASSWORD


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "town01"},
        {"password": PASSWORD},
        {"username": "", "password": PASSWORD},
        {"username": "town01", "password": ""},
        {"username": "x" * 65, "password": PASSWORD},
        {"username": "a\0", "password": PASSWORD},
        {"username": 1, "password": PASSWORD},
        {"username": "town01", "password": ["x"]},
        {"username": "town01", "password": "x" * 201},
        {"username": "town01", "password": PASSWORD, "remember": True},
        [],
        "town01",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_credentials_of_another_shape_are_refused(anonymous: Client, body: object) -> None:
    assert anonymous.post("/api/v1/session", json=body).status_code == 422


@pytest.mark.parametrize(
    ("username", "role", "role_name", "sectors", "sites"),
    [
        ("grid01", "grid_worker", "网格员", 0, 0),
        ("dept01", "department", "行业主管（监管）部门", 1, 0),
        ("unit01", "responsible_unit", "责任单位", 0, 2),
        ("admin01", "administrator", "系统管理员", 0, 0),
    ],
)
def test_everybody_may_know_who_they_are(
    anonymous: Client, username: str, role: str, role_name: str, sectors: int, sites: int
) -> None:
    me = Client.signed_in(anonymous.app, username, PASSWORD).get("/api/v1/me").json
    assert (me["username"], me["role"], me["role_name"]) == (username, role, role_name)
    assert (len(me["sectors"]), len(me["sites"])) == (sectors, sites)
    assert "password" not in str(me)


def test_a_client_is_told_what_it_may_offer(anonymous: Client) -> None:
    def held(username: str) -> list[str]:
        found: list[str] = (
            Client.signed_in(anonymous.app, username, PASSWORD)
            .get("/api/v1/me")
            .json["permissions"]
        )
        return found

    assert {"read_hazards", "register", "assign", "confirm_balance"} <= set(held("town01"))
    assert not {"close_month", "list"} & set(held("town01"))
    assert "close" in held("city01")
    assert "manage_forms" in held("admin01")
    assert "read_hazards" not in held("admin01")


def test_the_sectors_are_told_to_everybody_signed_in(anonymous: Client) -> None:
    assert anonymous.get("/api/v1/sectors").status_code == 401
    items = Client.signed_in(anonymous.app, "unit01", PASSWORD).get("/api/v1/sectors").json["items"]
    assert {"code": "FIRE", "name": "消防"} in items
    assert [each["code"] for each in items] == sorted(each["code"] for each in items)


def test_an_administrator_sees_no_hazards(anonymous: Client) -> None:
    administrator = Client.signed_in(anonymous.app, "admin01", PASSWORD)
    answer = administrator.get("/api/v1/hazards")
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert "系统管理员" in answer.json["detail"]
