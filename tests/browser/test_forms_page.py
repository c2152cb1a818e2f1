"""An office changes a form in Excel and gives it to the phones, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from .office import Office
from .phone import Phone
from .test_screens import Album


@pytest.fixture
def desk(new_phone: Callable[..., Phone]) -> Phone:
    made = new_phone()
    made.page.set_viewport_size({"width": 1440, "height": 900})
    return made


def open_library(desk: Phone) -> Page:
    desk.sign_in("admin01")
    desk.page.get_by_role("link", name="表单管理").click()
    expect(desk.page.locator(".forms > li")).not_to_have_count(0)
    return desk.page


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[data-upload]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_form_is_edited_in_excel_and_published(
    desk: Phone, office: Office, tmp_path: Path, screens: Path
) -> None:
    page = open_library(desk)
    Album(desk, screens).take("forms-desk")
    line = page.locator(".forms > li", has=page.get_by_text("消防检查", exact=True))
    with page.expect_download() as download:
        line.get_by_role("link", name="下载 Excel").click()
    saved = tmp_path / "fire.xlsx"
    download.value.save_as(saved)
    book = load_workbook(saved)
    survey, settings = book["survey"], book["settings"]
    columns = [cell.value for cell in survey[1]]
    name, label = columns.index("name") + 1, columns.index("label") + 1
    for number in range(2, survey.max_row + 1):
        if survey.cell(number, name).value == "fire_01":
            survey.cell(number, label).value = "1. 疏散通道畅通（改过）"
    settings.cell(2, [cell.value for cell in settings[1]].index("version") + 1).value = "3"
    edited = BytesIO()
    book.save(edited)

    upload(page, "消防检查.xlsx", edited.getvalue())
    draft = page.locator(".draft-card")
    expect(draft.get_by_text("与现用版本相比，1 处不同")).to_be_visible()
    expect(draft.get_by_text("疏散通道畅通（改过）").first).to_be_visible()
    draft.get_by_role("button", name="预览").click()
    preview = page.get_by_label("预览", exact=True)
    item = preview.locator(".question", has_text="疏散通道畅通（改过）").first
    expect(item).to_be_visible()
    item.locator("[data-value=fail]").click()
    expect(preview.get_by_label("隐患描述")).to_be_visible()
    Album(desk, screens).take("forms-preview")
    preview.get_by_role("button", name="关闭").click()
    draft.get_by_role("button", name="发布").click()
    page.locator(".van-dialog").get_by_role("button", name="发布").click()
    expect(draft).to_have_count(0)
    listed = {each["id"]: each for each in office.get("grid01", "/forms")["items"]}
    assert listed["fire"]["version"] == "3"
    # Nothing was kept of trying it out.
    assert desk.rows("drafts") == desk.rows("outbox") == []


def test_what_is_wrong_is_told_by_sheet_and_row(desk: Phone, screens: Path) -> None:
    page = open_library(desk)
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    for row in (["type", "name", "label"], ["text", "a", "A"], ["text", "a", "B"]):
        survey.append(row)
    saved = BytesIO()
    book.save(saved)
    upload(page, "错的.xlsx", saved.getvalue())
    told = page.get_by_role("alert")
    expect(told.get_by_role("row", name="survey 3")).to_contain_text("重复")
    Album(desk, screens).take("forms-refused")
    upload(page, "不是表.xlsx", b"nothing")
    expect(told).to_contain_text("不是 Excel 文件")


def test_a_form_is_retired_and_given_on_a_phone_too(
    desk: Phone, office: Office, screens: Path
) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = open_library(desk)
    Album(desk, screens).take("forms-phone")
    line = page.locator(".forms > li", has=page.get_by_text("燃气检查", exact=True))
    line.get_by_role("button", name="更多").click()
    line.get_by_role("button", name="给谁用").click()
    line.get_by_label("部门", exact=True).check()
    Album(desk, screens).take("forms-give")
    line.get_by_role("button", name="保存").click()
    expect(line.get_by_text("全市 · 部门")).to_be_visible()
    assert "gas" not in {each["id"] for each in office.get("grid01", "/forms")["items"]}
    line.get_by_role("button", name="停用").click()
    page.locator(".van-dialog").get_by_role("button", name="停用").click()
    expect(line.get_by_text("已停用")).to_be_visible()
    line.get_by_role("button", name="恢复使用").click()
    expect(line.get_by_text("已停用")).to_have_count(0)


def test_nobody_else_is_offered_it(new_phone: Callable[..., Phone]) -> None:
    phone = new_phone()
    phone.sign_in("grid01")
    expect(phone.page.get_by_role("link", name="表单管理")).to_have_count(0)
