"""Boundaries to play with: plainly made up. Nobody's real boundary runs anywhere near these.

Each township is what lies nearest to a point that was put roughly where its seat may be (a Voronoi
cell), within a rough outline of the city; the demo's villages and grids are cells in turn.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import AreaKind
from ..places.models import Area

SOURCE = "演示边界（合成，非真实界线）"

CITY = "141181000000"
VILLAGE = "141181001991"
VILLAGE_IN_THE_WEST = "141181100991"

OUTLINE = (
    (111.36, 37.05), (111.42, 37.18), (111.55, 37.27), (111.70, 37.30), (111.83, 37.27),
    (111.93, 37.19), (111.92, 37.06), (111.84, 36.98), (111.68, 36.94), (111.50, 36.96),
)  # fmt: skip

# Streets in the middle of the town, then rings of towns around it; longitude, latitude.
STREETS = ((111.7790, 37.1470), (111.7660, 37.1330), (111.7950, 37.1350), (111.8050, 37.1560),
           (111.7600, 37.1600))  # fmt: skip
TOWNS = (
    (111.6020, 37.0710), (111.8600, 37.1900), (111.8500, 37.0900), (111.7700, 37.0500),
    (111.6900, 37.1200), (111.7000, 37.2100), (111.6100, 37.1700), (111.5200, 37.1100),
    (111.4500, 37.0700), (111.5500, 37.0100), (111.6800, 37.0000), (111.8000, 37.2300),
    (111.5300, 37.2200), (111.4200, 37.1500), (111.7400, 36.9700), (111.9000, 37.1300),
)  # fmt: skip

# The demo's village, and the line between its two grids.
VILLAGE_BOX = (111.7740, 37.1440, 111.7850, 37.1500)
GRID_LINE = 111.7805
WESTERN_BOX = (111.5950, 37.0660, 111.6090, 37.0760)


def demo_boundaries(session: Session) -> dict[str, Any]:
    """A FeatureCollection for all townships that are registered, and the demo's own areas."""
    query = select(Area.code).where(Area.kind == AreaKind.TOWNSHIP.value).order_by(Area.code)
    townships = list(session.scalars(query))
    shapes = dict(_townships(townships))
    shapes[CITY] = shapely.Polygon(OUTLINE)
    west, south, east, north = VILLAGE_BOX
    shapes[VILLAGE] = shapely.box(*VILLAGE_BOX)
    shapes[VILLAGE + "01"] = shapely.box(west, south, GRID_LINE, north)
    shapes[VILLAGE + "02"] = shapely.box(GRID_LINE, south, east, north)
    shapes[VILLAGE_IN_THE_WEST] = shapely.box(*WESTERN_BOX)
    return {"type": "FeatureCollection", "features": list(_features(shapes))}


def _townships(codes: list[str]) -> Iterator[tuple[str, shapely.Geometry]]:
    """The streets have the lowest numbers, from 001; the towns begin at 100."""
    seats: dict[str, tuple[float, float]] = {}
    streets, towns = iter(STREETS), iter(TOWNS)
    for code in codes:
        seats[code] = next(streets if code[6] == "0" else towns)
    outline = shapely.Polygon(OUTLINE)
    points = shapely.MultiPoint(list(seats.values()))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=outline))
    for code, seat in seats.items():
        cell = next(each for each in cells if each.contains(shapely.Point(seat)))
        yield code, cell.intersection(outline)


def _features(shapes: Mapping[str, shapely.Geometry]) -> Iterator[dict[str, Any]]:
    for code in sorted(shapes):
        geometry = shapely.geometry.mapping(shapes[code])
        yield {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
