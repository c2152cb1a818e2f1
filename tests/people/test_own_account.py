"""One's own account: where one is signed in, signing out everywhere, and one's password."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from config import Settings
from server.clock import FixedClock
from server.database import Database
from server.people.models import AccountLogEntry
from tests.client import Client
from tests.conftest import PASSWORD
from tests.people.test_basic import FORMS, CountingHasher, basic, hasher  # noqa: F401

SESSIONS = "/api/v1/me/sessions"
NEW = "staple battery horse"
BROWSER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0"}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_where_one_is_signed_in(
    town: Client, town2: Client, anonymous: Client, clock: FixedClock
) -> None:
    clock.at += timedelta(minutes=5)
    credentials = {"username": "town01", "password": PASSWORD}
    anonymous.post(
        "/api/v1/session",
        json=credentials,
        headers=BROWSER,
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
    )
    newest, this = town.get(SESSIONS).json["items"]
    assert (newest["address"], newest["client"]) == ("203.0.113.7", BROWSER["User-Agent"])
    assert newest["created_at"].startswith("2026-11-23T02:05:00")
    assert [newest["current"], this["current"]] == [False, True]
    assert town.headers["Authorization"][-20:] not in str(this)
    assert len(town2.get(SESSIONS).json["items"]) == 1


def test_a_sign_ins_last_use_is_known_to_the_hour(town: Client, clock: FixedClock) -> None:
    for minutes, seen in ((59, "02:00"), (61, "03:01"), (90, "03:01")):
        clock.at = clock.at.replace(hour=2, minute=0) + timedelta(minutes=minutes)
        assert town.get("/api/v1/me").status_code == 200
        [this] = town.get(SESSIONS).json["items"]
        assert this["seen_at"][11:16] == seen


def test_one_device_is_signed_out_by_itself(town: Client, town2: Client) -> None:
    other = Client.signed_in(town.app, "town01", PASSWORD)
    [lost] = [each for each in town.get(SESSIONS).json["items"] if not each["current"]]
    stranger = town2.delete(f"{SESSIONS}/{lost['id']}")
    assert (stranger.status_code, stranger.json["code"]) == (404, "sign_in_not_found")
    assert town.delete(f"{SESSIONS}/{lost['id']}").status_code == 204
    assert other.get("/api/v1/me").status_code == 401
    assert town.get("/api/v1/me").status_code == 200
    for name in (lost["id"], lost["id"][:3], "%", "%25" * 16, "x" * 16, "%00" * 16):
        assert town.delete(f"{SESSIONS}/{name}").status_code == 404, name
    assert town.get("/api/v1/me").status_code == 200


def test_signing_out_everywhere_leaves_nothing(
    town: Client, town2: Client, app: Flask, database: Database
) -> None:
    other = Client.signed_in(app, "town01", PASSWORD)
    browser = app.test_client()
    credentials = {"username": "town01", "password": PASSWORD}
    csrf_token = browser.post("/api/v1/session", json=credentials).json["csrf_token"]
    url = town.post("/api/v1/me/keys", json={"label": "手机"}).json["server_url"]
    collect = url[url.index("/key/") :] + "/formList"
    assert town.get(collect).status_code == 200

    answer = browser.delete(SESSIONS, headers={"X-CSRF-Token": csrf_token})
    assert answer.status_code == 204
    assert browser.get_cookie("hazard_ledger_session") is None
    assert [each.get("/api/v1/me").status_code for each in (town, other, town2)] == [401, 401, 200]
    assert town.get(collect).status_code == 401
    with database.reading() as session:
        [entry] = session.scalars(select(AccountLogEntry)).all()
    assert (entry.deed, entry.by_id) == ("signed_out", entry.user_id)
    Client.signed_in(app, "town01", PASSWORD)


@SQLITE
def test_basic_that_was_remembered_is_asked_anew(
    grid: Client,
    anonymous: Client,
    hasher: CountingHasher,  # noqa: F811
) -> None:
    for _ in range(2):
        assert anonymous.get(FORMS, headers=basic()).status_code == 200
    assert hasher.count == 1
    assert grid.delete(SESSIONS).status_code == 204
    assert anonymous.get(FORMS, headers=basic()).status_code == 200
    assert hasher.count == 2


def test_a_changed_password_leaves_only_where_it_was_changed(
    town: Client, database: Database
) -> None:
    other = Client.signed_in(town.app, "town01", PASSWORD)
    answer = town.post("/api/v1/me/password", json={"current": PASSWORD, "password": NEW})
    assert (answer.status_code, answer.data) == (204, b"")
    assert town.get("/api/v1/me").status_code == 200
    assert other.get("/api/v1/me").status_code == 401
    old = {"username": "town01", "password": PASSWORD}
    assert town.post("/api/v1/session", json=old).json["code"] == "wrong_credentials"
    Client.signed_in(town.app, "town01", NEW)
    with database.reading() as session:
        [entry] = session.scalars(select(AccountLogEntry)).all()
    assert (entry.deed, entry.by_id) == ("password_changed", entry.user_id)


@SQLITE
@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"current": "wrong", "password": NEW}, "wrong_password", "current"),
        ({"current": "", "password": NEW}, "invalid_input", "current"),
        ({"password": NEW}, "invalid_input", "current"),
        ({"current": PASSWORD, "password": "1234567"}, "invalid_input", "password"),
        ({"current": PASSWORD, "password": "x" * 201}, "invalid_input", "password"),
        ({"current": PASSWORD, "password": "\ud800" * 8}, "invalid_input", "password"),
    ],
)
def test_a_password_is_not_changed_by_who_does_not_know_it(
    town: Client, body: dict[str, str], code: str, field: str
) -> None:
    answer = town.post(
        "/api/v1/me/password", data=json.dumps(body), content_type="application/json"
    )
    assert (answer.status_code, answer.json["code"]) == (422, code), answer.text
    assert list(answer.json["errors"]) == [field]
    Client.signed_in(town.app, "town01", PASSWORD)


class TestGuessing:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, sign_in_attempts_account="3/15 minutes")

    @SQLITE
    def test_ones_own_password_is_not_guessed_at_an_open_screen(self, town: Client) -> None:
        for _ in range(3):
            town.post("/api/v1/me/password", json={"current": "wrong", "password": NEW})
        answer = town.post("/api/v1/me/password", json={"current": PASSWORD, "password": NEW})
        assert (answer.status_code, answer.json["code"]) == (429, "too_many_attempts")
