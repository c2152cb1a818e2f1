"""How fast a point's area is found among 2,000 grids, and how fast they are imported.

The reference for finding is shapely's STRtree over the same polygons in memory: no database, and
none of the areas above a grid. The reference for importing reads the JSON and makes the polygons.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from server.database import Database
from server.glossary import AreaKind, Datum
from server.places.boundaries import locate
from server.places.importing import import_boundaries
from server.places.models import Area
from server.seed.demo import CITY, TOWNSHIP
from tests.bench.test_intake import seconds
from tests.conftest import NOW

CELLS = 2000
A_VILLAGE = 90
POINTS = 500
BOX = (111.36, 36.94, 111.93, 37.30)


def cells(random: Random) -> dict[str, shapely.Geometry]:
    """Grids that fill the box, by code."""
    west, south, east, north = BOX
    seats = [(random.uniform(west, east), random.uniform(south, north)) for _ in range(CELLS)]
    box = shapely.box(*BOX)
    shapes = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seats), extend_to=box))
    return {
        f"{TOWNSHIP[:9]}{number // A_VILLAGE + 200}{number % A_VILLAGE + 1:02}": (
            shapely.intersection(shape, box)
        )
        for number, shape in enumerate(shapes)
    }


def register(session: Session, grids: dict[str, Any]) -> None:
    for village in sorted({code[:12] for code in grids}):
        kind = AreaKind.VILLAGE.value
        session.add(Area(code=village, name=village, kind=kind, parent_code=TOWNSHIP))
    session.flush()
    for code in grids:
        session.add(Area(code=code, name=code, kind=AreaKind.GRID.value, parent_code=code[:12]))


def geojson(shapes: dict[str, shapely.Geometry]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, shape in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def read_barely(content: bytes) -> None:
    for feature in json.loads(content)["features"]:
        shapely.geometry.shape(feature["geometry"])


@pytest.mark.slow
def test_a_points_area_against_a_tree_in_memory(database: Database) -> None:
    random = Random(37)
    grids = cells(random)
    content = geojson({CITY: shapely.box(*BOX)} | grids)
    with database.writing() as session:
        register(session, grids)
    bare = seconds(lambda: read_barely(content))
    with database.writing() as session:
        importing = seconds(
            lambda: import_boundaries(session, content, source="测", datum=Datum.WGS84, at=NOW)
        )
    west, south, east, north = BOX
    points = [(random.uniform(south, north), random.uniform(west, east)) for _ in range(POINTS)]
    codes, tree = list(grids), shapely.STRtree(list(grids.values()))
    expected: list[str] = []
    in_memory = seconds(
        lambda: expected.extend(
            min(codes[each] for each in tree.query(shapely.Point(x, y), predicate="intersects"))
            for y, x in points
        )
    )
    with database.reading() as session:
        locate(session, *points[0])
        found: list[Any] = []
        ours = seconds(lambda: found.extend(locate(session, *point) for point in points))
    assert [each.area_code for each in found] == expected
    print(
        f"\n{database.url.get_backend_name()}: {POINTS / ours:.0f} points/s among {CELLS} grids, "
        f"{ours / POINTS * 1e6:.0f} µs each; tree in memory {in_memory / POINTS * 1e6:.0f} µs; "
        f"ratio {ours / in_memory:.0f}; import {importing:.1f} s, ratio {importing / bare:.0f}"
    )
