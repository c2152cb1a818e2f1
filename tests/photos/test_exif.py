"""What a camera wrote, and what an enemy wrote where a camera should have."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from server.clock import LOCAL
from server.photos.exif import Metadata, read_metadata
from tests.pictures import jpeg, saved, scene

BASE, GPS = ExifTags.Base, ExifTags.GPS


def read(content: bytes) -> Metadata:
    with Image.open(BytesIO(content)) as image:
        return read_metadata(image)


def photo(
    tags: dict[int, Any] | None = None,
    own: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
) -> bytes:
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(ExifTags.IFD.Exif).update(own or {})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return saved(scene(1, 64, 48), exif=exif.tobytes())


def at(**changes: Any) -> dict[int, Any]:
    place = {"lat_ref": "N", "lat": (37.0, 8.0, 45.6), "lon_ref": "E", "lon": (111.0, 46.0, 44.4)}
    place |= changes
    return dict(enumerate((place[each] for each in ("lat_ref", "lat", "lon_ref", "lon")), start=1))


def test_a_phones_photo_says_when_where_and_with_what() -> None:
    found = read(jpeg())
    assert found.taken_at == datetime(2026, 11, 23, 9, 58, tzinfo=LOCAL)
    assert found.latitude == pytest.approx(37.14611, abs=1e-4)
    assert found.longitude == pytest.approx(111.77917, abs=1e-4)
    assert found.camera == "Demo Phone 1"
    assert found.software == ""


def test_the_time_of_the_shot_with_its_own_zone_comes_first() -> None:
    own = {BASE.DateTimeOriginal: "2026:11:23 01:30:00", BASE.OffsetTimeOriginal: "+00:00"}
    found = read(photo({BASE.DateTime: "2025:01:01 00:00:00"}, own))
    assert found.taken_at == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    own[BASE.OffsetTimeOriginal] = "-03:30"
    assert read(photo(own=own)).taken_at == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("offset", ["", "nonsense", "+25:00", "+99:99", "8"])
def test_a_broken_zone_is_the_local_one(offset: str) -> None:
    own = {BASE.DateTimeOriginal: "2026:11:23 09:58:00", BASE.OffsetTimeOriginal: offset}
    taken = read(photo(own=own)).taken_at
    assert taken is not None
    assert taken.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "0000:00:00 00:00:00",
        "2026:13:45 99:99:99",
        "yesterday",
        "\0" * 19,
        "1970:01:01 00:00:00",
    ],
)
def test_no_time_is_none(said: str) -> None:
    assert read(photo(own={BASE.DateTimeOriginal: said})).taken_at is None


@pytest.mark.parametrize(
    "gps",
    [
        {},
        at(lat=(0.0, 0.0, 0.0), lon=(0.0, 0.0, 0.0)),
        at(lat=(91.0, 0.0, 0.0)),
        at(lon=(181.0, 0.0, 0.0)),
        at(lat_ref="X"),
        at(lon_ref=""),
        at(lat=(37.0,)),
        at(lat=(float(2**31), 0.0, 0.0)),
        {1: "N", 2: (37.0, 8.0, 45.6)},
    ],
)
def test_no_place_is_none_and_costs_nothing_else(gps: dict[int, Any]) -> None:
    found = read(photo({BASE.Make: "Demo"}, {BASE.DateTimeOriginal: "2026:11:23 09:58:00"}, gps))
    assert (found.latitude, found.longitude) == (None, None)
    assert found.taken_at is not None
    assert found.camera == "Demo"


def test_the_south_and_the_west_are_negative() -> None:
    found = read(photo(gps=at(lat_ref="S", lon_ref="W")))
    assert found.latitude is not None
    assert found.longitude is not None
    assert found.latitude < 0 > found.longitude


def test_zero_denominators_are_no_place() -> None:
    def rational(*pairs: tuple[int, int]) -> bytes:
        return b"".join(struct.pack("<II", *pair) for pair in pairs)

    entries = [
        (GPS.GPSLatitudeRef, 2, 2, b"N\0\0\0"),
        (GPS.GPSLatitude, 5, 3, rational((37, 0), (8, 0), (0, 0))),
        (GPS.GPSLongitudeRef, 2, 2, b"E\0\0\0"),
        (GPS.GPSLongitude, 5, 3, rational((111, 1), (46, 1), (0, 0))),
    ]
    start = 8 + 2 + 12 + 4
    directory, data = struct.pack("<H", len(entries)), b""
    for tag, kind, count, value in entries:
        inline = len(value) <= 4
        where = start + 2 + 12 * len(entries) + 4 + len(data)
        directory += struct.pack("<HHI", tag, kind, count)
        directory += value if inline else struct.pack("<I", where)
        data += b"" if inline else value
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, BASE.GPSInfo, 4, 1, start) + b"\0" * 4
    exif = b"Exif\0\0" + tiff + directory + b"\0" * 4 + data
    found = read(saved(scene(1, 64, 48), exif=exif))
    assert (found.latitude, found.longitude) == (None, None)


def test_a_chinese_program_is_called_by_its_name() -> None:
    assert read(photo({BASE.Software: "美图秀秀".encode()})).software == "美图秀秀"


def test_text_is_short_and_without_control_characters() -> None:
    found = read(photo({BASE.Software: "Edit\x07or" + "x" * 500, BASE.Make: b"\xff\xfe\x00bad"}))
    assert found.software.startswith("Editor")
    assert len(found.software) == 100
    assert "\0" not in found.camera


@given(st.integers(0, 400), st.binary(min_size=1, max_size=60))
def test_nothing_that_is_written_over_the_exif_stops_the_reading(start: int, junk: bytes) -> None:
    good = jpeg(seed=1)
    begin = good.index(b"Exif") + 6
    broken = good[: begin + start] + junk + good[begin + start + len(junk) :]
    try:
        image = Image.open(BytesIO(broken), formats=["JPEG"])
    except Exception:
        return  # then it is no picture, which others see to
    assert isinstance(read_metadata(image), Metadata)
