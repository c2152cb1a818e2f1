"""An office changes a form in Excel and gives it to the phones, at its desk and on a phone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from .desk import SMALL, Desk
from .office import Office


def open_library(desk: Desk) -> Page:
    page = desk.sign_in("admin01", "/forms")
    expect(page.locator(".forms > li")).not_to_have_count(0)
    return page


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[data-upload]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def edited(saved: Path) -> bytes:
    """The fire checklist with another wording, as its next version."""
    book = load_workbook(saved)
    survey, settings = book["survey"], book["settings"]
    columns = [cell.value for cell in survey[1]]
    name, label = columns.index("name") + 1, columns.index("label") + 1
    for number in range(2, survey.max_row + 1):
        if survey.cell(number, name).value == "fire_01":
            survey.cell(number, label).value = "1. 疏散通道畅通<b>（改过）</b>"
    settings.cell(2, [cell.value for cell in settings[1]].index("version") + 1).value = "3"
    result = BytesIO()
    book.save(result)
    return result.getvalue()


def test_a_form_is_edited_in_excel_tried_out_and_published(
    desk: Desk, office: Office, tmp_path: Path, screens: Path
) -> None:
    page = open_library(desk)
    desk.take(screens, "forms")
    line = page.locator(".forms > li", has=page.get_by_text("消防检查", exact=True))
    with page.expect_download() as download:
        line.get_by_role("link", name="下载 Excel").click()
    saved = tmp_path / "fire.xlsx"
    download.value.save_as(saved)

    upload(page, "消防检查.xlsx", edited(saved))
    draft = page.locator(".draft-card")
    expect(draft.get_by_text("与现用版本相比，1 处不同")).to_be_visible()
    expect(draft.get_by_text("疏散通道畅通<b>（改过）</b>").first).to_be_visible()
    draft.get_by_role("button", name="预览").click()
    frame = page.frame_locator("iframe[title=手机上的样子]")
    item = frame.locator(".question", has_text="（改过）").first
    expect(item).to_be_visible()
    item.locator("[data-value=fail]").click()
    expect(frame.get_by_label("隐患描述")).to_be_visible()
    desk.take(screens, "forms-preview")
    page.go_back()
    expect(page.locator("iframe")).to_have_count(0)
    draft.get_by_role("button", name="发布").click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()
    expect(draft).to_have_count(0)
    listed = {each["id"]: each for each in office.get("grid01", "/forms")["items"]}
    assert listed["fire"]["version"] == "3"


def test_what_is_wrong_is_told_and_a_form_is_given_and_retired_on_a_phone_too(
    desk: Desk, office: Office, screens: Path
) -> None:
    page = open_library(desk)
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    for row in (["type", "name", "label"], ["text", "a", "A"], ["text", "a", "B"]):
        survey.append(row)
    saved = BytesIO()
    book.save(saved)
    upload(page, "错的.xlsx", saved.getvalue())
    told = page.locator(".refused")
    expect(told.get_by_role("row", name="survey 3")).to_contain_text("重复")
    desk.take(screens, "forms-refused")
    upload(page, "不是表.xlsx", b"nothing")
    expect(told).to_contain_text("不是 Excel 文件")

    desk.resize(SMALL)
    line = page.locator(".forms > li", has=page.get_by_text("燃气检查", exact=True))
    line.get_by_role("button", name="更多").click()
    line.get_by_role("button", name="给谁用").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("行业主管（监管）部门", exact=True).click()
    desk.take(screens, "forms-give")
    dialog.get_by_role("button", name="保存").click()
    expect(line.get_by_text("全市 · 行业主管（监管）部门")).to_be_visible()
    assert "gas" not in {each["id"] for each in office.get("grid01", "/forms")["items"]}
    line.get_by_role("button", name="停用").click()
    page.get_by_role("dialog", name="停用").get_by_role("button", name="停用").click()
    expect(line.get_by_text("已停用")).to_be_visible()
    line.get_by_role("button", name="恢复使用").click()
    expect(line.get_by_text("已停用")).to_have_count(0)


def test_nobody_else_is_offered_it(desk: Desk) -> None:
    page = desk.sign_in("city01", "/forms")
    expect(page.get_by_role("heading", name="打不开这个页面")).to_be_visible()
    expect(page.get_by_role("link", name="表单管理")).to_have_count(0)
