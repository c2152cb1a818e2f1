"""Photos in pieces: over a link that breaks, nothing is sent twice, and nothing half is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config import Settings
from server.database import Database
from server.photos.models import PhotoPart, PhotoUpload
from server.photos.parts import KEPT, sweep
from tests.client import Client
from tests.conftest import NOW
from tests.filling import quick
from tests.pictures import jpeg
from tests.web.test_problems import assert_problem

LIMIT = 20_000


def piece(
    caller: Client, content: bytes, start: int, end: int, name: str = "", length: int = 0
) -> TestResponse:
    digest = name or sha256(content).hexdigest()
    query = {"offset": start, "length": length or len(content), "capture": "camera"}
    path = f"/api/v1/photos/{digest}"
    return caller.patch(path, query_string=query, data=content[start:end])


def offset(caller: Client, content: bytes) -> tuple[int, str]:
    answer = caller.head(f"/api/v1/photos/{sha256(content).hexdigest()}")
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"]), answer.headers["Upload-Complete"]


def parts(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(PhotoPart)) or 0


def test_pieces_become_a_photo(grid: Client, database: Database) -> None:
    photo = jpeg()
    assert offset(grid, photo) == (0, "?0")
    first = piece(grid, photo, 0, 1000)
    assert (first.status_code, first.json) == (200, {"offset": 1000, "complete": False})
    assert offset(grid, photo) == (1000, "?0")
    last = piece(grid, photo, 1000, len(photo))
    assert last.json == {"offset": len(photo), "complete": True}
    assert offset(grid, photo) == (len(photo), "?1")
    assert grid.get(f"/api/v1/photos/{sha256(photo).hexdigest()}").data == photo
    assert parts(database) == 0
    with database.reading() as session:
        assert session.scalars(select(PhotoUpload.capture)).all() == ["camera"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(
    cuts=st.lists(st.integers(1, 4000), max_size=8), content=st.binary(min_size=1, max_size=5000)
)
@settings(max_examples=40)
def test_however_it_is_cut_it_is_the_same(grid: Client, cuts: list[int], content: bytes) -> None:
    bounds = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    for start, end in pairwise(bounds):
        assert piece(grid, content, start, end).status_code == 200
    assert grid.get(f"/api/v1/photos/{sha256(content).hexdigest()}").data == content


def test_a_piece_that_was_sent_before_is_told_where_to_go_on(grid: Client) -> None:
    photo = jpeg()
    piece(grid, photo, 0, 1000)
    again = piece(grid, photo, 0, 1000)
    assert_problem(again, 409, "offset_differs")
    assert again.json["offset"] == 1000
    ahead = piece(grid, photo, 1500, 2000)
    assert (ahead.status_code, ahead.json["offset"]) == (409, 1000)


def test_a_complete_photo_takes_no_more_pieces(grid: Client) -> None:
    photo = jpeg()
    piece(grid, photo, 0, len(photo))
    again = piece(grid, photo, 0, len(photo))
    assert (again.status_code, again.json["complete"]) == (200, True)


def test_pieces_that_are_not_the_photo_are_forgotten(grid: Client, database: Database) -> None:
    photo = jpeg()
    name = sha256(b"other").hexdigest()
    assert_problem(piece(grid, photo, 0, len(photo), name), 422, "hash_differs")
    assert parts(database) == 0
    assert_problem(grid.get(f"/api/v1/photos/{name}"), 404, "photo_not_found")


def test_everybodys_pieces_are_their_own(grid: Client, unit: Client) -> None:
    photo = jpeg()
    piece(grid, photo, 0, 1000)
    assert offset(unit, photo) == (0, "?0")
    assert piece(unit, photo, 0, len(photo)).json["complete"]
    # The photo is here, but 张三 has shown no more than its beginning.
    assert offset(grid, photo) == (1000, "?0")
    assert piece(grid, photo, 1000, len(photo)).json["complete"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "offset"),
        ({"offset": "0"}, "length"),
        ({"offset": "-1", "length": "9"}, "offset"),
        ({"offset": "0", "length": "0"}, "length"),
        ({"offset": "0", "length": "9", "capture": "drawn"}, "capture"),
        ({"offset": str(2**80), "length": "9"}, "offset"),
    ],
)
def test_what_a_piece_is_must_be_said(grid: Client, query: dict[str, str], field: str) -> None:
    path = f"/api/v1/photos/{'0' * 64}"
    answer = grid.patch(path, query_string=query, data=b"x")
    assert_problem(answer, 422, "invalid_input")
    assert field in answer.json["errors"]


def test_a_piece_has_a_limit(grid: Client, database: Database) -> None:
    content = bytes(1024 * 1024 + 1)
    assert_problem(piece(grid, content, 0, len(content)), 413, "too_large")
    assert parts(database) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestLimits:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, max_photo_bytes=LIMIT)

    def test_a_photo_over_the_limit_is_refused(self, grid: Client) -> None:
        content = bytes(LIMIT + 1)
        piece(grid, content, 0, LIMIT)
        assert_problem(piece(grid, content, LIMIT, LIMIT + 1), 413, "too_large")

    def test_nobody_fills_the_database_with_beginnings(self, grid: Client) -> None:
        contents = [bytes([index]) * LIMIT for index in range(10)]
        answers = [piece(grid, each, 0, LIMIT - 1) for each in contents]
        assert 200 in {each.status_code for each in answers}
        assert answers[-1].status_code == 413


def test_beginnings_that_nobody_comes_back_for_are_swept(grid: Client, database: Database) -> None:
    piece(grid, jpeg(), 0, 1000)
    with database.writing() as session:
        sweep(session, NOW + KEPT)
    assert parts(database) == 1
    with database.writing() as session:
        sweep(session, NOW + KEPT + timedelta(seconds=1))
    assert parts(database) == 0


def test_who_reads_only_sends_no_pieces(auditor: Client) -> None:
    assert_problem(piece(auditor, jpeg(), 0, 10), 403, "forbidden")
    assert auditor.head(f"/api/v1/photos/{'0' * 64}").status_code == 403


def test_a_name_that_is_no_hash_names_nothing(grid: Client) -> None:
    assert grid.head("/api/v1/photos/abc").status_code == 404
    assert_problem(piece(grid, b"x", 0, 1, "abc"), 404, "photo_not_found")


def test_a_photo_is_named_by_who_brought_it_or_sees_it(
    grid: Client, unit: Client, town: Client
) -> None:
    answer = grid.submit(quick(photo="a.jpg", site_id="1"), {"a.jpg": jpeg()})
    assert answer.status_code == 201
    [line] = town.get("/api/v1/hazards").json["items"]
    foreign = unit.put_photo(jpeg())
    refused = town.act(line["number"], "comment", {"note": "看", "photos": [foreign]})
    assert_problem(refused, 422, "photo_missing")
    own = town.put_photo(jpeg())
    assert town.act(line["number"], "comment", {"note": "看", "photos": [own]}).status_code == 201
    seen = town.hazard(line["number"])["photos"][0]["sha256"]
    assert town.act(line["number"], "comment", {"note": "看", "photos": [seen]}).status_code == 201
