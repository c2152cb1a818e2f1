"""Datums: against published reference points, and there and back."""

from __future__ import annotations

import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from server.glossary import Datum
from server.places.datum import from_wgs84, to_wgs84

# Within Shanxi, and a little around it.
latitudes = st.floats(34.5, 41.0)
longitudes = st.floats(110.0, 115.0)
SHIFTED = [Datum.GCJ02, Datum.BD09]


def test_the_reference_point_on_which_published_packages_agree() -> None:
    there = from_wgs84(37.146, 111.779, Datum.GCJ02)
    assert geodesic(there, (37.14647063, 111.78543710)).meters < 0.01
    assert geodesic(there, (37.146, 111.779)).meters == pytest.approx(574, abs=1)


def test_the_maps_makers_own_example_of_bd09() -> None:
    """Tiananmen in GCJ-02 and BD-09, as conversion services give it."""
    gcj02 = from_wgs84(39.907375, 116.391349, Datum.GCJ02)
    assert geodesic(gcj02, (39.908777, 116.397590)).meters < 2
    bd09 = from_wgs84(39.907375, 116.391349, Datum.BD09)
    assert geodesic(bd09, (39.915118, 116.403963)).meters < 5


@given(latitudes, longitudes, st.sampled_from(SHIFTED))
def test_there_and_back_is_within_a_micrometre(
    latitude: float, longitude: float, datum: Datum
) -> None:
    there = from_wgs84(latitude, longitude, datum)
    back = to_wgs84(*there, datum)
    assert geodesic(back, (latitude, longitude)).meters < 1e-6
    assert geodesic(there, (latitude, longitude)).meters > 100


@given(st.floats(0.85, 55.8), st.floats(72.03, 137.8), st.sampled_from(SHIFTED))
def test_so_it_is_in_all_of_china(latitude: float, longitude: float, datum: Datum) -> None:
    back = to_wgs84(*from_wgs84(latitude, longitude, datum), datum)
    assert geodesic(back, (latitude, longitude)).meters < 1e-6


@given(latitudes, longitudes)
def test_wgs84_is_what_it_is(latitude: float, longitude: float) -> None:
    assert from_wgs84(latitude, longitude, Datum.WGS84) == (latitude, longitude)
    assert to_wgs84(latitude, longitude, Datum.WGS84) == (latitude, longitude)


@pytest.mark.parametrize("datum", SHIFTED)
def test_places_abroad_are_not_shifted(datum: Datum) -> None:
    assert from_wgs84(48.85, 2.35, datum) == (48.85, 2.35)
    assert to_wgs84(48.85, 2.35, datum) == (48.85, 2.35)


@pytest.mark.parametrize("place", [(91, 0), (0, 181), (math.nan, 0), (0, math.inf), (-91, 0)])
def test_what_is_no_place_is_refused(place: tuple[float, float]) -> None:
    for convert in (from_wgs84, to_wgs84):
        with pytest.raises(ValueError, match="no place"):
            convert(*place, Datum.GCJ02)
