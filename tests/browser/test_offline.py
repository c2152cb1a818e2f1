"""No signal, dead batteries, and coming back: all of it arrives, once, to the byte."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.serving import Server

from .office import Office
from .phone import Phone


def submissions(server: Server) -> int:
    """How many filled forms the server has stored."""
    from sqlalchemy import create_engine, text

    engine = create_engine(server.environment["DATABASE_URL"])
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM submissions")).scalar_one()
    engine.dispose()
    return count


def test_three_forms_filled_without_a_network_survive_a_killed_browser(
    phone: Phone, office: Office, server: Server
) -> None:
    phone.restart()
    phone.set_offline(True)
    for description in ("一层通道堵塞", "二层通道堵塞", "三层通道堵塞"):
        phone.inspect(description)
    expect(phone.page.locator("article.item")).to_have_count(3)
    waiting = phone.photos()
    assert len(waiting) == 3
    phone.page.reload()
    expect(phone.page.locator("article.item")).to_have_count(3)
    phone.kill()

    phone.start(offline=True)
    phone.go("/outbox")
    expect(phone.page.locator("article.item")).to_have_count(3)
    assert phone.photos() == waiting
    phone.set_offline(False)
    phone.until_sent()

    assert submissions(server) == 3
    hazards = office.hazards()
    assert [each["description"] for each in reversed(hazards)] == [
        "一层通道堵塞", "二层通道堵塞", "三层通道堵塞",
    ]  # fmt: skip
    arrived = {each["photos"][0]["sha256"] for each in hazards}
    assert {digest: office.photo(digest) for digest in arrived} == waiting
    assert phone.rows("outbox") == phone.rows("photos") == phone.rows("drafts") == []


def test_a_draft_survives_a_killed_browser_with_its_photo(phone: Phone, office: Office) -> None:
    phone.restart()
    phone.set_offline(True)
    phone.begin("消防检查", "演示餐馆")
    phone.judge_all()
    phone.describe_hazard(phone.judge(2, "fail"), "安全出口上锁")
    expect(phone.page.locator(".done")).to_contain_text("12 / 12")
    phone.kill()

    phone.start(offline=True)
    expect(phone.page.locator(".card.draft")).to_have_count(1)
    phone.page.locator(".card.draft").click()
    hazard = phone.page.locator("section.hazard")
    expect(hazard.get_by_label("隐患描述")).to_have_value("安全出口上锁")
    expect(hazard.locator(".taken img")).to_be_visible()
    phone.set_offline(False)
    phone.submit()
    phone.until_sent()
    [hazard_there] = office.hazards()
    assert hazard_there["item"] == "fire_03"
    assert len(hazard_there["photos"]) == 1
    assert hazard_there["findings"] == []


def test_a_draft_is_filled_in_on_one_page_at_a_time(phone: Phone) -> None:
    phone.begin("消防检查", "演示餐馆")
    phone.judge(0, "pass")
    other = phone.new_tab()
    other.locator(".card.draft").click()
    expect(other.get_by_role("alert")).to_contain_text("正在另一个页面里填写")
    expect(phone.page.locator(".done")).to_contain_text("1 / 12")
    phone.go("/")
    other.get_by_role("button", name="返回").click()
    other.locator(".card.draft").click()
    expect(other.locator(".done")).to_contain_text("1 / 12")


def test_hazards_are_shown_as_last_seen(phone: Phone, office: Office) -> None:
    phone.inspect("通道堵塞")
    phone.until_sent()
    [hazard] = office.hazards()
    phone.until_startable_offline()
    phone.go(f"/hazards/{hazard['number']}")
    expect(phone.page.locator(".photos img")).to_be_visible()
    phone.kill()
    phone.start(offline=True)
    phone.go(f"/hazards/{hazard['number']}")
    expect(phone.page.get_by_text("没有网络，这是上次看到的")).to_be_visible()
    expect(phone.page.locator(".story")).to_contain_text("张三")
    expect(phone.page.locator(".photos img")).to_be_visible()


def test_unsent_items_go_from_phone_to_phone_as_a_file(
    phone: Phone, new_phone: Callable[..., Phone], office: Office, server: Server
) -> None:
    phone.until_startable_offline()
    phone.set_offline(True)
    phone.inspect("通道堵塞")
    waiting = phone.photos()
    with phone.page.expect_download() as download:
        phone.page.get_by_role("button", name="导出文件").click()
    file = phone.profile.parent / "export.json"
    download.value.save_as(file)

    other = new_phone()
    other.sign_in("grid01")
    other.go("/outbox")
    other.page.locator("input[data-import]").set_input_files(file)
    expect(other.page.locator(".van-toast")).to_contain_text("导入了 1 项")
    other.until_sent()
    [hazard] = office.hazards()
    assert office.photo(hazard["photos"][0]["sha256"]) == next(iter(waiting.values()))

    phone.set_offline(False)
    phone.until_sent()
    assert submissions(server) == 1


def test_a_file_that_is_none_of_ours_is_refused_in_words(phone: Phone) -> None:
    file = phone.profile.parent / "other.json"
    phone.go("/outbox")
    for content in ("", "{}", '{"format": "hazard-ledger-outbox", "items": [1], "photos": []}'):
        file.write_text(content)
        phone.page.locator("input[data-import]").set_input_files(file)
        expect(phone.page.locator(".van-toast")).to_contain_text("文件")
    assert phone.rows("outbox") == []
