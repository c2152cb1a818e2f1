"""Sign-in is throttled, per account and per network address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from config import Settings
from tests.client import Client
from tests.conftest import PASSWORD
from tests.people.test_basic import FORMS, basic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        sign_in_attempts_account="3/15 minutes",
        sign_in_attempts_address="8/15 minutes",
    )


def attempt(
    caller: Client, username: str, password: str = "wrong", address: str = "203.0.113.7"
) -> TestResponse:
    return caller.post(
        "/api/v1/session",
        json={"username": username, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def assert_throttled(answer: TestResponse) -> None:
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert "分钟" in answer.json["detail"]


def test_an_account_is_throttled_from_wherever_the_attempts_come(anonymous: Client) -> None:
    for number in range(3):
        assert attempt(anonymous, "town01", address=f"203.0.113.{number}").status_code == 401
    assert_throttled(attempt(anonymous, "town01", PASSWORD, address="198.51.100.1"))
    assert attempt(anonymous, "town02", PASSWORD).status_code == 200


def test_an_account_that_does_not_exist_is_throttled_all_the_same(anonymous: Client) -> None:
    for _ in range(3):
        assert attempt(anonymous, "nobody").status_code == 401
    assert_throttled(attempt(anonymous, "nobody"))


def test_an_address_is_throttled_whatever_accounts_it_tries(anonymous: Client) -> None:
    for number in range(8):
        assert attempt(anonymous, f"guess{number}").status_code == 401
    assert_throttled(attempt(anonymous, "town01", PASSWORD))
    assert attempt(anonymous, "town01", PASSWORD, address="198.51.100.1").status_code == 200


def test_success_clears_the_accounts_count(anonymous: Client) -> None:
    for _ in range(2):
        assert attempt(anonymous, "town01").status_code == 401
    assert attempt(anonymous, "town01", PASSWORD).status_code == 200
    for _ in range(3):
        assert attempt(anonymous, "town01").status_code == 401
    assert_throttled(attempt(anonymous, "town01"))


def test_an_address_that_many_people_share_is_not_throttled_by_their_successes(
    anonymous: Client,
) -> None:
    for _ in range(12):
        assert attempt(anonymous, "town01", PASSWORD).status_code == 200


def test_basic_is_throttled_with_the_same_counts(anonymous: Client) -> None:
    for _ in range(3):
        assert anonymous.get(FORMS, headers=basic(password="wrong")).status_code == 401
    assert_throttled(anonymous.get(FORMS, headers=basic()))
    assert_throttled(attempt(anonymous, "grid01", PASSWORD))


def test_who_is_signed_in_is_not_disturbed_by_others_guessing(anonymous: Client) -> None:
    signed_in = Client.signed_in(anonymous.app, "town01", PASSWORD)
    assert anonymous.get(FORMS, headers=basic("town01")).status_code == 200
    for _ in range(4):
        attempt(anonymous, "town01")
    assert signed_in.get("/api/v1/me").status_code == 200
    assert anonymous.get(FORMS, headers=basic("town01")).status_code == 200
