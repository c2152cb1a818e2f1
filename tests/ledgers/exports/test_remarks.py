"""What the remarks, the supervisor and the rectification columns say along the way."""

from __future__ import annotations

from collections.abc import Callable

from server.glossary import Level, State
from tests.client import Client

from .test_ledger import csv_lines


def test_a_major_hazard_under_listing(
    make: Callable[..., str], department: Client, unit: Client
) -> None:
    number = make(level=Level.SUSPECTED_MAJOR)
    department.does(number, "register", {"level": "major", "sector": "FIRE", "site": 1})
    listing = {"rank": "市", "supervisor_unit": "市消防救援大队", "deadline": "2026-12-20"}
    department.does(number, "list", listing)
    department.does(number, "suspend", {"reason": "停用二楼"})
    department.does(number, "transfer", {"to": "市消防救援大队", "reason": "拒不整改"})
    (line,) = csv_lines(department)
    assert line["监管（督办）单位及责任人"] == "市消防救援大队"
    assert line["备注"] == "挂牌督办（市）；停产停用中；已移送执法"


def test_an_extended_hazard_being_put_right(
    hazard_in: Callable[[State], str], unit: Client, town: Client
) -> None:
    number = hazard_in(State.RECTIFYING)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    unit.does(number, "request_extension", ask)
    town.does(number, "grant_extension")
    (line,) = csv_lines(town)
    assert line["备注"] == "已延期 1 次"
    assert line["整改完成情况及日期"] == "整改中"
    assert line["整改时限"] == "2026-12-31"


def test_a_voided_duplicate(make: Callable[..., str], town: Client) -> None:
    standing, number = make(), make("city01", area_code="141181001000")
    town.does(number, "void", {"reason": "重复上报", "duplicate_of": standing})
    lines = csv_lines(town)
    assert lines[1]["备注"] == f"作废：重复上报，与 {standing} 重复"
    assert lines[1]["村（社区）/网格"] == ""
    assert lines[1]["是否销号/销号日期"] == "作废"
