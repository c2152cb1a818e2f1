"""What is found about the evidence of real hazards, and what has to be said to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import ExifTags, Image
from sqlalchemy import select

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.hazards.codes import short_code, spaced
from server.hazards.evidence import Examiner
from server.hazards.models import Event, Finding, Hazard
from tests.client import Client
from tests.factories import no_rest
from tests.filling import quick
from tests.hazards.conftest import MakeHazard
from tests.pictures import saved, scene
from tests.web.test_problems import assert_problem

HERE = (37.1462, 111.7791)
Advance = Callable[[str, State], str]


def degrees(value: float) -> tuple[float, float, float]:
    return (float(int(value)), float(int(value * 60 % 60)), round(value * 3600 % 60, 3))


def photo(
    seed: int,
    place: tuple[float, float] | None = HERE,
    at: str | None = "2026:11:23 09:58:00",
    software: str = "",
    quality: int = 85,
) -> bytes:
    """A photo of a scene, taken at a place and time."""
    exif = Image.Exif()
    if at:
        exif[ExifTags.Base.DateTime] = at
    if software:
        exif[ExifTags.Base.Software] = software
    if place:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps.update({1: "N", 2: degrees(place[0]), 3: "E", 4: degrees(place[1])})
    return saved(scene(seed), exif=exif.tobytes(), quality=quality)


def kinds(client: Client, number: str) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/api/v1/hazards/{number}/evidence")
    assert answer.status_code == 200, answer.text
    return {each["kind"]: each for each in answer.json["items"]}


def report(
    client: Client,
    content: bytes,
    place: str = "37.1462 111.7791 760 8",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> str:
    """A hazard by 随手拍; gives its number."""
    xml = quick(location=place, **fields)
    answer = client.submit(xml, {"quick.jpg": content}, headers=headers)
    assert answer.status_code == 201, answer.text
    [number] = [part.split('"')[0] for part in answer.text.split('hazard number="')[1:]]
    return number


def test_an_honest_report_has_nothing_said_about_it(grid: Client, town: Client) -> None:
    number = report(grid, photo(1), headers={"X-Device-Time": "2026-11-23T10:00:05+08:00"})
    assert kinds(town, number) == {}


def test_a_report_from_elsewhere_with_an_old_edited_photo_and_a_wrong_clock(
    grid: Client, town: Client
) -> None:
    content = photo(2, (37.2, 111.7), "2026:11:20 09:00:00", software="Adobe Photoshop")
    number = report(
        grid,
        content,
        place="37.1600 111.7791 760 120",
        headers={"X-Device-Time": "2026-11-23T12:00:00+08:00"},
    )
    found = kinds(town, number)
    assert set(found) == {
        *("photo_place", "photo_time", "edited", "area_place", "weak_fix", "clock_skew"),
    }
    assert found["photo_place"]["serious"]
    assert not found["area_place"]["serious"]
    assert found["area_place"]["numbers"]["distance_m"] == pytest.approx(1110, abs=30)
    assert found["clock_skew"]["numbers"]["seconds"] == 7200
    assert "以外" in found["area_place"]["sentence"]
    assert found["photo_time"]["sha256"] == found["edited"]["sha256"] is not None


def test_an_openrosa_client_says_its_time_in_date(grid: Client, town: Client) -> None:
    number = report(grid, photo(3), headers={"Date": "Mon, 23 Nov 2026 01:00:00 GMT"})
    assert kinds(town, number)["clock_skew"]["numbers"]["seconds"] == -3600


@pytest.mark.parametrize("said", ["yesterday", "9999-99-99", "0001-01-01T00:00:00+23:59", "\x7f"])
def test_a_senseless_clock_says_nothing(grid: Client, town: Client, said: str) -> None:
    assert kinds(town, report(grid, photo(4), headers={"X-Device-Time": said})) == {}


def test_a_point_that_was_set_by_hand_is_marked(grid: Client, town: Client) -> None:
    number = report(grid, photo(5), place="37.1462 111.7791 0 0")
    assert set(kinds(town, number)) == {"hand_set"}


def test_a_photo_without_metadata_from_the_gallery(grid: Client, town: Client) -> None:
    content = photo(6, place=None, at=None)
    sha256 = grid.put_photo(content)
    with grid.app.extensions["database"].writing() as session:
        from server.photos.models import PhotoUpload

        session.scalars(select(PhotoUpload)).one().capture = "gallery"
    number = report(grid, content)
    found = kinds(town, number)
    assert set(found) == {"gallery", "no_metadata"}
    assert found["gallery"]["sha256"] == sha256


def test_a_photo_that_is_none_is_serious(grid: Client, town: Client) -> None:
    found = kinds(town, report(grid, b"no picture at all"))
    assert found["unreadable"]["serious"]


def test_a_site_that_is_somewhere_else(grid: Client, town: Client) -> None:
    number = report(
        grid, photo(7, (37.1462, 111.7750)), place="37.1462 111.7750 760 8", site_id="1"
    )
    assert set(kinds(town, number)) == {"site_place"}


def test_the_same_photo_again_and_one_that_looks_like_it(grid: Client, town: Client) -> None:
    first = report(grid, photo(8))
    again = kinds(town, report(grid, photo(8)))
    assert set(again) == {"same_photo"}
    assert again["same_photo"]["numbers"]["hazards"] == [first]
    third = kinds(town, report(grid, photo(8, quality=60)))
    assert set(third) == {"look_alike"}
    assert third["look_alike"]["numbers"]["bits"] <= 10
    assert kinds(town, first) == {}, "the first one is nobody's copy"
    assert kinds(town, report(grid, photo(9))) == {}


def test_an_after_that_is_the_before_or_from_elsewhere(
    grid: Client, town: Client, unit: Client, advance: Advance
) -> None:
    for seed, after, expected in (
        (10, photo(10, quality=60), {"after_like_before"}),
        (11, photo(12, (37.16, 111.79)), {"after_elsewhere"}),
        (13, photo(14), set()),
    ):
        number = advance(report(grid, photo(seed)), State.RECTIFYING)
        sha256 = unit.put_photo(after)
        unit.does(number, "finish", {"summary": "已清空", "photos": [sha256]})
        assert set(kinds(town, number)) == expected


def test_where_an_after_is_said_to_have_been_taken_counts(
    grid: Client, town: Client, unit: Client, advance: Advance
) -> None:
    number = advance(report(grid, photo(15)), State.RECTIFYING)
    sha256 = unit.put_photo(photo(16))
    on_site = {"latitude": 37.16, "longitude": 111.78, "accuracy_m": 10}
    on_site |= {"done_at": "2026-11-23T09:58:30+08:00"}
    data = {"summary": "已清空", "photos": [sha256], "on_site": on_site}
    unit.does(number, "finish", data)
    assert set(kinds(town, number)) == {"photo_place"}


def test_accepting_and_closing_want_a_word_on_each_serious_finding(
    grid: Client, town: Client, town2: Client, unit: Client, advance: Advance
) -> None:
    number = advance(report(grid, photo(17, (37.2, 111.7))), State.AWAITING_ACCEPTANCE)
    problem = assert_problem(
        town.act(number, "accept", {"opinion": "合格"}), 409, "findings_unanswered"
    )
    [finding] = [each for each in kinds(town, number).values() if each["serious"]]
    assert problem["missing"][0]["part"] == f"answers.{finding['id']}"
    assert problem["missing"][0]["message"] == finding["sentence"]
    for word in ("", "   "):
        answers = [{"finding": finding["id"], "word": word}]
        refused = town.act(number, "accept", {"opinion": "合格", "answers": answers})
        assert_problem(refused, 422, "invalid_input")
    answers = [{"finding": finding["id"], "word": "现场核实，照片是当日在门口拍的"}]
    town.does(number, "accept", {"opinion": "合格", "answers": answers})
    assert_problem(town2.act(number, "close", {"opinion": "同意"}), 409, "findings_unanswered")
    town2.does(number, "close", {"opinion": "同意", "answers": answers})
    events = town.get(f"/api/v1/hazards/{number}/events").json["items"]
    said = {each["action"]: each["data"].get("answered") for each in events}
    for action in ("accept", "close"):
        [answered] = said[action]
        assert answered["sentence"] == finding["sentence"]
        assert answered["word"].startswith("现场核实")


def test_evidence_that_was_not_looked_at_holds_up_the_acceptance(
    grid: Client, town: Client, advance: Advance, database: Database, app: Flask
) -> None:
    number = advance(report(grid, photo(18)), State.AWAITING_ACCEPTANCE)
    app.extensions["examiner"] = type("Nobody", (), {"bring_up_to_date": lambda *_: None})()
    assert_problem(town.act(number, "accept", {"opinion": "合格"}), 409, "evidence_pending")


def test_many_accepted_at_once_are_all_marked(
    town: Client, make: MakeHazard, advance: Advance, app: Flask
) -> None:
    numbers = [advance(make(), State.AWAITING_CLOSURE) for _ in range(10)]
    marked = [kinds(town, number).get("batch_acceptance") for number in numbers]
    assert all(marked)
    assert marked[0] is not None
    assert marked[0]["numbers"]["count"] == 10
    other = advance(make(), State.AWAITING_CLOSURE)
    assert kinds(town, other)["batch_acceptance"]["numbers"]["count"] == 11
    with app.extensions["database"].reading() as session:
        found = session.scalars(select(Finding).where(Finding.kind == "batch_acceptance")).all()
        assert len(found) == 11


def test_what_was_closed_and_comes_back_names_the_old_number(
    grid: Client, town: Client, make: MakeHazard, advance: Advance, clock: FixedClock
) -> None:
    old = advance(make(site_id=1, site_name="演示餐馆", spot="二楼 东侧"), State.CLOSED)
    clock.at += timedelta(days=20)
    new = make(site_id=1, site_name="演示餐馆", spot="二楼 东侧 ")
    assert kinds(town, new)["recurrence"]["numbers"] == {"hazard": old, "days": 20}
    assert "recurrence" not in kinds(town, make(site_id=1, spot="厨房"))
    assert "recurrence" not in kinds(town, make(site_id=2, spot="二楼 东侧"))


def test_without_a_site_the_same_place_and_item_come_back(
    town: Client, make: MakeHazard, advance: Advance, clock: FixedClock
) -> None:
    at = {"latitude": 37.1462, "longitude": 111.7791, "accuracy_m": 8.0, "item": "fire_01"}
    advance(make(**at), State.CLOSED)
    clock.at += timedelta(days=1)
    assert "recurrence" in kinds(town, make(**at | {"latitude": 37.14633}))
    assert "recurrence" not in kinds(town, make(**at | {"latitude": 37.1466}))
    assert "recurrence" not in kinds(town, make(**at | {"item": "fire_02"}))


def test_only_those_who_judge_read_what_was_found(
    grid: Client, unit: Client, auditor: Client, department: Client, city: Client
) -> None:
    number = report(grid, photo(19, (37.2, 111.7)))
    for client in (auditor, city):
        assert set(kinds(client, number)) == {"photo_place"}
    for client in (grid, unit):
        assert_problem(client.get(f"/api/v1/hazards/{number}/evidence"), 403, "forbidden")
    # Another department's, until it is theirs.
    assert_problem(department.get(f"/api/v1/hazards/{number}/evidence"), 404, "hazard_not_found")


def test_the_background_looks_at_each_event_once(
    grid: Client, town: Client, app: Flask, database: Database, clock: FixedClock
) -> None:
    number = report(grid, photo(20, (37.2, 111.7)))
    examiner: Examiner = app.extensions["examiner"]
    assert examiner.examine_due(clock.now(), no_rest) == 1
    assert examiner.examine_due(clock.now(), no_rest) == 0
    with database.reading() as session:
        hazard = session.scalars(select(Hazard).where(Hazard.number == number)).one()
        assert hazard.evidence_seq == hazard.version == 1
        assert len(session.scalars(select(Finding)).all()) == 1
    assert len(kinds(town, number)) == 1


def test_the_background_makes_views_where_it_knows_the_address_on_them(
    grid: Client, town: Client, settings: Settings, clock: FixedClock
) -> None:
    number = report(grid, photo(23))
    [of] = town.get(f"/api/v1/hazards/{number}").json["photos"]
    name = f"view-{spaced(of['code'])}.webp"
    for address, is_made in (("", False), ("https://hazards.example.org/", True)):
        app = create_app(replace(settings, public_url=address), clock)
        storage = app.extensions["storage"]
        with app.extensions["database"].writing() as session:
            session.scalars(select(Hazard)).one().evidence_seq = 0
        app.extensions["examiner"].examine_due(clock.now(), no_rest)
        assert (storage.rendition(of["sha256"], name) is not None) == is_made
        app.extensions["database"].dispose()
    shown = town.get(of["view"], headers={"Accept": "image/webp"})
    assert shown.data == storage.rendition(of["sha256"], name)


def test_what_the_phone_said_of_its_clock_is_in_the_chain(grid: Client, database: Database) -> None:
    number = report(grid, photo(21), headers={"X-Device-Time": "2026-11-23T10:00:05+08:00"})
    with database.reading() as session:
        event = session.scalars(
            select(Event).join(Hazard, Hazard.id == Event.hazard_id).where(Hazard.number == number)
        ).first()
        assert event is not None
        device = json.loads(event.data)["device"]
        assert datetime.fromisoformat(device["sent_at"]).minute == 0
        assert "filled_at" in device


def test_a_code_leads_back_to_the_photo(
    grid: Client, unit: Client, anonymous: Client, town: Client
) -> None:
    number = report(grid, photo(22))
    [of] = town.get(f"/api/v1/hazards/{number}").json["photos"]
    for typed in (of["code"], spaced(of["code"]).lower(), of["code"].replace("0", "O")):
        answer = town.get(f"/api/v1/hazards/codes/{typed}")
        assert answer.json == {"number": number, "sha256": of["sha256"], "stage": "before"}
    assert_problem(unit.get(f"/api/v1/hazards/codes/{of['code']}"), 404, "code_not_found")
    assert_problem(town.get("/api/v1/hazards/codes/" + "0" * 12), 404, "code_not_found")
    scanned = anonymous.get(f"/v/{of['code']}")
    assert (scanned.status_code, scanned.headers["Location"]) == (302, f"/#/v/{of['code']}")
    hostile = anonymous.get("/v/%22%3E%3Cscript%3E").headers["Location"]
    assert "<" not in hostile
    assert hostile.startswith("/#/v/")


def test_codes_are_short_and_their_own() -> None:
    codes = {
        short_code(f"event-{number}", position) for number in range(500) for position in (0, 1)
    }
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {12}
    assert not {"I", "L", "O", "U"} & set("".join(codes))


def near(client: Client, place: str, within: int | None = None, **query: Any) -> list[str]:
    asked = {"near": place} | ({"within": within} if within else {}) | query
    answer = client.get("/api/v1/hazards", query_string=asked)
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json["items"]]


def test_what_is_near_is_found(grid: Client, make: MakeHazard) -> None:
    here = make(latitude=37.1462, longitude=111.7791)
    north = make(latitude=37.1462 + 60 / 111_000, longitude=111.7791)
    east = make(latitude=37.1462, longitude=111.7791 + 40 / 88_700)
    make()
    assert near(grid, "37.1462,111.7791") == [east, here]
    assert near(grid, "37.1462,111.7791", 10) == [here]
    assert near(grid, "37.1462,111.7791", 100) == [east, north, here]
    assert near(grid, "37.1462,111.7791", 100, state="closed") == []
    for place in ("37", "a,b", "37,111,1", "91,0", "0,181", "nan,0", "inf,0", ""):
        answer = grid.get("/api/v1/hazards", query_string={"near": place})
        assert_problem(answer, 422, "invalid_input")


def test_a_hazard_of_another_area_is_handed_over_to_it(
    grid: Client, town: Client, city: Client, make: MakeHazard, app: Flask
) -> None:
    number = make()
    data = {"area": "141181002000", "reason": "位置在中阳楼街道"}
    for client in (grid,):
        assert_problem(client.act(number, "hand_over", data), 403, "action_forbidden")
    wrong = town.act(number, "hand_over", data | {"area": "141181999000"})
    assert "data.area" in assert_problem(wrong, 422, "reference_not_found")["errors"]
    abroad = town.act(number, "hand_over", data | {"area": "110000000000"})
    assert_problem(abroad, 422, "reference_not_found")
    own = town.get(f"/api/v1/hazards/{number}").json["area"]
    assert_problem(town.act(number, "hand_over", data | {"area": own}), 409, "same_area")
    assert town.does(number, "hand_over", data)["area"] == "141181002000"
    assert_problem(town.get(f"/api/v1/hazards/{number}"), 404, "hazard_not_found")
    assert city.get(f"/api/v1/hazards/{number}").json["state"] == "reported"
    assert number.split("-")[2] == "001", "a number is given once, for ever"


def test_a_duplicate_is_linked_to_the_one_that_stands(town: Client, make: MakeHazard) -> None:
    stands, again = make(), make()
    town.does(again, "void", {"reason": "重复上报", "duplicate_of": stands})
    assert town.get(f"/api/v1/hazards/{stands}").json["duplicates"] == [again]
