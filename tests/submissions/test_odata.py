"""The OData feed that Excel and Power BI read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from server.clock import FixedClock
from server.errors import InvalidInput
from server.submissions.models import Submission
from server.submissions.odata_filter import COLUMNS, parse_filter
from tests.client import Client
from tests.conftest import NOW
from tests.filling import fire, hazard

from .test_reading_out import id_of

FEED = "/api/v1/forms/fire.svc"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def ask(client: Client, path: str, **query: str) -> Any:
    asked = "&".join(f"${name}={quote(value)}" for name, value in query.items())
    answer = client.get(f"{FEED}{path}?{asked}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["OData-Version"] == "4.0"
    return answer.json


def keys(body: Any) -> list[str]:
    return [each["__id"] for each in body["value"]]


@pytest.fixture
def sent(grid: Client, clock: FixedClock) -> list[str]:
    """Three filled forms an hour apart, with two, no and one hazard."""
    found = []
    for rows in (["fire_01", "fire_04"], [], ["fire_02"]):
        filled = fire([hazard(item) for item in rows])
        assert grid.submit(filled).status_code == 201
        found.append(id_of(filled))
        clock.at += timedelta(hours=1)
    return found


def test_the_feed_says_what_it_has(town: Client) -> None:
    service = ask(town, "")
    assert [each["name"] for each in service["value"]] == ["Submissions", "Submissions.hazard"]
    assert urlsplit(service["@odata.context"]).path == f"{FEED}/$metadata"


def test_the_types_name_each_other(town: Client) -> None:
    answer = town.get(f"{FEED}/$metadata")
    assert answer.content_type.startswith("application/xml")
    document = etree.fromstring(answer.data)
    assert document.get("Version") == "4.0"
    made = {
        f"{schema.get('Namespace')}.{each.get('Name')}"
        for schema in document.iter(f"{EDM}Schema")
        for each in schema
    }
    named = [
        (each.get("Type") or each.get("EntityType") or "").removeprefix("Collection(").rstrip(")")
        for each in document.iter()
        if each.get("Type") or each.get("EntityType")
    ]
    assert {each for each in named if not each.startswith("Edm.")} <= made
    for entity in document.iter(f"{EDM}EntityType"):
        properties = {each.get("Name") for each in entity.iter(f"{EDM}Property")}
        assert {each.get("Name") for each in entity.iter(f"{EDM}PropertyRef")} <= properties
    location = next(e for e in document.iter(f"{EDM}Property") if e.get("Name") == "location")
    assert location.get("Type") == "Edm.GeographyPoint"


def test_filled_forms_are_entities_the_newest_first(town: Client, sent: list[str]) -> None:
    body = ask(town, "/Submissions", count="true")
    assert keys(body) == sent[::-1]
    assert body["@odata.count"] == 3
    assert "@odata.nextLink" not in body
    last = body["value"][-1]
    assert last["__system"]["submitterName"] == "张三"
    assert last["__system"]["submissionDate"] == "2026-11-23T02:00:00.000000Z"
    assert last["place"]["location"]["coordinates"] == [111.7791, 37.1462, 760.0]
    assert last["hazard@odata.navigationLink"] == f"Submissions('{quote(sent[0])}')/hazard"


def test_links_lead_to_one_and_its_rows(town: Client, sent: list[str]) -> None:
    one = ask(town, f"/Submissions('{quote(sent[0])}')")
    assert one["__id"] == sent[0]
    assert [row["item"] for row in one["hazard"]] == ["fire_01", "fire_04"]
    rows = ask(town, f"/Submissions('{quote(sent[0])}')/hazard")
    assert [row["item"] for row in rows["value"]] == ["fire_01", "fire_04"]
    assert town.get(f"{FEED}/Submissions('none')").status_code == 404
    assert town.get(f"{FEED}/Submissions('{quote(sent[0])}')/none").status_code == 404


def test_rows_of_a_repeat_are_entities_that_name_their_parents(
    town: Client, sent: list[str]
) -> None:
    body = ask(town, "/Submissions.hazard", count="true")
    assert body["@odata.count"] == 3
    assert [(each["item"], each["__Submissions-id"]) for each in body["value"]] == [
        ("fire_02", sent[2]),
        ("fire_01", sent[0]),
        ("fire_04", sent[0]),
    ]
    assert keys(body)[2] == f"{sent[0]}/hazard[2]"


@pytest.mark.parametrize("wanted", ["*", "hazard"])
def test_rows_are_shown_with_their_form_where_asked(
    town: Client, sent: list[str], wanted: str
) -> None:
    body = ask(town, "/Submissions", expand=wanted)
    assert [len(each["hazard"]) for each in body["value"]] == [1, 0, 2]
    assert not any("hazard@odata.navigationLink" in each for each in body["value"])


@pytest.mark.parametrize("entity_set", ["Submissions", "Submissions.hazard"])
@pytest.mark.parametrize("size", [1, 2])
def test_pages_are_followed_to_the_end(
    town: Client,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    entity_set: str,
    size: int,
) -> None:
    whole = keys(ask(town, f"/{entity_set}"))
    monkeypatch.setattr("server.submissions.odata_routes.PAGE", size)
    body = ask(town, f"/{entity_set}")
    found = keys(body)
    while link := body.get("@odata.nextLink"):
        parts = urlsplit(link)
        body = town.get(f"{parts.path}?{parts.query}").json
        assert len(body["value"]) <= size
        found += keys(body)
    assert found == whole


def test_top_and_skip_cut_out_a_part(town: Client, sent: list[str]) -> None:
    assert keys(ask(town, "/Submissions", top="1", skip="1")) == [sent[1]]
    assert keys(ask(town, "/Submissions", top="0")) == []
    assert "@odata.nextLink" not in ask(town, "/Submissions", top="2")


def test_only_what_is_wanted_is_shown(town: Client, sent: list[str]) -> None:
    [first, *_] = ask(town, "/Submissions", select="place,__system/areaCode")["value"]
    assert set(first) == {"__id", "__system", "place"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("__system/submissionDate ge 2026-11-23T03:00:00Z", [2, 1]),
        ("__system/submissionDate lt 2026-11-23T11:00:00+08:00", [0]),
        ("__system/submissionDate lt 2026-11-24", [2, 1, 0]),
        ("2026-11-24 le __system/submissionDate", []),
        ("__system/submissionDate le now()", [2, 1, 0]),
        ("not (__system/submissionDate lt 2026-11-23T03:00:00Z)", [2, 1]),
        ("startswith(__system/areaCode,'141181001')", [2, 1, 0]),
        ("startswith(__system/areaCode,'%')", []),
        ("__system/areaCode eq '141181105000' or __system/submitterId eq 1", [2, 1, 0]),
        ("__system/formVersion ne '2'", []),
    ],
)
def test_filters_say_which(town: Client, sent: list[str], wanted: str, expected: list[int]) -> None:
    assert keys(ask(town, "/Submissions", filter=wanted)) == [sent[each] for each in expected]


def test_a_filter_by_id_takes_any_text(town: Client, sent: list[str]) -> None:
    assert keys(ask(town, "/Submissions", filter=f"__id eq '{sent[1]}'")) == [sent[1]]
    assert keys(ask(town, "/Submissions", filter="__id eq 'it''s'")) == []


@pytest.mark.parametrize(
    "query",
    [
        "$filter=description eq 'x'",
        "$filter=__system/areaCode eq",
        "$filter=__system/areaCode eq 5",
        "$filter=__system/submissionDate eq 2026-13-01",
        "$filter=__system/submissionDate gt 0001-01-01",
        "$filter=(__id eq 'x'",
        "$filter=__id eq 'x')",
        "$filter=year(__system/submissionDate) eq 2026",
        "$filter=" + "(" * 40 + "__id eq 'x'" + ")" * 40,
        "$skiptoken=nonsense",
        "$skiptoken=W10",
        "$top=-1",
        "$expand=place",
        "$expand=hazard,none",
        "$expand=",
        "$orderby=__id",
        "$format=atom",
    ],
)
def test_what_is_not_understood_is_refused_by_name(town: Client, query: str) -> None:
    answer = town.get(f"{FEED}/Submissions?{quote(query, safe='$=')}")
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_nobody_reads_another_areas(app: Flask, unit: Client, anonymous: Client) -> None:
    assert unit.get(f"{FEED}/Submissions").status_code == 403
    assert anonymous.get(f"{FEED}/Submissions").headers["WWW-Authenticate"].startswith("Basic")
    assert anonymous.get("/api/v1/forms/none.svc").status_code == 401


def test_an_unknown_form_or_set_is_not_there(town: Client) -> None:
    assert town.get("/api/v1/forms/none.svc/Submissions").status_code == 404
    assert town.get(f"{FEED}/Submissions.none").status_code == 404
    assert town.get("/api/v1/forms/none.svc/$metadata").status_code == 404


WORDS = st.sampled_from(
    [
        *COLUMNS,
        *("eq", "ne", "lt", "and", "or", "not", "(", ")", ",", "now", "startswith", "'x'", "5"),
        *("2026-11-23", "0001-01-01", "2026-11-23T10:00:00Z", "''", "$it", "0" * 30, "'"),
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_filter_is_read_or_refused(text: str) -> None:
    try:
        condition = parse_filter(text, NOW)
    except InvalidInput:
        return
    str(select(Submission.id).where(condition).compile(dialect=sqlite.dialect()))
