"""A phone in a test's hand: a Chromium with a profile that outlives its process."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, Request, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.conftest import PASSWORD
from tests.pictures import jpeg

CHROMIUM = "/usr/bin/chromium"
VIEWPORT = {"width": 390, "height": 844}
HERE = {"latitude": 37.1463, "longitude": 111.7792, "accuracy": 12}

expect.set_options(timeout=15_000)

READ_ALL = """(store) => new Promise((resolve, reject) => {
    const opening = indexedDB.open('hazard-ledger');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const reading = opening.result.transaction(store).objectStore(store).getAll();
        reading.onsuccess = () => {
            opening.result.close();
            const plain = (value) => value instanceof ArrayBuffer
                ? Array.from(new Uint8Array(value)) : value;
            resolve(reading.result.map((row) => Object.fromEntries(
                Object.entries(row).map(([key, value]) => [key, plain(value)]))));
        };
    };
})"""

HAS_NONE = f"async (store) => (await ({READ_ALL})(store)).length === 0"


class Phone:
    """What a person does with the app."""

    page: Page

    def __init__(self, playwright: Playwright, url: str, profile: Path) -> None:
        self._playwright = playwright
        self.url = url
        self.profile = profile
        self.context: BrowserContext | None = None
        self.errors: list[str] = []
        self._photos = 0

    # The browser

    def start(self, *, offline: bool = False, quota: int | None = None) -> None:
        """Start the browser on this phone's profile, and the app in it; `quota` is in bytes."""
        self.context = self._playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic"],
            viewport=VIEWPORT,  # type: ignore[arg-type]
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["geolocation"],
            geolocation=HERE,  # type: ignore[arg-type]
        )
        self.set_offline(offline)
        self.page = self.context.pages[0]
        self.listen(self.page)
        if quota is not None:
            session = self.context.new_cdp_session(self.page)
            little = {"origin": self.url, "quotaSize": quota}
            session.send("Storage.overrideQuotaForOrigin", little)
        self.page.goto(self.url)

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._must_be_ours)

    def _must_be_ours(self, request: Request) -> None:
        """The app asks nothing of another host."""
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.errors.append(f"a request to {request.url}")

    def stop(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None
        assert self.errors == []

    def kill(self) -> None:
        """Kill the browser the way an empty battery does."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if f"--user-data-dir={self.profile}".encode() in command:
                os.kill(int(process.name), signal.SIGKILL)
        assert self.context is not None
        with suppress(PlaywrightError):  # It is gone already.
            self.context.close()
        self.context = None
        for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self.profile / name).unlink(missing_ok=True)

    def restart(self) -> None:
        """Close the browser properly, so that its cookies are on the disk, and start it again."""
        self.until_startable_offline()
        self.stop()
        self.start()
        expect(self.page.locator(".hello")).to_be_visible()

    def new_tab(self) -> Page:
        assert self.context is not None
        page = self.context.new_page()
        self.listen(page)
        page.goto(self.url)
        return page

    @contextmanager
    def offline(self) -> Iterator[None]:
        self.set_offline(True)
        yield
        self.set_offline(False)

    def set_offline(self, offline: bool) -> None:
        assert self.context is not None
        self.context.set_offline(offline)

    def until_startable_offline(self) -> None:
        """Until the service worker has all that a start without a network needs."""
        self.page.evaluate(
            """() => new Promise((resolve) => {
                const { serviceWorker } = navigator;
                if (serviceWorker.controller) resolve();
                serviceWorker.addEventListener('controllerchange', () => resolve());
            })"""
        )

    # The app

    def go(self, path: str) -> None:
        self.page.evaluate("(path) => { location.hash = path }", path)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.locator(".hello")).to_be_visible()
        expect(self.page.locator(".as-of")).to_contain_text("刚刚更新")

    def begin(self, form: str, site: str | None = None) -> None:
        """Open a form, of a site or of none."""
        self.go("/inspect")
        if site is None:
            self.page.get_by_role("button", name="不选场所").click()
        else:
            self.page.locator(".card.site", has_text=site).click()
        self.page.locator(".card.form", has_text=form).click()
        expect(self.page.locator(".submit")).to_be_visible()

    def picture(self) -> Path:
        """A photo as the camera gives it, never twice the same."""
        self._photos += 1
        path = self.profile.parent / f"{self.profile.name}-{self._photos}.jpg"
        path.write_bytes(jpeg(2400, 1800))
        return path

    def rich_picture(self) -> Path:
        """A photo with so much detail that it stays near the most that a reduced one may have."""
        path = self.profile.parent / f"{self.profile.name}-rich.jpg"
        noise = Image.frombytes("L", (2400, 1800), os.urandom(2400 * 1800))
        noise.convert("RGB").save(path, quality=90)
        return path

    def photograph(self, within: Locator, capture: str = "camera") -> None:
        within.locator(f"input[data-capture={capture}]").first.set_input_files(self.picture())
        expect(within.locator(".taken").first).to_be_visible()

    def judge(self, item: int, value: str) -> Locator:
        """Judge the nth item of the checklist; gives its question."""
        question = self.page.locator(".question", has=self.page.locator(".judgement")).nth(item)
        question.locator(f".judgement [data-value={value}]").click()
        return question

    def judge_all(self, value: str = "pass") -> None:
        asked = self.page.locator(".question", has=self.page.locator(".judgement"))
        for index in range(asked.count()):
            if asked.nth(index).locator(".required").count():
                self.judge(index, value)

    def describe_hazard(self, question: Locator, description: str) -> None:
        """Fill in the hazard under an item that failed."""
        hazard = question.locator("section.hazard")
        hazard.get_by_label("隐患描述").fill(description)
        hazard.locator("[data-value=general]").click()
        self.photograph(hazard)

    def submit(self) -> None:
        self.page.get_by_role("button", name="提交").click()
        expect(self.page.locator(".page.outbox")).to_be_visible()

    def send(self) -> None:
        """Submit what is to be done to a hazard."""
        self.page.get_by_role("button", name="提交").click()
        expect(self.page.locator(".page.act")).to_have_count(0)

    def inspect(self, description: str, site: str = "演示餐馆") -> None:
        """A whole fire inspection with one hazard."""
        self.begin("消防检查", site)
        self.judge_all()
        self.describe_hazard(self.judge(0, "fail"), description)
        self.submit()

    def quick_report(self, description: str) -> None:
        """随手拍, from the camera on."""
        self.go("/")
        self.page.locator("input[data-capture=quick]").set_input_files(self.picture())
        expect(self.page.locator(".taken")).to_be_visible()
        self.page.get_by_label("一句话说明隐患").fill(description)
        self.page.locator("[data-value=general]").click()
        self.submit()

    def until_sent(self, timeout: float = 30_000) -> None:
        self.go("/outbox")
        try:
            # The list may not show yet what was taken in a moment ago; the database has it.
            self.page.wait_for_function(HAS_NONE, arg="outbox", timeout=timeout, polling=500)
            expect(self.page.locator("article.item")).to_have_count(0, timeout=timeout)
        except (AssertionError, PlaywrightTimeout) as error:
            waiting = [(row["title"], row["trouble"]) for row in self.rows("outbox")]
            raise AssertionError(f"not sent: {waiting}\n{self.page.url}") from error
        expect(self.page.get_by_text("都发出去了")).to_be_visible()

    # What is on the phone

    def rows(self, store: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.page.evaluate(READ_ALL, store)
        return rows

    def photos(self) -> dict[str, bytes]:
        """The bytes of the photos that wait on the phone, by hash."""
        found = {row["sha256"]: bytes(row["bytes"]) for row in self.rows("photos")}
        assert all(sha256(content).hexdigest() == name for name, content in found.items())
        return found

    def screenshot(self, folder: Path, name: str) -> None:
        self.page.wait_for_timeout(400)  # until nothing moves any more
        self.page.screenshot(path=str(folder / f"{re.sub('[^a-z0-9-]', '-', name)}.png"))
