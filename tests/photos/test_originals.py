"""Taking originals in: what they are is read off their first bytes, and nothing is decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from server.database import Database
from server.photos.models import Photo
from server.photos.originals import Upload, media_type_of, record_all, store
from server.storage import Storage
from tests.conftest import NOW
from tests.factories import account_actor
from tests.pictures import jpeg, saved


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIF", "image/heic")],
)
def test_a_picture_is_known_by_its_first_bytes(kind: str, media_type: str) -> None:
    assert media_type_of(saved(Image.new("RGB", (64, 48), "red"), kind)) == media_type


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_formats_are_no_pictures_of_ours(kind: str) -> None:
    assert media_type_of(saved(Image.new("RGB", (64, 48), "red"), kind)) is None


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"<svg/>", b"%PDF-1.7"])
def test_anything_else_is_none(content: bytes) -> None:
    assert media_type_of(content) is None


@pytest.mark.parametrize("size", [16, 1000])
def test_what_is_stored_is_recognised_before_it_reaches_the_disks_own_cache(
    tmp_path: Path, size: int
) -> None:
    storage = Storage(f"file://{tmp_path}")
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(jpeg(size, size))
        original = store(storage, staged)
    assert original.media_type == "image/jpeg"
    assert storage.size(original.sha256) == original.size


def test_a_row_is_written_once_and_the_first_uploader_stays(
    database: Database, tmp_path: Path
) -> None:
    storage = Storage(f"file://{tmp_path}")
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(b"no picture")
        original = store(storage, staged)
    with database.writing() as session:
        ids = [account_actor(session, name).id for name in ("grid01", "town01")]
        new = [bool(record_all(session, [Upload(original, each, NOW)])) for each in ids]
    assert new == [True, False]
    with database.reading() as session:
        photo = session.get_one(Photo, original.sha256)
        assert (photo.uploaded_by, photo.media_type, photo.width) == (ids[0], None, None)
        assert (photo.size, photo.created_at) == (10, NOW)
