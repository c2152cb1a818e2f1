"""Signing in and out, and what a token or a cookie is good for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from server.clock import FixedClock
from server.database import Database
from server.people import sessions
from server.people.models import Token, User
from server.people.passwords import hash_password, verify
from server.people.sign_ins import sign_out_everywhere
from tests.client import Client
from tests.conftest import PASSWORD

SIGN_IN = {"username": "town01", "password": PASSWORD}


def sign_in(browser: FlaskClient, **kwargs: str) -> TestResponse:
    answer = browser.post("/api/v1/session", json=SIGN_IN, **kwargs)
    assert answer.status_code == 200, answer.text
    return answer


def close_account(database: Database, clock: FixedClock, username: str) -> None:
    with database.writing() as session:
        closed = update(User).where(User.username == username).values(closed_at=clock.now())
        session.execute(closed)


def test_a_sign_in_tells_who_one_is(anonymous: Client, clock: FixedClock) -> None:
    answer = anonymous.post("/api/v1/session", json=SIGN_IN)
    assert answer.status_code == 200
    assert answer.json["user"]["role"] == "township_office"
    assert answer.json["user"]["name"] == "李四"
    assert answer.json["expires_at"].startswith("2026-12-23T02:00:00")
    me = Client(anonymous.app, answer.json["token"]).get("/api/v1/me")
    assert {name: me.json[name] for name in answer.json["user"]} == answer.json["user"]
    assert me.json["csrf_token"] is None


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": "town01", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "TOWN01", "password": PASSWORD},
        {"username": "town01", "password": PASSWORD + " "},
    ],
)
def test_a_wrong_password_and_an_unknown_account_read_the_same(
    anonymous: Client, credentials: dict[str, str]
) -> None:
    answer = anonymous.post("/api/v1/session", json=credentials)
    assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")
    assert "Set-Cookie" not in answer.headers


def test_a_password_that_is_no_unicode_is_wrong_and_no_error(anonymous: Client) -> None:
    body = r'{"username": "town01", "password": "\ud800"}'
    answer = anonymous.post("/api/v1/session", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")


def test_a_closed_account_is_told_so_at_sign_in_but_only_with_its_password(
    anonymous: Client, database: Database, clock: FixedClock
) -> None:
    close_account(database, clock, "town01")
    answer = anonymous.post("/api/v1/session", json=SIGN_IN)
    assert (answer.status_code, answer.json["code"]) == (401, "account_closed")
    assert "停用" in answer.json["detail"]
    guess = anonymous.post("/api/v1/session", json={**SIGN_IN, "password": "wrong"})
    assert guess.json["code"] == "wrong_credentials"


def test_a_token_is_worthless_once_its_account_is_closed(
    town: Client, database: Database, clock: FixedClock
) -> None:
    close_account(database, clock, "town01")
    assert town.get("/api/v1/me").json["code"] == "account_closed"


def test_a_token_lasts_as_long_as_the_setting_says(town: Client, clock: FixedClock) -> None:
    clock.at += timedelta(days=30) - timedelta(seconds=1)
    assert town.get("/api/v1/areas").status_code == 200
    clock.at += timedelta(seconds=1)
    answer = town.get("/api/v1/areas")
    assert (answer.status_code, answer.json["code"]) == (401, "session_expired")


def test_a_token_in_use_is_prolonged(town: Client, clock: FixedClock) -> None:
    for _ in range(3):
        clock.at += timedelta(days=20)
        assert town.get("/api/v1/me").status_code == 200
    clock.at += timedelta(days=30)
    assert town.get("/api/v1/me").status_code == 401


def test_a_sign_in_clears_away_the_expired_ones(
    town: Client, database: Database, clock: FixedClock
) -> None:
    clock.at += timedelta(days=31)
    Client.signed_in(town.app, "town01", PASSWORD)
    with database.reading() as session:
        assert len(session.scalars(select(Token.hash)).all()) == 1


def test_the_secret_itself_is_not_kept(town: Client, database: Database) -> None:
    token = town.headers["Authorization"].removeprefix("Bearer ")
    with database.reading() as session:
        assert session.get(Token, token) is None
        assert token not in session.scalars(select(Token.hash)).all()


def test_signing_out_makes_this_token_worthless_and_no_other(town: Client) -> None:
    other = Client.signed_in(town.app, "town01", PASSWORD)
    answer = town.delete("/api/v1/session")
    assert (answer.status_code, answer.data) == (204, b"")
    assert town.get("/api/v1/me").json["code"] == "session_expired"
    assert other.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer \u00e9", "Digest x", "Bearer", "x"])
def test_what_is_no_token_of_ours_lets_nobody_in(anonymous: Client, header: str) -> None:
    answer = anonymous.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    answer = sign_in(app.test_client())
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Max-Age=2592000" in cookie


def test_over_https_the_cookie_stays_on_https(app: Flask) -> None:
    answer = sign_in(app.test_client(), base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_with_a_cookie_reading_needs_no_csrf_header(app: Flask) -> None:
    browser = app.test_client()
    csrf_token = sign_in(browser).json["csrf_token"]
    assert browser.get("/api/v1/me").json["csrf_token"] == csrf_token
    assert browser.head("/openrosa/submission").status_code == 204


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/session"),
        ("PUT", f"/api/v1/photos/{0:064}"),
        ("POST", "/openrosa/submission"),
        ("POST", "/api/v1/hazards/YH-1/events"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_a_cookie_changing_anything_needs_the_csrf_header(
    app: Flask, method: str, path: str, headers: dict[str, str]
) -> None:
    browser = app.test_client()
    sign_in(browser)
    headers = headers | {"Accept": "application/problem+json"}
    answer = browser.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "csrf_token_missing")


def test_another_sign_ins_csrf_token_does_not_fit(app: Flask) -> None:
    browser, other = app.test_client(), app.test_client()
    sign_in(browser)
    foreign = sign_in(other).json["csrf_token"]
    answer = browser.delete("/api/v1/session", headers={"X-CSRF-Token": foreign})
    assert answer.status_code == 403


def test_a_browser_signs_out_with_its_csrf_token_and_loses_its_cookie(app: Flask) -> None:
    browser = app.test_client()
    csrf_token = sign_in(browser).json["csrf_token"]
    kept = browser.get_cookie("hazard_ledger_session")
    assert kept is not None
    answer = browser.delete("/api/v1/session", headers={"X-CSRF-Token": csrf_token})
    assert answer.status_code == 204
    assert browser.get_cookie("hazard_ledger_session") is None
    browser.set_cookie("hazard_ledger_session", kept.value)
    assert browser.get("/api/v1/me").json["code"] == "session_expired"


@pytest.mark.parametrize("authorization", ["Bearer", "Basic eDp5", "Digest x=y"])
def test_a_browser_signs_out_whatever_else_it_sends(app: Flask, authorization: str) -> None:
    browser = app.test_client()
    csrf_token = sign_in(browser).json["csrf_token"]
    kept = browser.get_cookie("hazard_ledger_session")
    assert kept is not None
    headers = {"X-CSRF-Token": csrf_token, "Authorization": authorization}
    assert browser.delete("/api/v1/session", headers=headers).status_code == 204
    browser.set_cookie("hazard_ledger_session", kept.value)
    assert browser.get("/api/v1/me").status_code == 401


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, while a password is being verified."""

    def slowly(password_hash: str | None, password: str) -> bool:
        fits = verify(password_hash, password)
        monkeypatch.setattr(sessions, "verify", verify)
        happens()
        return fits

    monkeypatch.setattr(sessions, "verify", slowly)


@pytest.mark.parametrize("change", ["password", "signed_out", "closed"])
def test_who_is_signed_out_while_the_password_is_verified_is_not_signed_in(
    anonymous: Client,
    database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    def happens() -> None:
        with database.writing() as session:
            user = session.scalars(select(User).where(User.username == "town01")).one()
            if change == "password":
                user.password_hash = hash_password("another password")
            if change == "closed":
                user.closed_at = clock.now()
            sign_out_everywhere(session, user.id, clock.now())

    meanwhile(monkeypatch, happens)
    answer = anonymous.post("/api/v1/session", json=SIGN_IN)
    assert (answer.status_code, answer.json["code"]) == (401, "session_expired")
    assert "Set-Cookie" not in answer.headers
    with database.reading() as session:
        mine = select(Token).join(User, User.id == Token.user_id).where(User.username == "town01")
        assert session.scalars(mine).all() == []
