"""Who sees an uploaded ledger, what it is held against, and who may act on what it shows."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from server.database import Database
from server.glossary import Role
from server.people.accounts import open_account
from tests.client import Client
from tests.conftest import NOW, PASSWORD

from .sheets import LINE, differences, kinds, line, listed, reconciled, upload, uploaded, workbook

ELSEWHERE = "141181100000"


@pytest.fixture
def neighbour(app: Flask, database: Database) -> Client:
    """The office of another township."""
    with database.writing() as session:
        open_account(
            session,
            username="town99",
            name="邻镇",
            role=Role.TOWNSHIP_OFFICE,
            area_code=ELSEWHERE,
            password=PASSWORD,
            at=NOW,
        )
    return Client.signed_in(app, "town99", PASSWORD)


CALLS = (
    ("get", ""),
    ("get", "/file"),
    ("put", "/columns"),
    ("post", "/run"),
    ("get", "/rows"),
    ("get", "/candidates"),
    ("post", "/candidates/1"),
    ("get", "/differences"),
    ("post", "/differences/1"),
    ("get", ".xlsx"),
    ("get", "/confirmation.docx"),
)
BODIES = {
    "/columns": {"columns": [{"index": 0, "field": None}]},
    "/candidates/1": {"decision": "same"},
    "/differences/1": {"decision": "explained", "reason": "x"},
}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_another_townships_upload_is_not_there(
    town: Client, neighbour: Client, grid: Client, make: Callable[..., str], method: str, path: str
) -> None:
    make()
    found = reconciled(town, [LINE])
    address = f"/api/v1/reconciliations/{found}{path}"
    kwargs = {"json": BODIES[path]} if path in BODIES else {}
    assert getattr(neighbour, method)(address, **kwargs).status_code == 404
    assert getattr(grid, method)(address, **kwargs).status_code == 403
    assert neighbour.get("/api/v1/reconciliations").json["items"] == []


def test_who_has_no_part_in_it_is_refused(grid: Client, unit: Client, auditor: Client) -> None:
    for client in (grid, unit, auditor):
        assert upload(client, workbook([LINE])).status_code == 403
        assert client.get("/api/v1/reconciliations").status_code == 403


def test_colleagues_and_the_city_see_it(town: Client, town2: Client, city: Client) -> None:
    found = uploaded(town, [LINE])
    for client in (town2, city):
        assert [each["id"] for each in client.get("/api/v1/reconciliations").json["items"]] == [
            found
        ]


def test_a_department_sees_what_is_of_its_sectors(
    town: Client, city: Client, department: Client
) -> None:
    uploaded(town, [LINE])
    uploaded(city, [LINE], sector="GAS")
    fire = uploaded(city, [LINE], sector="FIRE")
    own = uploaded(department, [LINE])
    found = {each["id"] for each in department.get("/api/v1/reconciliations").json["items"]}
    assert found == {fire, own}


def test_the_list_is_filtered_and_paged(town: Client) -> None:
    first = uploaded(town, [LINE])
    second = uploaded(town, [LINE], month="2026-10")
    third = uploaded(town, [LINE], source="别处")

    def ids(query: str) -> list[str]:
        return [each["id"] for each in town.get(f"/api/v1/reconciliations{query}").json["items"]]

    assert ids("?month=2026-10") == [second]
    assert ids("?source=别处") == [third]
    assert set(ids("")) == {first, second, third}
    page = town.get("/api/v1/reconciliations?limit=2").json
    rest = town.get(f"/api/v1/reconciliations?limit=2&cursor={page['next_cursor']}").json
    seen = [each["id"] for each in page["items"] + rest["items"]]
    assert sorted(seen) == sorted([first, second, third])
    assert rest["next_cursor"] is None
    assert town.get("/api/v1/reconciliations?cursor=!").status_code == 422


def test_it_is_held_against_what_the_uploader_may_see_alone(
    make: Callable[..., str], neighbour: Client, department: Client
) -> None:
    here = make()
    gas = make(sector="GAS")
    there = make("city01", area_code=ELSEWHERE)
    lines = [line(number) for number in (here, gas, there)]
    seen = reconciled(neighbour, lines)
    assert [each["hazard"] for each in listed(neighbour, seen, "rows")] == [None, None, there]
    assert kinds(neighbour, seen) == ["only_theirs", "only_theirs"]
    assert here not in neighbour.get(f"/api/v1/reconciliations/{seen}/differences").text.replace(
        f'"value": "{here}"', ""
    )
    of_fire = reconciled(department, lines)
    assert [each["hazard"] for each in listed(department, of_fire, "rows")] == [here, None, there]


def test_what_a_viewer_may_not_see_of_a_citys_upload_is_left_out(
    make: Callable[..., str], city: Client, town: Client
) -> None:
    """The city holds a township's ledger against all; the township sees its own hazards of it."""
    mine = make(description="甲")
    others = make("city01", area_code=ELSEWHERE, description="乙")
    found = reconciled(city, [line(mine), line(others)], area="141181001000")
    told = differences(city, found, "transfer_one_sided")
    assert [each["hazard"] for each in told] == [others]
    assert differences(town, found, "transfer_one_sided") == []
    answer = town.post(
        f"/api/v1/reconciliations/{found}/differences/{told[0]['id']}",
        json={"decision": "explained", "reason": "x"},
    )
    assert answer.status_code == 404
    for path in (".xlsx", "/confirmation.docx"):
        assert town.get(f"/api/v1/reconciliations/{found}{path}").status_code == 200


def test_an_act_by_somebody_without_the_right_is_refused(
    make: Callable[..., str], town: Client, department: Client
) -> None:
    """A township may not grade; the department of the sector may."""
    number = make()
    found = reconciled(town, [line(number, 隐患等级="重大")], sector="FIRE")
    [each] = differences(town, found, "values_differ")
    address = f"/api/v1/reconciliations/{found}/differences/{each['id']}"
    body = {"decision": "act", "reason": "对方有判定书"}
    answer = town.post(address, json=body)
    assert (answer.status_code, answer.json["code"]) == (403, "action_forbidden")
    assert differences(town, found, "values_differ")[0]["status"] == "open"
    done = department.post(address, json=body)
    assert done.status_code == 200, done.text
    assert department.hazard(number)["level"] == "major"


def test_odd_addresses_are_not_there(town: Client) -> None:
    for address in ("x" * 60, "none", "00000000-0000-0000-0000-000000000000"):
        assert town.get(f"/api/v1/reconciliations/{address}").status_code == 404
    found = reconciled(town, [LINE])
    for path in ("candidates/1", "differences/999999999999999"):
        body = BODIES["/candidates/1"] if "cand" in path else BODIES["/differences/1"]
        answer = town.post(f"/api/v1/reconciliations/{found}/{path}", json=body)
        assert answer.status_code == 404


def test_a_second_file_of_the_form_is_no_harm(town: Client) -> None:
    data = {
        "file": [(BytesIO(workbook([LINE])), "a.xlsx"), (BytesIO(b"x"), "b.xlsx")],
        "source": "甲",
        "month": "2026-11",
    }
    answer = town.post("/api/v1/reconciliations", data=data, content_type="multipart/form-data")
    assert answer.status_code == 201
