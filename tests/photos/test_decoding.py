"""Decoding: what comes out of good pictures, and what is refused of the others."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageDraw

from server.glossary import Quarantine
from server.photos.decoding import Examined, Limits, Unreadable, examine, view
from server.photos.watermark import Line, Mark
from tests.pictures import jpeg, png_header, saved, scene

LIMITS = Limits(pixels=4_000_000, frames=3)
MARK = Mark((Line("编号", "YH-141181-001-202611-0001"),), "ABCD-EFGH-JKMN", "https://x.cn/v/ABC")


def examined(folder: Path, content: bytes) -> Examined:
    path = folder / "photo"
    path.write_bytes(content)
    return examine(str(path), LIMITS)


def viewed(folder: Path, content: bytes, mark: Mark | None = None) -> Image.Image:
    path = folder / "photo"
    path.write_bytes(content)
    return Image.open(BytesIO(view(str(path), LIMITS, mark, "image/jpeg")))


def why(folder: Path, content: bytes) -> Quarantine:
    with pytest.raises(Unreadable) as raised:
        examined(folder, content)
    return raised.value.why


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIF", "image/heic")],
)
def test_each_format_is_examined(tmp_path: Path, kind: str, media_type: str) -> None:
    found = examined(tmp_path, saved(scene(1), kind))
    assert (found.media_type, found.width, found.height) == (media_type, 640, 480)
    for each, thumb in found.thumbs.items():
        picture = Image.open(BytesIO(thumb))
        assert picture.size == (320, 240)
        assert picture.get_format_mimetype() == each
        assert not picture.getexif()


MODES: list[tuple[str, str, dict[str, Any]]] = [
    ("1", "PNG", {}),
    ("L", "PNG", {}),
    ("L", "JPEG", {}),
    ("P", "PNG", {}),
    ("LA", "PNG", {}),
    ("RGBA", "PNG", {}),
    ("RGBA", "WEBP", {}),
    ("RGBA", "HEIF", {}),
    ("I;16", "PNG", {}),
    ("CMYK", "JPEG", {}),
]


@pytest.mark.parametrize(("mode", "kind", "options"), MODES)
def test_a_picture_of_any_mode_looks_as_it_did(
    tmp_path: Path, mode: str, kind: str, options: dict[str, Any]
) -> None:
    white_left = Image.new("L", (200, 100), 0)
    ImageDraw.Draw(white_left).rectangle((0, 0, 99, 99), fill=255)
    if mode == "I;16":
        wide = Image.new("I;16", white_left.size)
        wide.frombytes(b"".join(bytes([0, value]) for value in white_left.tobytes()))
        picture = wide
    else:
        picture = white_left.convert(mode if mode in ("1", "P", "LA") else "RGB").convert(mode)
    shown = viewed(tmp_path, saved(picture, kind, **options)).convert("L")
    assert shown.size == (200, 100)
    assert shown.getpixel((30, 50)) > 200
    assert shown.getpixel((170, 50)) < 60


def test_what_is_transparent_stands_on_white(tmp_path: Path) -> None:
    shown = viewed(tmp_path, saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))
    assert shown.getpixel((32, 32)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_view_is_upright_whatever_way_the_phone_was_held(
    tmp_path: Path, orientation: int
) -> None:
    upright = Image.new("RGB", (200, 100), "black")
    ImageDraw.Draw(upright).rectangle((0, 0, 99, 49), fill="red")  # upper left
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = upright if turned is None else upright.transpose(turned)
    shown = viewed(tmp_path, saved(stored, "JPEG", exif=exif.tobytes(), quality=95))
    assert shown.size == (200, 100)
    red = shown.getpixel((40, 20))
    assert red[0] > 200
    assert red[1] < 60
    assert max(shown.getpixel((150, 80))) < 60


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert viewed(tmp_path, saved(scene(1, 200, 100), exif=exif.tobytes())).size == (200, 100)


def test_a_view_has_no_metadata_and_at_most_1600_pixels(tmp_path: Path) -> None:
    shown = viewed(tmp_path, jpeg(2000, 1000))
    assert shown.size == (1600, 800)
    assert not shown.getexif()
    assert "exif" not in shown.info
    assert viewed(tmp_path, jpeg(50, 40)).size == (50, 40)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_not_opened(tmp_path: Path, kind: str) -> None:
    assert why(tmp_path, saved(Image.new("RGB", (64, 48)), kind)) is Quarantine.NOT_A_PICTURE


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"<svg/>", b"%PDF-1.7"],
)
def test_what_only_begins_like_a_picture_is_none(tmp_path: Path, content: bytes) -> None:
    assert why(tmp_path, content) in (Quarantine.NOT_A_PICTURE, Quarantine.DAMAGED)


@pytest.mark.parametrize("size", [(2001, 2000), (50_000, 50_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_not_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    assert why(tmp_path, png_header(*size)) is Quarantine.TOO_MANY_PIXELS


def test_a_film_is_no_photo(tmp_path: Path) -> None:
    frames = [scene(each, 64, 48) for each in range(5)]
    film = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert why(tmp_path, film) is Quarantine.TOO_MANY_FRAMES
    short = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:3])
    assert examined(tmp_path, short).media_type == "image/webp"


def test_a_jpeg_with_a_second_picture_in_it_is_a_jpeg(tmp_path: Path) -> None:
    """So phones keep an HDR's gain map; Pillow calls the format MPO."""
    two = saved(scene(1), "MPO", save_all=True, append_images=[scene(2, 64, 48)])
    assert examined(tmp_path, two).media_type == "image/jpeg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("percent", range(5, 100, 5))
def test_a_file_that_was_cut_off_is_damaged(tmp_path: Path, kind: str, percent: int) -> None:
    content = saved(scene(3), kind)
    refused = why(tmp_path, content[: len(content) * percent // 100])
    assert refused in (Quarantine.DAMAGED, Quarantine.NOT_A_PICTURE)


def test_a_plate_stands_under_the_picture_and_hides_none_of_it(tmp_path: Path) -> None:
    picture = scene(4, 1600, 1200)
    shown = viewed(tmp_path, saved(picture, quality=95), MARK)
    assert shown.width == 1600
    assert shown.height > 1300
    for at in ((10, 10), (1590, 1190), (800, 600)):
        there, was = shown.getpixel(at), picture.getpixel(at)
        assert max(abs(a - b) for a, b in zip(there, was, strict=True)) < 40


def test_the_plate_of_a_small_picture_can_still_be_read(tmp_path: Path) -> None:
    assert viewed(tmp_path, jpeg(100, 100), MARK).width == 480
