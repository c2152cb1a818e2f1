"""What every OpenRosa client depends on."""

from __future__ import annotations

from hashlib import md5

import pytest
from flask import Flask
from lxml import etree

from tests.client import Client
from tests.filling import fire

RESPONSE = "{http://openrosa.org/http/response}"


@pytest.fixture
def collect(grid: Client) -> Client:
    """A client that asks for nothing in particular, as Collect does."""
    grid.headers.pop("Accept")
    return grid


def test_the_form_list_is_of_the_exact_type_and_says_the_md5_of_the_exact_bytes(
    collect: Client,
) -> None:
    answer = collect.get("/openrosa/formList")
    assert answer.content_type == "text/xml; charset=utf-8"
    [form] = [
        each
        for each in etree.fromstring(answer.data)
        if each.findtext("{*}formID") == "quick-report"
    ]
    xform = collect.get("/openrosa/forms/quick-report.xml")
    assert form.findtext("{*}hash") == f"md5:{md5(xform.data).hexdigest()}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("formID=fire", ["fire"]),
        ("formID=fire&formID=gas&verbose=true", ["fire", "gas"]),
        ("formID=none", []),
    ],
)
def test_the_form_list_may_be_asked_for_some(
    collect: Client, query: str, expected: list[str]
) -> None:
    listed = etree.fromstring(collect.get(f"/openrosa/formList?{query}").data)
    assert [each.findtext("{*}formID") for each in listed] == expected


def test_a_form_that_the_client_has_is_not_sent_again(collect: Client) -> None:
    first = collect.get("/openrosa/forms/fire.xml")
    again = collect.get(
        "/openrosa/forms/fire.xml", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/openrosa/forms/none.xml", 404),
        ("GET", "/openrosa/none", 404),
        ("DELETE", "/openrosa/formList", 405),
        ("POST", "/openrosa/submission", 415),
    ],
)
def test_a_refusal_is_said_in_the_clients_own_manner(
    collect: Client, method: str, path: str, status: int
) -> None:
    answer = collect._open(method, path)
    assert answer.status_code == status
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.content_type == "text/xml; charset=utf-8"
    message = etree.fromstring(answer.data).find(f"{RESPONSE}message")
    assert message is not None
    assert message.get("nature") == "submit_error"
    assert message.text


def test_whoever_asks_for_problem_details_gets_them(grid: Client) -> None:
    assert grid.get("/openrosa/forms/none.xml").json["code"] == "form_not_found"


def test_nobody_is_challenged_and_told_in_the_same_manner(app: Flask) -> None:
    anonymous = Client(app)
    anonymous.headers.clear()
    answer = anonymous.get("/openrosa/formList")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert etree.fromstring(answer.data).tag == f"{RESPONSE}OpenRosaResponse"


@pytest.mark.parametrize("namespace", ["http://openrosa.org/xforms", ""])
def test_an_instance_id_is_found_in_either_namespace(collect: Client, namespace: str) -> None:
    xml = fire([]).replace(
        b"<meta>", f'<meta xmlns="{namespace}">'.encode() if namespace else b"<meta>"
    )
    assert collect.submit(xml).status_code == 201


def test_the_device_is_noted(collect: Client) -> None:
    from sqlalchemy import select

    from server.submissions.models import Submission
    from tests.client import multipart

    body, kind = multipart(fire([]), {})
    collect.post("/openrosa/submission?deviceID=collect%3Aabc", data=body, content_type=kind)
    with collect.app.extensions["database"].reading() as session:
        assert session.scalar(select(Submission.device_id)) == "collect:abc"
