"""Where the hazards are: those near each other as one, so that a view has a bounded number.

The world is cut into squares that are as large on every screen: those of one zoom begin at the same
places whoever looks, so that a cluster does not change while a map is moved. All is counted in SQL.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Integer, and_, func, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from ...glossary import OPEN_STATES, Level
from ...hazards.models import Hazard
from ...hazards.queries import Condition, overdue_on

MOST_FEATURES = 2000
FINEST_ZOOM = 20

# A tile of the usual maps is so many pixels wide; at zoom 0 one is the whole world.
TILE = 256
# A square's side: as far as two discs need to be told apart; near by, as far as two dots.
CLUSTER_PIXELS = 72
NEAR_ZOOM = 16
NEAR_PIXELS = 14
# In more squares than a screen has, nothing is looked for: each doubling is a look at all that lies
# there. Near by most of them are empty, and the largest of screens has this many.
MOST_SQUARES = 4 * MOST_FEATURES
MOST_NEAR_SQUARES = 64 * MOST_FEATURES

# What an index of its own has (`Hazard`); said in its words, so that the planner sees it.
OPEN_ONLY = text("hazards.state NOT IN ('closed', 'void')")


class Box(NamedTuple):
    """WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


class Squares(NamedTuple):
    """The side of a square in degrees, eastward and northward."""

    wide: float
    high: float

    @property
    def doubled(self) -> "Squares":
        return Squares(self.wide * 2, self.high * 2)


def points(
    session: Session, scope: Condition, box: Box, zoom: int, today: date, *, open_only: bool
) -> dict[str, Any]:
    """The hazards of a scope in a box as GeoJSON (RFC 7946, WGS-84), at most 2,000 features.

    A feature is a single hazard, or a cluster with how many it has, how many of them are overdue on
    `today` (Asia/Shanghai) and how many are major, and the box that they lie in. What lies in the
    squares that the box touches is given whole.
    """
    squares = squares_of(zoom, (box.south + box.north) / 2)
    most = MOST_SQUARES if zoom <= NEAR_ZOOM else MOST_NEAR_SQUARES
    while _number(squares, box) > most:
        squares = squares.doubled
    while len(rows := _clustered(session, scope, box, squares, today, open_only)) > MOST_FEATURES:
        squares = squares.doubled
    singles = [row.id for row in rows if row.count == 1]
    known = _singles(session, singles, today)
    features = [_single(row, known[row.id]) if row.id in known else _cluster(row) for row in rows]
    return {
        "type": "FeatureCollection",
        "features": features,
        "total": sum(row.count for row in rows),
    }


def squares_of(zoom: int, latitude: float) -> Squares:
    """The squares of a zoom: as high as wide on a map, at about this latitude.

    The latitude is taken in whole degrees, so that a map that is moved keeps its squares.
    """
    pixels = NEAR_PIXELS if zoom > NEAR_ZOOM else CLUSTER_PIXELS
    wide = 360 * pixels / (TILE * 2**zoom)
    narrow = max(math.cos(math.radians(round(latitude))), 0.01)
    return Squares(wide, wide * narrow)


def _number(squares: Squares, box: Box) -> float:
    return (box.east - box.west) / squares.wide * (box.north - box.south) / squares.high


def _clustered(
    session: Session,
    scope: Condition,
    box: Box,
    squares: Squares,
    today: date,
    open_only: bool,
) -> Sequence[Any]:
    """What each square has, one square more than may be given where there are too many."""
    column = whole((Hazard.longitude + 180) / squares.wide)
    row = whole((Hazard.latitude + 90) / squares.high)
    west, east = (math.floor((each + 180) / squares.wide) for each in (box.west, box.east))
    south, north = (math.floor((each + 90) / squares.high) for each in (box.south, box.north))
    inside = and_(
        Hazard.longitude >= west * squares.wide - 180,
        Hazard.longitude < (east + 1) * squares.wide - 180,
        Hazard.latitude >= south * squares.high - 90,
        Hazard.latitude < (north + 1) * squares.high - 90,
    )
    query = (
        select(
            func.count().label("count"),
            func.count().filter(overdue_on(today)).label("overdue"),
            func.count().filter(Hazard.level == Level.MAJOR.value).label("majors"),
            func.min(Hazard.id).label("id"),
            func.avg(Hazard.longitude).label("longitude"),
            func.avg(Hazard.latitude).label("latitude"),
            func.min(Hazard.longitude).label("west"),
            func.min(Hazard.latitude).label("south"),
            func.max(Hazard.longitude).label("east"),
            func.max(Hazard.latitude).label("north"),
        )
        .where(scope, inside)
        .group_by(column, row)
        .limit(MOST_FEATURES + 1)
    )
    return session.execute(query.where(OPEN_ONLY) if open_only else query).all()


class whole(FunctionElement[int]):  # noqa: N801 (reads as the SQL function that it is)
    """A number that is not negative without its fraction."""

    type = Integer()
    inherit_cache = True


@compiles(whole)
def _whole(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(floor({compiler.process(element.clauses, **kwargs)}) AS integer)"


@compiles(whole, "sqlite")
def _whole_in_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    # It cuts off where PostgreSQL rounds, and may have been built without floor().
    return f"CAST({compiler.process(element.clauses, **kwargs)} AS INTEGER)"


def _singles(session: Session, ids: Sequence[int], today: date) -> dict[int, Any]:
    """What is shown of single hazards, by their ids."""
    shown = (Hazard.id, Hazard.number, Hazard.level, Hazard.state, Hazard.site_name, Hazard.spot)
    late = overdue_on(today).label("overdue")
    query = select(*shown, Hazard.description, Hazard.deadline, late).where(Hazard.id.in_(ids))
    return {each.id: each for each in session.execute(query)}


def _single(row: Any, hazard: Any) -> dict[str, Any]:
    return _feature(
        row,
        {
            "number": hazard.number,
            "level": hazard.level,
            "state": hazard.state,
            "overdue": bool(hazard.overdue),
            "deadline": hazard.deadline.isoformat() if hazard.deadline else None,
            "site_name": hazard.site_name,
            "spot": hazard.spot,
            "description": hazard.description,
        },
    )


def _cluster(row: Any) -> dict[str, Any]:
    box = [_rounded(each) for each in (row.west, row.south, row.east, row.north)]
    counts = {name: getattr(row, name) for name in ("count", "overdue", "majors")}
    return _feature(row, counts | {"bbox": box})


def _feature(row: Any, properties: dict[str, Any]) -> dict[str, Any]:
    place = [_rounded(row.longitude), _rounded(row.latitude)]
    geometry = {"type": "Point", "coordinates": place}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _rounded(degrees: float) -> float:
    """To about a decimetre."""
    return round(degrees, 6)


def only_open(states: Sequence[str]) -> bool:
    """Whether a filter by state lets through only what is open."""
    return bool(states) and set(states) <= {each.value for each in OPEN_STATES}
