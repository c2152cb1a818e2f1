"""Around every request: an id, one line in the log, headers that keep a browser safe."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from flask import Flask

from config import Settings
from tests.client import Client
from tests.conftest import PASSWORD

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/healthz", 200),
    ("GET", "/api/docs", 200),
    ("GET", "/swaggerui/swagger-ui.css", 200),
    ("GET", "/api/v1/swagger.json", 200),
    ("OPTIONS", "/api/v1/session", 200),
    ("GET", "/api/v1/me", 401),
    ("HEAD", "/openrosa/submission", 401),
    ("GET", "/nowhere", 404),
    ("PUT", "/api/v1/session", 405),
    ("POST", "/api/v1/session", 415),
    ("GET", "/broken", 500),
]


@pytest.fixture
def app(app: Flask) -> Flask:
    """With an address that breaks."""
    app.add_url_rule("/broken", "broken", lambda: 1 // 0)
    return app


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_safe_in_a_browser(
    anonymous: Client, method: str, path: str, status: int
) -> None:
    answer = anonymous.http.open(path, method=method)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers
    assert len(answer.headers["X-Request-ID"]) == 32
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer.close()


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_over_https_every_answer_asks_to_stay_there(
    anonymous: Client, method: str, path: str, status: int
) -> None:
    answer = anonymous.http.open(path, method=method, base_url="https://localhost")
    assert answer.status_code == status
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    answer.close()


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nowhere", "/openrosa/formList"])
def test_no_cache_keeps_what_a_person_may_see(app: Flask, path: str) -> None:
    for caller in (Client(app), Client.signed_in(app, "town01", PASSWORD)):
        assert caller.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("request_id", ["a", "0" * 64, "Req-1.2_3"])
def test_a_proxys_request_id_is_taken_over(anonymous: Client, request_id: str) -> None:
    answer = anonymous.get("/nowhere", headers={"X-Request-ID": request_id})
    assert answer.headers["X-Request-ID"] == request_id
    assert answer.json["request_id"] == request_id


@pytest.mark.parametrize("request_id", ["", "0" * 65, "a b", "<script>", "a\x7f", "é", '{"a":1}'])
def test_a_request_id_that_could_do_harm_in_a_log_is_not(
    anonymous: Client, request_id: str
) -> None:
    answer = anonymous.get("/nowhere", headers={"X-Request-ID": request_id})
    assert answer.headers["X-Request-ID"] != request_id
    assert len(answer.headers["X-Request-ID"]) == 32


def test_each_request_is_one_line_that_names_the_account_and_no_secret(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    town = Client.signed_in(app, "town01", PASSWORD)
    caplog.set_level(logging.INFO)
    # What came before is logged too, wherever the level was low enough already.
    caplog.clear()
    answer = town.get("/api/v1/hazards?q=%E7%A7%98%E5%AF%86")
    [line] = [record.msg for record in caplog.records]
    assert isinstance(line, dict)
    assert {key: line[key] for key in ("event", "method", "path", "status", "user")} == {
        "event": "request",
        "method": "GET",
        "path": "/api/v1/hazards",
        "status": 200,
        "user": "town01",
    }
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert "秘密" not in str(line)
    assert town.headers["Authorization"].removeprefix("Bearer ") not in str(line)


def test_a_request_is_not_logged_under_the_account_of_the_one_before(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    Client.signed_in(app, "town01", PASSWORD).get("/api/v1/me")
    caplog.set_level(logging.INFO)
    caplog.clear()
    Client(app).get("/healthz")
    [line] = [record.msg for record in caplog.records]
    assert "user" not in line


class TestBehindAProxy:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, trusted_proxies=1)

    def test_https_at_the_proxy_is_https(self, anonymous: Client) -> None:
        answer = anonymous.get("/healthz", headers={"X-Forwarded-Proto": "https"})
        assert "Strict-Transport-Security" in answer.headers


def test_without_a_trusted_proxy_nobody_can_claim_https(anonymous: Client) -> None:
    answer = anonymous.get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers
