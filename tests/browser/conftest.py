"""A real phone-sized Chromium against a real server process, each test with its own of both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from server.database import Database
from tests.conftest import SECRET_KEY
from tests.factories import account_actor, make_hazard
from tests.serving import Server, serving

from .desk import Desk
from .office import Office
from .phone import CHROMIUM, Phone

SCREENS = Path(__file__).resolve().parents[2] / "screens"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """The server as it is deployed, on a seeded database of its own."""
    database = tmp_path / "server.db"
    shutil.copy(sqlite_template, database)
    environment = {
        "DATABASE_URL": f"sqlite:///{database}",
        "STORAGE_URL": f"file://{tmp_path / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
    }
    with serving(environment, tmp_path / "server.log") as running:
        yield running


@pytest.fixture
def office(server: Server) -> Iterator[Office]:
    """What the people at their desks do, over the API."""
    made = Office(server.url)
    yield made
    made.close()


@pytest.fixture
def report(server: Server) -> Iterator[Callable[..., str]]:
    """Makes hazards that have just been reported, in the database itself; gives their numbers."""
    database = Database(server.environment["DATABASE_URL"])

    def make(description: str, reporter: str = "grid01", **found: Any) -> str:
        with database.writing() as session:
            actor = account_actor(session, reporter)
            found = {"description": description, "site_id": 1} | found
            return make_hazard(session, actor, at=datetime.now(UTC), **found).number

    yield make
    database.dispose()


@pytest.fixture
def new_phone(
    playwright: Playwright, server: Server, tmp_path: Path
) -> Iterator[Callable[..., Phone]]:
    """Makes phones; each has a browser profile of its own."""
    phones: list[Phone] = []

    def make(url: str = server.url) -> Phone:
        phone = Phone(playwright, url, tmp_path / f"phone-{len(phones)}")
        phones.append(phone)
        phone.start()
        return phone

    yield make
    for phone in phones:
        phone.stop()


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    """A phone on which the grid worker 张三 has signed in."""
    made = new_phone()
    made.sign_in("grid01")
    return made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all desks; each has its own cookies and storage in it."""
    started = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
    )
    yield started
    started.close()


@pytest.fixture
def new_desk(browser: Browser, server: Server) -> Iterator[Callable[[], Desk]]:
    """Makes desks, each of somebody else."""
    desks: list[Desk] = []

    def make() -> Desk:
        desks.append(Desk(browser, server.url))
        return desks[-1]

    yield make
    for desk in desks:
        desk.leave()


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    """A desk at which nobody has signed in yet."""
    return new_desk()


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where screenshots go, to be looked at."""
    SCREENS.mkdir(exist_ok=True)
    return SCREENS
