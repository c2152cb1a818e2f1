"""The app on the phone: without a service worker, and when a newer version is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.serving import ROOT, Server, serving

from .office import Office
from .phone import Phone

COPIED = ("server", "forms", "migrations", "config.py", "gunicorn.conf.py", "static/dist")

KEPT = ("DATABASE_URL", "STORAGE_URL", "SECRET_KEY")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program, whose build a test may change."""
    root = tmp_path / "copy"
    for name in COPIED:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return root


@pytest.fixture
def copied_server(server: Server, copy: Path, tmp_path: Path) -> Iterator[Server]:
    kept = {name: server.environment[name] for name in KEPT}
    with serving(kept, tmp_path / "copy.log", copy) as running:
        yield running


def publish_newer_version(dist: Path) -> None:
    """Change the start page, as a new build would."""
    page = dist / "index.html"
    page.write_text(page.read_text().replace("<title>销号通</title>", "<title>新版</title>"))
    worker = dist / "sw.js"
    old = worker.read_text()
    marker = 'url:"index.html",revision:"'
    start = old.index(marker) + len(marker)
    worker.write_text(old[:start] + "0" * 32 + old[old.index('"', start) :])
    for name in ("index.html", "sw.js"):
        for suffix in (".br", ".gz"):
            (dist / f"{name}{suffix}").unlink(missing_ok=True)


def test_a_newer_version_is_offered_and_not_in_the_middle_of_a_form(
    new_phone: Callable[..., Phone], copied_server: Server, copy: Path
) -> None:
    phone = new_phone(copied_server.url)
    phone.sign_in("grid01")
    phone.until_startable_offline()
    phone.begin("消防检查", "演示餐馆")
    publish_newer_version(copy / "static/dist")
    phone.page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.update())")
    phone.judge_all()
    offer = phone.page.get_by_text("有新版本")
    expect(offer).to_have_count(0)
    assert phone.page.title() == "销号通"
    phone.go("/")
    expect(offer).to_be_visible()
    phone.page.get_by_role("button", name="现在更新").click()
    expect(phone.page).to_have_title("新版")
    phone.page.locator(".card.draft").click()
    expect(phone.page.locator(".done")).to_contain_text("12 / 12")


def test_without_a_service_worker_all_but_a_cold_start_works(
    new_phone: Callable[..., Phone], office: Office
) -> None:
    phone = new_phone()
    assert phone.context
    phone.context.add_init_script("delete Navigator.prototype.serviceWorker")
    phone.page.reload()
    phone.sign_in("grid01")
    expect(phone.page.get_by_text("这个浏览器离线时打不开本应用")).to_be_visible()
    phone.page.wait_for_load_state("networkidle")
    phone.set_offline(True)
    phone.inspect("通道堵塞")
    phone.set_offline(False)
    phone.until_sent()
    assert len(office.hazards()) == 1
