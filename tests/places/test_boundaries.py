"""Boundaries: what is taken in, and in which area a point lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import shapely
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database import Database
from server.errors import InvalidInput, NotFound
from server.glossary import Datum, Located
from server.places.boundaries import (
    boundaries_within,
    current_set,
    distance_to_area_m,
    locate,
    use_set,
)
from server.places.codes import is_within, township_code
from server.places.importing import Imported, import_boundaries
from server.places.models import Boundary, BoundarySet
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from server.seed.demo_boundaries import OUTLINE
from tests.conftest import NOW

OTHER = "141181002000"
SQUARE = (111.0, 37.0, 112.0, 38.0)
WEST, EAST = (111.0, 37.0, 111.5, 38.0), (111.5, 37.0, 112.0, 38.0)

STEPS = [step / 1000 for step in range(1001)]

Boxes = Mapping[str, Any]


def geojson(shapes: Boxes) -> bytes:
    features = []
    for code, shape in shapes.items():
        geometry = shapely.box(*shape) if isinstance(shape, tuple) else shape
        document = json.loads(shapely.to_geojson(geometry))
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": document})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def take(session: Session, shapes: Boxes | bytes, datum: Datum = Datum.WGS84) -> Imported:
    content = shapes if isinstance(shapes, bytes) else geojson(shapes)
    return import_boundaries(session, content, source="测试", datum=datum, at=NOW)


def where(session: Session, latitude: float, longitude: float, prefer: str | None = None) -> Any:
    found = locate(session, latitude, longitude, prefer=prefer)
    return (found.area_code, found.how) if found else None


def test_a_point_lies_in_the_deepest_area(database: Database) -> None:
    with database.writing() as session:
        take(
            session,
            {CITY: SQUARE, TOWNSHIP: WEST, OTHER: EAST, VILLAGE: (111.1, 37.1, 111.2, 37.2)},
        )
        assert where(session, 37.15, 111.15) == (VILLAGE, Located.INSIDE)
        assert where(session, 37.5, 111.3) == (TOWNSHIP, Located.INSIDE)
        assert where(session, 37.5, 111.7) == (OTHER, Located.INSIDE)
        assert where(session, 36.0, 111.7) is None


def test_a_shared_border_is_the_askers_own_else_the_smaller_codes(database: Database) -> None:
    with database.writing() as session:
        take(session, {CITY: SQUARE, TOWNSHIP: WEST, OTHER: EAST})
        for asker, expected in ((None, TOWNSHIP), (TOWNSHIP, TOWNSHIP), (OTHER, OTHER)):
            assert where(session, 37.5, 111.5, asker) == (expected, Located.EDGE)
        # A corner is shared just so; an asker from elsewhere changes nothing.
        assert where(session, 37.0, 111.5, "141181003000") == (TOWNSHIP, Located.EDGE)
        # The outer border is nobody else's.
        assert where(session, 37.5, 111.0) == (TOWNSHIP, Located.INSIDE)


def test_the_border_of_a_village_with_the_next_township_is_shared(database: Database) -> None:
    with database.writing() as session:
        village = (111.4, 37.4, 111.5, 37.6)
        take(session, {CITY: SQUARE, TOWNSHIP: WEST, OTHER: EAST, VILLAGE: village})
        assert where(session, 37.5, 111.5) == (VILLAGE, Located.EDGE)
        assert where(session, 37.5, 111.5, OTHER) == (OTHER, Located.EDGE)
        assert where(session, 37.5, 111.5, TOWNSHIP) == (VILLAGE, Located.EDGE)


def test_a_gap_is_the_nearest_areas_and_a_hole_is_one(database: Database) -> None:
    ring = shapely.box(*WEST).difference(shapely.box(111.2, 37.2, 111.201, 37.201))
    with database.writing() as session:
        take(session, {TOWNSHIP: ring, OTHER: (111.501, 37.0, 112.0, 38.0)})
        found = locate(session, 37.5, 111.5004)
        assert found is not None
        assert (found.area_code, found.how) == (TOWNSHIP, Located.GAP)
        assert found.distance_m == pytest.approx(35.3, abs=1)
        assert where(session, 37.2005, 111.2005) == (TOWNSHIP, Located.GAP)
        assert where(session, 37.5, 112.0008) == (OTHER, Located.GAP)
        assert where(session, 37.5, 112.0013) is None


def test_how_far_outside_is_measured_in_metres(database: Database) -> None:
    with database.writing() as session:
        take(session, {TOWNSHIP: WEST})
        assert distance_to_area_m(session, 37.5, 111.2, TOWNSHIP) == 0
        assert distance_to_area_m(session, 37.5, 111.5, TOWNSHIP) == 0
        outside = distance_to_area_m(session, 37.5, 111.51, TOWNSHIP)
        assert outside == pytest.approx(884, abs=5)
        assert distance_to_area_m(session, 37.5, 111.51, OTHER) is None


def test_the_nearest_border_is_so_in_metres_not_in_degrees(database: Database) -> None:
    """Of a slanting border, whose foot in degrees is 2 % farther off than the one in metres."""
    with database.writing() as session:
        take(session, {TOWNSHIP: shapely.Polygon([(111.5, 37.0), (111.6, 37.125), (111.6, 37.0)])})
        outside = distance_to_area_m(session, 37.07, 111.54, TOWNSHIP)
        along = (geodesic((37.07, 111.54), (37 + t * 0.125, 111.5 + t * 0.1)) for t in STEPS)
        assert outside == pytest.approx(min(each.meters for each in along), rel=1e-3)


def test_an_import_is_a_version_and_an_older_one_can_be_put_back(database: Database) -> None:
    with database.writing() as session:
        before = current_set(session)
        assert before is not None
        one = take(session, {TOWNSHIP: WEST})
        again = take(session, {TOWNSHIP: WEST})
        assert again == Imported(one.set_id, 1, True)
        two = take(session, {TOWNSHIP: EAST})
        assert where(session, 37.5, 111.7) == (TOWNSHIP, Located.INSIDE)
        use_set(session, one.set_id)
        assert where(session, 37.5, 111.7) is None
        assert session.scalar(select(func.count()).where(BoundarySet.current)) == 1
        assert two.set_id != one.set_id != before.id
        with pytest.raises(NotFound):
            use_set(session, 10_000)


def test_coordinates_of_chinese_maps_are_converted(database: Database) -> None:
    with database.writing() as session:
        small = (111.78543710, 37.14647063, 111.79, 37.15)
        take(session, {TOWNSHIP: small}, Datum.GCJ02)
        boundary = session.scalars(
            select(Boundary).join(BoundarySet).where(BoundarySet.current)
        ).one()
        assert boundary.west == pytest.approx(111.779, abs=1e-5)
        assert boundary.south == pytest.approx(37.146, abs=1e-5)


BOW_TIE = shapely.Polygon([(111, 37), (112, 38), (112, 37), (111, 38)])
FEATURE = {"type": "Feature", "properties": {"code": TOWNSHIP}}


def collection(**changes: Any) -> bytes:
    document = {"type": "FeatureCollection", "features": [FEATURE | changes]}
    return json.dumps(document).encode()


WRONG: list[tuple[bytes, str]] = [
    (b"", "JSON"),
    (b"\xff\xfe", "JSON"),
    (b"[" * 100_000, "JSON"),
    (b"[]", "FeatureCollection"),
    (b'{"type": "FeatureCollection", "features": []}', "没有边界"),
    (b'{"type": "FeatureCollection", "features": [1]}', "第 1 个"),
    (collection(properties={"code": 141181001000}), "第 1 个"),
    (collection(properties=None), "第 1 个"),
    (collection(geometry=None), "Polygon"),
    (collection(geometry={"type": "Point", "coordinates": [111, 37]}), "Polygon"),
    (collection(geometry={"type": "Polygon", "coordinates": []}), "空"),
    (collection(geometry={"type": "Polygon", "coordinates": [[["x", 1]]]}), "读不出来"),
    (collection(geometry={"type": "Polygon", "coordinates": [[[111, 37], [112, 37]]]}), "读不出来"),
    (geojson({TOWNSHIP: (37.0, 111.0, 38.0, 112.0)}), "先经度后纬度"),
    (geojson({TOWNSHIP: BOW_TIE}), "图形有错"),
    (geojson({"141181999000": WEST}), "没有这些区划"),
    (geojson({TOWNSHIP: WEST, OTHER: (111.4, 37.0, 112.0, 38.0)}), "重叠"),
    (geojson({TOWNSHIP: WEST, VILLAGE: EAST}), "之外"),
]


@pytest.mark.parametrize(("content", "says"), WRONG)
def test_what_is_wrong_is_said_and_nothing_is_taken_in(
    database: Database, content: bytes, says: str
) -> None:
    with database.reading() as session:
        before = session.scalars(select(BoundarySet.id)).all()
    with pytest.raises(InvalidInput) as raised, database.writing() as session:
        take(session, content)
    assert says in raised.value.detail
    with database.reading() as session:
        assert session.scalars(select(BoundarySet.id)).all() == before


@pytest.mark.parametrize("source", ["", " ", "长" * 201])
def test_a_version_has_a_source_of_a_bearable_length(database: Database, source: str) -> None:
    content = geojson({TOWNSHIP: WEST})
    with pytest.raises(InvalidInput, match="来源"), database.writing() as session:
        import_boundaries(session, content, source=source, datum=Datum.WGS84, at=NOW)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_coordinates_are_finite(database: Database, number: bytes) -> None:
    content = geojson({TOWNSHIP: WEST}).replace(b"111.0", number, 1)
    with pytest.raises(InvalidInput, match="坐标"), database.writing() as session:
        take(session, content)


def test_a_code_comes_once(database: Database) -> None:
    twice = json.loads(geojson({TOWNSHIP: WEST}))
    twice["features"] *= 2
    with pytest.raises(InvalidInput, match="两次"), database.writing() as session:
        take(session, json.dumps(twice).encode())


@given(st.floats(111.36, 111.93), st.floats(36.94, 37.30))
def test_every_point_of_the_demo_city_lies_in_one_township(
    database: Database, longitude: float, latitude: float
) -> None:
    if not shapely.Polygon(OUTLINE).buffer(-1e-4).contains(shapely.Point(longitude, latitude)):
        return
    with database.reading() as session:
        found = locate(session, latitude, longitude)
        assert found is not None
        assert found.area_code[:6] == CITY[:6]
        assert found.area_code[6:9] != "000"
        point = shapely.Point(longitude, latitude)
        boundaries = boundaries_within(session, CITY)
        holding = [
            each.area_code for each in boundaries if shapely.from_wkb(each.geometry).covers(point)
        ]
        townships = [code for code in holding if code.endswith("000") and code != CITY]
        # Rounding may leave a point between two cells that share a border.
        if found.how is Located.INSIDE and townships:
            assert townships == [township_code(found.area_code)]
            assert all(is_within(found.area_code, code) for code in holding)
        assert distance_to_area_m(session, latitude, longitude, found.area_code) == 0


def test_the_demo_sites_lie_where_the_demo_says(database: Database) -> None:
    from server.places.models import Site

    with database.reading() as session:
        for site in session.scalars(select(Site)):
            assert site.latitude is not None
            assert site.longitude is not None
            assert where(session, site.latitude, site.longitude) == (site.area_code, Located.INSIDE)
        version = current_set(session)
        assert version is not None
        assert version.demo
        assert "合成" in version.source
        assert GRID.startswith(VILLAGE)
