"""A desk in a test's hand: a desktop Chromium with the console in it, of one person each."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect

from tests.conftest import PASSWORD
from tests.serving import ROOT

LARGE = {"width": 1440, "height": 900}
SMALL = {"width": 390, "height": 844}

AXE = ROOT / "static/node_modules/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}

expect.set_options(timeout=15_000)


class Desk:
    """What a person does at the console.

    Whatever goes wrong in the page meanwhile, an error of a script, a breach of the content
    security policy, a request to another host, an answer that is the server's fault, fails the
    test when the desk is left.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.errors: list[str] = []
        self.context = browser.new_context(
            viewport=LARGE,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", self._must_not_complain)
        page.on("request", self._must_be_ours)
        page.on("response", self._must_not_be_our_fault)
        return page

    def leave(self) -> None:
        self.context.close()
        assert self.errors == []

    def _must_not_complain(self, message: ConsoleMessage) -> None:
        # Refusals (401, 404, 412 …) are what some tests are about; the browser complains of each.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def _must_be_ours(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.errors.append(f"a request to {request.url}")

    def _must_not_be_our_fault(self, response: Response) -> None:
        if response.status >= 500:
            self.errors.append(f"{response.status} {response.url}")

    def open(self, path: str) -> Page:
        """Open an address of the console, `/ledger?level=major`; gives the page."""
        self.page.goto(f"{self.url}/console{path}")
        return self.page

    def sign_in(self, username: str, path: str = "/", password: str = PASSWORD) -> Page:
        """Sign in on the way to an address; gives the page."""
        page = self.open(path)
        page.locator("#username").fill(username)
        page.locator("#password").fill(password)
        page.get_by_role("button", name="登录").click()
        expect(page.locator(".password-form")).to_have_count(0)
        return page

    def resize(self, size: dict[str, int]) -> None:
        self.page.set_viewport_size(size)  # type: ignore[arg-type]

    def take(self, folder: Path, name: str) -> None:
        """Photograph the page at a desk and on a phone, to be looked at, and hold it against what
        shuts people out: grave findings of axe, or a page wider than the screen."""
        for size in (LARGE, SMALL):
            self.resize(size)
            self._take_one(folder, f"{name}-{size['width']}")
        self.resize(LARGE)

    def _take_one(self, folder: Path, name: str) -> None:
        page = self.page
        # What is said in passing fades, and says nothing about the page under it.
        expect(page.locator(".el-message, .el-skeleton")).to_have_count(0)
        page.wait_for_timeout(400)  # until nothing moves any more
        page.screenshot(path=str(folder / f"console-{name}.png"))
        page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found = page.evaluate("axe.run().then((result) => result.violations)")
        grave = [
            (each["id"], [node["html"][:200] for node in each["nodes"]])
            for each in found
            if each["impact"] in GRAVE
        ]
        assert grave == [], (name, grave)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is wider than the screen"
