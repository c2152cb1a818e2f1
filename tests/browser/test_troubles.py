"""Whatever the network and the server answer: the item stays, says why, and arrives in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import create_engine, text

from server.clock import local_date
from tests.serving import Server

from .office import Office
from .phone import Phone

PORTAL = "<html><body>欢迎使用公共 Wi-Fi，请登录</body></html>"
PROBLEM = "application/problem+json"

TROUBLES: dict[str, tuple[dict[str, Any] | None, str]] = {
    "500": ({"status": 500, "body": "oops"}, "服务器暂时出错（500）"),
    "502": ({"status": 502, "content_type": "text/html", "body": "<h1>bad</h1>"}, "（502）"),
    "portal": ({"status": 200, "content_type": "text/html", "body": PORTAL}, "网络需要先登录"),
    "redirect": (
        {"status": 302, "headers": {"Location": "http://portal.invalid/"}},
        "连不上服务器",
    ),
    "nothing": (None, "连不上服务器"),
}
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "413": ({"status": 413, "content_type": "text/html", "body": "<h1>413</h1>"}, "内容太大"),
    "409": (
        {
            "status": 409,
            "content_type": PROBLEM,
            "body": '{"code": "instance_differs", "detail": "已收到过，但内容不同"}',
        },
        "已收到过，但内容不同",
    ),
}


def answer_with(page: Page, path: str, answer: dict[str, Any] | None) -> Callable[[], None]:
    """Let an address answer this, or nothing, until the returned function is called."""

    def handle(route: Route) -> None:
        if answer is None:
            route.abort("connectionreset")
        else:
            route.fulfill(**answer)

    page.route(path, handle)
    return lambda: page.unroute(path, handle)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_on_the_way_leaves_the_item_where_it_is(
    phone: Phone, office: Office, trouble: str
) -> None:
    answer, words = TROUBLES[trouble]
    mended = answer_with(phone.page, "**/openrosa/submission", answer)
    phone.inspect("通道堵塞")
    item = phone.page.locator("article.item")
    expect(item.locator(".trouble")).to_contain_text(words)
    assert len(phone.photos()) == 1
    mended()
    phone.page.get_by_role("button", name="现在发送").click()
    phone.until_sent()
    assert len(office.hazards()) == 1
    # Where a network sends the app is not its doing.
    phone.errors = [each for each in phone.errors if "portal.invalid" not in each]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_item_is_set_aside_and_holds_up_nothing(
    phone: Phone, office: Office, refusal: str
) -> None:
    answer, words = REFUSALS[refusal]
    mended = answer_with(phone.page, "**/openrosa/submission", answer)
    phone.inspect("第一条")
    item = phone.page.locator("article.item.aside")
    expect(item.locator(".trouble")).to_contain_text(words)
    mended()
    phone.quick_report("第二条")
    expect(phone.page.locator("article.item:not(.aside)")).to_have_count(0)
    assert [each["description"] for each in office.hazards()] == ["第二条"]

    item.get_by_role("button", name="修改").click()
    expect(phone.page.locator("section.hazard").get_by_label("隐患描述")).to_have_value("第一条")
    phone.page.locator("section.hazard").get_by_label("隐患描述").fill("第一条，改过")
    phone.submit()
    phone.until_sent()
    assert {each["description"] for each in office.hazards()} == {"第一条，改过", "第二条"}


def test_trouble_while_photos_are_sent_leaves_the_item_where_it_is(
    phone: Phone, office: Office
) -> None:
    mended = answer_with(phone.page, "**/api/v1/photos/**", None)
    phone.inspect("通道堵塞")
    expect(phone.page.locator("article.item .trouble")).to_contain_text("连不上服务器")
    # The words are there already, and the office sees that a photo is to come.
    [hazard] = office.hazards()
    assert (hazard["photos"], len(hazard["photos_expected"])) == ([], 1)
    mended()
    phone.page.get_by_role("button", name="现在发送").click()
    phone.until_sent()
    [hazard] = office.hazards()
    assert (len(hazard["photos"]), hazard["photos_expected"]) == (1, [])


def test_nothing_is_deleted_on_a_receipt_that_does_not_name_the_photo(phone: Phone) -> None:
    receipt = (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>ok</message>'
        '<receipt xmlns="urn:hazard-ledger:receipt"><hazard number="1"/></receipt>'
        "</OpenRosaResponse>"
    )
    answer = {"status": 201, "content_type": "text/xml", "body": receipt}
    mended = answer_with(phone.page, "**/openrosa/submission", answer)
    phone.quick_report("通道堵塞")
    expect(phone.page.locator("article.item .trouble")).to_be_visible()
    assert len(phone.photos()) == 1
    mended()
    phone.page.get_by_role("button", name="现在发送").click()
    phone.until_sent()


def sql(server: Server, statement: str) -> None:
    engine = create_engine(server.environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_sign_in_that_ends_meanwhile_stops_the_queue_until_the_next(
    phone: Phone, office: Office, server: Server
) -> None:
    phone.until_startable_offline()
    phone.set_offline(True)
    phone.inspect("第一条")
    phone.quick_report("第二条")
    sql(server, "DELETE FROM tokens")
    phone.set_offline(False)
    expect(phone.page.locator(".strip")).to_contain_text("登录已失效")
    assert len(phone.rows("outbox")) == 2
    phone.page.get_by_role("link", name="去登录").click()
    phone.sign_in("grid01")
    phone.until_sent()
    assert len(office.hazards()) == 2


def test_a_closed_account_is_told_plainly(phone: Phone, server: Server) -> None:
    sql(server, "UPDATE users SET closed_at = '2026-01-01' WHERE username = 'grid01'")
    phone.page.get_by_role("button", name="更新").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("账号已停用")


def test_another_account_does_not_send_what_is_not_its_own(phone: Phone, office: Office) -> None:
    phone.until_startable_offline()
    phone.set_offline(True)
    phone.quick_report("张三的")
    mended = answer_with(phone.page, "**/openrosa/submission", None)
    phone.set_offline(False)
    phone.go("/me")
    phone.page.get_by_role("button", name="退出登录").click()
    phone.page.get_by_role("button", name="退出", exact=True).click()
    expect(phone.page.locator("#username")).to_be_visible()
    mended()
    phone.sign_in("town01")
    phone.go("/outbox")
    expect(phone.page.get_by_text("grid01 登录后才能发送")).to_be_visible()
    assert office.hazards() == []


def test_a_full_phone_says_so_and_keeps_what_is_there(phone: Phone) -> None:
    phone.begin("消防检查", "演示餐馆")
    phone.judge_all()
    hazard = phone.judge(0, "fail").locator("section.hazard")
    hazard.get_by_label("隐患描述").fill("通道堵塞")
    used = phone.page.evaluate("navigator.storage.estimate().then((room) => room.usage)")
    phone.until_startable_offline()
    phone.stop()

    phone.start(quota=used + 300_000)
    phone.page.locator(".card.draft").click()
    hazard = phone.page.locator("section.hazard")
    hazard.locator("input[data-capture=camera]").first.set_input_files(phone.rich_picture())
    expect(hazard.get_by_role("alert")).to_contain_text("空间不足")
    phone.stop()

    phone.start()
    phone.page.locator(".card.draft").click()
    hazard = phone.page.locator("section.hazard")
    expect(hazard.get_by_label("隐患描述")).to_have_value("通道堵塞")
    hazard.locator("[data-value=general]").click()
    phone.photograph(hazard)
    phone.submit()
    phone.until_sent()


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(86_400, "快了1 天"), (-86_400, "慢了1 天"), (5 * 365 * 86_400, "快了1825 天")],
)
def test_a_wrong_clock_is_told_and_what_is_sent_arrives(
    phone: Phone, office: Office, ahead: int, words: str
) -> None:
    shift = f"""(() => {{
        const ahead = {ahead * 1000};
        const Real = Date;
        globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now() + ahead); }}
            static now() {{ return Real.now() + ahead; }}
        }};
    }})()"""
    assert phone.context
    phone.context.add_init_script(shift)
    phone.page.reload()
    expect(phone.page.get_by_role("alert")).to_contain_text(words)
    phone.inspect("通道堵塞")
    phone.until_sent()
    [hazard] = office.hazards()
    # A day ahead can't be; a day behind may have been sent late.
    today = local_date(datetime.now(UTC))
    recorded = today + timedelta(seconds=ahead)
    assert hazard["found_on"] == min(today, recorded).isoformat()


def test_of_two_tabs_one_sends(phone: Phone, office: Office) -> None:
    phone.until_startable_offline()
    other = phone.new_tab()
    posts: list[str] = []
    for page in (phone.page, other):
        page.on("request", lambda r: posts.append(r.url) if r.method == "PATCH" else None)
    phone.set_offline(True)
    for description in ("第一条", "第二条", "第三条"):
        phone.quick_report(description)
    phone.set_offline(False)
    phone.until_sent()
    assert len(office.hazards()) == 3
    assert len(set(posts)) == len(posts)
    other.goto(f"{phone.url}/#/outbox")
    expect(other.get_by_text("都发出去了")).to_be_visible()
