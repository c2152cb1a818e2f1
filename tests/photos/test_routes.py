"""Putting and getting originals: by content, once; and only to whom may see them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config import Settings
from server.database import Database
from server.glossary import Role
from server.hazards.models import Hazard
from server.people.accounts import open_account
from server.submissions.models import Submission, SubmissionFile
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor, make_hazard
from tests.pictures import jpeg, png_header
from tests.web.test_problems import assert_problem

LIMIT = 100_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, max_photo_bytes=LIMIT, max_photo_pixels=1_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def kept(folder: Path) -> list[str]:
    """The names of all files in the store, staged ones too."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def put(caller: Client, content: bytes, name: str | None = None, **kwargs: Any) -> TestResponse:
    name = name or sha256(content).hexdigest()
    return caller.put(f"/api/v1/photos/{name}", data=content, **kwargs)


def get(caller: Client, name: str, **kwargs: Any) -> TestResponse:
    with caller.get(f"/api/v1/photos/{name}", **kwargs) as answer:
        answer.get_data()
        return answer


def another(app: Flask, role: Role, area_code: str, **kwargs: Any) -> Client:
    """Somebody whom the demo does not have."""
    with app.extensions["database"].writing() as session:
        open_account(session, "stranger", role, PASSWORD, at=NOW, area_code=area_code, **kwargs)
    return Client.signed_in(app, "stranger", PASSWORD)


def test_a_photo_is_put_once_however_often_it_is_sent(grid: Client, folder: Path) -> None:
    photo = jpeg(320, 240)
    answer = put(grid, photo)
    assert answer.status_code == 201
    assert answer.json == {
        "sha256": sha256(photo).hexdigest(),
        "size": len(photo),
        "media_type": "image/jpeg",
        "width": None,
        "height": None,
        "state": "new",
    }
    again = put(grid, photo)
    assert (again.status_code, again.json) == (200, answer.json)
    assert kept(folder) == [answer.json["sha256"]]


def test_many_may_put_the_same_photo_at_once(app: Flask, grid: Client, folder: Path) -> None:
    photo = jpeg()
    callers = [Client(app, grid.headers["Authorization"][7:]) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = [
            answer.status_code for answer in pool.map(lambda each: put(each, photo), callers)
        ]
    assert sorted(statuses) == [200] * 7 + [201]
    assert kept(folder) == [sha256(photo).hexdigest()]


def test_what_does_not_have_the_hash_is_not_kept(grid: Client, folder: Path) -> None:
    name = sha256(b"other").hexdigest()
    assert_problem(put(grid, jpeg(), name), 422, "hash_differs")
    assert kept(folder) == []
    assert_problem(get(grid, name), 404, "photo_not_found")


@pytest.mark.parametrize("announced", [True, False])
def test_what_is_over_the_limit_is_not_kept(grid: Client, folder: Path, announced: bool) -> None:
    content = bytes(LIMIT + 1)
    chunked = {"wsgi.input_terminated": True}
    body = {"data": content} if announced else {
        "input_stream": BytesIO(content), "environ_overrides": chunked
    }  # fmt: skip
    answer = grid.put(f"/api/v1/photos/{sha256(content).hexdigest()}", **body)
    assert_problem(answer, 413, "too_large")
    assert kept(folder) == []
    assert put(grid, bytes(LIMIT)).status_code == 201


def test_what_is_cut_off_is_not_kept(grid: Client, folder: Path) -> None:
    content = jpeg()
    answer = grid.put(
        f"/api/v1/photos/{sha256(content).hexdigest()}",
        input_stream=BytesIO(content[:-1]),
        content_length=len(content),
    )
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert kept(folder) == []


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", png_header(50_000, 50_000)])
def test_what_is_no_picture_of_ours_is_kept_and_never_shown_as_one(
    grid: Client, content: bytes
) -> None:
    answer = put(grid, content, headers={"Content-Type": "image/png"})
    assert answer.status_code == 201
    shown = get(grid, answer.json["sha256"])
    assert shown.mimetype == "application/octet-stream"
    assert shown.data == content


@pytest.mark.parametrize("username", ["audit01", "admin01"])
def test_who_reads_only_puts_nothing(app: Flask, folder: Path, username: str) -> None:
    answer = put(Client.signed_in(app, username, PASSWORD), jpeg())
    assert_problem(answer, 403, "forbidden")
    assert kept(folder) == []


def test_an_original_comes_back_as_it_was_to_be_saved_and_not_run(grid: Client) -> None:
    photo = jpeg()
    answer = get(grid, grid.put_photo(photo))
    assert (answer.status_code, answer.data) == (200, photo)
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")


def test_an_original_that_one_has_is_not_sent_again(grid: Client) -> None:
    name = grid.put_photo()
    etag = get(grid, name).headers["ETag"]
    answer = get(grid, name, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_the_rest_of_an_original_can_be_fetched(grid: Client) -> None:
    photo = jpeg()
    name = grid.put_photo(photo)
    answer = get(grid, name, headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.data) == (206, photo[100:])
    refused = get(grid, name, headers={"Range": f"bytes={len(photo)}-"})
    assert_problem(refused, 416, "range_not_satisfiable")
    assert refused.headers["Content-Range"] == f"bytes */{len(photo)}"


@pytest.mark.parametrize(
    "name",
    [
        *("0" * 63, "0" * 65, "g" * 64, "A" * 64, "０" * 64, "0" * 64 + "%0A", "%00" * 64, "-"),
        *("..%2F..%2Fstaging", "%2e%2e", "0" * 64 + "%2F..", "staging"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_name_that_is_no_hash_names_nothing(grid: Client, folder: Path, name: str) -> None:
    for answer in (get(grid, name), put(grid, b"x", name)):
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
    assert kept(folder) == []


def test_a_size_that_is_not_made_is_refused(grid: Client) -> None:
    answer = get(grid, grid.put_photo(), query_string={"size": "huge"})
    assert list(assert_problem(answer, 422, "invalid_input")["errors"]) == ["size"]


def test_a_photo_of_no_hazard_is_its_uploaders_alone(
    grid: Client, town: Client, city: Client, auditor: Client
) -> None:
    name = grid.put_photo()
    assert get(grid, name).status_code == 200
    for other in (town, city, auditor):
        assert_problem(get(other, name), 404, "photo_not_found")


def hazard_with(database: Database, **found: Any) -> Hazard:
    with database.writing() as session:
        return make_hazard(session, account_actor(session, "grid01"), **found)


def test_who_may_see_the_hazard_may_see_its_photos_and_nobody_else(
    app: Flask, database: Database, grid: Client, town: Client, unit: Client, auditor: Client
) -> None:
    name = grid.put_photo()
    hazard_with(database, photos=[name])
    for other in (town, auditor):
        assert get(other, name).status_code == 200
    outside = another(app, Role.TOWNSHIP_OFFICE, "141181002000")
    administrator = Client.signed_in(app, "admin01", PASSWORD)
    for other in (unit, outside, administrator):
        assert_problem(get(other, name), 404, "photo_not_found")


def test_the_files_of_the_submission_go_with_its_hazard(
    app: Flask, database: Database, grid: Client, town: Client
) -> None:
    name = grid.put_photo()
    hazard = hazard_with(database)
    with database.writing() as session:
        submission = Submission(
            instance_id="uuid:1", form_id="fire", form_version="1", xml=b"", xml_sha256="",
            submitter_id=hazard.reporter_id, area_code="141181001001", device_id="", findings=[],
            received_at=NOW,
        )  # fmt: skip
        session.add(submission)
        session.flush()
        session.get_one(Hazard, hazard.id).submission_id = submission.id
        session.add(SubmissionFile(submission_id=submission.id, name="a.jpg", path="", sha256=name))
    assert get(town, name).status_code == 200
    outside = another(app, Role.TOWNSHIP_OFFICE, "141181002000")
    assert_problem(get(outside, name), 404, "photo_not_found")
