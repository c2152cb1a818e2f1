"""The application on a database of its own, on SQLite and on PostgreSQL.

Every database is a copy of a template that all migrations and the seed have been run on once.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Generator, Hashable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from coverage import Coverage
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from werkzeug.routing import Rule

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.database import Database
from server.forms.library import Library
from server.migration import upgrade
from server.people import passwords
from server.seed.basics import seed_basics, seed_forms
from server.seed.demo import ACCOUNTS, seed_demo

from .client import Client
from .postgres import create_database, drop_database, throwaway_postgres

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
HAS_TWIN = pytest.StashKey[bool]()
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz"

hypothesis_settings.register_profile(
    "suite",
    deadline=None,
    # Others every time: what a run does not try, the next one may.
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    # The same hashing, without the cost that makes guessing slow: tests sign in all the time.
    passwords._hasher = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # Writing a route's URL is compiled Python, four fifths of making an application; nearly every
    # test makes one, always of the same routes.
    Rule._compile_builder = once(Rule._compile_builder)  # type: ignore[method-assign]


def once(compiler: Callable[..., Any]) -> Callable[..., Any]:
    """The same compiler, which remembers what it made of a route."""
    made: dict[Hashable, Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        defaults = tuple((rule.defaults or {}).items())
        key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
        if key not in made:
            made[key] = compiler(rule, append_unknown)
        return made[key]

    return compiled


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long come first, so that nobody waits for them in the end; and say of which
    tests SQLite has a twin."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    known = {item.nodeid for item in items}
    for item in items:
        twin = item.nodeid.replace("postgresql", "sqlite")
        if twin != item.nodeid and twin in known:
            item.stash[HAS_TWIN] = True


def pytest_collection_finish() -> None:
    # What is loaded by now stays, and need not be looked at for garbage again and again.
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage of what SQLite's twin covers too is not measured twice: it costs as much again as
    half the test."""
    measuring = Coverage.current() if HAS_TWIN in item.stash else None
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with throwaway_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    fill_template(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    name = "template_hazard_ledger"
    fill_template(create_database(postgres, name))
    return name


def fill_template(url: str) -> None:
    database = Database(url)
    upgrade(database)
    with database.writing() as session:
        seed_basics(session)
        seed_forms(session, Library(), NOW)
        seed_demo(session, ACCOUNTS, PASSWORD, NOW)
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that is migrated and seeded, and this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    yield create_database(server, name, request.getfixturevalue("postgres_template"))
    drop_database(server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"empty_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
def clock() -> FixedClock:
    """Monday, 23 November 2026, ten in the morning in Xiaoyi."""
    return FixedClock(NOW)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        storage_url=f"file://{tmp_path / 'photos'}",
        secret_key=SECRET_KEY,
        log_level="ERROR",
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    application = create_app(settings, clock)
    yield application
    application.extensions["database"].dispose()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["database"]
    return found


@pytest.fixture
def anonymous(app: Flask) -> Client:
    return Client(app)


@pytest.fixture
def grid(app: Flask) -> Client:
    return Client.signed_in(app, "grid01", PASSWORD)


@pytest.fixture
def town(app: Flask) -> Client:
    return Client.signed_in(app, "town01", PASSWORD)


@pytest.fixture
def town2(app: Flask) -> Client:
    return Client.signed_in(app, "town02", PASSWORD)


@pytest.fixture
def unit(app: Flask) -> Client:
    return Client.signed_in(app, "unit01", PASSWORD)


@pytest.fixture
def department(app: Flask) -> Client:
    return Client.signed_in(app, "dept01", PASSWORD)


@pytest.fixture
def city(app: Flask) -> Client:
    return Client.signed_in(app, "city01", PASSWORD)


@pytest.fixture
def auditor(app: Flask) -> Client:
    return Client.signed_in(app, "audit01", PASSWORD)
