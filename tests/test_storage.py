"""The object store: written once under the hash of the bytes, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.storage import Storage, address

Stored = Callable[[], list[Path]]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(f"file://{tmp_path / 'a folder'}".replace(" ", "%20"))


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """All files in the store, staged ones too."""
    return lambda: [path for path in (tmp_path / "a folder").rglob("*") if path.is_file()]


def path_of(storage: Storage, digest: str) -> Path:
    assert storage._folder is not None
    return storage._folder / address(digest)


def keep(storage: Storage, *chunks: bytes) -> str:
    with storage.staged() as staging:
        staged = staging.new()
        for chunk in chunks:
            staged.write(chunk)
        return storage.keep(staged)


@given(st.lists(st.binary(max_size=20_000), max_size=5))
def test_bytes_are_kept_under_their_hash(tmp_path: Path, chunks: list[bytes]) -> None:
    storage = Storage(f"file://{tmp_path}")
    content = b"".join(chunks)
    digest = keep(storage, *chunks)
    assert digest == sha256(content).hexdigest()
    assert path_of(storage, digest).read_bytes() == content
    assert path_of(storage, digest) == tmp_path / digest[:2] / digest[2:4] / digest


def test_the_same_bytes_are_kept_once(storage: Storage, stored: Stored) -> None:
    digest = keep(storage, b"same")
    written = path_of(storage, digest).stat()
    assert keep(storage, b"sa", b"me") == digest
    assert stored() == [path_of(storage, digest)]
    assert path_of(storage, digest).stat() == written


def test_many_may_keep_the_same_bytes_at_once(storage: Storage, stored: Stored) -> None:
    barrier = Barrier(8)

    def keep_at_once(_: int) -> str:
        with storage.staged() as staging:
            staged = staging.new()
            staged.write(b"same" * 10_000)
            barrier.wait(timeout=30)
            return storage.keep(staged)

    with ThreadPoolExecutor(8) as pool:
        [digest] = set(pool.map(keep_at_once, range(8)))
    assert stored() == [path_of(storage, digest)]
    assert path_of(storage, digest).read_bytes() == b"same" * 10_000


def test_what_is_not_kept_is_gone(storage: Storage, stored: Stored) -> None:
    with storage.staged() as staging:
        staging.new().write(b"one")
        kept = staging.new()
        kept.write(b"two")
        storage.keep(kept)
        assert len(stored()) == 2
    assert stored() == [path_of(storage, kept.sha256)]


def test_a_refused_request_leaves_nothing(storage: Storage, stored: Stored) -> None:
    def refused() -> None:
        with storage.staged() as staging:
            staging.new().write(b"one")
            staging.new()
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        refused()
    assert stored() == []


def test_a_photo_is_for_the_servers_own_eyes(storage: Storage) -> None:
    assert path_of(storage, keep(storage, b"x")).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["", "..", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "/" + "0" * 63, "０" * 64]
)
def test_what_is_no_hash_has_no_place(storage: Storage, name: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        path_of(storage, name)


@pytest.mark.parametrize("url", ["ftp://bucket/x", "/plain/path", "", "http://x/y"])
def test_another_kind_of_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="file:///PATH"):
        Storage(url)


def test_what_was_made_of_an_original_is_kept_beside_it_and_goes_with_it(storage: Storage) -> None:
    digest = keep(storage, b"original")
    storage.keep_rendition(digest, "thumb.webp", b"small")
    assert storage.rendition(digest, "thumb.webp") == b"small"
    assert storage.rendition(digest, "view.webp") is None
    assert [each.sha256 for each in storage.originals()] == [digest]
    storage.remove(digest)
    storage.remove(digest)
    assert storage.rendition(digest, "thumb.webp") is None
    assert storage.size(digest) is None
    assert list(storage.originals()) == []
    with pytest.raises(FileNotFoundError):
        storage.open(digest)


def test_an_issued_document_is_kept_apart_from_the_originals(storage: Storage) -> None:
    digest = storage.keep_document(b"document", "docx")
    assert digest == sha256(b"document").hexdigest()
    assert storage.keep_document(b"document", "docx") == digest
    assert storage.document(digest, "docx") == b"document"
    assert storage.document("0" * 64, "docx") is None
    assert list(storage.originals()) == []
    # Nor does it go with a photo that has the same bytes.
    storage.remove(digest)
    assert storage.document(digest, "docx") == b"document"


def test_an_original_is_read_back(storage: Storage) -> None:
    digest = keep(storage, b"original")
    assert storage.size(digest) == 8
    with storage.open(digest) as file:
        file.seek(4)
        assert file.read() == b"inal"


def test_what_a_killed_process_left_behind_is_swept(storage: Storage, stored: Stored) -> None:
    with storage.staged() as staging:
        begun = staging.new()
        begun.write(b"half a photo")
        kept = keep(storage, b"original")
        storage.sweep(datetime.now(UTC) - timedelta(days=1))
        assert begun.path in stored()
        storage.sweep(datetime.now(UTC) + timedelta(days=1))
        assert stored() == [path_of(storage, kept)]


def test_a_file_of_our_own_making_is_kept_replaced_and_removed(
    storage: Storage, stored: Stored
) -> None:
    for content in (b"first", b"second"):
        with storage.scratch() as folder:
            path = folder / "made"
            path.write_bytes(content)
            storage.keep_file("exports/1", path)
        assert not folder.exists()
        with storage.open_file("exports/1") as file:
            assert file.read() == content
    storage.remove_file("exports/1")
    storage.remove_file("exports/1")
    with pytest.raises(FileNotFoundError):
        storage.open_file("exports/1")
