"""Look-alikes: found through re-encoding, brightening and cutting, and not among strangers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from server.photos.looks import CERTAIN_ROW_BITS, Look, bands, bits_apart, look_of, near
from tests.pictures import saved, scene

SCENES = range(100, 160)
LIMIT = 10

signed = st.integers(-(2**63), 2**63 - 1)


def thumb(picture: Image.Image) -> Image.Image:
    small = picture.convert("RGB")
    small.thumbnail((320, 320))
    return small


def look(picture: Image.Image) -> Look:
    found = look_of(thumb(picture))
    assert found is not None
    return found


def again(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(BytesIO(saved(picture, "JPEG", quality=quality)))


def cut(picture: Image.Image, part: float) -> Image.Image:
    """Without this part of its width and height, at every side half of it."""
    x, y = picture.width * part / 2, picture.height * part / 2
    return picture.crop((round(x), round(y), round(picture.width - x), round(picture.height - y)))


# What was done to a picture, and of how many in a hundred the look is still recognised, at least.
RECALL: list[tuple[str, Callable[[Image.Image], Image.Image], int]] = [
    ("saved again at quality 40", lambda picture: again(picture, 40), 98),
    ("half the size", lambda picture: picture.resize((320, 240)), 98),
    ("20 % brighter", lambda picture: ImageEnhance.Brightness(picture).enhance(1.2), 95),
    ("20 % darker", lambda picture: ImageEnhance.Brightness(picture).enhance(0.8), 98),
    ("3 % cut off", lambda picture: cut(picture, 0.03), 90),
]


@pytest.mark.parametrize(("what", "change", "least"), RECALL, ids=[each[0] for each in RECALL])
def test_a_picture_that_was_changed_a_little_is_recognised(
    what: str, change: Callable[[Image.Image], Image.Image], least: int
) -> None:
    known = [look(scene(seed)).bits_from(look(change(scene(seed)))) <= LIMIT for seed in SCENES]
    assert 100 * sum(known) / len(known) >= least


def test_different_pictures_are_not_taken_for_each_other() -> None:
    looks = [look(scene(seed)) for seed in SCENES]
    assert min(one.bits_from(other) for one, other in combinations(looks, 2)) > 2 * LIMIT


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_plain_picture_has_no_look(colour: str) -> None:
    assert look_of(Image.new("RGB", (320, 240), colour)) is None


@given(signed, signed)
def test_bits_are_counted_as_if_unsigned(one: int, other: int) -> None:
    assert bits_apart(one, one) == 0
    assert bits_apart(one, other) == bits_apart(other, one)
    assert bits_apart(one, ~one) == 64


@given(signed, st.sets(st.integers(0, 63), max_size=CERTAIN_ROW_BITS))
def test_rows_that_differ_in_seven_bits_share_a_band_but_for_one(rows: int, bits: set[int]) -> None:
    other = rows
    for bit in bits:
        other ^= 1 << bit
    assert any(b in near(a) for a, b in zip(bands(rows), bands(other), strict=True))
