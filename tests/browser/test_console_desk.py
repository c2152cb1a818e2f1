"""待办 and a hazard's page: from the report to the closure at three desks, and what stays typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.clock import SystemClock, local_date
from tests.filling import quick
from tests.pictures import saved, scene

from .desk import Desk
from .office import Office

BEFORE = saved(scene(7))
# Much like the one from before, so that whoever accepts has to say a word to it.
AFTER = saved(scene(7), quality=60)

PLAN = {
    "responsibility": {"person": "赵六", "unit": "演示餐馆", "phone": "13800001234"},
    "measures": "清空疏散通道，安排专人每日检查",
    "funds": {"amount_yuan": "1500.00", "source": "自筹"},
    "contingency": "整改期间停用二楼，安排专人值守",
}


def day(days: int) -> str:
    return str(local_date(SystemClock().now()) + timedelta(days=days))


@pytest.fixture
def report(office: Office) -> Callable[..., str]:
    """Report a hazard with a photo; gives its number."""

    def make(description: str = "疏散通道堆放杂物", **fields: Any) -> str:
        known = {each["number"] for each in office.get("grid01", "/hazards?limit=100")["items"]}
        xml = quick(description=description, site_id="1", photo="quick.jpg", **fields)
        return next(
            each
            for each in office.submit("grid01", xml, {"quick.jpg": BEFORE})
            if each not in known
        )

    return make


def to_acceptance(office: Office, number: str) -> None:
    """Somebody put it right."""
    office.does("town01", number, "register", {"level": "general", "sector": "FIRE", "site": 1})
    office.does("town01", number, "assign", {"responsible_unit": 1, "deadline": day(20)})
    office.does("unit01", number, "submit_plan", {"plan": PLAN | {"deadline": day(15)}})
    office.does("town01", number, "approve_plan")
    photo = office.put_photo("unit01", AFTER)
    office.does("unit01", number, "finish", {"summary": "纸箱已清走", "photos": [photo]})


def open_act(page: Page, action: str) -> None:
    page.locator(f"[data-action={action}]").click()
    expect(page.locator(".el-dialog")).to_be_visible()


def submit(page: Page) -> None:
    page.locator(".act-foot button[type=submit]").click()


def test_a_heap_is_worked_off_one_after_the_other(
    desk: Desk, office: Office, report: Callable[..., str], screens: Path
) -> None:
    first, second, third = (report(f"第 {n} 处：疏散通道堆放杂物") for n in "一二三")
    page = desk.sign_in("town01")
    expect(page.locator(".heaps .current")).to_contain_text("待登记")
    expect(page.locator(".heaps .current b")).to_have_text("3")
    desk.take(screens, "desk")
    page.get_by_role("button", name="从第一件开始办").click()
    expect(page.locator(".hazard-words")).to_contain_text("第 一 处")
    expect(page.get_by_text("后面还有 2 件")).to_be_visible()

    # Register by the keyboard alone: what is not filled in is said where it is missing.
    page.keyboard.press("1")
    expect(page.locator(".el-dialog")).to_be_visible()
    submit(page)
    expect(page.locator(".is-error .wrong")).to_have_text(["必填"])
    page.locator("#field-sector").click()
    page.locator(".el-select-dropdown__item:visible", has_text="消防").first.click()
    expect(page.locator(".el-select-dropdown__item:visible")).to_have_count(0)
    desk.take(screens, "register")
    submit(page)
    expect(page.locator(".hazard-words")).to_contain_text("第 二 处")
    assert office.get("town01", f"/hazards/{first}")["state"] == "registered"

    # Skipped, it stays where it is; the address can be sent to a colleague.
    page.keyboard.press("n")
    expect(page.locator(".hazard-words")).to_contain_text("第 三 处")
    assert page.url.endswith(f"/console/hazards/{third}?desk=to_register")
    open_act(page, "return_report")
    page.locator("#field-reason").fill("照片看不清")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".heaps .current b")).to_have_text("1")
    page.go_back()
    expect(page.locator(".hazard-words")).to_contain_text("第 三 处")
    assert office.get("town01", f"/hazards/{second}")["state"] == "reported"


def test_evidence_is_answered_and_the_closure_is_anothers(
    new_desk: Callable[[], Desk], office: Office, report: Callable[..., str], screens: Path
) -> None:
    number = report("二楼疏散通道堆满纸箱 <img src=x onerror=alert(1)>")
    to_acceptance(office, number)
    desk = new_desk()
    page = desk.sign_in("town01", f"/hazards/{number}?desk=to_accept")
    expect(page.locator(".hazard-words")).to_contain_text("<img src=x")
    expect(page.locator(".five li.in")).to_have_count(5)
    expect(page.locator(".small-map .leaflet-interactive")).not_to_have_count(0)
    expect(page.locator(".compare-sheet img")).to_have_count(2)
    page.locator(".photo-row button").first.click()
    expect(page.locator(".viewer[open]")).to_contain_text("整改前 1 / 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".viewer[open]")).to_contain_text("整改后 2 / 2")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer[open]")).to_have_count(0)
    desk.take(screens, "hazard")

    open_act(page, "accept")
    page.locator("#field-opinion").fill("现场查看，通道畅通")
    submit(page)
    answers = page.locator("textarea[id^=answer-]")
    expect(page.locator(".is-error")).not_to_have_count(0)
    desk.take(screens, "accept")
    for index in range(answers.count()):
        answers.nth(index).fill("已到现场核实")
    submit(page)
    expect(page.locator(".desk-head h2")).to_contain_text("待验收")
    assert office.get("town01", f"/hazards/{number}")["state"] == "awaiting_closure"

    # Who accepted it is told why it is not theirs to strike off.
    page = desk.open(f"/hazards/{number}")
    expect(page.locator(".held")).to_contain_text("验收人不能销号")
    other = new_desk()
    page = other.sign_in("town02")
    expect(page.locator(".heaps .current")).to_contain_text("待销号")
    page.get_by_role("button", name="从第一件开始办").click()
    open_act(page, "close")
    for index in range(page.locator("textarea[id^=answer-]").count()):
        page.locator("textarea[id^=answer-]").nth(index).fill("已核实")
    page.get_by_role("button", name="同意销号。", exact=True).click()
    submit(page)
    expect(page.locator(".el-message")).to_contain_text(["都办完了"])
    assert office.get("town02", f"/hazards/{number}")["state"] == "closed"


def test_two_at_one_hazard_and_nothing_typed_is_lost(
    desk: Desk, office: Office, report: Callable[..., str], screens: Path
) -> None:
    number = report()
    page = desk.sign_in("town01", f"/hazards/{number}")
    open_act(page, "register")
    page.locator("#field-note").fill("我写了很久的说明")
    page.locator("#field-sector").click()
    page.locator(".el-select-dropdown__item:visible", has_text="消防").first.click()
    # A remark of a colleague leaves the way open.
    office.does("town02", number, "comment", {"note": "我也去看过"})
    submit(page)
    expect(page.locator(".stale")).to_contain_text("王五“备注”")
    expect(page.locator("#field-note")).to_have_value("我写了很久的说明")
    desk.take(screens, "stale")
    # Another one is faster: now it is not to be registered any more.
    office.does("town02", number, "register", {"level": "general", "sector": "FIRE"})
    submit(page)
    expect(page.locator(".stale")).to_contain_text("现在不能“登记”了")
    expect(page.locator("#field-note")).to_have_value("我写了很久的说明")
    page.keyboard.press("Escape")
    expect(page.locator(".timeline")).to_contain_text("我也去看过")

    # Assigned to a unit that is found by its name, reminded, and its document issued.
    open_act(page, "assign")
    page.locator("#field-responsible_unit").fill("演示餐")
    page.locator(".el-select-dropdown__item:visible", has_text="演示餐馆").click()
    page.locator("#field-deadline").fill(day(20))
    page.keyboard.press("Enter")
    submit(page)
    expect(page.locator(".hazard-tags")).to_contain_text("已交办")
    open_act(page, "remind")
    page.get_by_role("button", name="请尽快上报整改方案。").click()
    submit(page)
    expect(page.locator(".timeline")).to_contain_text("请尽快上报整改方案")
    page.get_by_role("button", name="出具隐患整改通知单").click()
    page.locator("#part-requirements").fill("立即清空")
    with page.expect_download() as draft:
        page.get_by_role("button", name="预览草稿").click()
    assert draft.value.suggested_filename == "隐患整改通知单（草稿）.docx"
    desk.take(screens, "issue")
    page.get_by_role("button", name="出具", exact=True).click()
    expect(page.locator(".documents")).to_contain_text("整改通〔")
    page.emulate_media(media="print")
    page.pdf(path=str(screens / "console-hazard.pdf"), format="A4")
