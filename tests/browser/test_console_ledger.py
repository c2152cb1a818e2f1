"""The ledger at a desk: narrowed by its address, chosen from, done to many, exported as shown."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from server.clock import LOCAL
from server.database import Database
from tests.factories import account_actor, make_hazard
from tests.serving import Server

from .desk import Desk
from .office import Office

MARK = '<img src=x onerror="document.title=1"><b>粗</b>'


def report(server: Server, count: int) -> list[str]:
    """So many hazards of today, the last with markup in its words."""
    database = Database(server.environment["DATABASE_URL"])
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        now = datetime.now(UTC)
        made = [
            make_hazard(
                session,
                actor,
                at=now,
                found_on=now.astimezone(LOCAL).date(),
                description=MARK if last else f"通道堆物 {number}",
                spot=MARK if last else "一层",
            ).number
            for number in range(count)
            for last in [number == count - 1]
        ]
    database.dispose()
    return made


def shown(page: Page) -> list[str]:
    return page.locator(".sheet .row a").all_inner_texts()


def test_one_goes_on_where_one_was_and_prints_what_is_shown(server: Server, desk: Desk) -> None:
    made = report(server, 130)
    page = desk.sign_in("town01", "/ledger")
    expect(page.get_by_role("link", name=made[-1])).to_be_visible()
    page.locator(".sheet").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name=made[0])).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".hazard-words")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name=made[0])).to_be_visible()

    # The browser's own key prints the rows, and nothing of them is left for the next printing.
    printed = page.locator(".printed")
    expect(printed).not_to_contain_text(made[0])
    page.evaluate(
        "() => void (print = () =>"
        " void (document.body.dataset.paper = document.querySelector('.printed').innerText))"
    )
    page.keyboard.press("Control+p")
    body = page.locator("body")
    expect(body).to_have_attribute("data-paper", re.compile(f"共 130 条.*{made[0]}", re.S))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(printed).not_to_contain_text(made[0])


def test_a_ledger_is_worked_through(
    server: Server, office: Office, new_desk: Callable[[], Desk], screens: Path
) -> None:
    made = report(server, 130)
    for number in made[:3]:
        data = {"level": "general", "sector": "FIRE", "site": 1}
        office.does("town01", number, "register", data)
    desk = new_desk()
    page = desk.sign_in("town01", "/ledger?state=registered,reported&q=%E9%80%9A%E9%81%93")
    expect(page.get_by_text("共 129 条", exact=True)).to_be_visible()
    expect(page.locator(".sheet .row a").first).to_have_text(made[-2])
    # The last row is as near as the first.
    page.locator(".sheet").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name=made[0])).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name=made[-2])).to_be_visible()
    desk.take(screens, "ledger")

    # Sorted, and from here on by its address alone: a colleague sees the same rows.
    page.get_by_role("button", name="编号").click()
    expect(page).to_have_url(re.compile("sort=number"))
    expect(page.locator(".sheet .row a").first).to_have_text(made[0])
    page.get_by_label("选择 " + made[0]).click()
    page.get_by_label("选择 " + made[3]).click(modifiers=["Shift"])
    expect(page.get_by_text("已选 4 条")).to_be_visible()
    colleague = new_desk()
    other = colleague.sign_in("town02", page.url.split("/console")[1])
    expect(other.locator(".sheet .row a").first).to_have_text(made[0])
    assert shown(other)[:10] == made[:10]

    # Seen beforehand, then done: three go through, the fourth says why not.
    page.get_by_role("button", name="批量交办").click()
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("请选择整改期限。")).to_be_visible()
    page.get_by_role("combobox", name="整改期限").fill("2099-12-31")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("可办 3 条，不能办 1 条。还没有办理。")).to_be_visible()
    assert office.get("town01", f"/hazards/{made[0]}")["state"] == "registered"
    desk.take(screens, "ledger-bulk")
    page.get_by_role("button", name="确认办理 3 条").click()
    expect(page.get_by_text("已办 3 条，没有办成 0 条。")).to_be_visible()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_text("共 126 条", exact=True)).to_be_visible()
    assert office.get("town01", f"/hazards/{made[2]}")["state"] == "assigned"
    assert office.get("town01", f"/hazards/{made[3]}")["state"] == "reported"

    # The file has the rows that are shown, all of them, in these columns and this order.
    page.get_by_role("button", name="导出").click()
    desk.take(screens, "ledger-exports")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="清单 CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        heading, *lines = list(csv.reader(file))
    titles = page.get_by_role("columnheader").all_inner_texts()
    assert heading == ["序号", *(re.sub(r"\W", "", title) for title in titles if title.strip())]
    assert [line[1] for line in lines] == made[3:-1]
    assert shown(page)[:8] == made[3:11]
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="台账 CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert [line["隐患编号"] for line in csv.DictReader(file)] == made[3:-1]

    # A view is kept, and opened again with its filters, order and columns.
    page.get_by_role("button", name="栏目").click()
    page.locator(".column-picker").get_by_text("上报人").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="视图").click()
    page.get_by_role("menuitem", name="保存当前视图…").click()
    page.get_by_placeholder("名称").fill("通道堆物")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("button", name="视图：通道堆物")).to_be_visible()
    page.get_by_role("button", name="全部清除").click()
    expect(page.get_by_text("共 130 条", exact=True)).to_be_visible()
    page.get_by_role("button", name="视图").click()
    page.get_by_role("menuitem", name="通道堆物").click()
    expect(page.get_by_text("共 126 条", exact=True)).to_be_visible()
    expect(page.get_by_role("columnheader", name="上报人")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("共 130 条", exact=True)).to_be_visible()

    # Words are words, whatever they look like.
    page = desk.open(f"/ledger?q={made[-1]}")
    expect(page.locator(".sheet").get_by_text(MARK).first).to_be_visible()
    assert page.title().startswith("隐患台账")
    page = desk.open("/ledger?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E6%A0%B7%E7%9A%84")
    expect(page.get_by_text("没有符合条件的隐患")).to_be_visible()


def test_an_export_is_found_again(desk: Desk, server: Server, screens: Path) -> None:
    report(server, 2)
    page = desk.sign_in("town01", "/exports")
    expect(page.get_by_text("还没有导出")).to_be_visible()
    page.get_by_role("button", name="生成").click()
    page.get_by_role("link", name="下载").wait_for()
    desk.open("/ledger")
    page = desk.open("/exports")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    desk.take(screens, "exports")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("还没有导出")).to_be_visible()
