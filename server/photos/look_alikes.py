"""Finding the photos that look like one, among all that there are."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from .looks import BANDS, Look, bands, near
from .models import Photo


class LookAlike(NamedTuple):
    """A photo, and how many of 128 bits of its look differ."""

    bits: int
    sha256: str


def look_alikes(session: Session, look: Look, most_bits: int) -> Iterator[LookAlike]:
    """Photos whose look differs in at most so many of 128 bits, the photo itself included.

    Certain to find those of them whose rows differ in at most 7 of 64 bits (see `looks`).
    """
    columns = [getattr(Photo, f"look_band_{each}") for each in range(BANDS)]
    probes = zip(columns, bands(look.rows), strict=True)
    agrees = or_(*(column.in_(near(band)) for column, band in probes))
    query = select(Photo.sha256, Photo.look_rows, Photo.look_columns).where(agrees)
    for sha256, rows, down in session.execute(query):
        assert rows is not None
        assert down is not None
        bits = look.bits_from(Look(rows, down))
        if bits <= most_bits:
            yield LookAlike(bits, sha256)
