"""The phone app's figures: how long a slow phone takes, and what Lighthouse says.

Chromium on this machine, slowed down six times, in a phone's viewport.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from playwright.sync_api import expect

from tests.browser.conftest import new_phone, office, playwright, server  # noqa: F401
from tests.browser.phone import Phone
from tests.serving import Server

from .scores import install, scores

SLOW_DOWN = 6
RUNS = 5


def test_a_slow_phone(new_phone: Callable[..., Phone]) -> None:  # noqa: F811
    phone = new_phone()
    phone.sign_in("grid01")
    phone.restart()
    starts, openings, reference = [], [], []
    for _ in range(RUNS):
        phone.stop()
        phone.start(offline=True)
        page = phone.page
        expect(page.locator(".hello")).to_be_visible()
        page.goto("about:blank")
        assert phone.context
        session = phone.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})

        began = perf_counter()
        page.goto(f"{phone.url}/icon.svg")
        reference.append(perf_counter() - began)
        page.goto("about:blank")

        began = perf_counter()
        page.goto(phone.url, wait_until="commit")
        page.locator(".figures").wait_for()
        starts.append(perf_counter() - began)

        phone.go("/inspect")
        page.locator(".card.site").first.click()
        form = page.locator(".card.form", has_text="消防检查")
        form.wait_for()
        began = perf_counter()
        form.click()
        page.locator(".submit .strong").wait_for()
        openings.append(perf_counter() - began)
        page.get_by_role("button", name="删除草稿").click()
        page.get_by_role("button", name="删除", exact=True).click()
        expect(page.locator(".submit")).to_have_count(0)
    print(f"\n{SLOW_DOWN}x slower than this machine, median of {RUNS}:")
    for name, seconds in (("cold start offline", starts), ("a 15-item form", openings)):
        ratio = median(seconds) / median(reference)
        print(f"{name}: {median(seconds):.2f} s, {ratio:.0f} x a bare picture from the same cache")


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def test_lighthouse(server: Server, tmp_path: Path) -> None:  # noqa: F811
    install()
    said = scores(server.url, tmp_path / "lighthouse.json", "--form-factor=mobile")
    print(f"\nLighthouse, sign-in page: {said}")
    assert min(said.values()) >= 95
