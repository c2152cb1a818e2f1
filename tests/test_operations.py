"""Is the process alive, and can it serve?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from server.database import Database

from .client import Client
from .web.test_problems import assert_problem


def not_ready(caller: Client) -> dict[str, str]:
    """What failed; the process itself is alive all the same."""
    assert caller.get("/healthz").json == {"status": "ok"}
    failed: dict[str, str] = assert_problem(caller.get("/readyz"), 503, "not_ready")["failed"]
    return failed


def test_a_server_with_all_it_needs_is_ready(anonymous: Client, tmp_path: Path) -> None:
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})
    assert list((tmp_path / "photos" / "staging").iterdir()) == []


def test_it_is_not_ready_where_photos_cannot_be_written(anonymous: Client, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "photos")
    assert not_ready(anonymous) == {"storage": "FileNotFoundError"}


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_it_is_not_ready_on_an_older_or_newer_database(
    anonymous: Client, database: Database, revision: str
) -> None:
    with database.writing() as session:
        session.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    assert not_ready(anonymous) == {"database": "NotMigrated"}


class TestOnAnEmptyDatabase:
    @pytest.fixture
    def database_url(self, empty_database_url: str) -> str:
        return empty_database_url

    def test_it_is_alive_but_not_ready(self, anonymous: Client) -> None:
        assert not_ready(anonymous) == {"database": "NotMigrated"}
