"""Areas and sites as a desk keeps them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from server.database import Database
from server.ledgers.rules.names import check_sign
from server.places.models import PlaceChange, Site
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.conftest import PASSWORD
from tests.web.test_problems import assert_problem

CODE = "91141181MA0EXAM01"
CODE += check_sign(CODE)


@pytest.fixture
def admin(app: Flask) -> Client:
    return Client.signed_in(app, "admin01", PASSWORD)


def site_of(client: Client, name: str) -> int:
    [found] = client.get("/api/v1/sites", query_string={"q": name}).json["items"]
    return int(found["id"])


def test_a_grid_gets_the_next_free_code_and_a_village_its_own(
    admin: Client, database: Database
) -> None:
    grid = admin.post("/api/v1/areas", json={"name": "第3网格", "parent": VILLAGE})
    assert (grid.status_code, grid.json["code"], grid.json["kind"]) == (201, VILLAGE + "03", "grid")
    body = {"name": "新庄村", "parent": TOWNSHIP, "code": "141181001201"}
    village = admin.post("/api/v1/areas", json=body)
    assert (village.status_code, village.json["kind"]) == (201, "village")
    under = admin.post("/api/v1/areas", json={"name": "一组", "parent": GRID}).json
    assert (under["code"], under["kind"]) == (GRID + "01", "grid")
    codes = [each["code"] for each in admin.get("/api/v1/areas").json["items"]]
    assert {VILLAGE + "03", "141181001201", GRID + "01"} <= set(codes)
    with database.reading() as session:
        first = session.scalars(select(PlaceChange).order_by(PlaceChange.id)).first()
        assert first is not None
        assert (first.user_name, first.area_code, first.before) == ("郑十", VILLAGE + "03", {})
        assert first.after["name"] == "第3网格"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "甲", "parent": CITY}, 422, "parent"),
        ({"name": "甲", "parent": "141182001000"}, 422, "parent"),
        ({"name": "甲", "parent": "141181001999"}, 422, "parent"),
        ({"name": "甲", "parent": "x"}, 422, "parent"),
        ({"name": "甲", "parent": TOWNSHIP}, 422, "code"),
        ({"name": "甲", "parent": TOWNSHIP, "code": "141181002201"}, 422, "code"),
        ({"name": "甲", "parent": TOWNSHIP, "code": TOWNSHIP + "01"}, 422, "code"),
        ({"name": "甲", "parent": TOWNSHIP, "code": TOWNSHIP}, 422, "code"),
        ({"name": "甲", "parent": VILLAGE, "code": VILLAGE + "0101"}, 422, "code"),
        ({"name": "甲", "parent": VILLAGE, "code": GRID}, 409, None),
        ({"name": "第 1 网格", "parent": VILLAGE}, 409, "name"),
        ({"name": "", "parent": VILLAGE}, 422, "name"),
        ({"parent": VILLAGE}, 422, "name"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_area_that_does_not_fit_is_refused(
    admin: Client, body: dict[str, str], status: int, field: str | None
) -> None:
    answer = admin.post("/api/v1/areas", json=body)
    assert answer.status_code == status, answer.json
    assert list(answer.json.get("errors", {})) == ([field] if field else [])


def test_an_area_is_renamed(admin: Client, city: Client, database: Database) -> None:
    path = f"/api/v1/areas/{GRID}"
    assert admin.patch(path, json={"name": "东一网格"}).json["name"] == "东一网格"
    assert admin.patch(path, json={"name": "东一网格"}).status_code == 200
    assert_problem(admin.patch(path, json={"name": "第2网格"}), 409, "area_name_used")
    assert_problem(admin.patch("/api/v1/areas/1", json={"name": "x"}), 404, "area_not_found")
    assert_problem(admin.patch("/api/v1/areas/%00", json={"name": "x"}), 404, "area_not_found")
    assert_problem(city.patch(path, json={"name": "x"}), 403, "forbidden")
    assert_problem(city.post("/api/v1/areas", json={}), 403, "forbidden")
    with database.reading() as session:
        [change] = session.scalars(select(PlaceChange))
        assert (change.before, change.after) == ({"name": "第1网格"}, {"name": "东一网格"})


def test_sites_are_found_by_whatever_is_known_of_them(city: Client) -> None:
    def found(**query: str) -> list[str]:
        items = city.get("/api/v1/sites", query_string=query).json["items"]
        total = city.get("/api/v1/sites/total", query_string=query).json["total"]
        assert total == len(items)
        return [each["name"] for each in items]

    assert found(area="141181100000") == ["演示自建房"]
    assert found(area=GRID) == ["演示超市", "演示餐馆"]
    assert found(kind="enterprise") == ["演示燃气站"]
    assert found(sector="FIRE", q="餐") == ["演示餐馆"]
    assert found(credit_code="91141181ma0demq01t") == ["演示餐馆"]
    assert found(q="91141181MA0DEMQ01T") == ["演示餐馆"]
    assert len(found()) == 4


def test_a_site_is_told_to_whom_knows_of_it(city: Client, unit: Client, town: Client) -> None:
    id = site_of(city, "演示自建房")
    answer = city.get(f"/api/v1/sites/{id}")
    assert answer.headers["ETag"] == '"v1"'
    assert answer.json["area_names"] == ["孝义市", *answer.json["area_names"][1:]]
    assert (answer.json["version"], answer.json["changes"]) == (1, [])
    for other in (unit, town):
        assert_problem(other.get(f"/api/v1/sites/{id}"), 404, "site_not_found")
    assert_problem(town.patch(f"/api/v1/sites/{id}", json={"name": "x"}), 404, "site_not_found")
    assert_problem(unit.patch(f"/api/v1/sites/{id}", json={"name": "x"}), 403, "forbidden")
    assert_problem(city.get(f"/api/v1/sites/{2**63 - 1}"), 404, "site_not_found")
    assert city.get(f"/api/v1/sites/{2**64}").status_code == 404


def test_a_site_is_put_right_and_what_it_was_is_kept(town: Client, database: Database) -> None:
    id = site_of(town, "演示超市")
    path = f"/api/v1/sites/{id}"
    body = {"name": "演示大超市", "credit_code": CODE.lower(), "address": "演示路 3 号"}
    answer = town.patch(path, json=body, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v2"')
    assert answer.json["credit_code"] == CODE
    [change] = answer.json["changes"]
    assert change["user_name"] == "李四"
    assert change["before"] == {
        "name": "演示超市", "credit_code": None, "address": "演示路2号",
    }  # fmt: skip
    assert town.patch(path, json=body).json["version"] == 2
    stale = town.patch(path, json={"address": ""}, headers={"If-Match": '"v1"'})
    assert_problem(stale, 412, "site_changed")
    assert (stale.json["version"], stale.json["current"]["name"]) == (2, "演示大超市")
    gone = town.patch(path, json={"credit_code": None, "latitude": None, "longitude": None})
    assert (gone.json["credit_code"], gone.json["latitude"]) == (None, None)
    moved = town.patch(path, json={"latitude": 37.1, "longitude": 111.7, "datum": "gcj02"}).json
    assert moved["latitude"] != 37.1
    with database.reading() as session:
        assert session.get_one(Site, id).version == 4


def test_a_credit_code_is_one_sites(town: Client) -> None:
    body = {"id": str(uuid4()), "name": "甲店", "kind": "enterprise", "credit_code": CODE.lower()}
    first, again = (town.post("/api/v1/sites", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["credit_code"] == CODE
    other = town.post("/api/v1/sites", json=body | {"id": str(uuid4()), "name": "乙店"})
    assert_problem(other, 409, "credit_code_used")
    assert "甲店" in other.json["errors"]["credit_code"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"kind": "castle"}, "kind"),
        ({"area": "141181100991"}, "area"),
        ({"area": "141181001999"}, "area"),
        ({"sector": "NONE"}, "sector"),
        ({"credit_code": CODE[:-1]}, "credit_code"),
        ({"credit_code": "91141181MA0DEMQ01T"}, "credit_code"),
        ({"latitude": 37.1}, "longitude"),
        ({"latitude": 37.1, "longitude": None}, "longitude"),
        ({"version": 3}, "version"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_change_that_does_not_fit_is_refused_by_field(
    town: Client, body: dict[str, object], field: str
) -> None:
    answer = town.patch(f"/api/v1/sites/{site_of(town, '演示超市')}", json=body)
    assert answer.status_code in (409, 422)
    assert list(answer.json["errors"]) == [field]
