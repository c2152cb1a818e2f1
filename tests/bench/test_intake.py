"""How fast filled forms are taken in, as a ratio to the least that storing them must cost.

The reference writes the same bytes to the disk, hashed and synced, and commits one row for each to
SQLite, in this process, without a network, a form or a rule.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tests.client import multipart
from tests.conftest import SECRET_KEY
from tests.filling import fire, hazard
from tests.pictures import jpeg
from tests.serving import serving
from tests.test_server import post

SUBMISSIONS = 120
AT_ONCE = 8
PHOTO_BYTES = 200_000

Post = tuple[bytes, dict[str, bytes]]


def posts() -> list[Post]:
    """Fire forms with two hazards and two photos of about 200 kB each."""
    rows = [hazard("fire_01"), hazard("fire_04")]
    padding = os.urandom(PHOTO_BYTES)
    return [
        (fire(rows), {"fire_01.jpg": jpeg() + padding, "fire_04.jpg": jpeg() + padding})
        for _ in range(SUBMISSIONS)
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def store_barely(folder: Path, todo: list[Post]) -> None:
    """The reference."""
    database = sqlite3.connect(folder / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE submissions (sha256 TEXT, xml BLOB)")
    for xml, photos in todo:
        for content in photos.values():
            with (folder / sha256(content).hexdigest()).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        with database:
            row = (sha256(xml).hexdigest(), xml)
            database.execute("INSERT INTO submissions VALUES (?, ?)", row)
    database.close()


@pytest.mark.slow
def test_intake_against_the_least_that_storing_costs(database_url: str, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "STORAGE_URL": f"file://{tmp_path / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "ERROR",
    }
    todo = posts()
    bodies = [multipart(xml, photos) for xml, photos in todo]
    bare = seconds(lambda: store_barely(tmp_path, todo))
    with serving(environment, tmp_path / "server.log") as server:
        post(server, *multipart(fire([]), {}))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers: list[int] = []
            ours = seconds(
                lambda: answers.extend(
                    status for status, _ in pool.map(lambda each: post(server, *each), bodies)
                )
            )
    assert answers == [201] * SUBMISSIONS
    kind = database_url.partition(":")[0]
    print(
        f"\n{kind}: {SUBMISSIONS / ours:.0f} submissions/s with two photos, {AT_ONCE} at once; "
        f"bare storing {SUBMISSIONS / bare:.0f}/s; ratio {ours / bare:.1f}"
    )
