"""Taking originals in: what they are is read off their header, and nothing is ever decoded."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from server.database import Database
from server.photos.models import Photo
from server.photos.originals import Picture, describe, record, store
from server.storage import Storage
from tests.conftest import NOW
from tests.factories import account_actor
from tests.pictures import jpeg

MOST_PIXELS = 1_000_000


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be this large, and has no pixels at all."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def described(folder: Path, content: bytes) -> Picture | None:
    path = folder / "photo"
    path.write_bytes(content)
    return describe(path, MOST_PIXELS)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")],
)
def test_a_picture_is_known_by_its_bytes(tmp_path: Path, kind: str, media_type: str) -> None:
    buffer = BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, kind)
    assert described(tmp_path, buffer.getvalue()) == Picture(media_type, 64, 48)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_formats_are_no_pictures_of_ours(tmp_path: Path, kind: str) -> None:
    buffer = BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, kind)
    assert described(tmp_path, buffer.getvalue()) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"<svg/>", b"%PDF-1.7"],
)
def test_what_only_begins_like_one_is_no_picture(tmp_path: Path, content: bytes) -> None:
    assert described(tmp_path, content) is None


def test_a_decompression_bomb_is_no_picture(tmp_path: Path) -> None:
    assert described(tmp_path, png_header(1000, 1000)) == Picture("image/png", 1000, 1000)
    assert described(tmp_path, png_header(1001, 1000)) is None
    assert described(tmp_path, png_header(2**31 - 1, 2**31 - 1)) is None


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 400))
def test_no_header_however_broken_stops_the_intake(
    tmp_path: Path, junk: bytes, start: int, end: int
) -> None:
    good = jpeg(seed=1)
    picture = described(tmp_path, good[:start] + junk + good[end:])
    assert picture is None or picture.width * picture.height <= MOST_PIXELS


@pytest.mark.parametrize("size", [16, 1000])
def test_what_is_stored_is_described_before_it_reaches_the_disks_own_cache(
    tmp_path: Path, size: int
) -> None:
    storage = Storage(f"file://{tmp_path}")
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(jpeg(size, size))
        original = store(storage, staged, MOST_PIXELS)
    assert original.picture == Picture("image/jpeg", size, size)
    assert storage.path(original.sha256).stat().st_size == original.size


def test_a_row_is_written_once_and_the_first_uploader_stays(
    database: Database, tmp_path: Path
) -> None:
    storage = Storage(f"file://{tmp_path}")
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(b"no picture")
        original = store(storage, staged, MOST_PIXELS)
    with database.writing() as session:
        ids = [account_actor(session, name).id for name in ("grid01", "town01")]
        new = [record(session, original, uploaded_by=each, at=NOW) for each in ids]
    assert new == [True, False]
    with database.reading() as session:
        photo = session.get_one(Photo, original.sha256)
        assert (photo.uploaded_by, photo.media_type, photo.width) == (ids[0], None, None)
        assert (photo.size, photo.created_at) == (10, NOW)
