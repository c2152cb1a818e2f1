"""The auditors see who did what, that the chains hold, and what was taken out of the house."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from .desk import Desk
from .office import Office

HOSTILE = "<img src=x onerror=alert(1)>“二楼”通道堆物"


def test_the_audits_three_tabs(
    desk: Desk, office: Office, report: Callable[..., str], screens: Path
) -> None:
    first, second = report(HOSTILE), report("厨房灭火器过期")
    office.does("town01", first, "register", {"level": "general", "sector": "FIRE", "site": 1})
    office.does("town01", second, "return_report", {"reason": HOSTILE})
    office.file("town01", "/ledger.csv?level=general&overdue=false")

    page = desk.sign_in("audit01", "/audit")
    rows = page.locator(".trail tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("退回补正")
    expect(rows.first).to_contain_text(HOSTILE)
    expect(rows.first).to_contain_text("已上报 → 退回补正")
    desk.take(screens, "audit-trail")
    # A filter is in the address: who opens it sees the same, and the back button leads back.
    page.get_by_label("隐患编号").fill(first)
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows).to_have_count(2)
    assert f"number={first}" in page.url
    page.get_by_label("办理人").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有这样的操作记录。")).to_be_visible()

    page.get_by_role("tab", name="链校验").click()
    page.get_by_role("button", name="马上校验").click()
    expect(page.get_by_role("heading", name="链完好，没有发现改动")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("2 条隐患、4 条操作记录")
    desk.take(screens, "audit-chain")

    page.get_by_role("tab", name="导出记录").click()
    taken = page.locator(".el-tab-pane:visible .sheet tbody tr")
    expect(taken).to_have_count(1)
    expect(taken).to_contain_text("一般")
    desk.take(screens, "audit-exports")
    page.go_back()
    expect(page.get_by_role("heading", name="链完好，没有发现改动")).to_be_visible()
