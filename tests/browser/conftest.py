"""A real phone-sized Chromium against a real server process, each test with its own of both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.conftest import SECRET_KEY
from tests.serving import Server, serving

from .office import Office
from .phone import Phone

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
def screens() -> Path:
    """Where screenshots go, to be looked at."""
    SCREENS.mkdir(exist_ok=True)
    return SCREENS
