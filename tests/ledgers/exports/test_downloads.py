"""Downloads: whole telephone numbers, photos, GeoJSON, limits, and the log of all of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.hazards.models import Hazard
from server.ledgers.exports import downloads, ledger, pictures
from server.ledgers.exports.tables import LinesLost
from tests.client import Client
from tests.factories import account_actor, make_hazard
from tests.pictures import jpeg
from tests.web.test_problems import assert_problem

from .test_ledger import csv_lines, sheet_of, xlsx_lines


def test_whole_telephone_numbers_for_an_office_that_asks(
    hazard_in: Callable[[State], str], town: Client, city: Client, department: Client
) -> None:
    hazard_in(State.RECTIFYING)
    for client in (town, city, department):
        [line] = csv_lines(client, "?phones=true")
        assert line["整改责任人及电话"] == "赵六 13800001234"
        [line] = xlsx_lines(client, "?phones=false")
        assert line["整改责任人及电话"] == "赵六 138****1234"


def test_nobody_else_gets_them(
    hazard_in: Callable[[State], str], grid: Client, unit: Client, auditor: Client
) -> None:
    hazard_in(State.RECTIFYING)
    for client in (grid, unit, auditor):
        assert_problem(client.get("/api/v1/ledger.csv?phones=true"), 403, "phones_forbidden")
        [line] = csv_lines(client)
        assert line["整改责任人及电话"] == "赵六 138****1234"


def test_a_department_gets_those_of_its_sectors_only(
    database: Database, advance: Callable[[str, State], str], department: Client
) -> None:
    with database.writing() as session:
        actor = account_actor(session, "dept01")
        number = make_hazard(session, actor, sector="GAS").number
    advance(number, State.RECTIFYING)
    with database.writing() as session:
        session.execute(update(Hazard).values(sector="GAS"))
    [line] = csv_lines(department, "?phones=true")
    assert line["整改责任人及电话"] == "赵六 138****1234"


def test_every_export_is_written_down(
    make: Callable[..., str], town: Client, city: Client, auditor: Client
) -> None:
    make()
    csv_lines(town, "?phones=true&state=reported")
    xlsx_lines(city)
    town.get("/api/v1/ledger.geojson")
    assert town.get("/api/v1/ledger.csv?area=999999999999").status_code == 422
    for client in (city, auditor):
        answer = client.get("/api/v1/exports/log").json
        entries = [
            (each["user_name"], each["format"], each["lines"], each["phones"], each["query"])
            for each in answer["items"]
        ]
        assert entries == [
            ("李四", "geojson", 1, False, {}),
            ("周八", "xlsx", 1, False, {}),
            ("李四", "csv", 1, True, {"phones": "true", "state": "reported"}),
        ]
    [plain] = city.get("/api/v1/exports/log?phones=true").json["items"]
    assert (plain["role"], plain["kind"], plain["at"]) == (
        *("township_office", "ledger"),
        "2026-11-23T02:00:00+00:00",
    )
    first = city.get("/api/v1/exports/log?limit=2").json
    rest = city.get(f"/api/v1/exports/log?limit=2&cursor={first['next_cursor']}").json
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]


def test_the_log_is_for_the_city_and_its_auditors(town: Client, grid: Client, unit: Client) -> None:
    for client in (town, grid, unit):
        assert client.get("/api/v1/exports/log").status_code == 403


def test_photos_stand_beside_their_lines(
    make: Callable[..., str], town: Client, grid: Client, unit: Client
) -> None:
    before = grid.put_photo(jpeg(seed=1))
    broken = grid.put_photo(b"\xff\xd8\xff" + b"no picture at all" * 20)
    make(photos=[before])
    make(photos=[broken])
    number = make()
    for who, action, data in (
        (town, "register", {"level": "general", "sector": "FIRE", "site": 1}),
        (town, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"}),
    ):
        who.does(number, action, data)
    sheet = sheet_of(town.get("/api/v1/ledger.xlsx?photos=true"))
    assert [sheet[each].value for each in ("AA3", "AA4", "AB4")] == ["照片", "整改前", "整改后"]
    places = [(each.anchor._from.row, each.anchor._from.col) for each in sheet._images]
    assert places == [(6, 26)]
    assert sheet.row_dimensions[7].height >= 90


def test_the_photo_after_is_the_last_one(hazard_in: Callable[[State], str], town: Client) -> None:
    hazard_in(State.AWAITING_ACCEPTANCE)
    sheet = sheet_of(town.get("/api/v1/ledger.xlsx?photos=true"))
    assert [each.anchor._from.col for each in sheet._images] == [27]


def test_photos_brought_later_are_not_of_an_earlier_day(
    hazard_in: Callable[[State], str], town: Client, clock: FixedClock
) -> None:
    hazard_in(State.RECTIFYING)
    clock.at += timedelta(days=1)
    hazard_in(State.AWAITING_ACCEPTANCE)
    path = "/api/v1/ledger.xlsx?photos=true"
    assert len(sheet_of(town.get(path))._images) == 1
    assert len(sheet_of(town.get(f"{path}&as_of=2026-11-23"))._images) == 0


def test_photos_have_limits_and_no_place_in_a_csv(
    make: Callable[..., str], town: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    answer = town.get("/api/v1/ledger.csv?photos=true")
    assert_problem(answer, 422, "invalid_input")
    assert "photos" in answer.json["errors"]
    monkeypatch.setattr(ledger, "MOST_PICTURED", 0)
    assert pictures.MOST_PICTURED == 500
    answer = town.get("/api/v1/ledger.xlsx?photos=true")
    assert_problem(answer, 413, "too_many_for_photos")


def test_what_is_too_large_to_wait_for_is_for_the_background(
    make: Callable[..., str], town: Client, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = make()
    make()
    clock.at += timedelta(days=1)
    town.does(number, "comment", {"note": "x"})
    monkeypatch.setattr(downloads, "MOST_DIRECT", 1)
    answer = town.get("/api/v1/ledger.csv")
    assert_problem(answer, 413, "export_too_large")
    assert (answer.json["lines"], answer.json["most"]) == (2, 1)
    assert "后台导出" in answer.json["detail"]
    monkeypatch.setattr(downloads, "MOST_DIRECT", 0)
    assert_problem(town.get("/api/v1/ledger.csv?as_of=2026-11-23"), 413, "export_too_large")
    assert town.get("/api/v1/ledger.geojson").status_code == 200


def test_a_ledger_with_other_than_its_lines_is_none(
    make: Callable[..., str], town: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    monkeypatch.setattr(ledger, "count", lambda *args: 2)
    for suffix in ("xlsx", "csv"):
        answer = town.get(f"/api/v1/ledger.{suffix}")
        assert_problem(answer, LinesLost.status, "export_incomplete")


def test_geojson_has_the_places_and_counts_what_has_none(
    make: Callable[..., str], town: Client, city: Client
) -> None:
    placed = make(latitude=37.146, longitude=111.779, description='引号" 反斜\\ 换行\n')
    make()
    far = make("city01", area_code="141181100000", latitude=37.2, longitude=111.8)
    answer = town.get("/api/v1/ledger.geojson")
    assert answer.content_type == "application/geo+json"
    collection = json.loads(answer.data)
    assert collection["type"] == "FeatureCollection"
    assert collection["without_place"] == 1
    [feature] = collection["features"]
    assert feature["id"] == placed
    assert feature["geometry"] == {"type": "Point", "coordinates": [111.779, 37.146]}
    assert feature["properties"]["township"] == "新义街道"
    assert feature["properties"]["description"] == '引号" 反斜\\ 换行\n'
    assert not feature["properties"]["overdue"]
    found = json.loads(city.get("/api/v1/ledger.geojson?area=141181100000").data)
    assert [each["id"] for each in found["features"]] == [far]
    empty = json.loads(town.get("/api/v1/ledger.geojson?state=closed").data)
    assert empty == {"type": "FeatureCollection", "features": [], "without_place": 0}


def test_many_features_are_one_valid_collection(database: Database, town: Client) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        for _ in range(1_003):
            make_hazard(session, actor, latitude=37.1, longitude=111.7)
    assert len(json.loads(town.get("/api/v1/ledger.geojson").data)["features"]) == 1_003


def test_geojson_takes_neither_phones_nor_photos(town: Client) -> None:
    for query in ("phones=true", "photos=true"):
        assert town.get(f"/api/v1/ledger.geojson?{query}").status_code == 422


def test_nothing_is_left_in_the_temporary_folder(
    make: Callable[..., str], town: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    xlsx_lines(town)
    csv_lines(town)
    assert list(folder.iterdir()) == []
