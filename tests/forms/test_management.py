"""An office manages its forms: uploads, looks, publishes, retires, gives to areas and roles."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from lxml import etree
from openpyxl import load_workbook

from server.seed.basics import FORMS
from tests.client import Client
from tests.conftest import PASSWORD
from tests.filling import fire

DRAFTS = "/api/v1/forms/drafts"
FORM = """\
| survey |
| | type | name | label | required |
| | text | shop | 店名 | yes |
| | select_one judgement | tidy | 整洁 | |
| settings |
| | form_title | form_id | version |
| | 店铺 | shop | VERSION |
"""
LISTED = FORM.replace("| | text | shop |", "| | select_one_from_file shops.csv | shop |")


@pytest.fixture
def admin(app: Flask) -> Client:
    return Client.signed_in(app, "admin01", PASSWORD)


def upload(admin: Client, text: str, name: str = "店铺.md") -> Any:
    return admin.post(f"{DRAFTS}?name={quote(name)}", data=text.encode())


def published(admin: Client, text: str = FORM, version: str = "1") -> dict[str, Any]:
    draft = upload(admin, text.replace("VERSION", version))
    assert draft.status_code == 201, draft.text
    answer = admin.post(f"{DRAFTS}/{draft.json['id']}/publication")
    assert answer.status_code == 201, answer.text
    form: dict[str, Any] = answer.json
    return form


def given(client: Client) -> set[str]:
    return {each["id"] for each in client.get("/api/v1/forms").json["items"]}


def change(admin: Client, form_id: str = "shop", **what: Any) -> dict[str, Any]:
    answer = admin.patch(f"/api/v1/forms/{form_id}/management", json=what)
    assert answer.status_code == 200, answer.text
    form: dict[str, Any] = answer.json
    return form


def test_a_draft_is_looked_at_and_published(admin: Client, grid: Client) -> None:
    draft = upload(admin, FORM.replace("VERSION", "1")).json
    assert (draft["form_id"], draft["changes"], draft["remarks"]) == ("shop", None, [])
    assert "shop" not in given(grid)
    xform = admin.get(f"{DRAFTS}/{draft['id']}.xml")
    assert "整洁" in xform.text
    form = admin.post(f"{DRAFTS}/{draft['id']}/publication").json
    assert (form["version"], form["versions"][0]["published_by"]) == ("1", "郑十")
    assert "shop" in given(grid)
    assert grid.get("/openrosa/forms/shop.xml").data == xform.data
    assert admin.get(DRAFTS).json["items"] == []
    assert admin.get(f"{DRAFTS}/{draft['id']}").status_code == 404


def test_a_new_version_says_what_it_changes(admin: Client) -> None:
    published(admin)
    changed = FORM.replace("VERSION", "2").replace("店名", "店铺名称")
    draft = upload(admin, changed).json
    assert [(each["kind"], each["path"]) for each in draft["changes"]] == [("changed", "shop")]
    assert draft["changes"][0]["what"] == {"label": ["店名", "店铺名称"]}


def test_the_same_version_with_other_content_is_refused(admin: Client) -> None:
    published(admin)
    answer = upload(admin, FORM.replace("VERSION", "1").replace("店名", "别的"))
    assert (answer.status_code, answer.json["code"]) == (409, "form_version_exists")
    assert "version" in answer.json["detail"]


def test_an_older_version_comes_back_by_uploading_it_again(admin: Client, grid: Client) -> None:
    published(admin)
    published(admin, FORM.replace("店名", "店铺名称"), "2")
    assert published(admin)["version"] == "1"
    assert "店名" in grid.get("/openrosa/forms/shop.xml").text


def test_a_file_with_faults_is_told_by_row_and_not_kept(admin: Client) -> None:
    answer = upload(admin, FORM.replace("| text |", "| txet |"))
    assert (answer.status_code, answer.json["code"]) == (422, "form_invalid")
    [remark] = answer.json["remarks"]
    assert remark["severity"] == "error"
    assert "txet" in remark["message"]
    assert admin.get(DRAFTS).json["items"] == []


def test_a_draft_makes_way_for_the_next_and_can_be_discarded(admin: Client) -> None:
    first, second = (upload(admin, FORM.replace("VERSION", "1")).json for _ in range(2))
    assert [each["id"] for each in admin.get(DRAFTS).json["items"]] == [second["id"]]
    assert admin.get(f"{DRAFTS}/{first['id']}").status_code == 404
    assert admin.delete(f"{DRAFTS}/{second['id']}").status_code == 204
    assert admin.get(DRAFTS).json["items"] == []


def test_a_retired_form_is_given_to_nobody_and_its_fillings_still_taken(
    admin: Client, grid: Client
) -> None:
    assert change(admin, "fire", retired=True)["retired_at"]
    assert "fire" not in given(grid)
    assert grid.get("/openrosa/forms/fire.xml").status_code == 404
    listed = etree.fromstring(grid.get("/openrosa/formList").data)
    assert "fire" not in {each.findtext("{*}formID") for each in listed}
    assert grid.submit(fire([])).status_code == 201
    assert change(admin, "fire", retired=False)["retired_at"] is None
    assert "fire" in given(grid)


def test_a_form_is_given_to_areas_and_roles(
    admin: Client, grid: Client, town: Client, city: Client
) -> None:
    published(admin)
    own = town.get("/api/v1/me").json["area"]
    change(admin, areas=[own])
    assert all("shop" in given(client) for client in (grid, town, city))
    change(admin, areas=["141181105000"])
    assert "shop" not in given(grid) | given(town)
    # Who is above it goes there, too.
    assert "shop" in given(city)
    change(admin, areas=[], roles=["township_office"])
    assert "shop" in given(town)
    assert "shop" not in given(grid) | given(city)
    assert change(admin)["roles"] == ["township_office"]


@pytest.mark.parametrize(
    "body",
    [
        {"areas": ["14"]},
        {"areas": ["999999999999"]},
        {"roles": ["king"]},
        {"retired": "perhaps"},
        {"title": "x"},
    ],
)
def test_what_can_not_be_said_of_a_form_is_refused(admin: Client, body: dict[str, Any]) -> None:
    assert admin.patch("/api/v1/forms/fire/management", json=body).status_code == 422


def test_the_library_lists_everything(admin: Client) -> None:
    items = {each["id"]: each for each in admin.get("/api/v1/forms/library").json["items"]}
    assert len(items) == len(list(FORMS.glob("*.md"))) - 1
    assert items["recheck"]["wanted"] == []
    assert items["fire"]["versions"][0]["has_xlsx"] is True


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.md")), ids=lambda path: path.stem)
def test_every_form_comes_back_as_excel_and_gives_the_same_xform(admin: Client, path: Any) -> None:
    if path.stem == "choices":
        return
    [form] = [
        each for each in admin.get("/api/v1/forms/library").json["items"] if each["id"] == path.stem
    ]
    address = f"/api/v1/forms/{form['id']}/versions/{form['version']}.xlsx"
    answer = admin.get(address)
    assert answer.status_code == 200
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames[0] == "survey"
    again = admin.post(f"{DRAFTS}?name=again.xlsx", data=answer.data)
    assert again.status_code == 201, again.text
    assert again.json["changes"] == []
    known = admin.get(f"/openrosa/forms/{form['id']}.xml")
    assert admin.get(f"{DRAFTS}/{again.json['id']}.xml").data == known.data


@pytest.mark.parametrize("version", ["", "2026/11", "a b?%2F"])
def test_any_version_can_be_downloaded(admin: Client, version: str) -> None:
    published(admin, version=version)
    answer = admin.get(f"/api/v1/forms/shop/versions/{quote(version)}.xlsx")
    assert answer.status_code == 200
    assert load_workbook(BytesIO(answer.data))["survey"].max_row == 3


def test_an_xform_has_no_excel(admin: Client) -> None:
    published(admin)
    xform = admin.get("/openrosa/forms/shop.xml").text.replace('version="1"', 'version="x"')
    draft = upload(admin, xform, "shop.xml").json
    admin.post(f"{DRAFTS}/{draft['id']}/publication")
    answer = admin.get("/api/v1/forms/shop/versions/x.xlsx")
    assert (answer.status_code, answer.json["code"]) == (404, "form_xlsx_not_found")


def test_files_that_a_form_names_are_uploaded_and_served(admin: Client, grid: Client) -> None:
    form = published(admin, LISTED)
    assert form["wanted"] == ["shops.csv"]
    manifest = "/openrosa/forms/shop/manifest.xml"
    form_list = "/openrosa/formList?formID=shop"
    assert b"manifestUrl" not in grid.get(form_list).data
    assert len(etree.fromstring(grid.get(manifest).data)) == 0
    content = "name,label\n1,王记\n".encode()
    put = admin.put("/api/v1/forms/shop/media/shops.csv", data=content)
    assert put.status_code == 200, put.text
    assert b"manifestUrl" in grid.get(form_list).data
    [file] = etree.fromstring(grid.get(manifest).data)
    assert file.get("type") is None
    assert file.findtext("{*}hash") == f"md5:{put.json['md5']}"
    served = grid.get("/openrosa/forms/shop/media/shops.csv")
    assert (served.data, served.content_type) == (content, "text/csv; charset=utf-8")
    assert admin.get("/api/v1/forms/library").json["items"][-1]["wanted"] is not None
    assert admin.delete("/api/v1/forms/shop/media/shops.csv").status_code == 204
    assert admin.delete("/api/v1/forms/shop/media/shops.csv").status_code == 404
    assert grid.get("/openrosa/forms/shop/media/shops.csv").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("shops.exe", b"MZ"),
        ("shops.csv", b"\xff\xfe"),
        ("shops.csv", b"a,b\n"),
        ("hazards.csv", b"name,label\n"),
        ("a.png", b"GIF89a"),
    ],
)
def test_files_of_other_kinds_are_refused(admin: Client, name: str, content: bytes) -> None:
    answer = admin.put(f"/api/v1/forms/fire/media/{name}", data=content)
    assert (answer.status_code, answer.json["code"]) == (422, "form_file_invalid")


def test_a_file_too_large_is_refused(admin: Client) -> None:
    answer = admin.put("/api/v1/forms/fire/media/a.csv", data=b"x" * (5 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_nobody_else_manages_forms(grid: Client, town: Client, city: Client) -> None:
    for client in (grid, town, city):
        assert client.get("/api/v1/forms/library").status_code == 403
        assert upload(client, FORM).status_code == 403
        assert client.patch("/api/v1/forms/fire/management", json={}).status_code == 403


@pytest.mark.parametrize("form_id", ["drafts", "library"])
def test_ids_that_stand_for_something_else_are_refused(admin: Client, form_id: str) -> None:
    answer = upload(admin, FORM.replace("| shop | VERSION", f"| {form_id} | 1"))
    assert answer.status_code == 422
