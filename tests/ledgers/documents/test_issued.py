"""The list of issued documents: whose hazards they are of, in order, narrowed, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from server.clock import FixedClock
from tests.client import Client
from tests.conftest import PASSWORD
from tests.web.test_problems import assert_problem

from .conftest import issued

DECEMBER = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
OTHER = "141181100991"


def listed(client: Client, query: str = "") -> list[str]:
    """The numbers of the documents, in their order."""
    return [each["number"] for each in page(client, query)["items"]]


def page(client: Client, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/v1/documents{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_the_newest_first_and_only_of_hazards_that_the_caller_sees(
    app: Flask, make: Callable[..., str], town: Client, department: Client, city: Client,
    auditor: Client, clock: FixedClock,
) -> None:  # fmt: skip
    here, gas, far = make(), make(sector="GAS"), make(area_code=OTHER, site_name="%_演示加油站")
    first = issued(town, here, "inspection_record")
    # All at one moment: their order is the same each time all the same.
    same = {issued(city, each, "inspection_record")["number"] for each in (gas, far)}
    clock.at = DECEMBER
    town, city = (Client.signed_in(app, name, PASSWORD) for name in ("town01", "city01"))
    last = issued(town, here, "rectification_notice", {"unit": "演示餐馆"})

    everything = listed(city)
    assert everything[0] == last["number"]
    assert set(everything[1:]) == same | {first["number"]}
    assert listed(auditor) == everything
    mine = page(town)["items"]
    assert {each["hazard"]["number"] for each in mine} == {here, gas}
    assert {each["hazard"]["number"] for each in page(department)["items"]} == {here, far}
    assert mine[0] == last | {
        "hazard": {
            "number": here,
            "site_name": "",
            "description": "疏散通道堆物",
            "area": "14118100199101",
        }
    }
    content = town.get(mine[0]["url"])
    assert content.status_code == 200

    # Page by page it is the same list.
    paged, query = [], "?limit=1"
    while True:
        some = page(city, query)
        paged += [each["number"] for each in some["items"]]
        if some["next_cursor"] is None:
            break
        query = f"?limit=1&cursor={some['next_cursor']}"
    assert paged == everything

    assert listed(city, "?kind=rectification_notice,review_opinion") == [last["number"]]
    assert listed(city, "?month=2026-12") == [last["number"]]
    assert len(listed(city, "?month=2026-11")) == 3
    assert len(listed(city, "?area=141181100000")) == 1
    for text, count in (("新义安检记", 1), (far, 1), ("%_演示", 1), ("李四", 2), ("无此", 0)):
        assert len(page(city, f"?q={text}".replace("%_", "%25_"))["items"]) == count, text


def test_what_cannot_be_asked_is_told(app: Flask, city: Client, grid: Client) -> None:
    assert page(grid)["items"] == []
    admin = Client.signed_in(app, "admin01", PASSWORD)
    assert admin.get("/api/v1/documents").status_code == 403
    for query, field in (
        ("kind=letter", "kind"),
        ("month=2026-13", "month"),
        ("month=2027-01", "month"),
        ("area=12", "area"),
        ("cursor=nobody", "cursor"),
        ("limit=0", "limit"),
    ):
        answer = city.get(f"/api/v1/documents?{query}")
        assert_problem(answer, 422, "invalid_input")
        assert field in answer.json["errors"], query
