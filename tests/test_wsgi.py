"""A server starts on what is in order, or says what to do."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.database import Database

from .conftest import SECRET_KEY

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def environment(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A server's own, on a database that is empty."""
    values = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}",
        "STORAGE_URL": f"file://{tmp_path / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "CRITICAL",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def refusal() -> str:
    """What the server says as it refuses to start."""
    sys.modules.pop("server.wsgi", None)
    with pytest.raises(SystemExit) as refused:
        importlib.import_module("server.wsgi")
    return str(refused.value.code)


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 64, "change-me", "abababab" * 8, SECRET_KEY[:31]]
)
def test_a_key_that_is_missing_or_could_be_guessed_is_refused(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    assert "SECRET_KEY" in refusal()
    assert "secrets.token_urlsafe" in refusal()


def test_a_database_that_is_not_migrated_is_refused_with_the_command(
    environment: dict[str, str],
) -> None:
    assert "flask --app server db upgrade" in refusal()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MAX_PARTS", "many"), ("STORAGE_URL", "ftp://x"), ("TOWNSHIP_POWERS", "shoot")],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert variable in refusal()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_all_in_order_it_serves_and_seals(
    environment: dict[str, str], database_url: str
) -> None:
    program = (
        "import threading; from server.wsgi import application\n"
        "assert any(each.name == 'seal_days' for each in threading.enumerate())\n"
        "print(application.test_client().get('/readyz').json)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "{'status': 'ready'}\n"), done.stderr
    Database(database_url).dispose()
