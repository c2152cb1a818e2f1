"""Areas and sites over HTTP: everybody sees those of their own area, and no others."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from server.database import Database
from server.places.models import Site
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.filling import quick
from tests.web.test_problems import assert_problem


def names(answer: object) -> list[str]:
    assert answer.status_code == 200, answer.text  # type: ignore[attr-defined]
    return [item["name"] for item in answer.json["items"]]  # type: ignore[attr-defined]


def add_sites(database: Database, *names: str, area_code: str = GRID) -> None:
    with database.writing() as session:
        for name in names:
            site = Site(name=name, kind="enterprise", area_code=area_code, created_at=NOW)
            session.add(site)
            session.flush()


def test_a_grid_worker_sees_the_one_grid(grid: Client) -> None:
    items = grid.get("/api/v1/areas").json["items"]
    assert items == [{"code": GRID, "name": "第1网格", "kind": "grid", "parent": VILLAGE}]


def test_a_township_sees_its_villages_and_grids(town: Client) -> None:
    items = town.get("/api/v1/areas").json["items"]
    assert [item["code"] for item in items] == [TOWNSHIP, VILLAGE, GRID, VILLAGE + "02"]


def test_the_city_sees_every_area_by_code(city: Client) -> None:
    codes = [item["code"] for item in city.get("/api/v1/areas").json["items"]]
    assert codes[0] == CITY
    assert codes == sorted(codes)
    assert {GRID, "141181100991", "141181204000"} <= set(codes)


def test_a_township_knows_its_neighbours_by_name(town: Client) -> None:
    items = town.get("/api/v1/townships").json["items"]
    codes = [item["code"] for item in items]
    assert {TOWNSHIP, "141181204000"} <= set(codes)
    assert codes == sorted(codes)
    assert {item["kind"] for item in items} == {"township"}


def test_sites_are_those_of_the_callers_area_newest_first(grid: Client, city: Client) -> None:
    assert names(grid.get("/api/v1/sites")) == ["演示超市", "演示餐馆"]
    assert names(city.get("/api/v1/sites")) == ["演示自建房", "演示燃气站", "演示超市", "演示餐馆"]


def test_a_responsible_unit_knows_of_its_own_sites_alone(unit: Client, database: Database) -> None:
    add_sites(database, "别人的店")
    assert names(unit.get("/api/v1/sites")) == ["演示超市", "演示餐馆"]
    assert names(unit.get("/api/v1/sites", query_string={"q": "别人"})) == []


def test_a_site_is_told_in_full(city: Client) -> None:
    found = city.get("/api/v1/sites", query_string={"q": "餐馆"}).json["items"]
    assert [{**each, "id": 0, "entity_id": ""} for each in found] == [
        {
            "id": 0,
            "entity_id": "",
            "name": "演示餐馆",
            "kind": "public_place",
            "area": GRID,
            "sector": "FIRE",
            "credit_code": "91141181MA0DEMQ01T",
            "address": "演示路1号",
            "latitude": 37.1462,
            "longitude": 111.7791,
        }
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("餐馆", ["演示餐馆"]),
        (" 餐馆 ", ["演示餐馆"]),
        ("演示路2", ["演示超市"]),
        ("自建房", []),
        ("%", ["满100%减"]),
        ("_", ["a_b"]),
        ("A_B", ["a_b"]),
        ("\\", ["c\\d"]),
        ("'", ["o'clock"]),
        ("' OR 1=1 --", []),
        ("🔥", []),
        ("x" * 100, []),
    ],
)
def test_search_takes_text_literally_within_the_callers_area(
    grid: Client, database: Database, q: str, found: list[str]
) -> None:
    add_sites(database, "满100%减", "a_b", "c\\d", "o'clock")
    assert names(grid.get("/api/v1/sites", query_string={"q": q})) == found


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("q", ""),
        ("q", " "),
        ("q", "\0"),
        ("q", "x" * 101),
        ("cursor", "x"),
        ("cursor", "\0"),
        ("cursor", "é"),
        ("cursor", "MA"),
        ("cursor", "LTE"),
        ("cursor", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("limit", "9" * 5000),
        ("page", "2"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(
    grid: Client, parameter: str, value: str
) -> None:
    answer = grid.get("/api/v1/sites", query_string={parameter: value})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [parameter]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_hold_every_site_once_also_while_new_ones_come(
    grid: Client, database: Database, limit: int
) -> None:
    add_sites(database, "一", "二", "三")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = grid.get("/api/v1/sites", query_string=query)
        page = names(answer)
        assert 0 < len(page) <= limit
        seen += page
        cursor = answer.json["next_cursor"]
        if cursor is None:
            break
        add_sites(database, f"后来{len(seen)}")
    assert seen == ["三", "二", "一", "演示超市", "演示餐馆"]


def new_site(**changes: object) -> dict[str, object]:
    return {"id": str(uuid4()), "name": "老王五金店", "kind": "public_place"} | changes


def test_a_site_is_registered_once_however_often_it_is_sent(grid: Client) -> None:
    body = new_site(address="府前街 12 号", latitude=37.1, longitude=111.7, sector="FIRE")
    first, again = grid.post("/api/v1/sites", json=body), grid.post("/api/v1/sites", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["entity_id"], first.json["area"]) == (body["id"], GRID)
    assert names(grid.get("/api/v1/sites"))[0] == "老王五金店"


def test_an_id_stands_for_one_site(grid: Client, town: Client) -> None:
    body = new_site()
    grid.post("/api/v1/sites", json=body)
    assert_problem(grid.post("/api/v1/sites", json=body | {"name": "另一家"}), 409, "site_id_used")
    assert_problem(town.post("/api/v1/sites", json=body), 409, "site_id_used")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "1"}, "id"),
        ({"name": ""}, "name"),
        ({"kind": "castle"}, "kind"),
        ({"area": "141181100991"}, "area"),
        ({"area": "141181001991099"}, "area"),
        ({"sector": "NONE"}, "sector"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": "NaN", "longitude": 0}, "latitude"),
        ({"latitude": 37.1}, "longitude"),
        ({"address": "x" * 201}, "address"),
        ({"owner": "x"}, "owner"),
        ({"credit_code": "91141181MA0DEMQ01X"}, "credit_code"),
    ],
)
def test_a_site_that_does_not_fit_is_refused_by_field(
    grid: Client, changes: dict[str, object], field: str
) -> None:
    answer = grid.post("/api/v1/sites", json=new_site(**changes))
    assert_problem(answer, 422, "invalid_input")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("username", ["unit01", "audit01", "admin01"])
def test_who_does_not_inspect_registers_no_sites(app: Flask, username: str) -> None:
    caller = Client.signed_in(app, username, PASSWORD)
    assert_problem(caller.post("/api/v1/sites", json=new_site()), 403, "forbidden")


def test_a_form_may_name_a_site_by_the_id_that_the_phone_gave_it(grid: Client) -> None:
    body = new_site()
    site = grid.post("/api/v1/sites", json=body).json
    assert grid.submit(quick(photo=None, site_id=body["id"])).status_code == 201
    [hazard] = grid.get("/api/v1/hazards").json["items"]
    assert (hazard["site"], hazard["site_name"]) == (site["id"], "老王五金店")
    assert grid.submit(quick(photo=None, site_id=str(uuid4()))).status_code == 201
    newest = grid.get("/api/v1/hazards").json["items"][0]
    assert (newest["site"], newest["needs_review"]) == (None, True)
