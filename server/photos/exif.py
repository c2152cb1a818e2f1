"""What a camera wrote into a photo (Exif 3.0, CIPA DC-008), read as if an enemy had written it.

Whatever can't be a value is left out, alone: a broken place does not cost the time.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from PIL import ExifTags, Image

from ..clock import LOCAL
from ..fields import FORBIDDEN

T = TypeVar("T")

MOST_TEXT = 100
EARLIEST_YEAR = 1990


@dataclass(frozen=True)
class Metadata:
    """What a photo says about itself; `taken_at` has a zone, degrees are WGS-84.

    Cameras set to no zone mean the local one: Asia/Shanghai.
    """

    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""
    software: str = ""


def read_metadata(image: Image.Image) -> Metadata:
    """The time, place, camera and software of an opened picture."""
    exif = _or_none(image.getexif)
    if exif is None:
        return Metadata()
    own = _or_none(lambda: exif.get_ifd(ExifTags.IFD.Exif)) or {}
    gps = _or_none(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo)) or {}
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, "NS", 90)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, "EW", 180)
    # Half a place is none; nor is the place where a receiver without a fix says it is.
    placed = latitude is not None and longitude is not None and (latitude, longitude) != (0, 0)
    names = (_text(exif, ExifTags.Base.Make), _text(exif, ExifTags.Base.Model))
    return Metadata(
        taken_at=_or_none(lambda: _taken_at(exif, own)),
        latitude=latitude if placed else None,
        longitude=longitude if placed else None,
        camera=" ".join(filter(None, names))[:MOST_TEXT],
        software=_text(exif, ExifTags.Base.Software),
    )


def orientation(image: Image.Image) -> int:
    """The Exif orientation of a picture, 1 to 8; 1 where it says nothing sensible."""
    value = _or_none(lambda: image.getexif().get(ExifTags.Base.Orientation))
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _taken_at(exif: Mapping[int, Any], own: Mapping[int, Any]) -> datetime | None:
    said = _text(own, ExifTags.Base.DateTimeOriginal) or _text(exif, ExifTags.Base.DateTime)
    if not said:
        return None
    taken = datetime.strptime(said[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (its zone follows)
    if taken.year < EARLIEST_YEAR:
        return None
    offset = _or_none(lambda: _offset(_text(own, ExifTags.Base.OffsetTimeOriginal)))
    return taken.replace(tzinfo=offset or LOCAL)


def _offset(said: str) -> timezone | None:
    if not said:
        return None
    sign = -1 if said[0] == "-" else 1
    hours, minutes = said.lstrip("+-").split(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


def _degrees(gps: Mapping[int, Any], tag: int, hemispheres: str, most: int) -> float | None:
    """Degrees from three rationals and, in the tag before theirs, a hemisphere."""

    def read() -> float | None:
        degrees, minutes, seconds = (float(each) for each in gps[tag])
        hemisphere = _as_text(gps[tag - 1]).upper()
        value = degrees + minutes / 60 + seconds / 3600
        if not math.isfinite(value) or not 0 <= value <= most or hemisphere not in set(hemispheres):
            return None
        return -value if hemisphere == hemispheres[1] else value

    return _or_none(read)


def _text(tags: Mapping[int, Any], tag: int) -> str:
    return _or_none(lambda: _as_text(tags.get(tag, ""))) or ""


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    # The standard says ASCII, Pillow reads Latin-1, and Chinese programs write UTF-8.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return FORBIDDEN.sub("", value).strip()[:MOST_TEXT]


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Exception:  # Pillow reads these lazily and raises nearly anything on hostile ones.
        return None
