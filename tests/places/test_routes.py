"""Areas and sites over HTTP: everybody sees those of their own area, and no others."""

from __future__ import annotations

import pytest

from server.database import Database
from server.places.models import Site
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.conftest import NOW


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


def test_sites_are_those_of_the_callers_area_newest_first(grid: Client, city: Client) -> None:
    assert names(grid.get("/api/v1/sites")) == ["演示超市", "演示餐馆"]
    assert names(city.get("/api/v1/sites")) == ["演示自建房", "演示燃气站", "演示超市", "演示餐馆"]


def test_a_site_is_told_in_full(city: Client) -> None:
    found = city.get("/api/v1/sites", query_string={"q": "餐馆"}).json["items"]
    assert [{**each, "id": 0, "entity_id": ""} for each in found] == [
        {
            "id": 0,
            "name": "演示餐馆",
            "kind": "public_place",
            "area": GRID,
            "sector": "FIRE",
            "credit_code": "91141181MA0EXAMPLE",
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
