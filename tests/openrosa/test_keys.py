"""A key in the address lets a client act for a person over OpenRosa, and nothing else."""

from __future__ import annotations

import json
import logging
import zlib
from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from sqlalchemy import update

from server.database import Database
from server.people.keys import MOST_KEYS
from server.people.models import User
from tests.client import Client
from tests.conftest import NOW
from tests.filling import fire, hazard
from tests.pictures import jpeg

from ..submissions.test_intake import numbers

KEYS = "/api/v1/me/keys"


def made(client: Client, label: str = "红米") -> dict[str, Any]:
    answer = client.post(KEYS, json={"label": label})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json
    return key


def path_of(key: dict[str, Any]) -> str:
    return urlsplit(key["server_url"]).path


def test_a_form_is_sent_by_the_key_alone(grid: Client, anonymous: Client) -> None:
    path = path_of(made(grid))
    pre_flight = anonymous.head(f"{path}/submission")
    assert pre_flight.status_code == 204
    body = fire([hazard()])
    sender = Client(anonymous.app)
    sender.post, post = (  # type: ignore[method-assign]
        lambda target, **kwargs: post(f"{path}/submission", **kwargs),
        sender.post,
    )
    answer = sender.submit(body, {"fire_01.jpg": jpeg()})
    assert answer.status_code == 201, answer.text
    events = grid.get(f"/api/v1/hazards/{numbers(answer)[0]}/events").json["items"]
    assert events[0]["actor"]["name"] == "张三"


def test_every_address_that_a_client_is_given_goes_on_by_the_key(
    grid: Client, anonymous: Client
) -> None:
    path = path_of(made(grid))
    listed = etree.fromstring(anonymous.get(f"{path}/formList").data)
    addresses = [
        urlsplit(each.text or "").path
        for tag in ("downloadUrl", "manifestUrl")
        for each in listed.iter(f"{{*}}{tag}")
    ]
    assert len(addresses) > 20
    for address in addresses:
        assert address.startswith(f"{path}/forms/")
        assert anonymous.get(address).status_code == 200
    manifest = anonymous.get(next(each for each in addresses if each.endswith("manifest.xml")))
    for each in etree.fromstring(manifest.data).iter("{*}downloadUrl"):
        assert anonymous.get(urlsplit(each.text or "").path).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/hazards", "/healthz", ""])
def test_it_opens_nothing_else(grid: Client, anonymous: Client, path: str) -> None:
    secret = path_of(made(grid)).removesuffix("/openrosa")
    assert anonymous.get(f"{secret}{path}").status_code == 404


def test_another_credential_does_not_outweigh_it(grid: Client, town: Client) -> None:
    path = path_of(made(grid))
    town.delete(f"{KEYS}/1")
    assert town.get(f"{path}/formList").status_code == 200
    assert town.get("/key/nonsense/openrosa/formList").status_code == 401


def test_it_is_listed_without_its_secret_and_revoked(grid: Client, anonymous: Client) -> None:
    key = made(grid)
    [listed] = grid.get(KEYS).json["items"]
    assert listed == {name: key[name] for name in ("id", "label", "created_at")}
    assert grid.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert grid.get(KEYS).json["items"] == []
    refused = anonymous.get(f"{path_of(key)}/formList")
    assert (refused.status_code, refused.json["code"]) == (401, "key_revoked")
    assert grid.delete(f"{KEYS}/{key['id']}").status_code == 404
    assert grid.delete(f"{KEYS}/{10**20}").status_code == 404


def test_nobody_revokes_anothers(grid: Client, town: Client, anonymous: Client) -> None:
    key = made(grid)
    assert town.delete(f"{KEYS}/{key['id']}").status_code == 404
    assert anonymous.get(f"{path_of(key)}/formList").status_code == 200


def test_a_closed_accounts_key_is_worthless(
    grid: Client, anonymous: Client, database: Database
) -> None:
    key = made(grid)
    with database.writing() as session:
        session.execute(update(User).where(User.username == "grid01").values(closed_at=NOW))
    assert anonymous.get(f"{path_of(key)}/formList").status_code == 401


def test_there_are_so_many_and_no_more(grid: Client) -> None:
    for _ in range(MOST_KEYS):
        made(grid)
    refused = grid.post(KEYS, json={})
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_keys")


def test_whoever_may_not_fill_in_forms_gets_none(auditor: Client, unit: Client) -> None:
    for client in (auditor, unit):
        assert client.post(KEYS, json={}).status_code == 403


def test_collects_settings_are_as_odk_documents_them(grid: Client) -> None:
    key = made(grid)
    settings = json.loads(zlib.decompress(b64decode(key["settings"])))
    assert settings["general"]["server_url"] == key["server_url"]
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["admin"] == {}
    assert settings["project"]["name"] == "销号通"
    assert key["code"].startswith("<svg")


def test_the_secret_stands_in_no_log(
    grid: Client, anonymous: Client, caplog: pytest.LogCaptureFixture
) -> None:
    path = path_of(made(grid))
    secret = path.split("/")[2]
    caplog.set_level(logging.INFO)
    caplog.clear()
    anonymous.get(f"{path}/formList")
    for mistyped in ("", "/", "/openrose", "/api/v1/me"):
        assert anonymous.get(f"/key/{secret}{mistyped}").status_code == 404
    assert len(caplog.records) == 5
    assert secret not in str([record.msg for record in caplog.records])
