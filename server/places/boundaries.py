"""Where an area ends: which area a point lies in, and how far a point is from an area.

The database finds the few boundaries whose box holds a point, shapely decides among them. So no
tree of shapes lives in a process's memory, and an import is in force for all at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
import shapely.ops
from geopy.distance import geodesic
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..glossary import Located
from .codes import is_within, within
from .models import Boundary, BoundarySet

# Boundaries that were drawn by hand leave slivers between them: a point in one belongs to the
# nearest area, where that is not farther than this.
GAP_M = 100.0

# About 1 cm: a point this near to a border is on it.
EDGE_DEGREES = 1e-7
METRES_A_DEGREE = 111_320.0
# Degrees of longitude are shorter than those of latitude, here by a fifth: looked at widely.
WIDEST = 1.5


@dataclass(frozen=True)
class Found:
    """The area of a point: how it was found, and how far from it the point lies, in metres."""

    area_code: str
    how: Located
    distance_m: float = 0.0


def locate(
    session: Session, latitude: float, longitude: float, *, prefer: str | None = None
) -> Found | None:
    """The deepest area that a point (WGS-84) lies in; None where it is in none, nor near one.

    On a border that areas share, it is `prefer`, or what lies in it, where that is one of them,
    else the one with the smallest code: the same whoever asks.
    """
    point = shapely.Point(longitude, latitude)
    near = _around(session, point, GAP_M / METRES_A_DEGREE * WIDEST)
    touched = [code for code, shape in near if shape.distance(point) <= EDGE_DEGREES]
    if touched:
        leaves = _leaves(touched)
        code = min(leaves, key=lambda each: (not _preferred(each, prefer), each))
        return Found(code, Located.INSIDE if len(leaves) == 1 else Located.EDGE)
    distances = {code: _metres(point, shape) for code, shape in near}
    nearest = min(distances.values(), default=GAP_M + 1)
    if nearest > GAP_M:
        return None
    # An area and those in it may end at the same line.
    ends = _leaves([code for code, metres in distances.items() if metres <= nearest + 0.01])
    return Found(min(ends), Located.GAP, nearest)


def distance_to_area_m(
    session: Session, latitude: float, longitude: float, area_code: str
) -> float | None:
    """How far outside an area a point (WGS-84) lies, in metres; 0 within it or on its border.

    None where the area has no boundary.
    """
    query = _current().where(Boundary.area_code == area_code)
    boundary = session.scalar(query)
    if boundary is None:
        return None
    shape, point = shapely.from_wkb(boundary.geometry), shapely.Point(longitude, latitude)
    return 0.0 if shape.distance(point) <= EDGE_DEGREES else _metres(point, shape)


class Outline:
    """Where an area ends, to be asked of many places."""

    def __init__(self, shape: shapely.Geometry) -> None:
        self._shape = shape
        shapely.prepare(shape)

    @classmethod
    def of(cls, session: Session, area_code: str) -> "Outline | None":
        """An area's, where it has a boundary."""
        boundary = session.scalar(_current().where(Boundary.area_code == area_code))
        return cls(shapely.from_wkb(boundary.geometry)) if boundary else None

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point (WGS-84) lies in the area, or in a gap beside it."""
        reach = GAP_M / METRES_A_DEGREE * WIDEST
        return bool(shapely.dwithin(self._shape, shapely.Point(longitude, latitude), reach))


def boundaries_within(session: Session, area_code: str) -> Sequence[Boundary]:
    """The boundaries in force of an area and all that lie in it, by code."""
    query = _current().where(within(Boundary.area_code, area_code))
    return session.scalars(query.order_by(Boundary.area_code)).all()


def current_set(session: Session) -> BoundarySet | None:
    """The version that is in force; None where no boundaries were imported."""
    return session.scalar(select(BoundarySet).where(BoundarySet.current))


def use_set(session: Session, set_id: int) -> BoundarySet:
    """Put a version in force.

    Raises:
        NotFound: there is none of this number.
    """
    chosen = session.get(BoundarySet, set_id)
    if chosen is None:
        raise NotFound("boundary_set_not_found", f"没有第 {set_id} 版区划边界。")
    # Two who do this at once would each overlook the other's: the second one waits for the first.
    session.scalars(select(BoundarySet.id).order_by(BoundarySet.id).with_for_update()).all()
    session.execute(update(BoundarySet).where(BoundarySet.current).values(current=False))
    chosen.current = True
    session.flush()
    return chosen


def _current() -> Select[Boundary]:
    return (
        select(Boundary)
        .join(BoundarySet, BoundarySet.id == Boundary.set_id)
        .where(BoundarySet.current)
    )


def _around(
    session: Session, point: shapely.Point, reach: float
) -> list[tuple[str, shapely.Geometry]]:
    """The areas whose box, widened by so many degrees, holds a point."""
    query = _current().where(
        Boundary.west <= point.x + reach,
        Boundary.east >= point.x - reach,
        Boundary.south <= point.y + reach,
        Boundary.north >= point.y - reach,
    )
    return [(each.area_code, shapely.from_wkb(each.geometry)) for each in session.scalars(query)]


def _leaves(codes: Sequence[str]) -> list[str]:
    """The areas among these in which none of the others lies."""
    return [
        code
        for code in codes
        if not any(other != code and is_within(other, code) for other in codes)
    ]


def _preferred(code: str, prefer: str | None) -> bool:
    return prefer is not None and (is_within(code, prefer) or is_within(prefer, code))


def _metres(point: shapely.Point, shape: shapely.Geometry) -> float:
    # What is nearest in degrees is not so in metres: a degree of longitude is the shorter one.
    narrow = math.cos(math.radians(point.y))
    plane = shapely.transform(shape, lambda points: points * (narrow, 1.0))
    _, border = shapely.ops.nearest_points(shapely.Point(point.x * narrow, point.y), plane)
    return float(geodesic((point.y, point.x), (border.y, border.x / narrow)).meters)
