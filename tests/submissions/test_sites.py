"""Forms register places, and change them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from server.database import Database
from tests.client import Client
from tests.factories import make_area
from tests.following import PLACES, publish, site

from .test_visits import told


@pytest.fixture(autouse=True)
def form(app: Flask) -> None:
    publish(app, PLACES)


def sites(client: Client, q: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = client.get(f"/api/v1/sites?q={q}").json["items"]
    return items


def test_a_form_registers_a_place_once(grid: Client) -> None:
    id = str(uuid4())
    filled = site(id, kind="public_place", address="府前街3号", place="37.1 111.7 0 5")
    for _ in range(2):
        assert told(grid.submit(filled)) == []
    [found] = sites(grid, "王记")
    assert (found["entity_id"], found["kind"]) == (id, "public_place")
    assert (found["address"], found["latitude"]) == ("府前街3号", 37.1)


def test_a_form_changes_what_it_says_and_nothing_else(grid: Client) -> None:
    id = str(uuid4())
    grid.submit(site(id, kind="public_place", address="府前街3号"))
    answer = grid.submit(site(id, update=True, base_version=1, name="王记饭庄", sector="FIRE"))
    assert told(answer) == []
    [found] = sites(grid, "王记")
    assert (found["name"], found["address"]) == ("王记饭庄", "府前街3号")
    assert (found["kind"], found["sector"]) == ("public_place", "FIRE")


def test_what_others_changed_meanwhile_is_told(grid: Client, town: Client) -> None:
    id = str(uuid4())
    grid.submit(site(id, address="府前街3号"))
    assert told(town.submit(site(id, update=True, base_version=1, address="府前街5号"))) == []
    answer = grid.submit(site(id, update=True, base_version=1, address="府前街7号"))
    assert told(answer) == [("", "site_overwritten")]
    assert "地址原为“府前街5号”" in answer.text
    assert sites(grid, "王记")[0]["address"] == "府前街7号"


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "castle"}, {"sector": "NONE"}, {"name": "长" * 101}],
)
def test_what_does_not_fit_is_told_and_the_form_is_kept(
    grid: Client, wrong: dict[str, str]
) -> None:
    answer = grid.submit(site(str(uuid4()), **wrong))
    assert answer.status_code == 201
    assert told(answer) == [("", "site_refused")]


def test_a_place_of_another_township_is_not_theirs_to_change(
    grid: Client, city: Client, database: Database
) -> None:
    with database.writing() as session:
        make_area(session, "141181105000")
    id = str(uuid4())
    assert told(city.submit(site(id, area="141181105000"))) == []
    assert told(grid.submit(site(id, update=True, name="改名"))) == [("", "site_refused")]
    assert [each["name"] for each in sites(city, "王记")] == ["王记饭店"]


def test_an_id_that_is_anothers_is_refused(grid: Client, town: Client) -> None:
    id = str(uuid4())
    grid.submit(site(id))
    assert told(town.submit(site(id, name="别的店"))) == [("", "site_refused")]
