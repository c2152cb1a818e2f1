"""The object store for original photos: written once under the hash of their bytes.

A photo arrives as a stream: `staged()` gives a file to write to, which hashes as it goes; `keep()`
moves it to its address. Staged files that are not kept are gone at the end of the block, so a
refused request leaves nothing behind.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import IO
from urllib.parse import unquote, urlsplit

SHA256 = re.compile(r"[0-9a-f]{64}")


class StagedFile:
    """A file on its way in: bytes written so far, their count and their hash."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._hash = sha256()
        self.path = path
        self.size = 0

    def write(self, chunk: bytes | bytearray) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
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
        # Gone already where it was kept.
        with suppress(FileNotFoundError):
            self.path.unlink()


class Storage:
    """A folder of originals, `ab/cd/abcd…`, on one file system with its staging area."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "file":
            raise ValueError(f"{parts.scheme!r} is not supported, use file:///PATH")
        self._root = Path(unquote(parts.path))
        self._staging = self._root / "staging"
        self._staging.mkdir(parents=True, exist_ok=True)

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
        target = self.path(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.sync()
            os.replace(staged.path, target)
        # Up to the root, also what another has just made: all of these names must be on the disk.
        for folder in target.parents[:3]:
            _sync_folder(folder)
        return digest

    def path(self, digest: str) -> Path:
        """Where the original with this hash is, or would be.

        Raises:
            ValueError: not a sha256 in lower-case hex.
        """
        if not SHA256.fullmatch(digest):
            raise ValueError("not a sha256")
        return self._root / digest[:2] / digest[2:4] / digest


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
