"""Every error is a problem detail that a grid worker can act on, and gives nothing away."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, redirect
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from server.database import Database
from server.errors import Conflict
from server.people.models import Organisation
from tests.client import Client
from tests.factories import account_actor, make_hazard
from tests.postgres import drop_database

JSON = "application/json"

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """That this is the problem, in the form that all have; gives its body."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["code"] == code
    assert body["type"] == f"urn:hazard-ledger:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body


def post_session(caller: Client, body: bytes, content_type: str | None = JSON) -> TestResponse:
    return caller.post("/api/v1/session", data=body, content_type=content_type)


@on_sqlite
@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/openrosa/nowhere", "/%00"])
def test_an_address_that_is_not_there(anonymous: Client, path: str) -> None:
    assert_problem(anonymous.get(path), 404, "not_found")


@on_sqlite
def test_a_method_that_an_address_does_not_take(anonymous: Client) -> None:
    answer = anonymous.put("/api/v1/session")
    assert_problem(answer, 405, "method_not_allowed")
    assert {"POST", "DELETE"} <= set(answer.headers["Allow"].split(", "))
    assert "PUT" not in answer.headers["Allow"]


@on_sqlite
def test_a_body_over_the_limit(anonymous: Client) -> None:
    assert_problem(post_session(anonymous, b" " * (1024 * 1024 + 1)), 413, "too_large")


@on_sqlite
def test_a_body_over_the_limit_whose_length_nobody_announced(anonymous: Client) -> None:
    answer = anonymous.post(
        "/api/v1/session",
        input_stream=BytesIO(b" " * (1024 * 1024 + 1)),
        content_type=JSON,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(answer, 413, "too_large")


@on_sqlite
@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "", None])
def test_a_body_that_says_it_is_not_json(anonymous: Client, content_type: str | None) -> None:
    answer = post_session(anonymous, b'{"username": "a", "password": "b"}', content_type)
    assert_problem(answer, 415, "unsupported_media_type")


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"username": "a",}',
        b"\xff\xfe",
        b'{"username": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
        b'{"username": "a\nb"}',
    ],
    ids=lambda body: body[:12],
)
def test_json_that_is_none(anonymous: Client, body: bytes) -> None:
    assert_problem(post_session(anonymous, body), 400, "json_malformed")


@on_sqlite
@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b"NaN", b'"x"', b"[" * 500 + b"]" * 500])
def test_json_that_is_no_object(anonymous: Client, body: bytes) -> None:
    assert_problem(post_session(anonymous, body), 422, "invalid_input")


@on_sqlite
@pytest.mark.parametrize("text", [r"\u0000", r"\ud800", r"a\udfffb", r"\u0007", r"\uffff"])
def test_text_that_cannot_be_stored_is_refused_by_field(anonymous: Client, text: str) -> None:
    answer = post_session(anonymous, f'{{"username": "{text}", "password": "b"}}'.encode())
    assert list(assert_problem(answer, 422, "invalid_input")["errors"]) == ["username"]


@on_sqlite
def test_every_wrong_field_is_named(anonymous: Client) -> None:
    answer = anonymous.post("/api/v1/session", json={"username": 1, "remember": True})
    errors = assert_problem(answer, 422, "invalid_input")["errors"]
    assert set(errors) == {"username", "password", "remember"}
    assert errors["password"] == ["必填。"]


@pytest.mark.parametrize("hostile", ["%00", "%ED%A0%80", "%FF", "%0A", "a" * 3000, "%F0%9F%94%A5"])
def test_hostile_text_in_any_address_or_filter_is_no_servers_fault(
    city: Client, hostile: str
) -> None:
    document = city.get("/api/v1/swagger.json").json
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        before, *after = path.split("{", 1)
        tried = [before + hostile + after[0].partition("}")[2]] if after else []
        parameters = operations["get"].get("parameters", [])
        tried += [
            f"{path.replace('{', '').replace('}', '')}?{each['name']}={hostile}"
            for each in parameters
            if each["in"] == "query"
        ]
        for address in tried:
            answer = city.get(address)
            assert answer.status_code < 500, address[:100]
            answer.close()


@on_sqlite
@pytest.mark.parametrize("depth", [10, 100, 300, 600, 900, 960])
def test_deep_json_within_a_body_is_no_servers_fault(
    city: Client, database: Database, depth: int
) -> None:
    with database.writing() as session:
        number = make_hazard(session, account_actor(session, "grid01")).number
    deep = '{"a":' * depth + "1" + "}" * depth
    body = f'{{"id": "5b8dd0a4-5bd5-4d6e-8f0c-0d2ec4bd0a7b", "action": "comment", "data": {deep}}}'
    answer = city.post(f"/api/v1/hazards/{number}/events", data=body, content_type=JSON)
    assert answer.status_code in (400, 422)


@on_sqlite
def test_an_unexpected_error_gives_its_number_and_not_its_message(app: Flask) -> None:
    def broken() -> None:
        raise RuntimeError("password=hunter2")

    app.add_url_rule("/broken", "broken", broken)
    answer = Client(app).get("/broken")
    body = assert_problem(answer, 500, "unexpected_error")
    assert len(body["request_id"]) == 32
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text


def test_two_who_write_the_same_at_once_are_told_to_try_again(app: Flask) -> None:
    def collide() -> None:
        with app.extensions["database"].writing() as session:
            session.add(Organisation(code="awb", name="重复", kind="x", aliases=[]))

    app.add_url_rule("/collide", "collide", collide)
    answer = Client(app).get("/collide")
    assert_problem(answer, 409, "conflict_retry")
    assert "UNIQUE" not in answer.text.upper()


@on_sqlite
def test_a_domain_error_carries_its_fields_headers_and_more(app: Flask) -> None:
    def refuse() -> None:
        raise Conflict(
            "why", "因为。", errors={"a.b": ["错"]}, headers={"Retry-After": "3"}, allowed=["x"]
        )

    app.add_url_rule("/refuse", "refuse", refuse)
    answer = Client(app).get("/refuse")
    body = assert_problem(answer, 409, "why")
    assert (body["errors"], body["allowed"], body["detail"]) == ({"a.b": ["错"]}, ["x"], "因为。")
    assert answer.headers["Retry-After"] == "3"


@on_sqlite
@pytest.mark.parametrize(("status", "code"), [(501, "not_implemented"), (410, "gone")])
def test_what_only_the_framework_refuses_is_a_problem_too(
    app: Flask, status: int, code: str
) -> None:
    app.add_url_rule("/abort", "abort", lambda: abort(status))
    assert_problem(Client(app).get("/abort"), status, code)


@on_sqlite
def test_a_redirect_is_no_problem(app: Flask) -> None:
    app.add_url_rule("/moved", "moved", lambda: abort(redirect("/")))
    app.add_url_rule("/folder/", "folder", lambda: "")
    caller = Client(app)
    assert (caller.get("/moved").status_code, caller.get("/moved").location) == (302, "/")
    assert caller.get("/folder").status_code == 308


def test_when_the_database_is_away_one_is_told_to_come_back(
    app: Flask, database: Database, request: pytest.FixtureRequest
) -> None:
    url = make_url(app.extensions["settings"].database_url)
    assert url.database is not None
    if database.is_sqlite:
        database.dispose()
        for path in Path(url.database).parent.glob("test.db*"):
            path.unlink()
        Path(url.database).mkdir()
    else:
        drop_database(request.getfixturevalue("postgres"), url.database)
    answer = Client(app, "token").get("/api/v1/me")
    body = assert_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert url.database not in str(body)
    if database.is_sqlite:
        shutil.rmtree(url.database)
