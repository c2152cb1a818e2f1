"""A real server process under real clients: what only threads and sockets can show."""

from __future__ import annotations

import json
import signal
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.database import Database
from server.hazards.audit import Count, verify
from server.hazards.models import Event, Hazard
from server.photos.models import Photo
from server.submissions.models import Submission

from .client import multipart
from .conftest import PASSWORD, SECRET_KEY
from .filling import fire, hazard, quick
from .pictures import jpeg
from .serving import Server, serving

CREDENTIALS = {"username": "town01", "password": PASSWORD}
BASIC = "Basic " + b64encode(f"grid01:{PASSWORD}".encode()).decode()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "DATABASE_URL": database_url,
        "STORAGE_URL": f"file://{tmp_path / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
        "MAX_SUBMISSION_BYTES": str(4 * 1024 * 1024),
    }
    with serving(environment, tmp_path / "server.log") as running:
        yield running


@pytest.fixture
def kept(database_url: str) -> Iterator[Database]:
    """The server's database, seen from outside."""
    database = Database(database_url)
    yield database
    database.dispose()


def post(server: Server, body: bytes, content_type: str) -> tuple[int, bytes]:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        headers = {"Content-Type": content_type, "Authorization": BASIC}
        connection.request("POST", "/openrosa/submission", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            model.__name__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Submission, Hazard, Event, Photo)
        }


@pytest.mark.slow
def test_fifty_copies_at_once_are_one_submission(server: Server, kept: Database) -> None:
    xml = fire([hazard("fire_01"), hazard("fire_04")])
    body, kind = multipart(xml, {"fire_01.jpg": jpeg(), "fire_04.jpg": jpeg()})
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(server, body, kind), range(50)))
    assert Counter(status for status, _ in answers) == {201: 50}
    assert len({text for _, text in answers}) == 1
    assert counts(kept) == {"Submission": 1, "Hazard": 2, "Event": 2, "Photo": 2}
    with kept.reading() as session:
        assert list(verify(session)) == [Count(2, 2)]


@pytest.mark.slow
def test_different_submissions_at_once_all_arrive(server: Server, kept: Database) -> None:
    bodies = [multipart(quick(), {"quick.jpg": jpeg()}) for _ in range(40)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda each: post(server, *each), bodies))
    assert Counter(status for status, _ in answers) == {201: 40}
    assert counts(kept) == {"Submission": 40, "Hazard": 40, "Event": 40, "Photo": 40}
    with kept.reading() as session:
        assert list(verify(session)) == [Count(40, 40)]


@pytest.mark.slow
def test_parts_of_one_submission_at_once_complete_it(server: Server, kept: Database) -> None:
    """A client over the size limit splits a submission into posts of the same XML."""
    items = ["fire_01", "fire_02", "fire_03", "fire_04"]
    xml = fire([hazard(item) for item in items])
    bodies = [multipart(xml, {f"{item}.jpg": jpeg()}) for item in items]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: post(server, *each), bodies * 2))
    assert Counter(status for status, _ in answers) == {201: 8}
    _, last = post(server, *multipart(xml, {}))
    assert last.count(b'state="stored"') == 4
    assert counts(kept)["Photo"] == 4
    with kept.reading() as session:
        assert list(verify(session))[:-1] == []


@pytest.mark.slow
def test_of_many_who_act_at_once_one_takes_the_edge(server: Server, kept: Database) -> None:
    post(server, *multipart(quick(), {"quick.jpg": jpeg()}))
    token = json.loads(ask(server, "/api/v1/session", {}, CREDENTIALS)[1])["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with kept.reading() as session:
        number = session.scalars(select(Hazard.number)).one()
    path = f"/api/v1/hazards/{number}/events"
    register = {"action": "register", "data": {"level": "general", "sector": "FIRE"}}
    comment = {"action": "comment", "data": {"note": "现场看过"}}

    def act(body: dict[str, object]) -> int:
        return ask(server, path, headers, body | {"id": str(uuid4())})[0]

    with ThreadPoolExecutor(16) as pool:
        registered = pool.map(act, [register] * 8)
        commented = pool.map(act, [comment] * 8)
        assert sorted(registered) == [201] + [409] * 7
        assert list(commented) == [201] * 8
    with kept.reading() as session:
        assert list(verify(session)) == [Count(1, 10)]


def ask(
    server: Server, path: str, headers: dict[str, str], body: dict[str, object]
) -> tuple[int, bytes]:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        kind = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers | kind)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_a_chunked_post_is_stored_and_one_over_the_limit_refused(server: Server) -> None:
    body, kind = multipart(quick(), {"quick.jpg": jpeg()})
    assert post_chunked(server, [body[:100], body[100:]], kind) == 201
    endless = [body[:-60], *[b"x" * 65_536] * 80]
    assert post_chunked(server, endless, kind) == 413


def post_chunked(server: Server, chunks: list[bytes], kind: str) -> int:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    try:
        headers = {"Content-Type": kind, "Authorization": BASIC}
        connection.request(
            "POST", "/openrosa/submission", iter(chunks), headers, encode_chunked=True
        )
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        # The server answered and hung up before we were done sending.
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_kill(
    server: Server, database_url: str, kept: Database, tmp_path: Path
) -> None:
    acknowledged = [post(server, *multipart(quick(), {"quick.jpg": jpeg()})) for _ in range(3)]
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert [status for status, _ in acknowledged] == [201] * 3
    assert counts(kept)["Hazard"] == 3
    photos = [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]
    assert len(photos) == 3
