"""The ledger as a long sheet: stretches of it, many rows at once, and saved views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask

from server.clock import FixedClock
from server.glossary import Level, State
from tests.client import Client
from tests.conftest import PASSWORD

Make = Callable[..., str]
Advance = Callable[[str, State], str]

REGISTER = {"level": "general", "sector": "FIRE", "site": 1}
ASSIGN = {"deadline": "2026-12-20"}


def numbers(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/hazards/rows{query}")
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json["items"]]


def bulk(client: Client, numbers: list[str], **changes: Any) -> Any:
    body = {"id": str(uuid4()), "action": "assign", "data": ASSIGN, "numbers": numbers}
    return client.post("/api/v1/hazards/bulk", json=body | changes)


def outcomes(client: Client, numbers: list[str], **changes: Any) -> list[tuple[bool, str]]:
    answer = bulk(client, numbers, **changes)
    assert answer.status_code == 200, answer.text
    assert [each["number"] for each in answer.json["items"]] == numbers
    return [(each["ok"], each["code"]) for each in answer.json["items"]]


def test_a_stretch_is_of_the_filters_and_in_order(
    make: Make, town: Client, city: Client, grid: Client, clock: FixedClock
) -> None:
    made = [make(), make(level=Level.SUSPECTED_MAJOR), make(sector="GAS")]
    elsewhere = make("city01", area_code="141181100000")
    total = city.get("/api/v1/hazards/total").json
    assert total["total"] == 4
    assert town.get("/api/v1/hazards/total").json["total"] == 3
    later = make()
    assert numbers(city, f"?until={total['newest']}") == [elsewhere, *reversed(made)]
    assert numbers(city, f"?until={total['newest']}&offset=1&limit=2") == made[:0:-1]
    assert numbers(city, "?sort=created&limit=1") == made[:1]
    assert numbers(town, "?sort=number") == sorted([*made, later])
    assert numbers(town, "?sort=-number&offset=3") == made[:1]
    assert numbers(town, "?level=suspected_major&sector=FIRE") == [made[1]]
    assert city.get("/api/v1/hazards/total?sector=GAS").json["total"] == 1
    assert elsewhere not in numbers(grid)
    town.does(made[0], "register", REGISTER)
    assert numbers(town, "?desk=to_assign") == made[:1]
    assert city.get("/api/v1/hazards/total?desk=to_register&sector=FIRE").json["total"] == 3
    assert numbers(grid, "?desk=to_assign") == []
    assert town.get("/api/v1/hazards/rows?desk=heap").status_code == 422
    earlier = town.get("/api/v1/ledger.csv?desk=to_assign&as_of=2026-11-22")
    assert list(earlier.json["errors"]) == ["desk"]


def test_what_has_no_day_stands_last_either_way_up(
    make: Make, advance: Advance, town: Client, app: Flask
) -> None:
    due, undated = advance(make(), State.ASSIGNED), make()
    assert numbers(town, "?sort=deadline") == [due, undated]
    assert numbers(town, "?sort=-deadline") == [due, undated]
    [row] = town.get("/api/v1/hazards/rows?state=assigned").json["items"]
    said = {name: row[name] for name in ("deadline", "overdue", "reporter", "closed_on")}
    assert said == {
        "deadline": "2026-12-20",
        "overdue": False,
        "reporter": town.hazard(due)["reporter"]["name"],
        "closed_on": None,
    }
    assert numbers(town, "?due_within=27&site=1") == [due]
    assert numbers(town, "?due_within=26") == []
    assert numbers(town, "?period=2026-11&found_from=2026-11-23&found_to=2026-11-23") != []
    assert numbers(town, "?period=2026-10") == []
    assert numbers(town, "?listed=true") == numbers(town, "?closed_in=2026-11") == []
    struck = advance(make(), State.CLOSED)
    assert numbers(town, "?closed_in=2026-11") == [struck]
    with_basis = {"level": "major", "basis": "判定标准第三条"}
    city = Client.signed_in(app, "city01", PASSWORD)
    city.does(due, "regrade", with_basis)
    listing = {"rank": "市", "supervisor_unit": "市安委办", "deadline": "2026-12-20"}
    city.does(due, "list", listing)
    assert numbers(town, "?listed=true&sort=deadline") == [due]


REFUSED_ROWS = (
    ("offset=-1", "offset"),
    ("limit=201", "limit"),
    ("sort=colour", "sort"),
    ("until=x", "until"),
    ("cursor=MQ", "cursor"),
    ("due_within=400", "due_within"),
    ("period=2026-13", "period"),
    ("found_from=today", "found_from"),
)


def test_a_stretch_that_can_not_be_is_refused(town: Client) -> None:
    for query, field in REFUSED_ROWS:
        answer = town.get(f"/api/v1/hazards/rows?{query}")
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_many_are_assigned_each_by_itself(make: Make, advance: Advance, town: Client) -> None:
    ready, placeless, reported = make(), make(), make()
    town.does(ready, "register", REGISTER)
    town.does(placeless, "register", {"level": "general", "sector": "FIRE"})
    asked = [ready, placeless, reported, "YH-0"]
    codes = ("no_site", "not_in_this_state", "hazard_not_found")
    expected = [(True, ""), *((False, code) for code in codes)]
    assert outcomes(town, asked, preview=True) == expected
    assert town.hazard(ready)["state"] == "registered"
    id = str(uuid4())
    assert outcomes(town, asked, id=id) == expected
    assert town.hazard(ready)["state"] == "assigned"
    events = town.get(f"/api/v1/hazards/{ready}/events").json["items"]
    # Sent again, it repeats nothing; asked anew, it is refused like any other act.
    first = bulk(town, [ready], id=id).json["items"][0]
    assert (first["ok"], first["event"]) == (True, events[-1]["id"])
    assert first["responsible_unit"] == town.hazard(ready)["responsible_unit"]
    assert outcomes(town, [ready]) == [(False, "not_in_this_state")]
    data = ASSIGN | {"responsible_unit": 1}
    assert outcomes(town, [placeless, reported], data=data) == [
        (True, ""),
        (False, "not_in_this_state"),
    ]
    assert town.get(f"/api/v1/hazards/{ready}/events").json["items"] == events
    again = {"responsible_unit": 1, "deadline": "2026-12-25", "reason": "改由物业整改"}
    assert outcomes(town, [ready], action="reassign", data=again) == [(True, "")]


def test_many_are_reminded_of(make: Make, advance: Advance, town: Client) -> None:
    waiting, reported = advance(make(), State.ASSIGNED), make()
    words = {"note": "请尽快上报整改方案。"}
    assert outcomes(town, [waiting, reported], action="remind", data=words) == [
        (True, ""),
        (False, "not_in_this_state"),
    ]
    last = town.get(f"/api/v1/hazards/{waiting}/events").json["items"][-1]
    assert (last["action"], last["data"]) == ("remind", words)


def test_nothing_is_done_to_many_that_may_not_be(
    make: Make, town: Client, grid: Client, auditor: Client
) -> None:
    number = make()
    town.does(number, "register", REGISTER)
    assert bulk(grid, [number]).status_code == 403
    assert bulk(auditor, [number]).status_code == 403
    assert bulk(town, [number], action="accept", data={"opinion": "好"}).status_code == 422
    assert bulk(town, [number], action="close", data={"opinion": "好"}).status_code == 422
    assert bulk(town, []).status_code == bulk(town, [number] * 201).status_code == 422
    answer = bulk(town, [number], data={})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["deadline"])
    elsewhere = make("city01", area_code="141181100000")
    assert outcomes(town, [elsewhere]) == [(False, "hazard_not_found")]
    past = outcomes(town, [number], data={"deadline": "2026-11-01"})
    assert past[0][0] is False
    assert town.hazard(number)["state"] == "registered"


def test_a_view_is_kept_changed_and_forgotten_by_who_made_it(town: Client, town2: Client) -> None:
    wanted = {
        "name": "逾期消防",
        "query": {"overdue": "true", "sector": "FIRE"},
        "columns": ["number", "deadline"],
        "sort": "deadline",
    }
    kept = town.post("/api/v1/views", json=wanted)
    assert kept.status_code == 201
    address = f"/api/v1/views/{kept.json['id']}"
    assert town.get("/api/v1/views").json["items"] == [wanted | {"id": kept.json["id"]}]
    assert town2.get("/api/v1/views").json["items"] == []
    assert town2.put(address, json=wanted).status_code == town2.delete(address).status_code == 404
    assert town.post("/api/v1/views", json=wanted).status_code == 409
    other = town.post("/api/v1/views", json={"name": "全部"}).json
    assert (other["query"], other["sort"]) == ({}, "-created")
    assert town.put(address, json=wanted | {"name": "全部"}).status_code == 409
    assert town.put(address, json=wanted | {"sort": "number"}).json["sort"] == "number"
    assert town.delete(address).status_code == 204
    assert town.get("/api/v1/views").json["items"] == [other]
    assert town.delete("/api/v1/views/99999999999999999999").status_code == 404


REFUSED_VIEWS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"query": {"colour": "red"}}, "query"),
    ({"query": {"state": "open"}}, "query"),
    ({"query": {"limit": "5"}}, "query"),
    ({"query": {"state": 1}}, "query.state.value"),
    ({"sort": "colour"}, "sort"),
    ({"name": " "}, "name"),
    ({"columns": ["x"] * 41}, "columns"),
)


def test_a_view_that_could_not_be_shown_is_not_kept(town: Client) -> None:
    for changes, field in REFUSED_VIEWS:
        answer = town.post("/api/v1/views", json={"name": "一"} | changes)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_so_many_views_are_kept_and_no_more(town: Client) -> None:
    for number in range(50):
        assert town.post("/api/v1/views", json={"name": f"视图{number}"}).status_code == 201
    assert town.post("/api/v1/views", json={"name": "多"}).status_code == 409
