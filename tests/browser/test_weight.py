"""How many bytes the app is over the wire: what a worker pays for, and waits for on a bad link."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright, expect

from tests.serving import ROOT, Server

from .phone import CHROMIUM, VIEWPORT

MOST_BEFORE_SIGN_IN = 120_000
MOST_IN_ALL = 400_000


def test_bytes_over_the_wire(playwright: Playwright, server: Server) -> None:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(server.url)
    expect(page.locator("#username")).to_be_visible()
    before = sum(received)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    names = page.evaluate("""async () => {
        const [name] = (await caches.keys()).filter((key) => key.includes('precache'));
        const requests = await (await caches.open(name)).keys();
        return requests.map((request) => new URL(request.url).pathname);
    }""")
    browser.close()
    dist = ROOT / "static/dist"
    whole = sum(_on_the_wire(dist / name.lstrip("/")) for name in set(names))
    assert before <= MOST_BEFORE_SIGN_IN
    assert whole <= MOST_IN_ALL


def _on_the_wire(file: Path) -> int:
    brotli = file.with_name(file.name + ".br")
    return (brotli if brotli.exists() else file).stat().st_size
