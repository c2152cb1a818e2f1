"""Evidence on the phone: what is near, where a watermark's code leads, what has to be answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.conftest import PASSWORD
from tests.pictures import jpeg
from tests.serving import Server

from .office import Office
from .phone import Phone
from .test_hazards import assigned, day  # noqa: F401 (a fixture)
from .test_screens import Album

PLAN = {
    "responsibility": {"person": "赵六", "unit": "演示餐馆", "phone": "13800001234"},
    "measures": "清空通道",
    "funds": {"amount_yuan": "0", "source": ""},
    "contingency": "专人值守",
}


def take_and_describe(phone: Phone, description: str) -> None:
    phone.go("/")
    phone.page.locator("input[data-capture=quick]").set_input_files(phone.picture())
    expect(phone.page.locator(".taken")).to_be_visible()
    phone.page.get_by_label("一句话说明隐患").fill(description)
    phone.page.locator("[data-value=general]").click()
    phone.page.get_by_role("button", name="提交").click()


def test_before_a_hazard_is_reported_twice_the_first_one_is_shown(
    phone: Phone, office: Office, screens: Path
) -> None:
    phone.quick_report("井盖缺失")
    phone.until_sent()
    take_and_describe(phone, "路口井盖没了")
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("50 米内已有 1 条未销号隐患")
    expect(dialog).to_contain_text("井盖缺失")
    Album(phone, screens).take("near-by")
    dialog.get_by_role("button", name="先去看看").click()
    expect(phone.page.locator(".description.large")).to_have_text("井盖缺失")
    assert len(office.hazards()) == 1
    take_and_describe(phone, "另一处路面塌陷")
    phone.page.get_by_role("dialog").get_by_role("button", name="不是同一处").click()
    expect(phone.page.locator(".page.outbox")).to_be_visible()
    phone.until_sent()
    assert len(office.hazards()) == 2


def test_without_a_network_nobody_is_asked(phone: Phone, office: Office) -> None:
    phone.quick_report("井盖缺失")
    phone.until_sent()
    phone.until_startable_offline()
    with phone.offline():
        phone.quick_report("路口井盖没了")
    phone.until_sent()
    assert len(office.hazards()) == 2


def test_a_watermarks_code_leads_to_the_hazard_once_one_has_signed_in(
    phone: Phone, office: Office, new_phone: Callable[..., Phone], server: Server, screens: Path
) -> None:
    phone.quick_report("井盖缺失")
    phone.until_sent()
    [hazard] = office.hazards()
    [photo] = hazard["photos"]
    other = new_phone()
    other.page.goto(f"{server.url}/v/{photo['code']}")
    other.page.locator("#username").fill("town01")
    other.page.locator("#password").fill(PASSWORD)
    other.page.get_by_role("button", name="登录").click()
    expect(other.page.locator(".number")).to_have_text(hazard["number"])
    other.page.locator(".photos button").click()
    expect(other.page.locator(".van-image-preview img")).to_be_visible()
    other.screenshot(screens, "photo-large")


def test_an_acceptance_on_the_phone_answers_what_was_found(
    assigned: str,  # noqa: F811
    office: Office,
    new_phone: Callable[..., Phone],
    screens: Path,
) -> None:
    office.does("unit01", assigned, "submit_plan", {"plan": PLAN | {"deadline": day(10)}})
    office.does("town01", assigned, "approve_plan")
    after = office.put_photo("unit01", jpeg())
    office.does("unit01", assigned, "finish", {"summary": "已清空", "photos": [after]})
    town = new_phone()
    town.sign_in("town01")
    town.go(f"/hazards/{assigned}/accept")
    found = town.page.locator(".evidence")
    # The photo of the test was taken on another day than the test.
    expect(found).to_contain_text("拍摄时间")
    Album(town, screens).take("accept-evidence")
    town.page.get_by_label("验收意见").fill("通道畅通")
    town.page.get_by_role("button", name="提交").click()
    expect(found.locator(".error").first).to_contain_text("要写明核实情况")
    for answer in found.locator("textarea").all():
        answer.fill("已到现场核实，照片属实")
    town.send()
    town.until_sent()
    assert office.get("town01", f"/hazards/{assigned}")["state"] == "awaiting_closure"
