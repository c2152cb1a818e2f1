"""Sites, areas and imports at a desk: from a file with a mistake in it to a site put right."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from server.seed.demo import GRID, VILLAGE
from tests.imports.sheets import people_file, sites_file

from .desk import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EVIL = "<img src=x onerror=alert(1)>店"


def hand_in(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": XLSX, "buffer": content}
    page.get_by_label("选择表格文件").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="试导入").click()
    expect(page.locator(".tag", has_text="试导入完成")).to_be_visible()


def take_in(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.locator(".el-message-box").get_by_role("button", name="正式导入").click()
    expect(page.locator(".tag", has_text="已导入")).to_be_visible()


def test_sites_and_people_come_in_from_files(desk: Desk, screens: Path) -> None:
    page = desk.sign_in("admin01", "/imports?kind=sites")
    rows = [
        (EVIL, "企业", GRID, "", "", "演示路 3 号", 111.78, 37.147),
        ("第二家店", "城堡", "没有的街道", "", "911411810000000000"),
        ("演示餐馆", "公共场所", VILLAGE),
    ]
    hand_in(page, f"{EVIL}.xlsx", sites_file(*rows))
    expect(page.locator("td", has_text="没有叫“没有的街道”的区划")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    desk.take(screens, "import")
    take_in(page, "跳过有误的行，正式导入")

    page.goto(f"{desk.url}/console/imports?kind=people")
    hand_in(page, "people.xlsx", people_file(("grid11", "甲一", "网格员", "第1网格")))
    take_in(page, "正式导入")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载结果表").click()
    book = load_workbook(BytesIO(Path(downloading.value.path()).read_bytes()))
    headings, row = book.active.iter_rows(values_only=True)
    assert row[0] == "已新增"
    assert headings[2] == "初始密码"
    desk.take(screens, "import-people")
    page.get_by_role("link", name="返回列表").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    desk.take(screens, "imports")

    page.goto(f"{desk.url}/console/areas?area={VILLAGE}")
    page.get_by_role("button", name="新增网格").click()
    page.get_by_label("名称", exact=True).fill("第1网格")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".el-form-item__error")).to_contain_text("已有")
    page.get_by_label("名称", exact=True).fill("第3网格")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="新义街道 / 演示社区 / 第3网格")).to_be_visible()
    expect(page).to_have_url(f"{desk.url}/console/areas?area={VILLAGE}03")
    desk.take(screens, "areas")


def test_two_people_put_one_site_right_at_once(new_desk: Callable[[], Desk], screens: Path) -> None:
    town, city = new_desk(), new_desk()
    page = town.sign_in("town01", f"/sites?kind=public_place&area={VILLAGE}")
    expect(page.locator("tbody tr")).to_have_count(2)
    town.take(screens, "sites")
    page.get_by_role("link", name="演示餐馆").click()
    page.get_by_role("button", name="修改").click()
    page.get_by_label("地址").fill(f"演示路 1 号{EVIL}")

    other = city.sign_in("city01", page.url.removeprefix(f"{town.url}/console"))
    other.get_by_role("button", name="修改").click()
    other.get_by_label("名称").fill("演示大餐馆")
    other.get_by_label("统一社会信用代码").fill("123")
    other.get_by_role("button", name="保存").click()
    expect(other.locator(".el-form-item__error")).to_contain_text("应为 18 位")
    other.get_by_label("统一社会信用代码").fill("91141181MA0DEMQ01T")
    other.get_by_role("button", name="保存").click()
    expect(other.get_by_role("heading", name="演示大餐馆")).to_be_visible()

    page.get_by_role("button", name="保存").click()
    expect(page.locator(".conflict")).to_contain_text("名称：现在是“演示大餐馆”，您没有改，会保留")
    town.take(screens, "site-form")
    page.get_by_role("button", name="仍按我填的保存").click()
    expect(page.locator(".changes li")).to_have_count(2)
    expect(page.locator(".changes")).to_contain_text(EVIL)
    expect(page.get_by_role("heading", name="演示大餐馆")).to_be_visible()
    town.take(screens, "site")
    page.go_back()
    expect(page).to_have_url(f"{town.url}/console/sites?kind=public_place&area={VILLAGE}")
