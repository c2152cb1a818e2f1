"""How a picture looks, as 128 bits that hardly change when it is saved again, brightened or cut a
little: two difference hashes (dHash), one along the rows and one down the columns.

Finding the look-alikes of a picture among a million: two pictures whose row hashes differ in at
most seven of 64 bits agree, in at least one of four bands of 16 bits, but for one bit. So each
band is an indexed column, and a search looks up 17 values in each of four indexes; what it finds
is held against all 128 bits. No index lives in a process's memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageStat

BANDS = 4
BAND_BITS = 16
BAND_MASK = (1 << BAND_BITS) - 1

# The most row bits that may differ for the bands to find a pair for certain: 2 a band, less one.
CERTAIN_ROW_BITS = 2 * BANDS - 1

# A blank wall, a black frame: such pictures all look alike and say nothing.
LEAST_CONTRAST = 4.0


@dataclass(frozen=True)
class Look:
    """`rows` and `columns` are 64 bits each, as signed integers, as a database keeps them."""

    rows: int
    columns: int

    def bits_from(self, other: "Look") -> int:
        """How many of the 128 bits differ."""
        return bits_apart(self.rows, other.rows) + bits_apart(self.columns, other.columns)


def look_of(picture: Image.Image) -> Look | None:
    """How an upright picture looks; None where it is too plain to tell from others."""
    grey = picture.convert("L")
    if ImageStat.Stat(grey).stddev[0] < LEAST_CONTRAST:
        return None
    wide = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    tall = grey.resize((8, 9), Image.Resampling.BOX).tobytes()
    rows = (wide[9 * y + x] > wide[9 * y + x + 1] for y in range(8) for x in range(8))
    columns = (tall[8 * y + x] > tall[8 * (y + 1) + x] for y in range(8) for x in range(8))
    return Look(_signed(rows), _signed(columns))


def bits_apart(one: int, other: int) -> int:
    """How many of 64 bits differ between two signed integers."""
    return ((one ^ other) & (2**64 - 1)).bit_count()


def bands(rows: int) -> tuple[int, ...]:
    """The four bands of a row hash, each below 65,536."""
    return tuple((rows >> (BAND_BITS * each)) & BAND_MASK for each in range(BANDS))


def near(band: int) -> list[int]:
    """A band and all that differ from it in one bit."""
    return [band, *(band ^ (1 << bit) for bit in range(BAND_BITS))]


def _signed(bits: Iterable[bool]) -> int:
    value = 0
    for bit in bits:
        value = value << 1 | bit
    return value - 2**64 if value >= 2**63 else value
