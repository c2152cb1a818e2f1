"""Follow-up forms on the phone: the list of hazards is there without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.filling import quick

from .office import Office
from .phone import Phone
from .test_screens import Album


def test_a_known_hazard_is_visited_without_a_network(
    new_phone: Callable[..., Phone], office: Office, screens: Path
) -> None:
    for index in range(35):
        office.submit("grid01", quick(description=f"第 {index} 处通道堵塞", photo=""), {})
    numbers = {
        line["description"]: line["number"]
        for line in office.get("town01", "/hazards?limit=100")["items"]
    }
    number = numbers["第 6 处通道堵塞"]
    phone = new_phone()
    phone.sign_in("grid01")
    phone.until_startable_offline()
    phone.set_offline(True)
    phone.begin("隐患现场回访")
    page = phone.page
    search = page.get_by_placeholder("在 35 项中查找")
    search.fill(f"{number[-4:]} 通道")
    page.get_by_role("radio").filter(has_text="第 6 处通道堵塞").click()
    expect(page.get_by_text(number, exact=False).first).to_be_visible()
    page.locator("[data-value=not_fixed]").click()
    page.get_by_label("看到的情况").fill("仍堆有纸箱")
    page.locator("input[data-capture=camera]").first.set_input_files(phone.picture())
    expect(page.locator(".taken").first).to_be_visible()
    Album(phone, screens).take("visit")
    phone.submit()
    phone.set_offline(False)
    phone.until_sent()
    _, visit, photo = office.get("town01", f"/hazards/{number}/events")["items"]
    assert (visit["action"], visit["data"]["result"]) == ("visit", "not_fixed")
    assert visit["data"]["based_on"] == 1
    # The photo follows in pieces, and is of the visit.
    assert (photo["action"], photo["data"]["stage"]) == ("attach_photo", "recheck")
    phone.go(f"/hazards/{number}")
    expect(page.get_by_text("现场情况：未整改")).to_be_visible()


def test_collect_is_set_up_by_a_code(new_phone: Callable[..., Phone], screens: Path) -> None:
    phone = new_phone()
    phone.sign_in("grid01")
    phone.go("/me")
    page = phone.page
    page.get_by_role("button", name="设置 Collect").click()
    page.get_by_role("button", name="生成二维码").click()
    code = page.get_by_alt_text("Collect 设置二维码")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.complete && image.naturalWidth > 0")
    box = code.bounding_box()
    assert box is not None
    # Large enough to be scanned from a phone's screen.
    assert box["width"] >= 280
    Album(phone, screens).take("collect")
    page.get_by_role("button", name="停用").click()
    page.locator(".van-dialog").get_by_role("button", name="停用").click()
    expect(code).not_to_be_visible()
    expect(page.get_by_role("button", name="生成二维码")).to_be_visible()
