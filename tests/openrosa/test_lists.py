"""Follow-up forms get the lists of what their caller may see."""

from __future__ import annotations

import csv
from io import StringIO
from uuid import uuid4

from lxml import etree

from server.database import Database
from server.openrosa.lists import entity_list
from tests.client import Client
from tests.factories import account_actor, make_area, make_hazard
from tests.filling import fire, hazard

from ..following import PLACES, publish
from ..submissions.test_intake import numbers

MEDIA = "/openrosa/forms/recheck/media/hazards.csv"


def rows(client: Client, path: str = MEDIA) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(answer.text)))


def test_open_hazards_are_listed_with_what_a_client_needs(grid: Client, town: Client) -> None:
    number = numbers(grid.submit(fire([hazard(description="通道，“堵”\n了")])))[0]
    [listed] = rows(grid)
    assert listed["number"] == number
    assert listed["label"].startswith(number[-11:])
    assert listed["description"] == "通道，“堵” 了"
    assert (listed["__version"], listed["state"], listed["level"]) == ("1", "已上报", "一般")
    assert listed["geometry"] == "37.1462 111.7791 0 0"
    town.does(number, "register", {"level": "general", "sector": "FIRE"})
    assert rows(grid)[0]["__version"] == "2"
    void = numbers(grid.submit(fire([hazard()])))[0]
    town.does(void, "void", {"reason": "误报"})
    assert [each["number"] for each in rows(grid)] == [number]


def test_another_areas_hazards_are_not(grid: Client, city: Client, database: Database) -> None:
    with database.writing() as session:
        area = make_area(session, "141181105000")
        make_hazard(session, account_actor(session, "city01"), area_code=area)
    assert rows(grid) == []
    assert len(rows(city)) == 1


def test_the_same_list_is_not_sent_twice(grid: Client) -> None:
    grid.submit(fire([hazard()]))
    first = grid.get(MEDIA)
    known = {"If-None-Match": first.headers["ETag"]}
    assert grid.get(MEDIA, headers=known).status_code == 304
    assert grid.head(MEDIA).headers["ETag"] == first.headers["ETag"]
    grid.submit(fire([hazard()]))
    assert grid.get(MEDIA, headers=known).status_code == 200


def test_the_manifest_says_the_md5_of_the_exact_bytes(grid: Client) -> None:
    from hashlib import md5

    grid.submit(fire([hazard()]))
    answer = grid.get("/openrosa/forms/recheck/manifest.xml")
    assert answer.content_type == "text/xml; charset=utf-8"
    [file] = etree.fromstring(answer.data)
    assert file.get("type") == "entityList"
    told = {etree.QName(each).localname: each.text for each in file}
    assert told["filename"] == "hazards.csv"
    assert told["hash"] == f"md5:{md5(grid.get(MEDIA).data).hexdigest()}"
    assert told["downloadUrl"] == f"http://localhost{MEDIA}"


def test_a_form_has_only_the_files_that_it_names(grid: Client) -> None:
    for path in ("fire/media/hazards.csv", "recheck/media/sites.csv", "none/media/hazards.csv"):
        assert grid.get(f"/openrosa/forms/{path}").status_code == 404
    listed = etree.fromstring(grid.get("/openrosa/formList").data)
    with_files = [
        form.findtext("{*}formID") for form in listed if form.find("{*}manifestUrl") is not None
    ]
    assert with_files == ["recheck"]
    assert len(grid.get("/openrosa/forms/fire/manifest.xml").data) < 200


def test_sites_and_areas_are_lists_too(grid: Client) -> None:
    source = PLACES.replace(
        "| | text | chosen | 场所 | |",
        "| | select_one_from_file sites.csv | chosen | 场所 | |\n"
        "| | select_one_from_file areas.csv | where | 区划 | |",
    )
    publish(grid.app, source)
    id = str(uuid4())
    body = {"id": id, "name": "=王记", "kind": "enterprise", "address": "府前街3号"}
    assert grid.post("/api/v1/sites", json=body).status_code == 201
    listed = {each["name"]: each for each in rows(grid, "/openrosa/forms/places/media/sites.csv")}
    # As it is: a client compares, and shows; nobody opens it in a spreadsheet.
    assert listed[id]["label"] == "=王记（府前街3号）"
    assert (listed[id]["__version"], listed[id]["kind"]) == ("1", "企业")
    areas = rows(grid, "/openrosa/forms/places/media/areas.csv")
    own = grid.get("/api/v1/me").json["area"]
    assert own in {each["name"] for each in areas}
    assert all(each["name"].startswith(own.rstrip("0")) for each in areas)


def test_a_responsible_unit_is_given_its_own_sites_alone(unit: Client, database: Database) -> None:
    with database.reading() as session:
        permissions = unit.app.extensions["permissions"]
        lists = [
            entity_list(session, "sites.csv", account_actor(session, name), permissions).decode()
            for name in ("unit01", "town01")
        ]
    assert ["演示燃气站" in each for each in lists] == [False, True]
    assert all("演示餐馆" in each for each in lists)
