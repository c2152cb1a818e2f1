"""What became of it: returned reports, the responsible unit's work, going back to look."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from server.clock import local_date
from tests.pictures import jpeg

from .office import Office
from .phone import Phone


def day(ahead: int) -> str:
    return (local_date(datetime.now(UTC)) + timedelta(days=ahead)).isoformat()


@pytest.fixture
def assigned(phone: Phone, office: Office) -> str:
    """A hazard that the office gave to the demo restaurant; its number."""
    phone.inspect("二楼疏散通道堆满纸箱")
    phone.until_sent()
    [hazard] = office.hazards()
    number: str = hazard["number"]
    office.does("town01", number, "register", {"level": "general", "sector": "FIRE"})
    unit = {"responsible_unit": hazard["site"], "deadline": day(30)}
    office.does("town01", number, "assign", unit)
    return number


@pytest.fixture
def unit(new_phone: Callable[..., Phone]) -> Phone:
    made = new_phone()
    made.sign_in("unit01")
    return made


def test_a_returned_report_says_why_and_is_mended(phone: Phone, office: Office) -> None:
    phone.quick_report("看不清")
    phone.until_sent()
    [hazard] = office.hazards()
    office.does("town01", hazard["number"], "return_report", {"reason": "照片看不清，请补拍"})
    phone.go("/")
    phone.page.get_by_role("button", name="更新").click()
    card = phone.page.locator(".hazard-card")
    expect(card).to_contain_text("照片看不清，请补拍")
    card.click()
    phone.page.get_by_role("link", name="补正后重新上报").click()
    phone.page.get_by_label("隐患描述").fill("楼梯口堆满纸箱")
    phone.photograph(phone.page.locator(".photo-list"))
    phone.send()
    phone.until_sent()
    [hazard] = office.hazards()
    assert (hazard["state"], hazard["description"]) == ("reported", "楼梯口堆满纸箱")
    assert len(hazard["photos"]) == 2


def test_a_unit_plans_reports_and_finishes(assigned: str, unit: Phone, office: Office) -> None:
    page = unit.page
    page.locator(".hazard-card").click()
    page.get_by_role("link", name="写整改方案").click()
    expect(page.locator(".plan > .five li.in")).to_have_count(0)
    page.get_by_label("联系电话").fill("13800001234")
    expect(page.locator(".plan > .five li.in")).to_have_count(1)
    page.get_by_label("怎么改").fill("清空通道，专人每日检查")
    page.get_by_label("金额").fill("0")
    page.get_by_label("哪天完成").fill(day(10))
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".van-toast")).to_contain_text("预案")
    assert unit.rows("outbox") == []
    page.get_by_label("整改期间怎样防止出事").fill("停用二楼，专人值守")
    expect(page.locator(".plan > .five li.in")).to_have_count(5)
    unit.send()
    unit.until_sent()
    assert office.hazards()[0]["state"] == "plan_review"

    office.does("town01", assigned, "approve_plan")
    office.does("town01", assigned, "remind", {"note": "请抓紧"})
    unit.go(f"/hazards/{assigned}")
    expect(page.get_by_text("李四催办：请抓紧")).to_be_visible()
    page.get_by_role("link", name="报告进展").click()
    page.get_by_label("进展").fill("已清走一半")
    unit.send()
    unit.until_sent()

    unit.go(f"/hazards/{assigned}")
    running = page.get_by_text(re.compile("还有 .* 天"))
    expect(running).to_be_visible()
    page.get_by_role("link", name="申请延期").click()
    page.get_by_label("延到哪天").fill(day(40))
    page.get_by_label("为什么").fill("纸箱要等货车")
    page.get_by_label("延期期间怎样保证安全").fill("专人值守")
    unit.send()
    unit.until_sent()
    assert office.hazards()[0]["extension_requested"] == day(40)

    unit.go(f"/hazards/{assigned}")
    page.get_by_role("link", name="整改完成").click()
    expect(page.locator(".like img")).to_have_count(1)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("要拍照片").first).to_be_visible()
    unit.photograph(page.locator(".photo-list"))
    page.get_by_label("完成情况").fill("通道已清空")
    unit.send()
    unit.until_sent()
    [hazard] = office.hazards()
    assert hazard["state"] == "awaiting_acceptance"
    assert [each["stage"] for each in hazard["photos"]] == ["before", "after"]

    # It waits for the office now: the unit's deadline is a day, and runs no more.
    unit.go(f"/hazards/{assigned}")
    expect(page.locator(".state", has_text="待验收")).to_be_visible()
    expect(page.get_by_text(hazard["deadline"]).first).to_be_visible()
    expect(running).to_have_count(0)


def test_a_plan_half_written_is_there_after_a_restart(assigned: str, unit: Phone) -> None:
    unit.go(f"/hazards/{assigned}/submit_plan")
    unit.page.get_by_label("怎么改").fill("清空通道，专人每日检查")
    unit.restart()
    unit.go(f"/hazards/{assigned}/submit_plan")
    expect(unit.page.get_by_label("怎么改")).to_have_value("清空通道，专人每日检查")


def test_photos_given_up_are_swept_and_those_of_a_half_filled_act_are_not(
    assigned: str, unit: Phone
) -> None:
    unit.go(f"/hazards/{assigned}/comment")
    for _ in range(2):
        field = unit.page.locator(".photo-field").last
        field.locator("input[data-capture=camera]").set_input_files(unit.picture())
        expect(field.locator(".take")).to_be_visible()
    expect(unit.page.locator(".taken")).to_have_count(2)
    unit.page.get_by_role("button", name="删除").first.click()
    unit.page.get_by_role("button", name="删除", exact=True).last.click()
    expect(unit.page.locator(".taken")).to_have_count(1)
    assert len(unit.photos()) == 2
    # Two days later
    assert unit.context
    unit.context.add_init_script(
        "const now = Date.now; Date.now = () => now() + 2 * 24 * 3600 * 1000"
    )
    unit.page.reload()
    expect(unit.page.locator(".taken")).to_have_count(1)
    unit.page.wait_for_load_state("networkidle")
    assert len(unit.photos()) == 1


def test_a_unit_reports_a_major_hazard_both_ways(
    assigned: str, unit: Phone, office: Office
) -> None:
    office.does("dept01", assigned, "regrade", {"level": "major", "basis": "GB 35181-2025"})
    unit.go(f"/hazards/{assigned}")
    unit.page.get_by_role("link", name="双报告").click()
    for group, how in (("向监管部门报告", "电话报告"), ("向职工通报", "班前会")):
        fields = unit.page.get_by_role("group", name=group)
        fields.get_by_label("哪天").fill(day(0))
        fields.get_by_label("怎样报告的").fill(how)
    unit.photograph(unit.page.get_by_role("group", name="向职工通报"))
    unit.send()
    unit.until_sent()
    [hazard] = office.hazards()
    assert hazard["dual_report"]["to_regulator"]["how"] == "电话报告"
    assert hazard["dual_report"]["to_employees"]["photo"]


def test_an_act_that_is_refused_is_set_aside_with_the_reason(
    assigned: str, unit: Phone, office: Office
) -> None:
    unit.until_startable_offline()
    unit.set_offline(True)
    unit.go(f"/hazards/{assigned}/decline")
    unit.page.get_by_label("原因").fill("该处由物业管理")
    unit.page.get_by_role("button", name="提交").click()
    expect(unit.page.locator(".van-toast")).to_contain_text("已放入待发送")
    again = {"responsible_unit": 2, "deadline": day(20), "reason": "换一家"}
    sites = {each["name"]: each["id"] for each in office.get("town01", "/sites")["items"]}
    again["responsible_unit"] = sites["演示燃气站"]
    office.does("town01", assigned, "reassign", again)
    unit.set_offline(False)
    unit.go("/outbox")
    expect(unit.page.locator("article.item.aside .trouble")).not_to_be_empty()


def test_a_closed_hazard_is_looked_at_again(assigned: str, phone: Phone, office: Office) -> None:
    plan = {
        "responsibility": {"person": "赵六", "unit": "演示餐馆", "phone": "13800001234"},
        "measures": "清空通道",
        "funds": {"amount_yuan": "0", "source": ""},
        "deadline": day(10),
        "contingency": "专人值守",
    }
    office.does("unit01", assigned, "submit_plan", {"plan": plan})
    office.does("town01", assigned, "approve_plan")
    after = office.put_photo("unit01", jpeg())
    office.does("unit01", assigned, "finish", {"summary": "已清空", "photos": [after]})
    office.does("town01", assigned, "accept", {"opinion": "通道畅通"})
    office.does("town02", assigned, "close", {"opinion": "同意销号"})
    phone.go("/hazards?list=recheck")
    phone.page.get_by_role("button", name="更新").click()
    phone.page.locator(".hazard-card").click()
    phone.page.get_by_role("link", name="回头看").click()
    phone.photograph(phone.page.locator(".photo-list"))
    phone.page.get_by_label("看到的情况").fill("通道畅通，没有反弹")
    phone.send()
    phone.until_sent()
    [hazard] = office.hazards()
    assert [each["stage"] for each in hazard["photos"]] == ["before", "after", "recheck"]
    phone.go("/hazards?list=recheck")
    expect(phone.page.get_by_text("都有人看过了")).to_be_visible()


def test_a_hazard_fixed_on_the_spot(phone: Phone, office: Office) -> None:
    phone.quick_report("楼道堆物")
    phone.until_sent()
    [hazard] = office.hazards()
    phone.go(f"/hazards/{hazard['number']}")
    phone.page.get_by_role("link", name="当场改好了").click()
    phone.photograph(phone.page.locator(".photo-list"))
    phone.page.get_by_label("怎么改的").fill("当场清走")
    phone.send()
    phone.until_sent()
    assert office.hazards()[0]["state"] == "awaiting_acceptance"
