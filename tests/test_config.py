"""Settings: all documented, all from the environment, and none read anywhere else."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from pathlib import Path

import pytest

from config import SettingError, Settings
from server.application import create_app

from .conftest import SECRET_KEY

SERVER = Path(__file__).resolve().parents[1] / "server"
NUMBERS = [each.name.upper() for each in fields(Settings) if type(each.default) is int]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda each: each.name)
def test_every_setting_says_what_it_does(setting: object) -> None:
    assert len(setting.metadata["doc"].split()) >= 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda each: each.name)
def test_every_setting_is_read_from_its_variable_and_changes_no_other(setting: object) -> None:
    name = setting.name  # type: ignore[attr-defined]
    given, read = ("7", 7) if name.upper() in NUMBERS else ("some text", "some text")
    found = Settings.from_environment({name.upper(): f" {given} ", "OTHER": "x"})
    assert found == replace(Settings(), **{name: read})


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_absent(empty: str) -> None:
    environment = {each.name.upper(): empty for each in fields(Settings)}
    assert Settings.from_environment(environment) == Settings()


@pytest.mark.parametrize("variable", NUMBERS)
@pytest.mark.parametrize("value", ["x", "-1", "1.5", "1e3", "٣", "0x10", "1_000", "1 MiB"])
def test_a_number_that_is_none_is_refused_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{variable}: '{value}'"):
        Settings.from_environment({variable: value})


def test_there_are_numbers_to_refuse() -> None:
    assert len(NUMBERS) > 10


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "oracle://x/y"),
        ("STORAGE_URL", "ftp://bucket"),
        ("STORAGE_URL", "/var/photos"),
        ("REDIS_URL", "nonsense://x"),
        ("LOG_LEVEL", "LOUD"),
        ("TOWNSHIP_POWERS", "close,shoot"),
        ("TOWNSHIP_POWERS", "report"),
        ("SIGN_IN_ATTEMPTS_ACCOUNT", "often"),
        ("SIGN_IN_ATTEMPTS_ADDRESS", "ten per minute"),
        ("SESSION_DAYS", "9" * 12),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_by_its_variable(
    tmp_path: Path, variable: str, value: str
) -> None:
    environment = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}",
        "STORAGE_URL": f"file://{tmp_path}",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "CRITICAL",
    }
    with pytest.raises(SettingError, match=variable):
        create_app(Settings.from_environment(environment | {variable: value}))


def test_the_powers_of_townships_are_names_between_commas() -> None:
    assert Settings(township_powers=" close,, void ,").township_actions == {"close", "void"}


def test_nothing_else_looks_at_the_environment() -> None:
    """`create_app` hands it to the settings; a command reads the one password it needs.

    A WSGI request has an `environ` of its own, which these look at.
    """
    of_requests = {"people/access.py", "openrosa/keys.py"}
    readers = set()
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {getattr(node, "attr", ""), getattr(node, "id", "")}
            names |= {each.name for each in getattr(node, "names", []) if hasattr(each, "name")}
            if names & {"environ", "environb", "getenv", "getenvb"}:
                readers.add(path.relative_to(SERVER).as_posix())
    assert readers - of_requests == {"application.py", "cli.py"}
