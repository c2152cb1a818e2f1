"""A follow-up form becomes an event of the hazard that it names, and never moves it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import pytest
from flask import Flask
from lxml import etree

from server.database import Database
from server.hazards.audit import Fault, verify
from server.hazards.models import Hazard
from tests.client import Client
from tests.conftest import NOW
from tests.factories import account_actor, make_area, make_hazard
from tests.filling import fire, hazard
from tests.following import LOOK, look, publish
from tests.pictures import jpeg

from .test_intake import numbers, receipt


@pytest.fixture(autouse=True)
def form(app: Flask) -> None:
    publish(app, LOOK)


@pytest.fixture
def number(grid: Client) -> str:
    return numbers(grid.submit(fire([hazard()]), {"fire_01.jpg": jpeg()}))[0]


@pytest.fixture
def entity_id(number: str, database: Database) -> str:
    with database.reading() as session:
        [found] = session.query(Hazard).filter_by(number=number)
        return found.entity_id


def events(client: Client, number: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/api/v1/hazards/{number}/events").json["items"]
    return items


def told(answer: object) -> list[tuple[str, str]]:
    found = receipt(answer).findall("{urn:hazard-ledger:receipt}finding")
    return [(each.get("path", ""), each.get("code", "")) for each in found]


def test_a_visit_is_an_event_and_the_hazard_stays_where_it_is(
    grid: Client, number: str, entity_id: str, database: Database
) -> None:
    photo = jpeg()
    answer = grid.submit(look(entity_id, photo="now.jpg", weather="晴"), {"now.jpg": photo})
    assert answer.status_code == 201, answer.text
    assert (numbers(answer), told(answer)) == ([], [])
    visit = events(grid, number)[-1]
    assert (visit["action"], visit["to_state"]) == ("visit", "reported")
    data = visit["data"]
    assert (data["result"], data["note"]) == ("not_fixed", "仍堆有纸箱")
    assert data["said"] == {"weather": "晴"}
    assert data["on_site"]["latitude"] == 37.1462
    assert data["on_site"]["done_at"].startswith("2026-11-23T01:59:00")
    assert "meanwhile" not in data
    stages = [each["stage"] for each in grid.hazard(number)["photos"]]
    assert stages == ["before", "recheck"]
    with database.reading() as session:
        assert not [each for each in verify(session) if isinstance(each, Fault)]


def test_the_evidence_of_a_visit_is_looked_at(
    app: Flask, grid: Client, town: Client, number: str, entity_id: str
) -> None:
    # The photo says that it was taken where the hazard is; the visit, 5 km away from there.
    filled = look(entity_id, photo="now.jpg", location="37.19 111.7791 0 6")
    grid.submit(filled, {"now.jpg": jpeg()})
    app.extensions["examiner"].bring_up_to_date(number, NOW)
    found = town.get(f"/api/v1/hazards/{number}/evidence").json["items"]
    [visit] = [event for event in events(grid, number) if event["action"] == "visit"]
    assert [(each["event"], each["kind"]) for each in found] == [(visit["id"], "photo_place")]


def test_the_same_again_is_one_visit(grid: Client, number: str, entity_id: str) -> None:
    filled = look(entity_id)
    assert grid.submit(filled).status_code == grid.submit(filled).status_code == 201
    assert [each["action"] for each in events(grid, number)] == ["report", "visit"]


def test_photos_that_come_later_are_of_the_visit(grid: Client, number: str, entity_id: str) -> None:
    for content in (jpeg(), jpeg()):
        # Two visits whose photos happen to have one name.
        filled = look(entity_id, photo="fire_01.jpg")
        grid.submit(filled)
        assert grid.hazard(number)["photos_expected"] == ["fire_01.jpg"]
        assert grid.submit(filled, {"fire_01.jpg": content}).status_code == 201
    found = grid.hazard(number)
    assert found["photos_expected"] == []
    assert [each["stage"] for each in found["photos"]] == ["before", "recheck", "recheck"]


def test_what_the_office_did_meanwhile_is_told(
    grid: Client, town: Client, number: str, entity_id: str
) -> None:
    town.does(number, "register", {"level": "general", "sector": "FIRE"})
    grid.submit(look(entity_id, base_version=1))
    data = events(grid, number)[-1]["data"]
    assert (data["based_on"], data["meanwhile"]) == (1, ["登记"])


def test_an_unknown_result_is_kept_as_it_was_said(
    grid: Client, number: str, entity_id: str
) -> None:
    answer = grid.submit(look(entity_id, result="better", note=None))
    assert told(answer) == [("result", "choice")]
    data = events(grid, number)[-1]["data"]
    assert "result" not in data
    assert data["said"] == {"visit_result": "better"}


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "none"])
def test_a_hazard_that_is_not_there_is_told_and_the_form_is_kept(grid: Client, id: str) -> None:
    answer = grid.submit(look(id))
    assert answer.status_code == 201
    assert told(answer) == [("", "hazard_unknown")]
    assert told(grid.submit(look(id))) == [("", "hazard_unknown")]


def test_another_townships_hazard_is_as_if_it_were_not_there(
    grid: Client, city: Client, database: Database
) -> None:
    with database.writing() as session:
        area = make_area(session, "141181105000")
        elsewhere = make_hazard(session, account_actor(session, "city01"), area_code=area)
        number, entity_id = elsewhere.number, elsewhere.entity_id
    assert told(grid.submit(look(entity_id))) == [("", "hazard_unknown")]
    assert len(events(city, number)) == 1
    assert told(city.submit(look(entity_id))) == []


def test_a_visit_counts_as_having_been_back(
    grid: Client, number: str, entity_id: str, database: Database, app: Flask
) -> None:
    with database.writing() as session:
        [row] = session.query(Hazard).filter_by(number=number)
        row.state, row.closed_on = "closed", app.extensions["clock"].now().date()
    waiting = "/api/v1/hazards?to_recheck=true"
    assert len(grid.get(waiting).json["items"]) == 1
    grid.submit(look(entity_id, result="worse"))
    assert grid.get(waiting).json["items"] == []
    assert grid.hazard(number)["state"] == "closed"


def test_nobody_visits_by_hand(grid: Client, city: Client, number: str) -> None:
    for client in (grid, city):
        assert client.act(number, "visit", {"note": "看过"}).status_code == 403


def test_an_event_that_has_the_visits_id_already_is_in_nobodys_way(
    grid: Client, number: str, entity_id: str
) -> None:
    filled = look(entity_id)
    instance_id = etree.fromstring(filled).findtext("meta/instanceID")
    taken = uuid5(UUID(entity_id), f"visit/{instance_id}/1")
    assert grid.act(number, "comment", {"note": "先"}, event_id=str(taken)).status_code == 201
    assert grid.submit(filled).status_code == 201
    assert [each["action"] for each in events(grid, number)] == ["report", "comment", "visit"]
