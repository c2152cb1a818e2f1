"""What waits for whom: in numbers, and as filters of the list."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from server.clock import FixedClock
from server.glossary import Level
from tests.client import PLAN, Client
from tests.filling import quick


def report(grid: Client) -> str:
    assert grid.submit(quick(photo=None, site_id="1")).status_code == 201
    number: str = grid.get("/api/v1/hazards?mine=true").json["items"][0]["number"]
    return number


def waiting(caller: Client) -> dict[str, int]:
    answer = caller.get("/api/v1/hazards/waiting")
    assert answer.status_code == 200, answer.text
    return {name: count for name, count in answer.json.items() if count}


def listed(caller: Client, query: str) -> list[str]:
    answer = caller.get(f"/api/v1/hazards?{query}")
    return [each["number"] for each in answer.json["items"]]


def assign(town: Client, number: str) -> None:
    town.does(number, "register", {"level": Level.GENERAL, "sector": "FIRE"})
    town.does(number, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})


def close(unit: Client, town: Client, town2: Client, number: str) -> None:
    assign(town, number)
    unit.does(number, "submit_plan", {"plan": PLAN})
    town.does(number, "approve_plan")
    unit.does(number, "finish", {"summary": "已清空", "photos": [unit.put_photo()]})
    town.does(number, "accept", {"opinion": "通畅"})
    town2.does(number, "close", {"opinion": "同意"})


def test_nothing_waits_at_first(grid: Client, unit: Client, city: Client) -> None:
    assert waiting(grid) == waiting(unit) == waiting(city) == {}


def test_a_returned_report_waits_for_its_reporter(grid: Client, town: Client) -> None:
    number = report(grid)
    assert waiting(grid) == {"reported_this_month": 1}
    town.does(number, "return_report", {"reason": "照片看不清"})
    assert waiting(grid) == {"returned": 1, "reported_this_month": 1}
    assert waiting(town) == {}


def test_an_assigned_hazard_waits_for_its_unit(grid: Client, town: Client, unit: Client) -> None:
    number = report(grid)
    assert listed(unit, "mine=true") == []
    assign(town, number)
    assert waiting(unit) == {"to_rectify": 1}
    assert listed(unit, "mine=true") == [number]
    unit.does(number, "submit_plan", {"plan": PLAN})
    assert waiting(unit) == {}
    assert listed(unit, "mine=false") == []
    assert listed(town, "mine=false") == [number]


def test_what_is_late_is_counted(grid: Client, town: Client, app: Flask) -> None:
    number = report(grid)
    assign(town, number)
    clock: FixedClock = app.extensions["clock"]
    clock.at += timedelta(days=28)
    assert waiting(grid)["overdue"] == 1
    assert listed(grid, "overdue=true") == [number]


def test_a_closed_hazard_waits_to_be_looked_at_again(
    grid: Client, town: Client, town2: Client, unit: Client, app: Flask
) -> None:
    number = report(grid)
    close(unit, town, town2, number)
    assert waiting(grid) == {"to_recheck": 1, "reported_this_month": 1, "closed_this_month": 1}
    assert listed(grid, "to_recheck=true") == [number]
    assert listed(grid, "to_recheck=false") == []
    grid.does(number, "recheck", {"note": "没有反弹"})
    assert "to_recheck" not in waiting(grid)
    other = report(grid)
    close(unit, town, town2, other)
    assert listed(grid, "to_recheck=true") == [other]
    clock: FixedClock = app.extensions["clock"]
    for days in (15, 16):
        clock.at += timedelta(days=days)
        assert grid.get("/api/v1/me").status_code == 200
    assert listed(grid, "to_recheck=true") == []
