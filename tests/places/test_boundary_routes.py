"""Boundaries and places over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from geopy.distance import geodesic
from sqlalchemy import update

from server.database import Database
from server.glossary import Datum
from server.places.datum import from_wgs84
from server.places.models import BoundarySet
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.places.test_boundaries import EAST, OTHER, SQUARE, WEST, take
from tests.web.test_problems import assert_problem

BOUNDARIES, LOCATE = "/api/v1/boundaries", "/api/v1/places/locate"
NOWHERE = {"area": None, "names": [], "how": None, "distance_m": None}


def codes(client: Client) -> list[str]:
    answer = client.get(BOUNDARIES)
    assert (answer.status_code, answer.mimetype) == (200, "application/geo+json")
    return [each["properties"]["code"] for each in answer.json["features"]]


def located(client: Client, latitude: float, longitude: float, **more: str) -> Any:
    place = {"latitude": latitude, "longitude": longitude, **more}
    answer = client.get(LOCATE, query_string=place)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_everybody_gets_the_boundaries_of_their_own_area(
    grid: Client, town: Client, city: Client
) -> None:
    assert codes(grid) == [GRID]
    assert codes(town) == [TOWNSHIP, VILLAGE, GRID, VILLAGE + "02"]
    assert codes(city)[:2] == [CITY, TOWNSHIP]
    assert len(codes(city)) == 21


def test_a_boundary_comes_with_its_area_and_the_set_says_that_it_is_made_up(grid: Client) -> None:
    document = grid.get(BOUNDARIES).json
    assert (document["type"], document["demo"], document["datum"]) == (
        "FeatureCollection",
        True,
        "wgs84",
    )
    assert "合成" in document["source"]
    [feature] = document["features"]
    assert feature["properties"] == {"code": GRID, "name": "第1网格", "kind": "grid"}
    assert feature["geometry"]["type"] == "Polygon"
    [ring] = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert [111.774, 37.144] in ring


def test_boundaries_go_out_in_the_datum_that_is_asked_for(grid: Client) -> None:
    plain = grid.get(BOUNDARIES).json["features"][0]["geometry"]["coordinates"][0]
    answer = grid.get(BOUNDARIES, query_string={"datum": "bd09"}).json
    assert answer["datum"] == "bd09"
    for (x, y), (east, north) in zip(
        plain, answer["features"][0]["geometry"]["coordinates"][0], strict=True
    ):
        assert geodesic(from_wgs84(y, x, Datum.BD09), (north, east)).meters < 0.2
    assert_problem(grid.get(BOUNDARIES, query_string={"datum": "x"}), 422, "invalid_input")


def test_boundaries_that_are_known_are_not_sent_again(
    grid: Client, town: Client, database: Database
) -> None:
    tag = grid.get(BOUNDARIES).headers["ETag"]
    known = {"If-None-Match": tag}
    unchanged = grid.get(BOUNDARIES, headers=known)
    assert (unchanged.status_code, unchanged.text, unchanged.headers["ETag"]) == (304, "", tag)
    for other in (
        grid.get(BOUNDARIES, headers=known, query_string={"datum": "gcj02"}),
        town.get(BOUNDARIES, headers=known),
    ):
        assert other.status_code == 200
    with database.writing() as session:
        take(session, {CITY: SQUARE})
    assert grid.get(BOUNDARIES, headers=known).status_code == 200


def test_without_boundaries_there_are_none(grid: Client, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(BoundarySet).values(current=False))
    document = grid.get(BOUNDARIES).json
    assert (document["features"], document["source"], document["demo"]) == ([], "", False)
    assert located(grid, 37.1462, 111.7791) == NOWHERE


def test_a_place_is_told_by_the_names_that_lead_to_it(grid: Client) -> None:
    assert located(grid, 37.1462, 111.7791) == {
        "area": GRID,
        "names": ["孝义市", "新义街道", "演示社区", "第1网格"],
        "how": "inside",
        "distance_m": 0,
    }
    assert located(grid, 48.85, 2.35) == NOWHERE


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_place_may_be_given_as_a_chinese_map_shows_it(grid: Client, datum: str) -> None:
    there = from_wgs84(37.1462, 111.7791, Datum(datum))
    assert located(grid, *there, datum=datum)["area"] == GRID
    assert located(grid, *there)["area"] != GRID


def test_a_border_is_the_callers_own_and_a_gap_the_nearest_areas(
    town: Client, city: Client, database: Database
) -> None:
    with database.writing() as session:
        take(session, {"141181000000": SQUARE, OTHER: EAST, TOWNSHIP: WEST})
    assert located(town, 37.5, 111.5)["how"] == "edge"
    assert located(town, 37.5, 111.5)["area"] == TOWNSHIP
    gap = located(city, 37.5, 112.0008)
    assert (gap["area"], gap["how"]) == (OTHER, "gap")
    assert gap["distance_m"] == pytest.approx(70.7, abs=0.5)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"latitude": "37"}, "longitude"),
        ({"latitude": "91", "longitude": "0"}, "latitude"),
        ({"latitude": "0", "longitude": "-180.1"}, "longitude"),
        ({"latitude": "nan", "longitude": "0"}, "latitude"),
        ({"latitude": "0", "longitude": "inf"}, "longitude"),
        ({"latitude": "0", "longitude": "0", "datum": "x"}, "datum"),
        ({"latitude": "0", "longitude": "0", "area": "x"}, "area"),
    ],
)
def test_what_is_no_place_is_refused_by_field(
    grid: Client, place: dict[str, str], field: str
) -> None:
    answer = grid.get(LOCATE, query_string=place)
    assert_problem(answer, 422, "invalid_input")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("place", [(90, 0), (-90, 180), (0, -180), (0, 0)])
def test_the_ends_of_the_earth_are_in_no_area(grid: Client, place: tuple[int, int]) -> None:
    assert located(grid, *place) == NOWHERE


@pytest.mark.parametrize("datum", list(Datum))
def test_a_site_is_stored_in_wgs84(grid: Client, datum: Datum) -> None:
    latitude, longitude = from_wgs84(37.1462, 111.7791, datum)
    body = {"id": str(uuid4()), "name": "老王五金店", "kind": "public_place"}
    body |= {"latitude": latitude, "longitude": longitude, "datum": datum.value}
    site = grid.post("/api/v1/sites", json=body).json
    assert geodesic((site["latitude"], site["longitude"]), (37.1462, 111.7791)).meters < 1e-3
