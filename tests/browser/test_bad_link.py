"""Fifty kilobytes a second, cut every five seconds: it arrives, once, and no photo goes twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import TimeoutError as Overdue
from playwright.sync_api import expect

from tests.serving import Server

from .link import bad_link
from .office import Office
from .phone import Phone

BYTES_A_SECOND = 50_000
CUT_EVERY_SECONDS = 5
PHOTOS = 4


def load_again_until_there(phone: Phone) -> None:
    """As a person does where a cut hit the page's first load, before the app can help itself."""
    for _ in range(6):
        try:
            phone.page.locator("#username").wait_for(timeout=10_000)
        except Overdue:
            phone.page.reload(wait_until="commit")
        else:
            return
    expect(phone.page.locator("#username")).to_be_visible()


@pytest.mark.slow
def test_four_photos_get_through_a_link_that_breaks_all_the_time(
    new_phone: Callable[..., Phone], server: Server, office: Office
) -> None:
    with bad_link(
        server.host, server.port, bytes_a_second=BYTES_A_SECOND, cut_every=CUT_EVERY_SECONDS
    ) as link:
        phone = new_phone(server.url)
        phone.sign_in("grid01")
        phone.restart()
        phone.set_offline(True)
        phone.begin("消防检查", "演示餐馆")
        phone.judge_all()
        for index in range(PHOTOS):
            hazard = phone.judge(index, "fail").locator("section.hazard")
            hazard.get_by_label("隐患描述").fill(f"第 {index + 1} 项不符合")
            hazard.locator("[data-value=general]").click()
            field = hazard.locator("input[data-capture=camera]").first
            field.set_input_files(phone.rich_picture())
            expect(hazard.locator(".taken").first).to_be_visible()
        phone.submit()
        waiting = phone.photos()
        size = sum(len(content) for content in waiting.values())
        file = phone.profile.parent / "export.json"
        with phone.page.expect_download() as download:
            phone.page.get_by_role("button", name="导出文件").click()
        download.value.save_as(file)

        # Another phone has nothing but the bad link.
        far = new_phone(link.url)
        load_again_until_there(far)
        far.sign_in("grid01")
        far.go("/outbox")
        expect(far.page.locator("[data-import]")).to_be_attached()
        before, cuts = link.up, link.cuts
        far.page.locator("input[data-import]").set_input_files(file)
        expect(far.page.locator("article.item")).to_have_count(1)
        far.until_sent(180_000)
        sent = link.up - before

        hazards = office.hazards()
        assert len(hazards) == PHOTOS
        assert {each["photos"][0]["sha256"] for each in hazards} == set(waiting)
        assert link.cuts - cuts >= 2
        # What a cut loses is a piece, not a photo.
        assert sent < 1.5 * size, f"{sent} bytes for {size} bytes of photos"
