"""At a desk: another's ledger is held against ours, a month confirmed and closed, documents found
again, and what is wrong with our own ledger settled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from config import Settings
from server.application import create_app
from server.clock import FixedClock, local_date
from server.database import Database
from server.ledgers.models import Reconciliation
from tests.client import Client
from tests.conftest import PASSWORD, SECRET_KEY
from tests.factories import account_actor, make_hazard
from tests.ledgers.reconciliation.sheets import line, workbook
from tests.serving import Server, serving

from .desk import Desk

XSS = '<img src=x onerror="document.title=1">'
NOW = datetime.now(UTC)
# A month that is over, whatever day it is today.
THEN = NOW - timedelta(days=62)
MONTH = f"{local_date(THEN):%Y-%m}"


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on which something has happened: hazards, one overdue; documents; a self-audit."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'server.db'}",
        storage_url=f"file://{tmp_path / 'photos'}",
        secret_key=SECRET_KEY,
        session_days=365,
        log_level="ERROR",
    )
    shutil.copy(sqlite_template, tmp_path / "server.db")
    live_through(settings)
    environment = {
        "DATABASE_URL": settings.database_url,
        "STORAGE_URL": settings.storage_url,
        "SECRET_KEY": SECRET_KEY,
    }
    with serving(environment, tmp_path / "server.log") as running:
        yield running


def live_through(settings: Settings) -> None:
    clock = FixedClock(THEN)
    app = create_app(settings, clock)
    town = Client.signed_in(app, "town01", PASSWORD)
    numbers = [report(app.extensions["database"], THEN) for _ in range(3)]
    town.does(numbers[0], "register", {"level": "general", "sector": "FIRE", "site": 1})
    deadline = local_date(THEN + timedelta(days=20)).isoformat()
    town.does(numbers[0], "assign", {"responsible_unit": 1, "deadline": deadline})
    clock.at = NOW - timedelta(hours=2)
    report(app.extensions["database"], clock.at, "配电箱门缺失，线路裸露")
    body = {"id": str(uuid4()), "kind": "inspection_record", "data": {"unit": XSS}}
    answer = town.post(f"/api/v1/hazards/{numbers[0]}/documents", json=body)
    assert answer.status_code == 201, answer.text
    app.extensions["auditor"].run_now()
    app.extensions["database"].dispose()


def report(database: Database, at: datetime, description: str = f"疏散通道堆物{XSS}") -> str:
    said = {"description": description, "site_id": 1, "site_name": "演示餐馆", "spot": "一楼"}
    with database.writing() as session:
        return make_hazard(session, account_actor(session, "grid01"), at=at, **said).number


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    opened = Database(server.environment["DATABASE_URL"])
    yield opened
    opened.dispose()


def theirs() -> bytes:
    """Their ledger: a line that may be ours, one that nobody has, and a day that there isn't."""
    plain = {"检查日期": local_date(NOW).isoformat(), "隐患部位": "一楼"}
    alike = {"单位名称": "演示餐馆", "隐患描述": "配电箱门缺失，线路裸露"}
    alone = {"单位名称": "演示超市", "隐患描述": f"灭火器压力不足{XSS}", "整改时限": "2026-13-40"}
    return workbook([line(**plain | alike), line(**plain | alone)])


def choose(page: Page, name: str, option: str) -> None:
    """Choose in a select: its field is covered by the words of what is chosen."""
    field = page.get_by_role("combobox", name=name, exact=True)
    page.locator(".el-select__wrapper", has=field).click()
    page.locator(".el-select-dropdown:visible").get_by_role("option", name=option).click()


def test_a_ledger_is_sent_held_against_ours_and_settled(
    desk: Desk, database: Database, screens: Path
) -> None:
    page = desk.sign_in("town01", "/reconciliations")
    page.get_by_role("button", name="上传对方台账").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="上传", exact=True).click()
    expect(dialog.get_by_text("请选择文件。")).to_be_visible()
    dialog.locator("input[type=file]").set_input_files(
        {"name": "十一月.xlsx", "mimeType": "application/octet-stream", "buffer": theirs()}
    )
    dialog.get_by_role("combobox", name="谁的台账").fill(f"市住建局{XSS}")
    desk.take(screens, "reconciliation-upload")
    dialog.get_by_role("button", name="上传", exact=True).click()

    # The columns: one is put right, and what could not be read is told.
    expect(page.get_by_role("tab", name="核对各列")).to_be_visible()
    expect(page.get_by_text("2026-13-40", exact=True).first).to_be_visible()
    choose(page, "第 A 列是什么", "不用这一列")
    page.get_by_role("button", name="保存并重新读取").click()
    expect(page.get_by_text("您指定过")).to_have_count(1)

    # Work that somebody else's process has in hand: it is seen from here, and taken back.
    with database.writing() as session:
        busy = {"state": "running", "rows_done": 1, "heartbeat_at": datetime.now(UTC)}
        session.execute(update(Reconciliation).values(**busy))
    page.reload()
    expect(page.get_by_text("1 / 2 条")).to_be_visible()
    desk.take(screens, "reconciliation-running")
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_text("已取消对账。")).to_be_visible()

    page.get_by_role("button", name="开始对账").click()
    expect(page.get_by_role("tab", name="待确认 1")).to_be_visible()
    page.get_by_role("tab", name="待确认 1").click()
    expect(page.locator(".candidate")).to_have_count(1)
    desk.take(screens, "reconciliation-candidates")
    page.keyboard.press("y")
    expect(page.get_by_text("没有要确认的了。")).to_be_visible()
    page.get_by_role("tab", name="逐行结果").click()
    expect(page.get_by_text("人工确认")).to_be_visible()

    # What is settled leaves the list of what waits, and an address leads back to it.
    page.get_by_role("tab", name="差异").click()
    alone = page.locator(".difference", has_text="对方有、我方无")
    expect(alone).to_have_count(1)
    desk.take(screens, "reconciliation-differences")
    alone.get_by_role("button", name="对方有误").click()
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    expect(page.get_by_text("请写明理由。")).to_be_visible()
    page.get_by_role("dialog").locator("textarea").fill(f"现场没有这一处{XSS}")
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    expect(alone).to_have_count(0)
    choose(page, "状态", "对方有误，已答复")
    expect(page.get_by_text(f"现场没有这一处{XSS}")).to_be_visible()
    page.reload()
    expect(page.get_by_text(f"现场没有这一处{XSS}")).to_be_visible()

    page.get_by_role("button", name="下载").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="对账确认单").click()
    assert download.value.suggested_filename.endswith(".docx")
    page.get_by_role("link", name="← 对账").click()
    expect(page.get_by_text("已对账", exact=True)).to_be_visible()
    desk.take(screens, "reconciliations")
    with database.reading() as session:
        assert session.scalars(select(Reconciliation.state)).all() == ["done"]
    assert page.title() == "对账 · 销号通"


def total_of(page: Page) -> str:
    """What is open at the month's end, of all that the caller sees."""
    return page.locator(".balance tfoot .ending").inner_text()


def test_a_month_is_confirmed_and_closed(
    new_desk: Callable[[], Desk], database: Database, screens: Path
) -> None:
    town, city, auditor = new_desk(), new_desk(), new_desk()
    page = town.sign_in("town01", f"/balances/{MONTH}")
    expect(page.locator(".balance tfoot")).to_contain_text("3")
    town.take(screens, "balance")
    page.get_by_role("button", name="确认").click()
    page.get_by_role("dialog").get_by_label("备注").fill("与纸质台账一致")
    # Meanwhile one more belongs to the month.
    report(database, THEN + timedelta(minutes=1))
    page.get_by_role("dialog").get_by_role("button", name="确认无误").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("与您看到的不一致")
    expect(page.get_by_role("dialog")).to_contain_text("数字已更新，您写的还在")
    expect(page.get_by_role("dialog").locator(".sums")).to_contain_text("4")
    town.take(screens, "balance-stale")
    page.get_by_role("dialog").get_by_role("button", name="确认无误").click()
    expect(page.get_by_text("与纸质台账一致")).to_be_visible()
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    assert total_of(page) == "4"

    # The month that waits is the one that the page opens with.
    page = city.sign_in("city01", "/balances")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{int(MONTH[5:])}月")
    choose(page, "每行是什么", "按行业领域")
    expect(page).to_have_url(f"{city.url}/console/balances?by=sector")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("button", name="关账").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="关账").click()
    expect(dialog.get_by_role("alert")).to_contain_text("还没有确认")
    dialog.get_by_label("关账理由").fill("部门已书面确认")
    dialog.get_by_role("button", name="关账").click()
    expect(page.get_by_role("heading", name="已关账")).to_be_visible()

    page = auditor.sign_in("audit01", f"/balances/{MONTH}")
    expect(page.get_by_text("理由：部门已书面确认")).to_be_visible()
    expect(page.get_by_text("签名核对无误")).to_be_visible()
    expect(page.get_by_role("button", name="关账")).to_have_count(0)
    auditor.take(screens, "balance-closed")


def test_documents_are_found_and_what_is_wrong_is_settled(
    new_desk: Callable[[], Desk], screens: Path
) -> None:
    town, auditor, unit = new_desk(), new_desk(), new_desk()
    page = town.sign_in("town01", "/documents?q=新义安")
    expect(page.locator(".sheet tbody tr")).to_have_count(1)
    town.take(screens, "documents")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename.endswith(".docx")
    page.get_by_role("textbox", name="搜索文字").fill("没有的文号")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有符合条件的文书。")).to_be_visible()
    page.get_by_role("button", name="全部清除").click()
    expect(page.locator(".sheet tbody tr")).to_have_count(1)

    page.get_by_role("link", name="台账自查").click()
    overdue = page.locator(".difference", has_text="逾期未延期")
    expect(overdue).to_have_count(1)
    town.take(screens, "self-audit")
    expect(page.get_by_role("button", name="马上查一遍")).to_have_count(0)
    # An act asks for what it needs, at its field, and keeps what was typed.
    overdue.get_by_role("button", name="按建议办理").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("textarea").fill("催告两次未改")
    dialog.get_by_role("button", name="办理").click()
    expect(dialog.get_by_text("必填。")).to_be_visible()
    town.take(screens, "self-audit-acting")
    page.keyboard.press("Escape")
    overdue.get_by_role("button", name="填写说明").click()
    page.get_by_role("dialog").locator("textarea").fill(f"已停业，不再营业{XSS}")
    page.get_by_role("dialog").get_by_role("button", name="提交").click()
    expect(overdue).to_have_count(0)

    page = auditor.sign_in("audit01", "/self-audit?status=explained")
    expect(page.get_by_text(f"已停业，不再营业{XSS}")).to_be_visible()
    expect(page.get_by_role("button", name="填写说明")).to_have_count(0)
    page.get_by_role("button", name="马上查一遍").click()
    expect(page.locator(".working")).to_be_visible()

    # Who has none of this is not led to it.
    page = unit.sign_in("unit01", "/self-audit")
    expect(page.get_by_role("heading", name="打不开这个页面")).to_be_visible()
    expect(page.get_by_role("link", name="文书")).to_be_visible()
    expect(page.get_by_role("link", name="对账")).to_have_count(0)
