"""The balance as offices read it: rows, scope, months, the workbook."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from server.clock import FixedClock
from tests.client import Client
from tests.conftest import NOW
from tests.hazards.conftest import MakeHazard
from tests.web.test_problems import assert_problem

from .conftest import DECEMBER, balance_of, rows_of

NOVEMBER_ROW = {"added": 4, "late": 1, "voided": -1, "adjusted": -1, "ending": 3}


def test_a_month_by_township(two_months: None, city: Client) -> None:
    november = balance_of(city, "2026-11")
    assert rows_of(november) == {"新义街道": NOVEMBER_ROW}
    assert len(november["rows"]) == 16, "a township with nothing to report is there as well"
    assert (november["area_name"], november["is_closed"]) == ("孝义市", False)
    december = balance_of(city, "2026-12")
    assert rows_of(december) == {
        "新义街道": {"opening": 3, "handed_over": -1, "adjusted": -1, "ending": 2},
        "中阳楼街道": {"handed_over": 1, "adjusted": 1, "ending": 1},
        "兑镇镇": {"added": 1, "ending": 1},
    }
    total = {key: each for key, each in december["total"].items() if each}
    assert total == {"opening": 3, "added": 1, "ending": 4}


def test_the_same_month_by_whatever_else(two_months: None, city: Client) -> None:
    assert rows_of(balance_of(city, "2026-12", "?by=level")) == {
        "一般": {"opening": 2, "added": 1, "ending": 3},
        "重大": {"opening": 1, "ending": 1},
    }
    assert rows_of(balance_of(city, "2026-11", "?by=level")) == {
        "一般": {"added": 4, "late": 1, "regraded": -1, "voided": -1, "adjusted": -2, "ending": 2},
        "重大": {"regraded": 1, "adjusted": 1, "ending": 1},
    }
    assert rows_of(balance_of(city, "2026-12", "?by=sector")) == {
        "消防": {"opening": 2, "ending": 2},
        "燃气": {"added": 1, "reclassified": 1, "adjusted": 1, "ending": 2},
        "未归类": {"opening": 1, "reclassified": -1, "adjusted": -1},
    }
    villages = balance_of(city, "2026-12", "?by=village")
    assert rows_of(villages) == {
        "新义街道 演示社区": {"opening": 3, "handed_over": -1, "adjusted": -1, "ending": 2},
        "中阳楼街道（未到村）": {"handed_over": 1, "adjusted": 1, "ending": 1},
        "兑镇镇 演示村": {"added": 1, "ending": 1},
    }
    assert {row["code"] for row in villages["rows"]} > {"141181002000", "141181100991"}


def test_it_is_of_what_the_caller_may_see(
    two_months: None, town: Client, town_b: Client, department: Client, auditor: Client
) -> None:
    own = balance_of(town, "2026-12")
    assert [row["name"] for row in own["rows"]] == ["新义街道"]
    assert own["total"]["ending"] == 2
    assert balance_of(town_b, "2026-12")["total"]["handed_over"] == 1
    fire = balance_of(department, "2026-12", "?by=sector")
    assert [row["name"] for row in fire["rows"]] == ["消防"]
    assert fire["total"]["ending"] == 2
    assert balance_of(auditor, "2026-12")["total"]["ending"] == 4


def test_who_keeps_no_ledger_has_no_balance(grid: Client, unit: Client) -> None:
    for caller in (grid, unit):
        for path in ("2026-11", "2026-11.xlsx", "2026-11/closing"):
            assert caller.get(f"/api/v1/balances/{path}").status_code == 403


def test_an_area_of_ones_own(two_months: None, city: Client, town: Client) -> None:
    narrowed = balance_of(city, "2026-12", "?area=141181100000")
    assert rows_of(narrowed) == {"兑镇镇": {"added": 1, "ending": 1}}
    assert narrowed["figures_hash"] is None, "a part of what one answers for is not confirmed"
    assert balance_of(town, "2026-12", "?area=141181001000")["figures_hash"]
    for area in ("141181002000", "141181000000", "999999000000"):
        answer = town.get(f"/api/v1/balances/2026-12?area={area}")
        assert_problem(answer, 422, "invalid_input")
        assert "area" in answer.json["errors"]


def test_months_that_there_are(two_months: None, city: Client) -> None:
    assert rows_of(balance_of(city, "2026-10")) == {}
    assert rows_of(balance_of(city, "1999-01")) == {}
    for month in ("2027-01", "2026-13", "2026-1", "202611", "x", "2026-11-01", "0000-01"):
        answer = city.get(f"/api/v1/balances/{month}")
        assert_problem(answer, 422, "invalid_input")
        assert "month" in answer.json["errors"]
    assert_problem(city.get("/api/v1/balances/2026-11?by=grid"), 422, "invalid_input")
    assert_problem(city.get("/api/v1/balances/2027-01.xlsx"), 422, "invalid_input")


def test_a_month_begins_at_midnight_in_xiaoyi(
    make: MakeHazard, city: Client, clock: FixedClock
) -> None:
    clock.at = NOW.replace(day=30, hour=15, minute=59)
    make()
    clock.at = NOW.replace(day=30, hour=16, minute=0)
    make()
    assert balance_of(city, "2026-11")["total"]["added"] == 1
    assert balance_of(city, "2026-12")["total"]["added"] == 1


@pytest.mark.parametrize("query", ["", "?by=sector"])
def test_the_workbook_says_the_same(two_months: None, city: Client, query: str) -> None:
    answer = city.get(f"/api/v1/balances/2026-12.xlsx{query}")
    assert answer.status_code == 200
    assert "2026-12.xlsx" in answer.headers["Content-Disposition"]
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    day = f"{DECEMBER:%Y-%m-%d}"
    assert sheet["A1"].value == f"孝义市安全生产隐患月度平衡表（2026年12月，未关账，截至{day}）"
    said = balance_of(city, "2026-12", query)
    lines = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[2], int | float)]
    names = ("opening", "added", "late", "regraded", "reclassified", "handed_over", "voided")
    columns = (*names, "adjusted", "closed", "ending")
    expected = [(row["name"], *(row[each] for each in columns)) for row in said["rows"]]
    expected.append(("合计", *(said["total"][each] for each in columns)))
    assert [line[1:] for line in lines] == expected
