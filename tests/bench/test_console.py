"""What Lighthouse says of the console: of its door, and of the pages behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.conftest import playwright, report, server  # noqa: F401
from tests.browser.desk import LARGE
from tests.browser.phone import CHROMIUM
from tests.conftest import PASSWORD
from tests.serving import Server, free_port

from .scores import in_browser, install, scores

LEAST = 95
PAGES = {
    "city01": (
        "/",
        "/hazards/{number}",
        "/ledger",
        "/dashboard",
        "/map",
        "/reconciliations",
        "/balances/2026-11",
        "/self-audit",
        "/documents",
        "/exports",
        "/sites",
        "/sites/1",
        "/areas",
        "/account",
    ),
    "admin01": ("/people", "/people/2", "/people/log", "/imports", "/forms"),
    "audit01": ("/audit",),
}


@pytest.fixture(scope="module", autouse=True)
def lighthouse() -> None:
    install()


def test_the_door(server: Server, tmp_path: Path) -> None:  # noqa: F811
    url = f"{server.url}/console/sign-in"
    said = scores(url, tmp_path / "lighthouse.json", "--preset=desktop")
    print(f"\nLighthouse, the console's sign-in: {said}")
    assert min(said.values()) >= LEAST


@pytest.mark.parametrize("who", PAGES)
def test_the_pages_behind_it(
    who: str,
    server: Server,  # noqa: F811
    playwright: Playwright,  # noqa: F811
    report: Callable[..., str],  # noqa: F811
    tmp_path: Path,
) -> None:
    number = report("疏散通道堆放杂物")
    port = free_port()
    signed_in = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--disable-gpu", "--disable-quic", f"--remote-debugging-port={port}"],
        viewport=LARGE,  # type: ignore[arg-type]
        locale="zh-CN",
    )
    page = signed_in.pages[0]
    page.goto(f"{server.url}/console/sign-in")
    page.locator("#username").fill(who)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("main h1")).to_be_visible()
    print()
    low = []
    for path in PAGES[who]:
        url = f"{server.url}/console{path.format(number=number)}"
        options = ("--preset=desktop", f"--max-wait-for-load={30_000}")
        said = scores(url, tmp_path / "said.json", *options, browser=in_browser(port))
        print(f"Lighthouse, {who} {path}: {said}")
        if min(said.values()) < LEAST:
            low.append(path)
    signed_in.close()
    assert low == []
