"""The console's frame: coming in, being locked out, and what is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD

from .desk import Desk


def test_coming_in_leads_to_the_address_that_was_asked_for(desk: Desk, screens: Path) -> None:
    page = desk.open("/no-such-page?x=1")
    expect(page.locator("#username")).to_be_visible()
    desk.take(screens, "sign-in")
    page.locator("#username").fill("city01")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    desk.take(screens, "sign-in-wrong")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="打不开这个页面")).to_be_visible()
    assert page.url == f"{desk.url}/console/no-such-page?x=1"
    desk.take(screens, "nothing")


LAYOUT = """() => [...document.querySelectorAll('main *')]
  .filter((each) => !each.closest('svg, canvas, .leaflet-container, .el-select, .el-date-editor'))
  .map((each) => [each, each.getBoundingClientRect()])
  .map(([{ tagName, className }, { x, width, height }]) =>
    [tagName, className, x, width, height].join(' '))"""


def layout(page: Page) -> list[str]:
    """Where everything stands on a page."""
    return list(page.evaluate(LAYOUT))


def differences(page: Page, other: Page) -> list[str]:
    """What stands elsewhere on one of two pages, once both have come to rest."""
    for _ in range(40):
        lines = list(unified_diff(layout(page), layout(other), lineterm="", n=0))
        if not lines and page.locator("main h1").count():
            return []
        page.wait_for_timeout(250)
    return lines[:6]


def test_a_page_looks_the_same_wherever_one_comes_from(
    desk: Desk, report: Callable[..., str]
) -> None:
    number = report("通道堆物")
    page = desk.sign_in("city01")
    # Styles stay when their page is left: once round, and all of them are there.
    links = page.locator("#menu a")
    expect(links.first).to_be_visible()
    for index in range(links.count()):
        links.nth(index).click()
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
    page.locator("#menu").get_by_role("link", name="待办").click()
    page.get_by_role("link", name="通道堆物").click()
    expect(page.locator(".hazard-words")).to_be_visible()
    assert number in page.url
    fresh = desk.new_tab()
    for index in range(links.count()):
        links.nth(index).click()
        # The address is the page's by then.
        expect(links.nth(index)).to_have_class(re.compile(r"\bcurrent\b"))
        fresh.goto(page.url)
        assert differences(page, fresh) == [], page.url
