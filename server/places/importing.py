"""Importing boundaries: a GeoJSON FeatureCollection (RFC 7946), whole or not at all.

Each feature has the property `code`, an area that is known, and a Polygon or MultiPolygon.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import shape as shape_of
from shapely.validation import explain_validity
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..glossary import Datum
from .boundaries import current_set, use_set
from .codes import AREA_CODE, is_within, prefix
from .datum import to_wgs84
from .models import Area, Boundary, BoundarySet

MOST_BYTES = 64 * 1024 * 1024
MOST_VERTICES = 2_000_000
MOST_SOURCE = 200

# What hand-drawn neighbours may share, and a child may stick out of its parent: parts of the area.
SLIVER = 0.01
STICKS_OUT = 0.1


class Imported(NamedTuple):
    """A version of the boundaries: how many, and whether it is the one that was in force."""

    set_id: int
    boundaries: int
    unchanged: bool


def import_boundaries(
    session: Session,
    content: bytes,
    *,
    source: str,
    datum: Datum,
    at: datetime,
    demo: bool = False,
) -> Imported:
    """Take the boundaries of a file in as a new version, and put it in force.

    Raises:
        InvalidInput: anything is wrong with it; says with which feature.
    """
    if not 0 < len(source.strip()) <= MOST_SOURCE:
        raise InvalidInput("invalid_boundaries", f"来源应为 1 到 {MOST_SOURCE} 个字。")
    digest, known = sha256(content).hexdigest(), current_set(session)
    shapes = dict(_shapes(_features(content), datum))
    if known and known.sha256 == digest and known.datum == datum:
        return Imported(known.id, len(shapes), True)
    _require_known(session, shapes)
    _require_apart(shapes)
    _require_inside(shapes)
    version = BoundarySet(
        source=source, demo=demo, datum=datum.value, sha256=digest, current=False, imported_at=at
    )
    session.add(version)
    session.flush()
    for code, shape in shapes.items():
        west, south, east, north = shape.bounds
        session.add(
            Boundary(
                set_id=version.id,
                area_code=code,
                geometry=shapely.to_wkb(shape),
                west=west,
                south=south,
                east=east,
                north=north,
            )
        )
    use_set(session, version.id)
    return Imported(version.id, len(shapes), False)


def _features(content: bytes) -> list[Any]:
    if len(content) > MOST_BYTES:
        raise _invalid(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请简化边界后再导入。")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise _invalid("文件不是 GeoJSON（JSON 读不出来）。") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise _invalid("文件应为 GeoJSON FeatureCollection。")
    if not features:
        raise _invalid("文件中没有边界。")
    return features


def _shapes(features: list[Any], datum: Datum) -> Iterator[tuple[str, shapely.Geometry]]:
    seen: set[str] = set()
    vertices = 0
    for number, feature in enumerate(features, start=1):
        code = _code(feature, number)
        if code in seen:
            raise _invalid(f"区划 {code} 出现了两次。")
        seen.add(code)
        shape = _shape(feature, code, datum)
        vertices += shapely.get_num_coordinates(shape)
        if vertices > MOST_VERTICES:
            raise _invalid(f"边界点超过 {MOST_VERTICES} 个，请简化后再导入。")
        yield code, shape


def _code(feature: Any, number: int) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str) or not AREA_CODE.fullmatch(code):
        raise _invalid(f"第 {number} 个边界没有 12 位区划编码（properties.code）。")
    return code


def _shape(feature: Mapping[str, Any], code: str, datum: Datum) -> shapely.Geometry:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _invalid(f"区划 {code} 的边界应为 Polygon 或 MultiPolygon。")
    try:
        shape = shapely.force_2d(shape_of(geometry))
    except Exception:  # Whatever is not numbers where numbers should be.
        raise _invalid(f"区划 {code} 的边界坐标读不出来。") from None
    if shape.is_empty:
        raise _invalid(f"区划 {code} 的边界是空的。")
    coordinates = shapely.get_coordinates(shape)
    if not np.isfinite(coordinates).all() or not _on_earth(coordinates):
        raise _invalid(f"区划 {code} 的坐标不是经度、纬度（先经度后纬度）。")
    if not shape.is_valid:
        raise _invalid(f"区划 {code} 的边界图形有错：{explain_validity(shape)}。")
    return shapely.transform(shape, lambda points: _to_wgs84(points, datum))


def _on_earth(coordinates: Any) -> bool:
    return bool((abs(coordinates[:, 0]) <= 180).all() and (abs(coordinates[:, 1]) <= 90).all())


def _to_wgs84(points: Any, datum: Datum) -> Any:
    if datum is Datum.WGS84:
        return points
    places = (to_wgs84(latitude, longitude, datum) for longitude, latitude in points)
    return np.array([(place.longitude, place.latitude) for place in places])


def _require_known(session: Session, shapes: Mapping[str, shapely.Geometry]) -> None:
    known = set(session.scalars(select(Area.code)))
    if unknown := sorted(set(shapes) - known):
        raise _invalid(f"没有这些区划：{'、'.join(unknown[:10])}。请先登记区划，再导入边界。")


def _require_apart(shapes: Mapping[str, shapely.Geometry]) -> None:
    """Areas of which neither lies in the other share no more than a sliver."""
    codes = list(shapes)
    tree = shapely.STRtree([shapes[code] for code in codes])
    for number, code in enumerate(codes):
        for other_number in tree.query(shapes[code], predicate="intersects"):
            other = codes[other_number]
            if other_number <= number or is_within(code, other) or is_within(other, code):
                continue
            one, two = shapes[code], shapes[other]
            shared = one.intersection(two).area / min(one.area, two.area)
            if shared > SLIVER:
                raise _invalid(f"区划 {code} 与 {other} 的边界重叠了 {shared:.0%}。")


def _require_inside(shapes: Mapping[str, shapely.Geometry]) -> None:
    """An area lies in those that its code says it lies in."""
    by_prefix = {prefix(code): code for code in shapes}
    for inner in sorted(shapes):
        for outer in (by_prefix.get(inner[:end]) for end in range(1, len(inner))):
            if outer is None or outer == inner:
                continue
            out = shapes[inner].difference(shapes[outer]).area / shapes[inner].area
            if out > STICKS_OUT:
                raise _invalid(f"区划 {inner} 有 {out:.0%} 在上级 {outer} 的边界之外。")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput("invalid_boundaries", message, errors={"file": [message]})
