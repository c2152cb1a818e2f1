"""Boundaries on the wire: GeoJSON (RFC 7946), in the datum that is asked for."""

import json
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import Datum
from .boundaries import boundaries_within
from .codes import within
from .datum import from_wgs84
from .models import Area, BoundarySet

# About a decimetre.
DECIMALS = 6


def as_geojson(
    session: Session, version: BoundarySet | None, area_code: str, datum: Datum
) -> dict[str, Any]:
    """The boundaries in force within an area, and where they come from."""
    areas = {
        area.code: area
        for area in session.scalars(select(Area).where(within(Area.code, area_code)))
    }
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": areas[code].name, "kind": areas[code].kind},
            "geometry": _geometry(each.geometry, datum),
        }
        for each in boundaries_within(session, area_code)
        for code in [each.area_code]
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "source": version.source if version else "",
        "demo": version.demo if version else False,
        "datum": datum.value,
    }


def _geometry(wkb: bytes, datum: Datum) -> Any:
    def shifted(points: Any) -> Any:
        places = (from_wgs84(latitude, longitude, datum) for longitude, latitude in points)
        return np.array([(place.longitude, place.latitude) for place in places]).round(DECIMALS)

    return json.loads(shapely.to_geojson(shapely.transform(shapely.from_wkb(wkb), shifted)))
