"""The console's frame: coming in, being locked out, and what is not there."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

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
