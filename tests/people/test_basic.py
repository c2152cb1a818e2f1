"""HTTP Basic: on /openrosa only, over https or from this machine, and hashed only once."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import update

from config import Settings
from server.clock import FixedClock
from server.database import Database
from server.people import passwords, sessions
from server.people.models import User
from server.people.passwords import hash_password, verify
from tests.client import Client
from tests.conftest import PASSWORD

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORMS = "/openrosa/formList"
AWAY = {"REMOTE_ADDR": "203.0.113.7"}


class CountingHasher(PasswordHasher):
    """argon2's own, and how often it was asked to verify."""

    count = 0

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        self.count += 1
        return super().verify(*args, **kwargs)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    counting = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Behind one proxy, as in production."""
    return replace(settings, trusted_proxies=1)


def basic(username: str = "grid01", password: str = PASSWORD) -> dict[str, str]:
    credentials = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def change(database: Database, username: str, **columns: object) -> None:
    with database.writing() as session:
        session.execute(update(User).where(User.username == username).values(**columns))


def test_collect_is_asked_for_basic_and_let_in_with_it(anonymous: Client) -> None:
    refused = anonymous.get(FORMS)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert anonymous.get(FORMS, headers=basic()).status_code == 200


def test_elsewhere_basic_counts_for_nothing(anonymous: Client) -> None:
    answer = anonymous.get("/api/v1/me", headers=basic())
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "headers",
    [
        basic(password="wrong"),
        basic("nobody"),
        basic("grid01\0"),
        basic("", ""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": "Basic " + b64encode(b"grid01").decode()},
    ],
)
def test_wrong_credentials_are_refused_with_the_challenge(
    anonymous: Client, headers: dict[str, str]
) -> None:
    answer = anonymous.get(FORMS, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_many_requests_cost_one_hash(anonymous: Client, hasher: CountingHasher) -> None:
    for _ in range(5):
        assert anonymous.get(FORMS, headers=basic()).status_code == 200
    assert hasher.count == 1


def test_a_phones_connections_at_once_cost_one_hash(app: Flask, hasher: CountingHasher) -> None:
    callers = [Client(app) for _ in range(8)]
    barrier = Barrier(len(callers))

    def ask(caller: Client) -> int:
        barrier.wait(timeout=30)
        return caller.get(FORMS, headers=basic()).status_code

    with ThreadPoolExecutor(len(callers)) as pool:
        assert set(pool.map(ask, callers)) == {200}
    assert hasher.count == 1


def test_a_wrong_password_is_not_remembered_and_not_taken_for_the_right_one(
    anonymous: Client, hasher: CountingHasher
) -> None:
    assert anonymous.get(FORMS, headers=basic()).status_code == 200
    for _ in range(2):
        assert anonymous.get(FORMS, headers=basic(password="wrong")).status_code == 401
    assert hasher.count == 3


def test_a_changed_password_is_not_remembered(
    anonymous: Client, database: Database, hasher: CountingHasher
) -> None:
    assert anonymous.get(FORMS, headers=basic()).status_code == 200
    change(database, "grid01", password_hash=hash_password("another password"))
    assert anonymous.get(FORMS, headers=basic()).status_code == 401
    assert anonymous.get(FORMS, headers=basic(password="another password")).status_code == 200
    assert hasher.count == 3


def test_a_closed_account_is_not_remembered(
    anonymous: Client, database: Database, clock: FixedClock
) -> None:
    assert anonymous.get(FORMS, headers=basic()).status_code == 200
    change(database, "grid01", closed_at=clock.now())
    answer = anonymous.get(FORMS, headers=basic())
    assert (answer.status_code, answer.json["code"]) == (401, "account_closed")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_over_plain_http_from_elsewhere_basic_is_refused_unread(
    anonymous: Client, hasher: CountingHasher
) -> None:
    answer = anonymous.get(FORMS, headers=basic(), environ_base=AWAY)
    assert (answer.status_code, answer.json["code"]) == (403, "basic_needs_https")
    assert "https" in answer.json["detail"]
    assert hasher.count == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_use_plain_http(anonymous: Client, address: str) -> None:
    answer = anonymous.get(FORMS, headers=basic(), environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["", "unknown", "10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1"])
def test_an_address_that_is_not_this_machine_may_not(anonymous: Client, address: str) -> None:
    answer = anonymous.get(FORMS, headers=basic(), environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403


@pytest.mark.parametrize(("proto", "status"), [("https", 200), ("http", 403)])
def test_the_trusted_proxy_says_whether_it_was_https(
    anonymous: Client, proto: str, status: int
) -> None:
    headers = {**basic(), "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": proto}
    assert anonymous.get(FORMS, headers=headers).status_code == status


def test_the_caller_cannot_pass_for_this_machine_through_the_proxy(anonymous: Client) -> None:
    headers = {**basic(), "X-Forwarded-For": "127.0.0.1, 203.0.113.7", "X-Forwarded-Proto": "http"}
    assert anonymous.get(FORMS, headers=headers).status_code == 403


class TestWithoutTrustedProxies:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, trusted_proxies=0)

    def test_forwarded_headers_are_believed_of_nobody(self, app: Flask) -> None:
        headers = {**basic(), "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        answer = Client(app).get(FORMS, headers=headers, environ_base=AWAY)
        assert answer.status_code == 403


def test_our_own_page_is_not_asked_for_basic_credentials(anonymous: Client) -> None:
    """A browser would put up a window of its own, and the page would wait for it for ever."""
    answer = anonymous.post("/openrosa/submission", headers={"X-CSRF-Token": ""})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_password_that_is_changed_while_it_is_verified_is_not_remembered(
    anonymous: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(password_hash: str | None, password: str) -> bool:
        fits = verify(password_hash, password)
        monkeypatch.setattr(sessions, "verify", verify)
        change(database, "grid01", password_hash=hash_password("another password"))
        return fits

    monkeypatch.setattr(sessions, "verify", slowly)
    anonymous.get(FORMS, headers=basic())
    assert anonymous.get(FORMS, headers=basic()).status_code == 401
    assert anonymous.get(FORMS, headers=basic(password="another password")).status_code == 200
