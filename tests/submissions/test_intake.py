"""A filled form with its photos becomes, once, a submission and the hazards that it found."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree
from sqlalchemy import func, select

from config import Settings
from server.database import Database
from server.hazards.models import Event, Hazard
from server.photos.models import Photo
from server.submissions.models import Submission
from tests.client import Client, multipart
from tests.filling import fire, hazard, quick
from tests.pictures import jpeg

R = "{urn:hazard-ledger:receipt}"


def receipt(answer: object) -> etree._Element:
    found = etree.fromstring(answer.data).find(f"{R}receipt")  # type: ignore[attr-defined]
    assert found is not None
    return found


def numbers(answer: object) -> list[str]:
    return [each.get("number", "") for each in receipt(answer).findall(f"{R}hazard")]


def rows(database: Database, model: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def two_hazards(**kwargs: object) -> tuple[bytes, dict[str, bytes]]:
    xml = fire([hazard("fire_01"), hazard("fire_04", description="灭火器过期")], **kwargs)
    return xml, {"fire_01.jpg": jpeg(), "fire_04.jpg": jpeg()}


def test_two_failed_items_become_two_hazards(grid: Client) -> None:
    xml, photos = two_hazards()
    answer = grid.submit(xml, photos)
    assert answer.status_code == 201, answer.text
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.content_type == "text/xml; charset=utf-8"
    assert len(numbers(answer)) == 2
    first = grid.hazard(numbers(answer)[0])
    assert first["state"] == "reported"
    assert first["number"] == "YH-141181-001-202611-0001"
    assert first["description"] == "二楼疏散通道堆满纸箱"
    assert first["sector"] == "FIRE"
    assert first["level"] == "general"
    assert first["suggested_deadline"] == "2026-12-15"
    assert first["found_on"] == "2026-11-23"
    assert first["site_name"] == "演示餐馆"
    assert first["location"] == {
        "latitude": 37.1462,
        "longitude": 111.7791,
        "accuracy_m": 8.0,
        "datum": "wgs84",
    }
    digest = sha256(photos["fire_01.jpg"]).hexdigest()
    assert [(p["sha256"], p["stage"]) for p in first["photos"]] == [(digest, "before")]
    assert first["needs_review"] is False
    assert first["findings"] == []


def test_the_receipt_names_every_photo_by_hash(grid: Client) -> None:
    xml, photos = two_hazards()
    found = receipt(grid.submit(xml, photos)).findall(f"{R}photo")
    told = {each.get("name"): (each.get("sha256"), each.get("state")) for each in found}
    assert told == {
        name: (sha256(content).hexdigest(), "stored") for name, content in photos.items()
    }


def test_the_photos_are_kept_byte_for_byte(grid: Client) -> None:
    xml, photos = two_hazards()
    grid.submit(xml, photos)
    for content in photos.values():
        answer = grid.get(f"/api/v1/photos/{sha256(content).hexdigest()}")
        assert answer.data == content


def test_the_same_again_changes_nothing(grid: Client, database: Database) -> None:
    xml, photos = two_hazards()
    first, second = grid.submit(xml, photos), grid.submit(xml, photos)
    assert second.status_code == 201
    assert numbers(second) == numbers(first)
    assert (rows(database, Submission), rows(database, Hazard)) == (1, 2)
    assert (rows(database, Event), rows(database, Photo)) == (2, 2)


def test_a_later_post_adds_the_missing_photo_to_its_hazard(grid: Client) -> None:
    xml, photos = two_hazards()
    late = photos.pop("fire_04.jpg")
    answer = grid.submit(xml, photos)
    assert answer.status_code == 201
    expected = [p.get("name") for p in receipt(answer) if p.get("state") == "expected"]
    assert expected == ["fire_04.jpg"]
    number = numbers(answer)[1]
    assert grid.hazard(number)["photos_expected"] == ["fire_04.jpg"]
    again = grid.submit(xml, {"fire_04.jpg": late})
    assert again.status_code == 201
    assert all(p.get("state") == "stored" for p in receipt(again).findall(f"{R}photo"))
    found = grid.hazard(number)
    assert [p["sha256"] for p in found["photos"]] == [sha256(late).hexdigest()]
    assert found["photos_expected"] == []
    actions = [e["action"] for e in grid.get(f"/api/v1/hazards/{number}/events").json["items"]]
    assert actions == ["report", "attach_photo"]


def test_all_photos_may_come_later_one_by_one(grid: Client) -> None:
    xml, photos = two_hazards()
    assert grid.submit(xml).status_code == 201
    for name, content in photos.items():
        assert grid.submit(xml, {name: content}).status_code == 201
    last = grid.submit(xml)
    assert [p.get("state") for p in receipt(last).findall(f"{R}photo")] == ["stored", "stored"]


def test_a_late_photo_reaches_a_hazard_that_moved_on(grid: Client, town: Client) -> None:
    xml = fire([hazard("fire_01")])
    number = numbers(grid.submit(xml))[0]
    town.does(number, "register", {"level": "general", "sector": "FIRE"})
    assert grid.submit(xml, {"fire_01.jpg": jpeg()}).status_code == 201
    assert grid.hazard(number)["state"] == "registered"
    assert len(grid.hazard(number)["photos"]) == 1


def test_the_same_id_with_other_xml_is_a_conflict(grid: Client, database: Database) -> None:
    grid.submit(fire([hazard()], instance_id="uuid:1"))
    answer = grid.submit(fire([hazard(description="另一条")], instance_id="uuid:1"))
    assert answer.status_code == 409
    assert answer.json["code"] == "instance_differs"
    assert rows(database, Hazard) == 1


def test_a_photo_with_other_bytes_does_not_replace_the_first(grid: Client) -> None:
    xml, photos = two_hazards()
    grid.submit(xml, photos)
    answer = grid.submit(xml, {"fire_01.jpg": jpeg()})
    assert answer.status_code == 409
    assert answer.json["code"] == "photo_differs"
    kept = grid.get(f"/api/v1/photos/{sha256(photos['fire_01.jpg']).hexdigest()}")
    assert kept.data == photos["fire_01.jpg"]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.99])
def test_truncated_xml_is_refused_and_leaves_nothing(
    grid: Client, database: Database, settings: Settings, share: float
) -> None:
    xml = fire([hazard()])
    answer = grid.submit(xml[: int(len(xml) * share)], {"fire_01.jpg": jpeg()})
    assert answer.status_code == 400
    assert rows(database, Submission) == rows(database, Photo) == 0
    assert files_in(settings) == []


@pytest.mark.parametrize("missing", [1, 20, 200, 1000])
def test_a_body_that_was_cut_off_is_refused_and_leaves_nothing(
    grid: Client, database: Database, settings: Settings, missing: int
) -> None:
    xml, photos = two_hazards()
    body, content_type = multipart(xml, photos)
    answer = grid.post("/openrosa/submission", data=body[: -missing - 4], content_type=content_type)
    assert answer.status_code == 400
    assert rows(database, Submission) == 0
    assert files_in(settings) == []


def files_in(settings: Settings) -> list[Path]:
    folder = Path(urlsplit(settings.storage_url).path)
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<data/>", "form_id_missing"),
        (b'<data id="fire" version="2"/>', "instance_id_missing"),
        (b'<!DOCTYPE data [<!ENTITY a "b">]><data id="fire">&a;</data>', "xml_forbidden"),
        (b"\xff\xfe\x00", "xml_malformed"),
        (b"<data>" * 100 + b"</data>" * 100, "xml_too_deep"),
    ],
)
def test_what_cannot_be_read_is_refused(grid: Client, xml: bytes, code: str) -> None:
    answer = grid.submit(xml)
    assert answer.status_code == 400
    assert answer.json["code"] == code


def test_an_instance_of_another_form_is_refused(grid: Client) -> None:
    xml = fire([]).replace(b"<data ", b"<other ").replace(b"</data>", b"</other>")
    answer = grid.submit(xml)
    assert (answer.status_code, answer.json["code"]) == (400, "form_mismatch")


@pytest.mark.parametrize("version", ["3", ""])
def test_an_unknown_version_is_refused(grid: Client, version: str) -> None:
    xml = fire([]).replace(b'version="2"', f'version="{version}"'.encode())
    answer = grid.submit(xml)
    assert (answer.status_code, answer.json["code"]) == (404, "form_not_found")


def test_broken_rules_are_kept_and_flagged_field_by_field(grid: Client) -> None:
    xml = fire([hazard(due="2026-11-01", photo=None), hazard("fire_04")], fire_02="maybe")
    answer = grid.submit(xml, {"fire_04.jpg": jpeg()})
    assert answer.status_code == 201
    told = {(f.get("path"), f.get("code")) for f in receipt(answer).findall(f"{R}finding")}
    assert told == {
        ("grid_items/fire_02", "choice"),
        ("hazard[1]/photo", "required"),
        ("hazard[1]/due", "constraint"),
    }
    for number in numbers(answer):
        found = grid.hazard(number)
        assert found["needs_review"] is True
        assert len(found["findings"]) == 3
    listed = grid.get("/api/v1/hazards?needs_review=true").json["items"]
    assert len(listed) == 2


def test_registering_settles_the_review(grid: Client, town: Client) -> None:
    number = numbers(grid.submit(fire([hazard(photo=None)])))[0]
    after = town.does(number, "register", {"level": "general", "sector": "FIRE"})
    assert after["needs_review"] is False


def test_a_form_without_findings_raises_no_hazard(grid: Client, database: Database) -> None:
    assert numbers(grid.submit(fire([]))) == []
    assert rows(database, Submission) == 1


@pytest.mark.parametrize(("entity_ids", "entities"), [(False, True), (True, False)])
def test_an_entity_without_an_id_or_without_its_element_loses_no_hazard(
    grid: Client, entity_ids: bool, entities: bool
) -> None:
    rows_ = [hazard("fire_01"), hazard("fire_04")]
    answer = grid.submit(fire(rows_, entity_ids=entity_ids, entities=entities))
    assert len(numbers(answer)) == 2


def test_an_entity_id_that_is_taken_loses_no_hazard(grid: Client) -> None:
    first = fire([hazard()], instance_id="uuid:a")
    second = first.replace(b"uuid:a", b"uuid:b")
    assert len(numbers(grid.submit(first))) == 1
    again = numbers(grid.submit(second))
    assert len(again) == 1
    assert grid.hazard(again[0])["needs_review"] is True


def test_a_quick_report_is_one_hazard_with_its_photo(grid: Client) -> None:
    content = jpeg()
    answer = grid.submit(quick(spot="路口", site_id="1"), {"quick.jpg": content})
    found = grid.hazard(numbers(answer)[0])
    assert found["description"] == "井盖缺失"
    assert found["sector"] is None
    assert found["spot"] == "路口"
    assert found["site"] == 1
    assert found["site_name"] == "演示餐馆"
    assert [p["sha256"] for p in found["photos"]] == [sha256(content).hexdigest()]
    assert found["needs_review"] is False


def test_a_criterion_of_the_checklist_raises_the_level_by_itself(grid: Client) -> None:
    answer = grid.submit(fire([hazard("fire_15", photo="a.jpg")]), {"a.jpg": jpeg()})
    assert grid.hazard(numbers(answer)[0])["level"] == "suspected_major"


@pytest.mark.parametrize(
    ("given", "level", "doubtful"),
    [("major", "suspected_major", True), ("critical", "general", True)],
)
def test_who_fills_a_form_may_only_suspect(
    grid: Client, given: str, level: str, doubtful: bool
) -> None:
    answer = grid.submit(quick(level=given), {"quick.jpg": jpeg()})
    found = grid.hazard(numbers(answer)[0])
    assert (found["level"], found["needs_review"]) == (level, doubtful)


@pytest.mark.parametrize(
    "fields",
    [{"site_id": "999999"}, {"site_id": "9" * 18}, {"level": ""}, {"description": ""}],
)
def test_what_cannot_be_understood_needs_review(grid: Client, fields: dict[str, str]) -> None:
    answer = grid.submit(quick(**fields), {"quick.jpg": jpeg()})
    assert grid.hazard(numbers(answer)[0])["needs_review"] is True


@pytest.mark.parametrize(
    ("today", "found_on"),
    [("2026-11-01", "2026-11-01"), ("2031-01-01", "2026-11-23"), ("2001-01-01", "2026-11-23")],
)
def test_a_wrong_phone_clock_does_not_date_a_hazard(
    grid: Client, today: str, found_on: str
) -> None:
    answer = grid.submit(quick(today=today), {"quick.jpg": jpeg()})
    assert grid.hazard(numbers(answer)[0])["found_on"] == found_on


def test_a_file_that_no_field_names_is_kept(grid: Client) -> None:
    content = jpeg()
    answer = grid.submit(quick(), {"quick.jpg": jpeg(), "extra.jpg": content})
    names = {p.get("name") for p in receipt(answer).findall(f"{R}photo")}
    assert names == {"quick.jpg", "extra.jpg"}
    assert grid.get(f"/api/v1/photos/{sha256(content).hexdigest()}").data == content


@pytest.mark.parametrize("name", ["../../etc/passwd", "照片 1.jpg", "a" * 255, "C:\\x.jpg"])
def test_file_names_are_text_and_never_paths(grid: Client, settings: Settings, name: str) -> None:
    answer = grid.submit(quick(photo=name), {name: jpeg()})
    assert answer.status_code == 201
    root = Path(urlsplit(settings.storage_url).path)
    kept = [path.relative_to(root).parts for path in files_in(settings)]
    assert [len(parts) for parts in kept] == [3]


def test_a_file_name_that_is_too_long_is_refused(grid: Client) -> None:
    answer = grid.submit(quick(photo="a" * 300), {"a" * 300: jpeg()})
    assert (answer.status_code, answer.json["code"]) == (400, "file_name_too_long")


def test_serial_numbers_follow_each_other(grid: Client) -> None:
    given = [number for _ in range(3) for number in numbers(grid.submit(quick()))]
    assert [number[-4:] for number in given] == ["0001", "0002", "0003"]


@pytest.mark.parametrize("who", ["unit", "auditor"])
def test_only_who_inspects_may_submit(
    database: Database, request: pytest.FixtureRequest, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    assert client.submit(quick()).status_code == 403


def test_a_device_id_is_kept_without_what_cannot_be_stored(grid: Client) -> None:
    body, content_type = multipart(quick(), {})
    path = "/openrosa/submission?deviceID=collect%00%EF%BF%BF" + "x" * 300
    assert grid.post(path, data=body, content_type=content_type).status_code == 201


def named_by_hash(xml: bytes, photos: dict[str, str]) -> tuple[bytes, str]:
    """A post as the phone app makes it: each photo by the hash that it was put under."""
    body, content_type = multipart(xml, {})
    boundary = content_type.rsplit("=", 1)[1]
    fields = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in photos.items()
    )
    return fields + body, content_type


def test_photos_put_before_are_named_by_their_hash(grid: Client) -> None:
    xml, photos = two_hazards()
    hashes = {name: grid.put_photo(content) for name, content in photos.items()}
    named = {name: f"sha256:{digest}" for name, digest in hashes.items()}
    body, content_type = named_by_hash(xml, named | {"*isIncomplete*": "yes", "b.jpg": "sha256:x"})
    answer = grid.post("/openrosa/submission", data=body, content_type=content_type)
    assert answer.status_code == 201, answer.text
    stored = {each.get("name"): each.get("sha256") for each in receipt(answer).findall(f"{R}photo")}
    assert stored == hashes
    for number in numbers(answer):
        assert len(grid.hazard(number)["photos"]) == 1


def test_a_photo_that_its_sender_has_not_put_stays_expected(grid: Client, town: Client) -> None:
    xml, photos = two_hazards()
    hashes = {name: town.put_photo(content) for name, content in photos.items()}
    body, content_type = named_by_hash(xml, {name: f"sha256:{d}" for name, d in hashes.items()})
    answer = grid.post("/openrosa/submission", data=body, content_type=content_type)
    assert [each.get("state") for each in receipt(answer).findall(f"{R}photo")] == ["expected"] * 2
    for content in photos.values():
        grid.put_photo(content)
    answer = grid.post("/openrosa/submission", data=body, content_type=content_type)
    assert [each.get("state") for each in receipt(answer).findall(f"{R}photo")] == ["stored"] * 2
    assert len(grid.hazard(numbers(answer)[0])["photos"]) == 1
