"""Hazards as a GeoJSON FeatureCollection (RFC 7946, WGS-84), for maps; streamed."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from ...glossary import CAN_BE_OVERDUE
from .columns import LEVELS, STATES
from .lines import Line, Names

FEATURES_A_CHUNK = 500


def geojson_chunks(names: Names, lines: Iterable[Line], day: date) -> Iterator[str]:
    """The collection as JSON text, some hundreds of features at a time.

    What has no place is no feature: `without_place`, a foreign member at the end, says how many.
    `day` is the one (Asia/Shanghai) on which a hazard is late or not.
    """
    without_place = 0

    def features() -> Iterator[str]:
        nonlocal without_place
        for line in lines:
            if line.latitude is None or line.longitude is None:
                without_place += 1
            else:
                yield json.dumps(_feature(names, line, day), ensure_ascii=False)

    found = features()
    yield '{"type":"FeatureCollection","features":['
    separator = ""
    while batch := list(islice(found, FEATURES_A_CHUNK)):
        yield separator + ",\n".join(batch)
        separator = ",\n"
    yield f'],"without_place":{without_place}}}'


def _feature(names: Names, line: Line, day: date) -> dict[str, Any]:
    late = line.deadline is not None and line.deadline < day and line.state in CAN_BE_OVERDUE
    return {
        "type": "Feature",
        "id": line.number,
        "geometry": {"type": "Point", "coordinates": [line.longitude, line.latitude]},
        "properties": {
            "number": line.number,
            "state": line.state,
            "state_name": STATES[line.state],
            "level": line.level,
            "level_name": LEVELS[line.level],
            "area": line.area_code,
            "township": names.township(line.area_code),
            "village": names.village_or_grid(line.area_code),
            "sector": line.sector,
            "sector_name": names.sector(line.sector),
            "site_name": line.site_name,
            "spot": line.spot,
            "description": line.description,
            "responsible_unit": line.responsible_unit,
            "found_on": line.found_on.isoformat(),
            "deadline": line.deadline.isoformat() if line.deadline else None,
            "overdue": late,
            "listed": line.listing is not None and not line.delisted,
        },
    }
