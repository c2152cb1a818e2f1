"""Datums: WGS-84, which is stored, and those of Chinese maps, to and from which it is converted
where data comes in or goes out.

GCJ-02 has no published definition; the formula is the one in common use. Against the published
reference point in the tests it agrees to a centimetre; there and back it is within a micrometre,
but for the last two kilometres before the edge of the rectangle that counts as China.
How far the formula is from the maps themselves is not known, and put at one to two metres. Mixing
the datums up would be 574 m in Xiaoyi.
"""

import math
from typing import NamedTuple

from ..glossary import Datum

# The ellipsoid of Krasovsky 1940: its semi-major axis in metres and squared eccentricity.
SEMI_MAJOR_M = 6378245.0
ECCENTRICITY = 0.00669342162296594323

BD09_TURN = math.pi * 3000 / 180
ROUNDS = 6


class Place(NamedTuple):
    latitude: float
    longitude: float


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> Place:
    """A place in WGS-84, from the datum that it is given in.

    Raises:
        ValueError: not degrees.
    """
    given = _checked(latitude, longitude)
    if datum is Datum.WGS84 or not _in_china(given):
        return given
    # What shifts little is turned round by shifting back until it fits.
    guess = given
    for _ in range(ROUNDS):
        shifted = from_wgs84(*guess, datum)
        guess = Place(
            guess.latitude + given.latitude - shifted.latitude,
            guess.longitude + given.longitude - shifted.longitude,
        )
    return guess


def from_wgs84(latitude: float, longitude: float, datum: Datum) -> Place:
    """A place in another datum, from WGS-84.

    Raises:
        ValueError: not degrees.
    """
    given = _checked(latitude, longitude)
    if datum is Datum.WGS84 or not _in_china(given):
        return given
    gcj02 = _to_gcj02(given)
    return gcj02 if datum is Datum.GCJ02 else _to_bd09(gcj02)


def _checked(latitude: float, longitude: float) -> Place:
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"no place on earth: {latitude}, {longitude}")
    return Place(latitude, longitude)


def _in_china(place: Place) -> bool:
    return 0.8293 <= place.latitude <= 55.8271 and 72.004 <= place.longitude <= 137.8347


def _to_gcj02(place: Place) -> Place:
    x, y = place.longitude - 105, place.latitude - 35
    common = 20 * _sine(6 * x) + 20 * _sine(2 * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    waves = (20 * _sine(y), 40 * _sine(y / 3), 160 * _sine(y / 12), 320 * _sine(y / 30))
    north += (common + sum(waves)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    waves = (20 * _sine(x), 40 * _sine(x / 3), 150 * _sine(x / 12), 300 * _sine(x / 30))
    east += (common + sum(waves)) * 2 / 3
    phi = math.radians(place.latitude)
    bulge = 1 - ECCENTRICITY * math.sin(phi) ** 2
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY) / (bulge * math.sqrt(bulge))
    parallel_m = SEMI_MAJOR_M / math.sqrt(bulge) * math.cos(phi)
    return Place(
        place.latitude + math.degrees(north / meridian_m),
        place.longitude + math.degrees(east / parallel_m),
    )


def _to_bd09(gcj02: Place) -> Place:
    """A further small spiral on GCJ-02."""
    latitude, longitude = gcj02
    distance = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * BD09_TURN)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * BD09_TURN)
    return Place(distance * math.sin(angle) + 0.006, distance * math.cos(angle) + 0.0065)


def _sine(half_turns: float) -> float:
    return math.sin(half_turns * math.pi)
