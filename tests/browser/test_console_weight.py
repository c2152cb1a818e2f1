"""How many bytes the console is over the wire before anybody sees a map or a chart."""

from __future__ import annotations

from playwright.sync_api import expect

from .desk import Desk

MOST = 350_000


def test_a_first_visit_is_small_and_leaves_maps_charts_and_the_form_engine_alone(
    desk: Desk,
) -> None:
    session = desk.context.new_cdp_session(desk.page)
    session.send("Network.enable")
    received: list[float] = []
    asked: list[str] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    desk.page.on("request", lambda request: asked.append(request.url))
    page = desk.sign_in("city01")
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(received) > 5
    assert sum(received) <= MOST, sum(received)
    heavy = ("echarts", "leaflet", "xforms", "vant", "preview")
    assert [url for url in asked if any(name in url.lower() for name in heavy)] == []
