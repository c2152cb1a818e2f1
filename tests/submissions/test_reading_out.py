"""Filled forms are read out: listed, one by one, as tables; each caller their own area's."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from flask import Flask
from lxml import etree

from server.database import Database
from server.seed.demo import CITY
from server.spreadsheet import read_cell
from tests.client import Client
from tests.factories import make_area
from tests.filling import fire, hazard, quick
from tests.following import correcting
from tests.pictures import jpeg

from .test_intake import numbers

LIST = "/api/v1/submissions"


def id_of(xml: bytes) -> str:
    return etree.fromstring(xml).findtext("meta/instanceID") or ""


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def ids(client: Client, query: str = "") -> list[str]:
    return [each["instance_id"] for each in listed(client, query)]


def table(client: Client, form_id: str = "fire", query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/forms/{form_id}/submissions.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return rows(answer.data)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_office_sees_what_was_filled_in_in_its_area_newest_first(
    grid: Client, town: Client
) -> None:
    first, second = fire([hazard()]), quick()
    grid.submit(first)
    grid.submit(second)
    assert ids(town) == [id_of(second), id_of(first)]
    [shown] = listed(town, "form_id=fire")
    assert shown["submitter"] == {"username": "grid01", "name": "张三"}
    assert (shown["form_version"], shown["device_id"]) == ("2", "collect:demo")
    assert shown["area"] == grid.get("/api/v1/me").json["area"]


def test_pages_follow_each_other(grid: Client, town: Client) -> None:
    sent = [fire([]) for _ in range(5)]
    for each in sent:
        grid.submit(each)
    found, cursor = [], ""
    while True:
        answer = town.get(f"{LIST}?limit=2{cursor}").json
        found += [each["instance_id"] for each in answer["items"]]
        if not answer["next_cursor"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert found == [id_of(each) for each in reversed(sent)]


def test_filters_narrow_the_list(grid: Client, town: Client) -> None:
    plain, flagged = fire([]), fire([], fire_01="perhaps")
    for each in (plain, flagged):
        grid.submit(each)
    assert ids(town, "flagged=true") == [id_of(flagged)]
    assert ids(town, "flagged=false") == [id_of(plain)]
    assert len(ids(town, "since=2026-11-23&until=2026-11-23")) == 2
    assert ids(town, "since=2026-11-24") == ids(town, "until=2026-11-22") == []
    assert len(ids(town, "submitter=grid01&version=2")) == 2
    assert ids(town, "submitter=town01") == ids(town, "version=1") == []
    assert town.get(f"{LIST}?area=1").status_code == 422
    for wrong in ("since=yesterday", "since=0001-01-01", "until=9999-12-31"):
        for address in (LIST, "/api/v1/forms/fire/submissions.csv"):
            assert town.get(f"{address}?{wrong}").status_code == 422, wrong
    assert len(ids(town, "since=0001-01-02&until=9999-12-30")) == len(ids(town))


def test_everybody_sees_their_own_and_nobody_anothers_areas(
    app: Flask, grid: Client, town: Client, city: Client, unit: Client, database: Database
) -> None:
    with database.writing() as session:
        make_area(session, "141181105000")
    mine = fire([hazard()])
    grid.submit(mine)
    elsewhere = quick(area="141181105000")
    city.submit(elsewhere)
    assert ids(grid) == ids(town) == [id_of(mine)]
    assert ids(city) == [id_of(elsewhere), id_of(mine)]
    assert ids(city, "area=141181105000") == [id_of(elsewhere)]
    assert town.get(f"{LIST}/{quote(id_of(elsewhere))}").status_code == 404
    assert unit.get(LIST).status_code == 403
    assert table(town, "quick-report") == []
    assert CITY


def test_a_department_sees_the_forms_that_found_something_of_its_sectors(
    grid: Client, department: Client
) -> None:
    found, nothing = fire([hazard()]), fire([])
    for each in (found, nothing):
        grid.submit(each)
    assert ids(department) == [id_of(found)]


def test_one_is_told_whole(grid: Client, town: Client) -> None:
    filled = fire([hazard("fire_01"), hazard("fire_04", photo="late.jpg")])
    photo = jpeg()
    answer = grid.submit(filled, {"fire_01.jpg": photo})
    whole = town.get(f"{LIST}/{quote(id_of(filled))}").json
    assert whole["hazards"] == numbers(answer)
    assert whole["answers"]["place"]["site_name"] == "演示餐馆"
    assert whole["answers"]["place"]["location"]["coordinates"] == [111.7791, 37.1462, 760.0]
    assert [row["item"] for row in whole["answers"]["hazard"]] == ["fire_01", "fire_04"]
    files = {each["name"]: each for each in whole["files"]}
    assert files["late.jpg"]["sha256"] is None
    assert files["fire_01.jpg"]["hazard"] == numbers(answer)[0]
    assert (whole["supersedes"], whole["superseded_by"]) == (None, [])
    corrected = correcting(filled, filled)
    grid.submit(corrected)
    again = town.get(f"{LIST}/{quote(id_of(corrected))}").json
    assert again["supersedes"] == id_of(filled)
    assert town.get(f"{LIST}/{quote(id_of(filled))}").json["superseded_by"] == [id_of(corrected)]


def test_the_very_bytes_and_the_photos_come_back(grid: Client, town: Client) -> None:
    filled, photo = fire([hazard()]), jpeg()
    grid.submit(filled, {"fire_01.jpg": photo})
    path = f"{LIST}/{quote(id_of(filled))}"
    assert town.get(f"{path}.xml").data == filled
    archive = ZipFile(io.BytesIO(town.get(f"{path}.zip").data))
    assert archive.testzip() is None
    assert archive.read("submission.xml") == filled
    assert archive.read("files/01-fire_01.jpg") == photo
    told = json.loads(archive.read("submission.json"))
    assert told["answers"]["place"]["site_name"] == "演示餐馆"


def test_a_photos_name_is_no_path(grid: Client, town: Client) -> None:
    filled = fire([hazard(photo="../../evil.jpg")])
    grid.submit(filled, {"../../evil.jpg": jpeg()})
    archive = ZipFile(io.BytesIO(town.get(f"{LIST}/{quote(id_of(filled))}.zip").data))
    assert "files/01-evil.jpg" in archive.namelist()


def test_an_instance_id_may_look_like_anything(grid: Client, town: Client) -> None:
    for instance_id in ("uuid:a/b", "编号 1", "x?y#z"):
        filled = fire([], instance_id=instance_id)
        grid.submit(filled)
        path = f"{LIST}/{quote(instance_id, safe='')}"
        assert town.get(path).json["instance_id"] == instance_id
        assert town.get(f"{path}.xml").data == filled


def test_a_form_is_a_table(grid: Client, town: Client) -> None:
    filled = fire([hazard()], site_name="=1+1")
    grid.submit(filled, {"fire_01.jpg": jpeg()})
    [row] = table(town)
    assert next(iter(row)) == "SubmissionDate"
    assert (row["KEY"], row["SubmitterName"]) == (id_of(filled), "张三")
    assert read_cell(row["place-site_name"]) == "=1+1"
    assert row["place-site_name"].startswith("\t")
    assert (row["place-location-Latitude"], row["place-location-Accuracy"]) == ("37.1462", "8")
    assert (row["grid_items-fire_01"], row["grid_items-fire_02"]) == ("fail", "pass")
    assert (row["AttachmentsPresent"], row["AttachmentsExpected"]) == ("1", "1")
    assert row["Findings"] == "0"
    assert "hazard-item" not in row


def test_repeats_are_tables_that_name_their_parents(grid: Client, town: Client) -> None:
    filled = [fire([hazard("fire_01"), hazard("fire_04")]), fire([]), fire([hazard("fire_02")])]
    for each in filled:
        grid.submit(each)
    answer = town.get("/api/v1/forms/fire/submissions.csv.zip")
    archive = ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    assert archive.namelist() == ["fire.csv", "fire-hazard.csv"]
    keys = [row["KEY"] for row in rows(archive.read("fire.csv"))]
    assert keys == [id_of(each) for each in filled]
    below = rows(archive.read("fire-hazard.csv"))
    assert [(row["item"], row["PARENT_KEY"]) for row in below] == [
        ("fire_01", keys[0]),
        ("fire_04", keys[0]),
        ("fire_02", keys[2]),
    ]
    assert below[1]["KEY"] == f"{keys[0]}/hazard[2]"


def test_all_versions_of_a_form_are_one_table(grid: Client, town: Client) -> None:
    from tests.following import publish

    def version(number: int, field: str) -> str:
        return (
            "| survey |\n| | type | name | label |\n"
            f"| | text | both | 都有 |\n| | text | {field} | 只有这一版 |\n"
            f"| settings |\n| | form_title | form_id | version |\n| | 表 | versions | {number} |\n"
        )

    for number, field in ((1, "old"), (2, "new")):
        publish(grid.app, version(number, field))
        xml = (
            f'<data id="versions" version="{number}"><both>{number}</both>'
            f"<{field}>值</{field}><meta><instanceID>uuid:{number}</instanceID></meta></data>"
        )
        assert grid.submit(xml.encode()).status_code == 201
    first, second = table(town, "versions")
    assert list(first)[1:4] == ["both", "new", "old"]
    assert (first["old"], first["new"]) == ("值", "")
    assert (second["old"], second["new"]) == ("", "值")


def test_an_unknown_form_has_no_table(town: Client) -> None:
    assert town.get("/api/v1/forms/none/submissions.csv").status_code == 404
    assert table(town) == []


@pytest.mark.parametrize("suffix", ["csv", "csv.zip"])
def test_a_spreadsheet_signs_in_by_basic(app: Flask, suffix: str) -> None:
    from base64 import b64encode

    from tests.conftest import PASSWORD

    client = Client(app)
    path = f"/api/v1/forms/fire/submissions.{suffix}"
    assert client.get(path).headers["WWW-Authenticate"].startswith("Basic")
    basic = b64encode(f"town01:{PASSWORD}".encode()).decode()
    assert client.get(path, headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert client.get(LIST, headers={"Authorization": f"Basic {basic}"}).status_code == 401
