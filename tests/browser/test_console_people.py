"""Accounts at the console: opened, looked into, closed; one's own; and the desk that locks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from .desk import Desk

XSS = '<img src=x onerror="throw Error(1)">'
# An hour ago, as the page keeps it.
LEFT = "localStorage.setItem('console-active', String(Date.now() - 3_600_000))"


def test_an_administrator_opens_changes_and_closes_an_account(
    new_desk: Callable[[], Desk], screens: Path
) -> None:
    desk = new_desk()
    page = desk.sign_in("admin01", "/people")
    expect(page.get_by_role("row")).to_have_count(9)
    desk.take(screens, "people")

    page.get_by_role("button", name="开通账号").click()
    dialog = page.get_by_role("dialog", name="开通账号")
    dialog.get_by_label("账号").fill("unit88")
    dialog.get_by_label("姓名").fill(XSS)
    dialog.get_by_label("角色").press("Enter")
    page.get_by_role("option", name="责任单位").click()
    dialog.get_by_role("button", name="开通").click()
    lacks = dialog.get_by_text("责任单位账号至少要有一个监管对象。")
    expect(lacks).to_be_visible()
    dialog.get_by_label("监管对象").fill("超市")
    page.get_by_role("option", name="演示超市").click()
    expect(lacks).to_have_count(0)
    page.keyboard.press("Escape")  # what was searched for
    page.keyboard.press("Escape")  # the list
    desk.take(screens, "people-new")
    dialog.get_by_role("button", name="开通").click()
    once = page.get_by_role("dialog", name="新密码")
    password = once.locator(".secret").inner_text()
    desk.take(screens, "people-password")
    once.get_by_role("button", name="交给本人了").click()

    # Filters stand in the address, so that it can be sent to a colleague.
    page.get_by_label("账号、姓名、单位").fill("unit")
    page.get_by_label("账号、姓名、单位").press("Enter")
    expect(page.get_by_role("row")).to_have_count(3)
    assert page.url.endswith("/people?q=unit")
    page.get_by_role("link", name=XSS).click()
    expect(page.get_by_text("由演示超市整改的隐患")).to_be_visible()
    desk.take(screens, "person")

    page.get_by_role("button", name="修改").click()
    change = page.get_by_role("dialog")
    change.get_by_label("姓名").fill("钱多")
    change.get_by_label("姓名").press("Enter")
    expect(page.get_by_role("heading", name="钱多")).to_be_visible()
    expect(page.get_by_text("修改账号")).to_be_visible()

    other = new_desk()
    other.sign_in("unit88", "/account", password)
    expect(other.page.get_by_text("就是这里")).to_be_visible()
    page.get_by_role("button", name="停用", exact=True).click()
    page.get_by_placeholder("为什么（可不填）").fill("关门了")
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_text("账号已停用，现在什么都看不到")).to_be_visible()
    expect(page.get_by_text("关门了")).to_be_visible()
    other.page.reload()
    expect(other.page.get_by_role("button", name="登录")).to_be_visible()
    page.goto(f"{desk.url}/console/people/log")
    expect(page.get_by_role("link", name="钱多")).to_have_count(3)
    desk.take(screens, "people-log")
    page.go_back()
    expect(page.get_by_role("heading", name="钱多")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row")).to_have_count(2)


def test_one_changes_ones_password_and_signs_out_everywhere(
    new_desk: Callable[[], Desk], screens: Path
) -> None:
    desk, home = new_desk(), new_desk()
    page = desk.sign_in("town01", "/account")
    home.sign_in("town01", "/account")
    page.get_by_role("button", name="生成二维码").click()
    expect(page.get_by_alt_text("Collect 设置二维码")).to_be_visible()
    desk.take(screens, "account")

    page.get_by_label("现在的密码").fill("wrong")
    page.get_by_label("新密码（至少 8 位）").fill("staple battery")
    page.get_by_label("再填一次新密码").fill("staple battery")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("现在的密码不对。")).to_be_visible()
    page.get_by_label("现在的密码").fill("correct horse battery")
    page.get_by_label("现在的密码").press("Enter")
    expect(page.get_by_text("密码已修改")).to_be_visible()
    home.page.reload()
    home.sign_in("town01", "/account", "staple battery")

    # What nobody touches for a while is covered; what was typed is there when its owner is back.
    page.get_by_label("新密码（至少 8 位）").fill("half typed")
    page.evaluate(LEFT)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="已锁定")).to_be_visible()
    expect(page.get_by_role("heading", name="我的账号")).to_be_hidden()
    other_tab = desk.new_tab()
    other_tab.goto(f"{desk.url}/console/account")
    expect(other_tab.get_by_role("heading", name="已锁定")).to_be_visible()
    desk.take(screens, "locked")
    page.locator("#password").fill("staple battery")
    page.locator("#password").press("Enter")
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    expect(page.get_by_label("新密码（至少 8 位）")).to_have_value("half typed")
    expect(other_tab.get_by_role("heading", name="我的账号")).to_be_visible()

    page.get_by_role("button", name="全部退出登录").click()
    page.get_by_role("dialog").get_by_role("button", name="全部退出").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    home.page.reload()
    expect(home.page.get_by_role("button", name="登录")).to_be_visible()
