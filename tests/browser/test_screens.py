"""Every screen, photographed to be looked at, and free of what shuts people out (axe)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.serving import ROOT

from .office import Office
from .phone import Phone
from .test_hazards import assigned, day  # noqa: F401  (a fixture)
from .test_troubles import answer_with

AXE = ROOT / "static/node_modules/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}


class Album:
    """Takes a picture of each screen and asks axe about it."""

    def __init__(self, phone: Phone, folder: Path) -> None:
        self.phone = phone
        self.folder = folder

    def take(self, name: str) -> None:
        page = self.phone.page
        # What is said in passing fades, and says nothing about the screen under it.
        expect(page.locator(".van-toast:visible")).to_have_count(0)
        self.phone.screenshot(self.folder, name)
        page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found = page.evaluate("axe.run().then((result) => result.violations)")
        grave = [
            (each["id"], [node["html"][:120] for node in each["nodes"]])
            for each in found
            if each["impact"] in GRAVE
        ]
        assert grave == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is wider than the screen"


@pytest.fixture
def album(phone: Phone, screens: Path) -> Album:
    return Album(phone, screens)


def test_signing_in(new_phone: Callable[..., Phone], screens: Path) -> None:
    phone = new_phone()
    album = Album(phone, screens)
    expect(phone.page.locator("#username")).to_be_visible()
    album.take("sign-in")
    phone.page.locator("#username").fill("grid01")
    phone.page.locator("#password").fill("wrong")
    phone.page.get_by_role("button", name="登录").click()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    album.take("sign-in-wrong")


def test_reporting(album: Album) -> None:
    phone, page = album.phone, album.phone.page
    album.take("home-empty")
    phone.go("/inspect")
    expect(page.locator(".card.site").first).to_be_visible()
    album.take("inspect-site")
    page.locator(".card.site").first.click()
    album.take("inspect-form")
    page.locator(".card.form", has_text="消防检查").click()
    expect(page.locator(".place-field.found")).to_be_visible()
    album.take("checklist")
    phone.judge_all()
    question = phone.judge(0, "fail")
    album.take("checklist-hazard")
    phone.describe_hazard(question, "二楼疏散通道堆满纸箱，宽度只剩半米")
    question.locator(".photo-field").scroll_into_view_if_needed()
    album.take("checklist-photo")
    page.get_by_role("button", name="圈注").click()
    expect(page.locator(".annotate canvas")).to_have_attribute("width", "1600")
    album.take("annotate")
    page.get_by_role("button", name="取消").click()
    page.get_by_role("button", name="在图上选").click()
    expect(page.locator(".leaflet-tooltip").first).to_be_visible()
    album.take("place-map")
    page.get_by_role("button", name="取消").click()
    phone.go("/inspect/new-site")
    expect(page.locator(".place-field.found")).to_be_visible()
    page.get_by_role("button", name="登记并开始检查").click()
    album.take("new-site")
    phone.go("/me")
    album.take("me")
    page.get_by_role("button", name="退出登录").click()
    album.take("me-leave")
    page.get_by_role("button", name="取消").click()
    phone.go("/")
    page.locator("input[data-capture=quick]").set_input_files(phone.picture())
    expect(page.locator(".taken")).to_be_visible()
    album.take("quick-report")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".question.wrong").first).to_be_visible()
    album.take("quick-report-missing")


def test_the_outbox(album: Album) -> None:
    phone, page = album.phone, album.phone.page
    phone.go("/outbox")
    album.take("outbox-empty")
    mended = answer_with(
        page,
        "**/openrosa/submission",
        {
            "status": 409,
            "content_type": "application/problem+json",
            "body": '{"code": "instance_differs", "detail": "这份表单已收到过，但内容不同。"}',
        },
    )
    phone.inspect("通道堵塞")
    expect(page.locator("article.item.aside")).to_be_visible()
    mended()
    phone.quick_report("井盖缺失")
    expect(page.locator(".card.sent")).to_be_visible()
    phone.until_startable_offline()
    phone.set_offline(True)
    phone.inspect("安全出口上锁")
    expect(page.locator("article.item:not(.aside) .trouble")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    album.take("outbox")
    phone.begin("燃气检查", "演示超市")
    phone.go("/")
    album.take("home-busy")
    phone.set_offline(False)


def test_hazards(album: Album, office: Office) -> None:
    phone, page = album.phone, album.phone.page
    for description in ("二楼疏散通道堆满纸箱", "厨房灭火器过期", "消防车通道被货车占用"):
        phone.inspect(description)
    phone.until_sent()
    numbers = [each["number"] for each in office.hazards()]
    office.does("town01", numbers[0], "return_report", {"reason": "照片看不清，请补拍"})
    phone.go("/")
    page.get_by_role("button", name="更新").click()
    expect(page.locator(".hazard-card")).to_be_visible()
    album.take("home-returned")
    phone.go("/hazards")
    album.take("hazards")
    phone.go("/hazards?list=recheck")
    album.take("hazards-none")
    phone.go(f"/hazards/{numbers[0]}")
    expect(page.locator(".story li").first).to_be_visible()
    album.take("hazard-returned")
    phone.go(f"/hazards/{numbers[0]}/resubmit")
    album.take("act-resubmit")


def test_the_units_work(
    assigned: str,  # noqa: F811
    office: Office,
    new_phone: Callable[..., Phone],
    screens: Path,
) -> None:
    unit = new_phone()
    album = Album(unit, screens)
    unit.sign_in("unit01")
    page = unit.page
    album.take("unit-home")
    unit.go(f"/hazards/{assigned}")
    expect(page.get_by_role("link", name="写整改方案")).to_be_visible()
    album.take("unit-hazard")
    unit.go(f"/hazards/{assigned}/submit_plan")
    page.get_by_label("联系电话").fill("13800001234")
    page.get_by_label("怎么改").fill("清空通道，贴禁止堆放标识，安排专人每日检查两次")
    page.get_by_label("金额").fill("1500")
    page.get_by_label("哪天完成").fill(day(10))
    page.evaluate("scrollTo(0, 0)")
    album.take("unit-plan")
    page.get_by_label("来源").fill("自筹")
    page.get_by_label("整改期间怎样防止出事").fill("整改期间停用二楼，专人值守")
    unit.send()
    unit.until_sent()
    office.does("town01", assigned, "approve_plan")
    unit.go(f"/hazards/{assigned}")
    expect(page.get_by_role("link", name="整改完成")).to_be_visible()
    album.take("unit-rectifying")
    unit.go(f"/hazards/{assigned}/finish")
    expect(page.locator(".like img")).to_be_visible()
    album.take("unit-finish")
    unit.go(f"/hazards/{assigned}/dual_report")
    album.take("unit-dual-report")
