"""隐患清单: the rows that a page shows, in its columns and its order."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO

from flask import Flask
from openpyxl import load_workbook

from server.clock import FixedClock
from server.glossary import State
from server.ledgers.exports.shown import WORDS
from tests.client import Client
from tests.conftest import PASSWORD
from tests.web.test_problems import assert_problem

Make = Callable[..., str]
Advance = Callable[[str, State], str]


def lines(client: Client, query: str = "") -> list[list[str]]:
    """The heading and the rows of a .csv, without the lines' numbers."""
    answer = client.get(f"/api/v1/hazards/rows.csv?{query}")
    assert answer.status_code == 200, answer.text
    found = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [line[0] for line in found] == ["序号", *(str(n) for n in range(1, len(found)))]
    return [line[1:] for line in found]


def test_columns_rows_and_order_are_those_that_are_shown(
    make: Make, advance: Advance, town: Client, city: Client
) -> None:
    made = [make(sector="GAS"), make(), make(site_id=1, spot="二层")]
    advance(made[1], State.ASSIGNED)
    total = town.get("/api/v1/hazards/total").json
    later = make()
    elsewhere = make("city01", area_code="141181100000")
    heading, *rows = lines(town, "columns=number,deadline,state&sort=deadline")
    assert heading == ["编号", "整改期限", "状态"]
    assert rows[0] == [made[1], "2026-12-20", "已交办"]
    assert [row[0] for row in rows[1:]] == [made[0], made[2], later]
    until = f"columns=number&sort=-created&until={total['newest']}"
    assert [row for [row] in lines(town, until)[1:]] == made[::-1]
    assert [elsewhere] in lines(city, "columns=number")
    assert lines(town, "columns=number,number&sector=GAS") == [["编号"], [made[0]]]


def test_every_column_says_what_the_page_says(make: Make, advance: Advance, town: Client) -> None:
    number = advance(make(site_id=1, spot="二层"), State.CLOSED)
    heading, row = lines(town)
    assert heading == [words for words, _ in WORDS.values()]
    said = dict(zip(WORDS, row, strict=True))
    [shown] = town.get("/api/v1/hazards/rows").json["items"]
    plain = set(WORDS) - {"state", "level", "area", "sector", "updated_at"}
    assert {name: said[name] for name in plain} == {name: str(shown[name]) for name in plain}
    assert said["number"] == number
    assert (said["state"], said["level"]) == (shown["state_name"], shown["level_name"])
    assert (said["area"], said["sector"]) == ("新义街道 演示社区 第1网格", "消防")
    assert said["updated_at"] == "2026-11-23"


def test_what_is_late_says_so(
    make: Make, advance: Advance, app: Flask, clock: FixedClock, town: Client
) -> None:
    advance(make(), State.ASSIGNED)
    clock.at += timedelta(days=40)
    late = Client.signed_in(app, "town01", PASSWORD)
    assert lines(late, "columns=state")[1:] == [["已交办（逾期）"]]


def test_the_workbook_has_the_same(make: Make, town: Client) -> None:
    made = [make(), make()]
    answer = town.get("/api/v1/hazards/rows.xlsx?columns=number,found_on,description&sort=number")
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(BytesIO(answer.data)).active
    title, _, heading, *rows = sheet.iter_rows(values_only=True)
    assert title[0].endswith("隐患清单（2026年11月）")
    assert heading == ("序号", "编号", "检查日期", "隐患描述")
    assert [row[1] for row in rows[:2]] == made
    few = town.get("/api/v1/hazards/rows.xlsx?columns=number,state")
    assert_problem(few, 422, "invalid_input")
    assert list(few.json["errors"]) == ["columns"]


def test_what_can_not_be_is_refused(town: Client, app: Flask) -> None:
    admin = Client.signed_in(app, "admin01", PASSWORD)
    for query, field in (("columns=number,colour", "columns"), ("offset=1", "offset")):
        answer = town.get(f"/api/v1/hazards/rows.csv?{query}")
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]
    assert admin.get("/api/v1/hazards/rows.csv").status_code == 403
    assert admin.get("/api/v1/hazards/rows.xlsx").status_code == 403


def test_it_is_made_in_the_background_and_logged(
    make: Make, app: Flask, town: Client, city: Client
) -> None:
    number = make()
    query = {"columns": "number,state", "sort": "number"}
    body = {"kind": "shown", "format": "csv", "query": query}
    order = town.post("/api/v1/exports", json=body).json
    assert order["name"] == "隐患清单"
    assert app.extensions["exporter"].work() == 1
    file = town.get(f"/api/v1/exports/{order['id']}/file")
    assert file.data.decode("utf-8-sig").splitlines()[1] == f'"1","{number}","已上报"'
    [entry] = city.get("/api/v1/exports/log").json["items"]
    assert (entry["kind_name"], entry["query"], entry["lines"]) == ("隐患清单", query, 1)
