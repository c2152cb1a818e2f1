"""From the report to the closure through the console's pages, each step at the desk whose it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pictures import jpeg

from .desk import Desk
from .office import Office
from .test_hazards import day

PLAN = {
    "plan-responsibility-person": "赵六",
    "plan-responsibility-phone": "13800001234",
    "plan-measures": "清空疏散通道，安排专人每日检查",
    "plan-funds-amount_yuan": "1500",
    "plan-funds-source": "自筹",
    "plan-contingency": "整改期间停用二楼，安排专人值守",
}


def take_up(desk: Desk, heap: str) -> Page:
    """Begin with what lies on a heap of the desk; gives the page of the hazard."""
    page = desk.open("/")
    page.locator(f".heaps a[href$='desk={heap}']").click()
    expect(page.locator(f".heaps .current[href$='desk={heap}'] b")).to_have_text("1")
    page.get_by_role("button", name="从第一件开始办").click()
    expect(page.locator(".hazard-words")).to_be_visible()
    return page


def begin(page: Page, action: str, doubts: int = 0, **fields: str) -> None:
    """Open the form of an act and fill it in; so many doubts about the evidence are answered."""
    page.locator(f"[data-action={action}]").click()
    expect(page.locator(".act-form")).to_be_visible()
    for name, value in fields.items():
        page.locator(f"#field-{name}").fill(value)
    answers = page.locator("textarea[id^=answer-]")
    expect(answers).to_have_count(doubts)
    for index in range(doubts):
        answers.nth(index).fill("已到现场核实")


def submit(page: Page) -> None:
    page.locator(".act-foot button[type=submit]").click()
    expect(page.locator(".act-form .wrong, .el-dialog .trouble")).to_have_text([])
    expect(page.locator(".act-form")).to_have_count(0)


@pytest.mark.parametrize(
    ("supervisor", "closer"), [("town01", "town02"), ("dept01", "city01")], ids=["town", "city"]
)
def test_a_hazard_is_struck_off_through_the_pages(
    new_desk: Callable[[], Desk],
    office: Office,
    report: Callable[..., str],
    tmp_path: Path,
    supervisor: str,
    closer: str,
) -> None:
    number = report("二楼疏散通道堆满纸箱")
    office_desk, other_desk, unit_desk = new_desk(), new_desk(), new_desk()
    office_desk.sign_in(supervisor)
    other = other_desk.sign_in(closer, f"/hazards/{number}")
    begin(other, "register", note="我也正在登记")

    page = take_up(office_desk, "to_register")
    begin(page, "register")
    submit(page)
    # Two at one hazard: who was slower learns what happened, and keeps what was typed.
    other.locator(".act-foot button[type=submit]").click()
    expect(other.locator(".stale")).to_contain_text("登记")
    expect(other.locator("#field-note")).to_have_value("我也正在登记")
    assert office.get(closer, f"/hazards/{number}")["version"] == 2

    page = take_up(office_desk, "to_assign")
    begin(page, "assign", deadline=day(20))
    page.keyboard.press("Enter")
    submit(page)
    unit_desk.sign_in("unit01")
    page = take_up(unit_desk, "to_plan")
    begin(page, "submit_plan", **PLAN)
    submit(page)
    page = take_up(office_desk, "plans_to_review")
    begin(page, "approve_plan")
    submit(page)
    page = take_up(unit_desk, "to_rectify")
    begin(page, "finish", summary="纸箱已清走")
    photo = tmp_path / "after.jpg"
    photo.write_bytes(jpeg(1600, 1200))
    page.locator(".act-form input[type=file]").set_input_files(photo)
    expect(page.locator(".act-form img")).to_be_visible()
    submit(page)
    found = office.get(supervisor, f"/hazards/{number}/evidence")["items"]
    doubts = sum(each["serious"] for each in found)
    page = take_up(office_desk, "to_accept")
    begin(page, "accept", doubts, opinion="现场查看，通道畅通")
    submit(page)
    page = take_up(other_desk, "to_close")
    begin(page, "close", doubts, opinion="同意销号")
    submit(page)
    assert office.get(closer, f"/hazards/{number}")["state"] == "closed"
    page = other_desk.open(f"/ledger?closed_in={day(0)[:7]}")
    expect(page.get_by_role("link", name=number)).to_be_visible()
