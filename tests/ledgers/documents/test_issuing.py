"""Documents are issued once, by whom may, when it is their turn, and the chain proves them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.hazards.audit import Count, verify
from server.hazards.models import Event
from server.ledgers.documents.kinds import DocumentKind
from server.ledgers.documents.models import IssuedDocument
from server.ledgers.documents.prerequisites import missing_for
from server.photos import verification
from tests.client import Client
from tests.conftest import PASSWORD
from tests.factories import account_actor, make_hazard

from .conftest import DATA, issue, issued, text_of
from .story import material

HazardIn = Callable[[State], str]


def events(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_numbers_count_on_by_office_kind_and_year(
    make: Callable[..., str], app: Flask, town: Client, department: Client, clock: FixedClock
) -> None:
    one, other = make(), make()
    numbers = [
        issued(client, number, kind)["number"]
        for client, number, kind in (
            (town, one, "inspection_record"),
            (town, other, "inspection_record"),
            (department, one, "inspection_record"),
            (department, one, "rectification_order"),
        )
    ]
    assert numbers == [
        "（孝义）新义安检记〔2026〕1号",
        "（孝义）新义安检记〔2026〕2号",
        "（孝义）消防救援检记〔2026〕1号",
        "（孝义）消防救援责改〔2026〕1号",
    ]
    # The last moment of the year in Xiaoyi, and the first of the next.
    clock.at = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    town = Client.signed_in(app, "town01", PASSWORD)
    assert issued(town, one, "inspection_record")["number"].endswith("〔2026〕3号")
    clock.at = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert issued(town, one, "inspection_record")["number"].endswith("〔2027〕1号")


def test_documents_issued_at_once_get_numbers_in_a_row(
    app: Flask, make: Callable[..., str]
) -> None:
    numbers = [make() for _ in range(4)]

    def one(number: str) -> str:
        client = Client.signed_in(app, "town01", PASSWORD)
        return str(issued(client, number, "rectification_notice")["number"])

    with ThreadPoolExecutor(4) as pool:
        given = sorted(pool.map(one, numbers))
    assert given == [f"（孝义）新义安整改通〔2026〕{serial}号" for serial in range(1, 5)]


def test_a_reprint_is_the_same_bytes_and_the_chain_names_their_hash(
    make: Callable[..., str], town: Client, unit: Client, clock: FixedClock
) -> None:
    number = make(site_id=1, site_name="演示餐馆")
    document = issued(town, number, "rectification_notice", DATA["rectification_notice"])
    first = town.get(document["url"])
    clock.at = datetime(2026, 12, 20, tzinfo=UTC)
    again = unit.get(f"/api/v1/hazards/{number}/documents/rectification_notice.docx")
    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    digest = sha256(first.data).hexdigest()
    assert digest == document["sha256"]
    assert len(first.data) == document["size"]
    last = town.get(f"/api/v1/hazards/{number}/events").json["items"][-1]
    assert last["id"] == document["id"]
    assert last["action"] == "issue_document"
    assert last["data"] == {
        "kind": "rectification_notice",
        "kind_name": "隐患整改通知单",
        "document_no": document["number"],
        "version": 1,
        "sha256": digest,
    }
    assert document["number"] in text_of(first.data)


def test_issuing_again_makes_a_version_with_a_number_of_its_own(
    make: Callable[..., str], town: Client
) -> None:
    number = make()
    first = issued(town, number, "rectification_notice", {"requirements": "先前的要求"})
    second = issued(town, number, "rectification_notice", {"requirements": "更正的要求"})
    assert (first["version"], second["version"]) == (1, 2)
    assert first["number"] != second["number"]
    address = f"/api/v1/hazards/{number}/documents/rectification_notice.docx"
    assert "更正的要求" in text_of(town.get(address).data)
    assert "先前的要求" in text_of(town.get(f"{address}?version=1").data)
    assert town.get(f"{address}?version=3").status_code == 404
    listed = town.get(f"/api/v1/hazards/{number}/documents").json["items"]
    assert [each["version"] for each in listed] == [2, 1]


def test_sent_again_it_is_issued_once(
    make: Callable[..., str], town: Client, town2: Client, database: Database
) -> None:
    number, id = make(), str(uuid4())
    first = issued(town, number, "rectification_notice", id=id)
    before = events(database)
    assert issued(town, number, "rectification_notice", id=id) == first
    assert events(database) == before
    for client, kind in ((town, "inspection_record"), (town2, "rectification_notice")):
        answer = issue(client, number, kind, id=id)
        assert answer.status_code == 409
        assert answer.json["code"] == "event_id_used"


def test_a_stale_view_issues_nothing(
    make: Callable[..., str], town: Client, database: Database
) -> None:
    number = make()
    town.does(number, "comment", {"note": "刚才"})
    before = events(database)
    body = {"id": str(uuid4()), "kind": "rectification_notice"}
    address = f"/api/v1/hazards/{number}/documents"
    assert town.post(address, json=body, headers={"If-Match": '"v1"'}).status_code == 412
    assert events(database) == before
    assert town.post(address, json=body, headers={"If-Match": '"v2"'}).status_code == 201


def test_the_order_needs_its_record_and_the_review_its_order(
    make: Callable[..., str], department: Client, database: Database
) -> None:
    number = make()
    for kind, missing in (
        ("review_opinion", "责令限期整改指令书"),
        ("rectification_order", "现场检查记录"),
    ):
        answer = issue(department, number, kind)
        assert answer.status_code == 409
        assert answer.json["code"] == "document_not_due"
        assert missing in answer.json["missing"][0]["message"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IssuedDocument)) == 0
    record = issued(department, number, "inspection_record")
    order = issued(department, number, "rectification_order")
    issued(department, number, "review_opinion")
    content = department.get(order["url"]).data
    assert record["number"] in text_of(content)
    review = department.get(f"/api/v1/hazards/{number}/documents/review_opinion.docx")
    assert order["number"] in text_of(review.data)


def test_the_others_follow_the_hazards_course(major: str, department: Client, city: Client) -> None:
    kinds = department.get(f"/api/v1/hazards/{major}/documents").json["kinds"]
    allowed = {each["kind"] for each in kinds if each["allowed"]}
    assert allowed == {each.value for each in DocumentKind} - {
        "rectification_order",
        "review_opinion",
    }
    department.does(major, "delist")
    answer = issue(department, major, "listing_notice")
    assert answer.status_code == 409
    assert "摘牌" in answer.json["detail"]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("listing_notice", "挂牌"),
        ("closure_approval", "验收"),
        ("extension_approval", "延期"),
    ],
)
def test_what_has_not_come_yet_is_named(
    make: Callable[..., str], city: Client, kind: str, missing: str
) -> None:
    number = make()
    answer = issue(city, number, kind)
    assert answer.status_code == 409
    assert missing in answer.json["missing"][0]["message"]
    (opening,) = [
        each
        for each in city.get(f"/api/v1/hazards/{number}/documents").json["kinds"]
        if each["kind"] == kind
    ]
    assert not opening["allowed"]
    assert opening["reason"] == answer.json["detail"]


@pytest.mark.parametrize(
    "kind", [DocumentKind.RECTIFICATION_NOTICE, DocumentKind.RECTIFICATION_ORDER]
)
def test_nothing_is_ordered_any_more_once_it_is_closed(kind: DocumentKind) -> None:
    assert missing_for(kind, material("x")) == ""
    assert "已销号" in missing_for(kind, material("x", state=State.CLOSED))


def test_a_void_hazard_gets_no_documents(
    make: Callable[..., str], city: Client, town: Client
) -> None:
    number = make()
    city.does(number, "void", {"reason": "误报"})
    answer = issue(town, number, "inspection_record")
    assert answer.status_code == 409
    assert "作废" in answer.json["detail"]


def test_the_extension_is_told_as_it_was_asked_and_decided(major: str, town: Client) -> None:
    document = issued(town, major, "extension_approval")
    text = text_of(town.get(document["url"]).data)
    for each in ("2026年12月10日", "2026年12月15日", "配件未到货", "专人值守", "第 1 次", "批准。"):
        assert each in text
    assert "已清空一楼通道" in text  # the progress so far


def test_who_may_issue_what(make: Callable[..., str], app: Flask) -> None:
    number = make(site_id=1, site_name="演示餐馆")
    may = {
        "town01": {
            *("inspection_record", "rectification_notice"),
            *("closure_approval", "extension_approval"),
        },
        "dept01": {each.value for each in DocumentKind},
        "city01": {each.value for each in DocumentKind},
        "grid01": set(),
        "unit01": set(),
        "audit01": set(),
    }
    for username, expected in may.items():
        client = Client.signed_in(app, username, PASSWORD)
        kinds = client.get(f"/api/v1/hazards/{number}/documents").json["kinds"]
        assert {each["kind"] for each in kinds} == expected, username
        for kind in DocumentKind:
            answer = issue(client, number, kind.value)
            assert (answer.status_code == 403) == (kind.value not in expected), (username, kind)
            draft = client.get(f"/api/v1/hazards/{number}/documents/{kind.value}.docx?preview=true")
            assert (draft.status_code == 403) == (kind.value not in expected)


def test_a_department_issues_nothing_in_others_sectors(
    make: Callable[..., str], department: Client
) -> None:
    number = make(sector="GAS")
    assert issue(department, number, "inspection_record").status_code == 404
    assert department.get(f"/api/v1/hazards/{number}/documents").status_code == 404
    assert department.get(f"/api/v1/hazards/{number}/archive.zip").status_code == 404


def test_a_township_enforces_where_its_settings_give_it_the_power(
    settings: Settings, clock: FixedClock, make: Callable[..., str]
) -> None:
    number = make()
    powers = replace(settings, township_powers=settings.township_powers + ",enforce")
    app = create_app(powers, clock)
    town = Client.signed_in(app, "town01", PASSWORD)
    issued(town, number, "inspection_record")
    order = issued(town, number, "rectification_order")
    assert order["number"] == "（孝义）新义安责改〔2026〕1号"
    app.extensions["database"].dispose()


def test_nobody_writes_the_event_by_hand(make: Callable[..., str], city: Client) -> None:
    number = make()
    data = {"kind": "inspection_record", "document_no": "x", "sha256": "0" * 64}
    assert city.act(number, "issue_document", data).status_code == 403
    assert "issue_document" not in city.hazard(number)["allowed"]


def test_a_draft_keeps_nothing(make: Callable[..., str], town: Client, database: Database) -> None:
    number = make()
    before = events(database)
    address = f"/api/v1/hazards/{number}/documents/rectification_notice.docx"
    blank = town.get(f"{address}?preview=true")
    filled = town.post(address, json={"data": {"requirements": "清空通道"}})
    assert blank.status_code == filled.status_code == 200
    for each in (blank, filled):
        assert text_of(each.data).startswith("草稿　未出具")
        assert "（未出具，没有文号）" in text_of(each.data)
        assert "1号" not in text_of(each.data)
    assert "清空通道" in text_of(filled.data)
    assert events(database) == before
    assert town.get(address).status_code == 404
    assert issued(town, number, "rectification_notice")["number"].endswith("1号")


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("inspection_record", {"unti": "x"}, "unti"),
        ("inspection_record", {"unit": 1}, "unit"),
        ("inspection_record", {"unit": "长" * 201}, "unit"),
        ("inspection_record", {"unit": "\x07"}, "unit"),
        ("inspection_record", {"began_at": "昨天"}, "began_at"),
        ("inspection_record", {"began_at": "2026-11-23T09:00:00"}, "began_at"),
        ("inspection_record", {"began_at": "0001-01-01T00:00:00+14:00"}, "began_at"),
        ("inspection_record", {"began_at": "9999-12-31T23:59:59-12:00"}, "began_at"),
        ("inspection_record", {"officials": "孙七"}, "officials"),
        ("inspection_record", {"officials": [{"nam": "x"}]}, "officials.0.nam"),
        ("inspection_record", {"findings": ["x"] * 51}, "findings"),
        (
            "inspection_record",
            {"began_at": "2026-11-23T09:00:00+08:00", "ended_at": "2026-11-23T08:00:00+08:00"},
            "ended_at",
        ),
        ("rectification_notice", {"deadline": "2026-02-30"}, "deadline"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_issued(
    make: Callable[..., str],
    town: Client,
    database: Database,
    kind: str,
    data: dict[str, Any],
    field: str,
) -> None:
    number = make()
    answer = issue(town, number, kind, data)
    assert answer.status_code == 422, answer.text
    assert field in answer.json["errors"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IssuedDocument)) == 0
    assert issued(town, number, kind)["number"].endswith("1号")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "x", "kind": "inspection_record"},
        {"id": str(uuid4()), "kind": "罚款决定书"},
        {"id": str(uuid4()), "kind": "inspection_record", "data": []},
    ],
)
def test_a_request_of_another_shape_is_refused(
    make: Callable[..., str], town: Client, body: dict[str, Any]
) -> None:
    assert town.post(f"/api/v1/hazards/{make()}/documents", json=body).status_code == 422


@pytest.mark.parametrize(
    "path", ["documents/penalty.docx", "documents/inspection_record.docx?version=9"]
)
def test_what_there_is_not_is_not_found(make: Callable[..., str], town: Client, path: str) -> None:
    assert town.get(f"/api/v1/hazards/{make()}/{path}").status_code == 404
    assert town.get(f"/api/v1/hazards/YH-0/{path}").status_code == 404
    assert town.get(f"/api/v1/hazards/%00/{path}").status_code == 404


def test_nothing_is_out_of_order_after_documents(
    major: str, department: Client, database: Database, app: Flask, clock: FixedClock
) -> None:
    for kind in DATA:
        issued(department, major, kind, DATA[kind])
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    with database.reading() as session:
        faults = [each for each in verify(session) if not isinstance(each, Count)]
        assert faults == []
        # Nor are documents taken for photos that nobody knows.
        storage = app.extensions["storage"]
        found = list(verification.verify(session, storage, clock.at))
        assert [type(each) for each in found] == [verification.Checked]


def test_a_document_whose_bytes_were_changed_is_not_shown(
    make: Callable[..., str], town: Client, settings: Settings
) -> None:
    number = make()
    document = issued(town, number, "inspection_record")
    folder = settings.storage_url.removeprefix("file://")
    digest = document["sha256"]
    path = Path(folder) / "documents" / digest[:2] / digest[2:4] / f"{digest}.docx"
    for damage in (lambda: path.write_bytes(b"x"), path.unlink):
        damage()
        answer = town.get(document["url"])
        assert answer.status_code == 409
        assert answer.json["code"] == "document_damaged"


def test_a_quarantined_photo_is_left_out(database: Database, town: Client) -> None:
    digest = town.put_photo(b"\xff\xd8\xff not a picture")
    with database.writing() as session:
        actor = account_actor(session, "town01")
        number = make_hazard(session, actor, photos=[digest]).number
    document = issued(town, number, "rectification_notice")
    assert "现场照片" not in text_of(town.get(document["url"]).data)
