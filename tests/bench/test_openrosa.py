"""How many filled forms a second a server takes in: PostgreSQL with fsync on, client beside it.

The reference does the least that could be called storing, in this process and without a network, a
form or a rule: it hashes the photos, syncs them to the disk and commits a row for each form to the
same database, with as many connections as the server has threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.parser import BytesParser
from hashlib import sha256
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest

import tests.postgres
from tests.conftest import PASSWORD, SECRET_KEY, fill_template
from tests.postgres import create_database, for_libpq, throwaway_postgres
from tests.serving import BIN, ROOT, Server, serving

from .forms import FORM
from .load import Measured, bodies, post_all

AT_ONCE = 32
PROCESSES = 2
RUNS = 3


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[str]:
    """As an office would run it: what was committed survives a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        unsafe = {"fsync", "synchronous_commit", "full_page_writes"}
        kept = {k: v for k, v in tests.postgres.SETTINGS.items() if k not in unsafe}
        patch.setattr(tests.postgres, "SETTINGS", kept)
        with throwaway_postgres() as url:
            yield url


@pytest.fixture(scope="module")
def database(durable_postgres: str) -> str:
    url = create_database(durable_postgres, "load")
    fill_template(url)
    return url


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("load")
    environment = {
        "DATABASE_URL": database,
        "STORAGE_URL": f"file://{folder / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "ERROR",
        "WEB_PROCESSES": str(PROCESSES),
    }
    form = folder / "load.md"
    form.write_text(FORM)
    command = [str(BIN / "flask"), "--app", "server", "forms", "add", str(form)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with serving(environment, folder / "server.log") as running:
        yield running


def token_of(server: Server) -> str:
    body = json.dumps({"username": "grid01", "password": PASSWORD}).encode()
    request = Request(f"{server.url}/api/v1/session", body, {"Content-Type": "application/json"})
    token: str = json.load(urlopen(request))["token"]
    return token


def store_barely(database: str, folder: Path, todo: list[tuple[bytes, str]]) -> float:
    """The reference; gives its seconds."""
    posts = []
    for body, kind in todo:
        message = BytesParser(policy=policy.HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + body
        )
        posts.append([part.get_payload(decode=True) for part in message.iter_parts()])
    with psycopg.connect(for_libpq(database), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (hash text PRIMARY KEY, xml bytea)")

    def store(share: list[list[bytes]]) -> None:
        with psycopg.connect(for_libpq(database), autocommit=True) as connection:
            for xml, *photos in share:
                for photo in photos:
                    with (folder / sha256(photo).hexdigest()).open("wb") as file:
                        file.write(photo)
                        file.flush()
                        os.fsync(file.fileno())
                row = (sha256(xml).hexdigest(), xml)
                connection.execute("INSERT INTO bare VALUES (%s, %s)", row)

    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as workers:
        list(workers.map(store, [posts[at::AT_ONCE] for at in range(AT_ONCE)]))
    return time.perf_counter() - start


@pytest.mark.slow
@pytest.mark.parametrize(("photos", "count"), [(False, 1_500), (True, 600)])
def test_filled_forms_a_second(
    server: Server, database: str, tmp_path: Path, photos: bool, count: int
) -> None:
    token = token_of(server)
    post_all(server, token, bodies(100, photos), AT_ONCE)
    runs: list[Measured] = []
    for _ in range(RUNS):
        runs.append(post_all(server, token, bodies(count, photos), AT_ONCE))
    bare = store_barely(database, tmp_path, bodies(count, photos))
    middle = sorted(runs, key=lambda run: run.a_second)[RUNS // 2]
    print(
        f"\n{'two photos of 200 kB' if photos else 'no photo'}, {AT_ONCE} at once, "
        f"{PROCESSES} processes: {middle.a_second:.0f} a second, "
        f"p50 {middle.percentile_ms(50):.0f} ms, p99 {middle.percentile_ms(99):.0f} ms; "
        f"bare storing {count / bare:.0f} a second; ratio {middle.seconds / bare:.1f}"
    )
