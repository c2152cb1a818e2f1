"""The object store in a bucket: the same things, on a real server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from obstore.exceptions import BaseError
from PIL import Image

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.storage import Storage
from tests.client import Client
from tests.conftest import PASSWORD
from tests.pictures import jpeg
from tests.s3 import BUCKET, s3_server


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with s3_server(tmp_path_factory.mktemp("s3")) as environment:
        yield environment


@pytest.fixture
def url(
    bucket: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> str:
    for name, value in bucket.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{sha256(request.node.name.encode()).hexdigest()[:8]}"


def keep(storage: Storage, content: bytes) -> str:
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(content)
        return storage.keep(staged)


def test_an_original_goes_and_comes_back(url: str) -> None:
    storage = Storage(url)
    digest = keep(storage, b"original")
    assert keep(storage, b"original") == digest
    assert storage.size(digest) == 8
    with storage.open(digest) as file:
        file.seek(4)
        assert file.read() == b"inal"
        assert Path(file.name).read_bytes() == b"original"
    assert [each.sha256 for each in storage.originals()] == [digest]


def test_what_was_made_of_it_goes_with_it(url: str) -> None:
    storage = Storage(url)
    digest = keep(storage, b"original")
    assert storage.rendition(digest, "thumb.webp") is None
    storage.keep_rendition(digest, "thumb.webp", b"small")
    assert storage.rendition(digest, "thumb.webp") == b"small"
    assert [each.sha256 for each in storage.originals()] == [digest]
    storage.remove(digest)
    storage.remove(digest)
    assert storage.size(digest) is None
    assert storage.rendition(digest, "thumb.webp") is None
    with pytest.raises(FileNotFoundError):
        storage.open(digest)


def test_an_issued_document_is_kept_apart_from_the_originals(url: str) -> None:
    storage = Storage(url)
    digest = storage.keep_document(b"document", "docx")
    assert storage.document(digest, "docx") == b"document"
    assert storage.document("0" * 64, "docx") is None
    assert digest not in {each.sha256 for each in storage.originals()}


def test_nothing_is_left_on_the_machine(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.storage.gettempdir", lambda: str(tmp_path))
    storage = Storage(url)
    digest = keep(storage, b"original")
    storage.open(digest).close()
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_keeps_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "guessed")
    with pytest.raises(BaseError):
        keep(Storage(url), b"original")


def test_a_photo_is_put_shown_and_verified(url: str, settings: Settings, clock: FixedClock) -> None:
    app = create_app(replace(settings, storage_url=url), clock)
    client = Client.signed_in(app, "grid01", PASSWORD)
    content = jpeg(640, 480)
    digest = client.put_photo(content)
    assert client.get(f"/api/v1/photos/{digest}").data == content
    part = client.get(f"/api/v1/photos/{digest}", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, content[:10])
    for _ in range(2):
        thumb = client.get(f"/api/v1/photos/{digest}?size=thumb")
        assert Image.open(BytesIO(thumb.data)).size == (320, 240)
    verified = app.test_cli_runner().invoke(args=["photos", "verify"])
    assert verified.output == "1 photos, 0 faults\n"
    app.extensions["storage"].remove(digest)
    verified = app.test_cli_runner().invoke(args=["photos", "verify"])
    assert verified.exit_code == 1
    assert "its bytes are missing" in verified.output
    app.extensions["database"].dispose()


def test_a_file_of_our_own_making_is_kept_replaced_and_removed(url: str) -> None:
    storage = Storage(url)
    for content in (b"first", b"second"):
        with storage.scratch() as folder:
            path = folder / "made"
            path.write_bytes(content)
            storage.keep_file("exports/1", path)
        with storage.open_file("exports/1") as file:
            assert file.read() == content
    storage.remove_file("exports/1")
    with pytest.raises(FileNotFoundError):
        storage.open_file("exports/1")
