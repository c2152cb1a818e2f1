"""The map and the dashboard at a desk: from the city to one hazard, from a figure to its rows."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Request, Route, expect

from server.clock import local_date
from server.database import Database
from server.glossary import Datum, Level, State
from server.places.datum import from_wgs84
from server.seed.demo import CITY, GRID, TOWNSHIP
from tests.factories import account_actor, make_hazard

from .desk import Desk
from .office import Office

pytestmark = pytest.mark.slow

MARKUP = "<img src=x onerror=\"document.title='taken over'\">"
HERE = (37.1471, 111.7793)


def fill(tmp_path: Path) -> dict[str, str]:
    """Hazards of several kinds in the server's database; gives some of their numbers by name."""
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    now, today = datetime.now(UTC), local_date(datetime.now(UTC))
    with database.writing() as session:
        actor = account_actor(session, "city01")

        def make(area: str, place: tuple[float, float] | None, **found: object) -> str:
            latitude, longitude = place or (None, None)
            hazard = make_hazard(
                session,
                actor,
                at=now,
                area_code=area,
                latitude=latitude,
                longitude=longitude,
                site_name=MARKUP,
                description=MARKUP,
                **{name: value for name, value in found.items() if name in ("level", "sector")},
            )
            for name, value in found.items():
                setattr(hazard, name, value)
            return hazard.number

        late = {"state": State.RECTIFYING.value, "deadline": today - timedelta(days=3)}
        listing = {"rank": "市级", "supervisor_unit": "市安委办", "deadline": today.isoformat()}
        numbers = {
            "alone": make(GRID, HERE, **late, level=Level.MAJOR, listing=listing),
            "nowhere": make(TOWNSHIP, None),
        }
        for _ in range(4):
            make("141181100000", (37.0710, 111.6020), sector="GAS")
        closed = {"state": State.CLOSED.value, "closed_on": today}
        make("141181100000", (37.08, 111.61), **closed)
        make(CITY, (37.2, 111.6), sector="COAL", **late)
    database.dispose()
    return numbers


def test_from_the_city_to_one_hazard(desk: Desk, tmp_path: Path, screens: Path) -> None:
    numbers = fill(tmp_path)
    page = desk.sign_in("city01", "/map")
    expect(page.locator(".area-label", has_text="兑镇镇 4")).to_be_visible()
    expect(page.get_by_text("另有 1 条未销号的没有坐标")).to_be_visible()
    desk.take(screens, "map")
    # Into a township, by keyboard, and back.
    page.get_by_role("button", name="新义街道").press("Enter")
    expect(page).to_have_url(re.compile(f"area={TOWNSHIP}.*view="))
    expect(page.get_by_text("图上 1 条")).to_be_visible()
    desk.take(screens, "map-near")
    expect(page.locator(".map-panel li a")).to_have_text(MARKUP)
    page.locator(".leaflet-dots-pane path").hover()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("onerror")
    page.go_back()
    expect(page.locator(".area-label", has_text="兑镇镇 4")).to_be_visible()
    expect(page).not_to_have_url(re.compile("area="))
    # An address that was sent: the same filters, the same part of the map.
    page = desk.open(f"/map?level=major&show=overdue&view={HERE[0]},{HERE[1]},17")
    expect(page.locator(".chips")).to_contain_text("重大")
    expect(page.get_by_role("radio", name="逾期")).to_be_checked()
    page.locator(".leaflet-dots-pane path").click()
    expect(page).to_have_url(re.compile(f"/hazards/{numbers['alone']}$"))
    # Four that no zoom tells apart.
    page = desk.open("/map?view=37.071,111.602,19")
    page.locator(".map-panel").get_by_role("button", name="4 条聚在一处").click()
    expect(page.get_by_role("dialog").locator("li")).to_have_count(4)
    assert page.title() == "隐患地图 · 销号通"


def test_tiles_in_another_datum_lie_under_the_places(desk: Desk) -> None:
    asked: list[tuple[int, int]] = []

    def tile(request: Request) -> None:
        if found := re.search(r"/tiles/18/(\d+)/(\d+)", request.url):
            asked.append((int(found[1]), int(found[2])))

    def with_tiles(route: Route) -> None:
        answer = route.fetch()
        tiles = {"url": "/tiles/{z}/{x}/{y}", "datum": "gcj02", "attribution": "演示"}
        route.fulfill(response=answer, json=answer.json() | {"tiles": tiles})

    desk.page.on("request", tile)
    desk.page.route("**/api/v1/settings", with_tiles)
    page = desk.sign_in("city01", f"/map?view={HERE[0]},{HERE[1]},18")
    expect(page.get_by_text("图上 0 条")).to_be_visible()
    # The address stays in WGS-84.
    expect(page).to_have_url(re.compile(rf"view={HERE[0]}0?,{HERE[1]}0?,18"))
    there = from_wgs84(*HERE, Datum.GCJ02)
    x, y = tile_of(there.latitude, there.longitude)
    middle = [sum(each) / len(asked) for each in zip(*asked, strict=True)]
    assert (abs(middle[0] - x) <= 1, abs(middle[1] - y) <= 1) == (True, True)
    assert abs(middle[0] - tile_of(*HERE)[0]) > 2


def tile_of(latitude: float, longitude: float) -> tuple[int, int]:
    """The tile (zoom 18) of a place (Web Mercator)."""
    count = 2**18
    up = math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((longitude + 180) / 360 * count), int((1 - up) / 2 * count)


def test_every_figure_opens_its_rows(
    desk: Desk, office: Office, tmp_path: Path, screens: Path
) -> None:
    page = desk.sign_in("city01", "/dashboard")
    expect(page.get_by_text("没有未销号的隐患")).to_be_visible()
    desk.take(screens, "dashboard-empty")
    fill(tmp_path)
    page.reload()
    expect(page.locator(".tiles li").first).to_contain_text("7")
    expect(page.locator("canvas")).to_have_count(2)
    expect(page.get_by_text("已过 3 天")).to_be_visible()
    expect(page.get_by_text("没有填报的网格员")).to_be_visible()
    for each in page.locator("summary").all():
        each.click()
    desk.take(screens, "dashboard")
    links = page.locator("a.figure").evaluate_all("all => all.map(a => [a.textContent, a.href])")
    shown = {(said, href) for said, href in links if said.isdigit()}
    assert len(shown) > 20
    for said, href in sorted(shown):
        asked = {name: value[0] for name, value in parse_qs(urlsplit(href).query).items()}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        rows = office.get("city01", f"/hazards?limit=100&{query}")["items"]
        assert len(rows) == int(said), href
    page.locator(".tiles a").first.click()
    expect(page).to_have_url(re.compile("/ledger[?]state=reported"))
    page.go_back()
    # On a wall: the figures alone, and Esc leads back.
    page.get_by_role("button", name="全屏").click()
    expect(page.locator("header.top")).to_have_count(0)
    expect(page.locator(".townships tbody tr")).to_have_count(17)
    page.screenshot(path=str(screens / "console-wall.png"))
    page.get_by_role("button", name="退出全屏").click()
    expect(page.locator("header.top")).to_be_visible()
    page = desk.open("/dashboard?month=2020-01")
    expect(page.get_by_text("2020-01 是过去的月份")).to_be_visible()
