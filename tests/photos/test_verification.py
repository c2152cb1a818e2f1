"""Holding rows against bytes, and bytes against rows."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from server.glossary import PhotoState
from server.photos.models import Photo
from server.storage import Storage, address
from tests.client import Client


def run(app: Flask, *arguments: str) -> tuple[int, list[str]]:
    result = app.test_cli_runner().invoke(args=["photos", "verify", *arguments])
    return result.exit_code, result.output.splitlines()


def stored(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "photos" / address(sha256)


def test_photos_as_they_were_put_have_no_faults(app: Flask, grid: Client) -> None:
    for _ in range(3):
        grid.put_photo()
    assert run(app) == (0, ["3 photos, 0 faults"])


def test_missing_and_altered_bytes_show(app: Flask, grid: Client, tmp_path: Path) -> None:
    missing, altered, good = (grid.put_photo() for _ in range(3))
    stored(tmp_path, missing).unlink()
    path = stored(tmp_path, altered)
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    code, lines = run(app)
    assert code == 1
    assert sorted(lines) == sorted(
        [
            f"BROKEN {missing}: its bytes are missing",
            f"BROKEN {altered}: its bytes were altered",
            "3 photos, 2 faults",
        ]
    )
    assert good not in " ".join(lines)


def test_bytes_without_a_row_are_orphans_once_no_request_can_be_writing_it(
    app: Flask, tmp_path: Path, clock: object
) -> None:
    storage: Storage = app.extensions["storage"]
    with storage.staged() as staging:
        staged = staging.new()
        staged.write(b"whose row was never written")
        sha256 = storage.keep(staged)
    # The disk's clock is the real one, the application's the test's.
    age(stored(tmp_path, sha256), app.extensions["clock"].now(), minutes=30)
    assert run(app) == (0, ["0 photos, 0 faults"])
    age(stored(tmp_path, sha256), app.extensions["clock"].now(), minutes=61)
    assert run(app) == (0, [f"orphan {sha256}", "0 photos, 0 faults"])
    assert run(app, "--remove-orphans")[1][0] == f"orphan {sha256} removed"
    assert storage.size(sha256) is None
    assert run(app) == (0, ["0 photos, 0 faults"])


def test_what_was_removed_on_purpose_is_no_fault(app: Flask, grid: Client) -> None:
    sha256 = grid.put_photo()
    app.extensions["storage"].remove(sha256)
    with app.extensions["database"].writing() as session:
        session.get_one(Photo, sha256).state = PhotoState.REMOVED.value
    assert run(app) == (0, ["0 photos, 0 faults"])


def age(path: Path, now: datetime, *, minutes: int) -> None:
    moment = now.astimezone(UTC).timestamp() - minutes * 60
    os.utime(path, (moment, moment))
