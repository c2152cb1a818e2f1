"""How the ledger's page scrolls over very many rows, and how fast any stretch of them comes.

Smoothness is what the browser itself says: tasks that held its main thread for over 50 ms, and
frames a second, while the sheet is scrolled. The reference is a page that shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import and_
from sqlalchemy.orm import Session

from config import Settings
from server.clock import local_date
from server.database import Database
from server.hazards.filters import filters_of, matching
from server.hazards.queries import Condition, visible_to
from server.hazards.rows import rows, total
from server.people.permissions import Permission, Permissions
from tests.browser.conftest import browser, playwright  # noqa: F401
from tests.browser.desk import Desk
from tests.conftest import NOW, SECRET_KEY
from tests.factories import account_actor
from tests.serving import Server, serving

from .many import fill

MANY = 1_000_000
SCROLLED = """async ([sheet, most]) => {
  const box = document.querySelector(sheet);
  let held = 0, longest = 0, frames = 0;
  const watcher = new PerformanceObserver((list) => {
    for (const each of list.getEntries()) { held += 1; longest = Math.max(longest, each.duration); }
  });
  watcher.observe({ type: 'longtask' });
  const began = performance.now();
  await new Promise((done) => {
    const step = () => {
      frames += 1;
      if (box) box.scrollTop += frames % 60 === 0 ? 100_000 : 120;
      if (performance.now() - began > most) done(); else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  watcher.disconnect();
  return { held, longest, perSecond: 1000 * frames / (performance.now() - began) };
}"""


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, MANY)
    return database


@pytest.fixture
def large_server(filled: Database, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "DATABASE_URL": filled.url.render_as_string(hide_password=False),
        "STORAGE_URL": settings.storage_url,
        "SECRET_KEY": SECRET_KEY,
    }
    with serving(environment, tmp_path / "server.log") as running:
        yield running


def scrolled(page: Page, sheet: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(SCROLLED, [sheet, 5_000])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_million_rows_are_scrolled(large_server: Server, browser: Any) -> None:  # noqa: F811
    desk = Desk(browser, large_server.url)
    page = desk.sign_in("city01", "/ledger")
    page.locator(".sheet .row a").first.wait_for()
    ours, nothing = scrolled(page, ".sheet"), scrolled(page, ".none")
    for name, found in (("the ledger", ours), ("nothing", nothing)):
        print(
            f"\n{name}: {found['perSecond']:.0f} frames a second, {found['held']} tasks over 50 ms,"
            f" the longest {found['longest']:.0f} ms"
        )
    desk.leave()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_any_stretch_comes_soon(filled: Database) -> None:
    permissions = Permissions(Settings().township_actions)
    for who in ("city01", "town01"):
        with filled.reading() as session:
            actor = account_actor(session, who)
            scope = visible_to(actor, Permission.READ_HAZARDS, permissions)
            of_all = and_(scope, matching(filters_of({}, local_date(NOW), actor), permissions))
            time_stretches(session, who, of_all)


def time_stretches(session: Session, who: str, condition: Condition) -> None:
    count, newest = total(session, condition)
    counted = p95(lambda: total(session, condition))
    print(f"\n{who}, {count} rows: how many, p95 {counted:.0f} ms")
    for offset in (0, count // 2, count - 100):
        took = p95(partial(stretch, session, condition, offset, newest))
        print(f"  from row {offset}: p95 {took:.0f} ms")


def stretch(session: Session, condition: Condition, offset: int, newest: int) -> None:
    rows(session, condition, local_date(NOW), offset=offset, limit=100, until=newest)


def p95(work: Callable[[], object]) -> float:
    """Milliseconds, the slowest but one of twenty, when it has been done once before."""
    work()
    times = []
    for _ in range(20):
        began = perf_counter()
        work()
        times.append(1000 * (perf_counter() - began))
    return sorted(times)[-2]
