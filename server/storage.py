"""The object store: original photos, written once under the hash of their bytes, what is made of
them, documents that were issued or handed in, and files of our own making.

A photo arrives as a stream: `staged()` gives a file to write to, which hashes as it goes; `keep()`
moves it to its address. Staged files that are not kept are gone at the end of the block, so a
refused request leaves nothing behind.

Where things are kept is `obstore`'s to know: a folder, or a bucket that speaks S3. In a folder we
write ourselves, because a file there must be on the disk before its name is.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile, TemporaryDirectory, gettempdir, mkstemp
from typing import IO, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

SHA256 = re.compile(r"[0-9a-f]{64}")
SHARD_LENGTH = 2

# By these a file's kind is told.
HEAD_BYTES = 16


class StagedFile:
    """A file on its way in: bytes written so far, their count and their hash."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._hash = sha256()
        self.path = path
        self.size = 0
        # The first bytes, which tell what it is.
        self.head = b""
        self.is_kept = False

    def write(self, chunk: bytes | bytearray) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        if self.size < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - self.size]
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """Hex digest of what was written so far."""
        return self._hash.hexdigest()

    def flush(self) -> None:
        """Let others who open the file see all that was written."""
        self._file.flush()

    def sync(self) -> None:
        """Put the bytes on the disk, not only into its cache."""
        self.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
        if not self.is_kept:
            self.path.unlink(missing_ok=True)


class Stored(NamedTuple):
    """An original, and since when it is there (UTC)."""

    sha256: str
    kept_at: datetime


class Storage:
    """Originals at `ab/cd/abcd…`, renditions at `renditions/ab/cd/abcd…/name`, documents at
    `documents/ab/cd/abcd….docx` or whatever else they end in."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._folder: Path | None = None
        # The folders named by digits of a hash, which are few and stay, whose names this process
        # has put on the disk: they need no second time.
        self._lasting: set[Path] = set()
        if parts.scheme == "file":
            self._folder = Path(unquote(parts.path))
            # On the store's own file system, so that keeping is a rename.
            self._staging = self._folder / "staging"
            self._staging.mkdir(parents=True, exist_ok=True)
            self._store: ObjectStore = LocalStore(self._folder)
        elif parts.scheme == "s3":
            self._staging = Path(gettempdir())
            self._store = from_url(
                url,
                # Over http only where the endpoint's own address says so, as within one machine.
                client_options={"connect_timeout": "5s", "timeout": "60s", "allow_http": True},
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            )
        else:
            raise ValueError(
                f"{parts.scheme!r} is not supported, use file:///PATH or s3://BUCKET/PREFIX"
            )

    @contextmanager
    def staged(self) -> Iterator["StagedFiles"]:
        """A staging area for one request; what was not kept is removed at its end."""
        files = StagedFiles(self._staging)
        try:
            yield files
        finally:
            files.close()

    def keep(self, staged: StagedFile) -> str:
        """Move a staged file to its address and return that, the sha256 in hex.

        The bytes are on the disk before the name is, and the name before this returns. Keeping
        the same content twice, or from two places at once, is harmless.
        """
        digest = staged.sha256
        if self._folder:
            self._place(staged, self._folder / address(digest))
        elif self.size(digest) is None:
            staged.flush()
            obstore.put(self._store, address(digest), staged.path)
        return digest

    def keep_rendition(self, digest: str, name: str, content: bytes) -> None:
        """Keep what was made of an original, under a name of its own."""
        self._keep(f"{_renditions(digest)}/{name}", content)

    def rendition(self, digest: str, name: str) -> bytes | None:
        """What was made of an original under this name, if it is there."""
        return self._content(f"{_renditions(digest)}/{name}")

    def keep_document(self, content: bytes, ending: str) -> str:
        """Keep a document that was issued or handed in, for ever, under the hash of its bytes.

        `ending` says what it is (`docx`). Gives the sha256, in hex.
        """
        digest = sha256(content).hexdigest()
        self._keep(_document(digest, ending), content)
        return digest

    def document(self, digest: str, ending: str) -> bytes | None:
        """The document of this hash and ending, if it is there."""
        return self._content(_document(digest, ending))

    def _keep(self, key: str, content: bytes) -> None:
        if self._folder is None:
            obstore.put(self._store, key, content)
            return
        with self.staged() as staging:
            staged = staging.new()
            staged.write(content)
            self._place(staged, self._folder / key)

    def _content(self, key: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except (NotFoundError, FileNotFoundError):
            return None

    def open(self, digest: str) -> IO[bytes]:
        """An original's bytes, to read and seek in.

        Raises:
            ValueError: not a sha256 in lower-case hex.
            FileNotFoundError: it is not there.
        """
        return self.open_file(address(digest))

    def size(self, digest: str) -> int | None:
        """How many bytes an original has; None where it is not there."""
        try:
            return int(obstore.head(self._store, address(digest))["size"])
        except (NotFoundError, FileNotFoundError):
            return None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for files that are being made, gone at the end of the block."""
        with TemporaryDirectory(dir=self._staging) as folder:
            yield Path(folder)

    def keep_file(self, key: str, path: Path) -> None:
        """Keep a file that was made in `scratch` under a key, instead of what was there."""
        if self._folder is None:
            obstore.put(self._store, key, path)
            return
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(path, target)
        _sync_folder(target.parent)
        _sync_folder(self._folder)

    def open_file(self, key: str) -> IO[bytes]:
        """What is kept under a key, to read and seek in.

        Raises:
            FileNotFoundError: there is nothing.
        """
        if self._folder:
            return (self._folder / key).open("rb")
        file = NamedTemporaryFile(dir=self._staging)  # noqa: SIM115 (the caller closes it)
        try:
            for chunk in obstore.get(self._store, key).stream():
                file.write(chunk)
        except NotFoundError:
            file.close()
            raise FileNotFoundError(key) from None
        file.seek(0)
        return file

    def remove_file(self, key: str) -> None:
        """Remove what is kept under a key; harmless where there is nothing."""
        with suppress(NotFoundError, FileNotFoundError):
            obstore.delete(self._store, key)

    def originals(self) -> Iterator["Stored"]:
        """Every original that is there, in no order."""
        for batch in obstore.list(self._store):
            for item in batch:
                digest = item["path"].rpartition("/")[2]
                if SHA256.fullmatch(digest) and item["path"].endswith(address(digest)):
                    yield Stored(digest, item["last_modified"])

    def remove(self, digest: str) -> None:
        """Remove an original and all that was made of it; harmless where it is gone already."""
        made = obstore.list(self._store, prefix=_renditions(digest))
        keys = [item["path"] for batch in made for item in batch]
        for key in [*keys, address(digest)]:
            with suppress(NotFoundError, FileNotFoundError):
                obstore.delete(self._store, key)

    def sweep(self, before: datetime) -> None:
        """Remove what a process that was killed had staged and not kept."""
        if self._folder is None:
            return
        for path in self._staging.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= before.timestamp():
                    continue
                if path.is_dir():
                    rmtree(path)
                else:
                    path.unlink()

    def _place(self, staged: StagedFile, target: Path) -> None:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.sync()
            os.replace(staged.path, target)
            staged.is_kept = True
        # Up to the root, also what another has just made: all of these names must be on the disk.
        _sync_folder(target.parent)
        named = list(takewhile(lambda folder: folder not in self._lasting, target.parents))
        above = named[: named.index(self._folder)] if self._folder in named else named
        for folder in above:
            _sync_folder(folder.parent)
        self._lasting.update(each for each in above if len(each.name) == SHARD_LENGTH)


def address(digest: str) -> str:
    """Where the original with this hash is, or would be, within the store.

    Raises:
        ValueError: not a sha256 in lower-case hex.
    """
    if not SHA256.fullmatch(digest):
        raise ValueError("not a sha256")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _renditions(digest: str) -> str:
    return f"renditions/{address(digest)}"


def _document(digest: str, ending: str) -> str:
    # With its ending, so that it is not taken for an original.
    return f"documents/{address(digest)}.{ending}"


class StagedFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[StagedFile] = []

    def new(self) -> StagedFile:
        descriptor, name = mkstemp(dir=self._folder)
        staged = StagedFile(os.fdopen(descriptor, "wb"), Path(name))
        self._files.append(staged)
        return staged

    def close(self) -> None:
        for file in self._files:
            file.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
