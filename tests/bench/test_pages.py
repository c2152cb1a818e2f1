"""How soon each page of the console has its data, as it opens, of a million hazards.

Asked over HTTP, the way the pages ask at their default filters, for those whose scope is largest.
The reference is one bare query over the same rows (`test_statistics.bare`).
"""

from __future__ import annotations

import pytest
from flask import Flask

from tests.client import Client
from tests.conftest import PASSWORD

from .many import fill
from .test_map import MANY, slowest
from .test_statistics import bare, seconds

EVERYBODYS = (
    ("待办", "/hazards/desk"),
    ("待办：一类", "/hazards/desk/to_accept?limit=30"),
    ("待办：下一件", "/hazards/next?desk=to_accept"),
    ("台账：行", "/hazards/rows?offset=0&limit=100"),
    ("台账：总数", "/hazards/total"),
    ("隐患", "/hazards/{number}"),
    ("隐患：经过", "/hazards/{number}/events"),
    ("隐患：文书", "/hazards/{number}/documents"),
    ("驾驶舱", "/statistics"),
    ("地图", "/map/areas"),
    ("月度平衡", "/balances"),
    ("月度平衡：本月", "/balances/2026-11"),
    ("对账", "/reconciliations?limit=50"),
    ("自查", "/ledger-audit?limit=30"),
    ("自查：数", "/ledger-audit/counts"),
    ("文书", "/documents?limit=50"),
    ("导出", "/exports"),
    ("监管对象", "/sites"),
)
OFFICES = ("city01", "town01", "dept01")
OTHERS = {
    "audit01": (
        ("审计：操作", "/audit/events"),
        ("审计：链", "/audit/chain"),
        ("审计：导出", "/exports/log"),
        ("人员", "/users"),
        ("人员：权限", "/users/2/access"),
    ),
    "admin01": (("导入", "/imports"), ("表单", "/forms/library"), ("人员", "/users")),
}


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_page_of_a_million_hazards(app: Flask) -> None:
    fill(app.extensions["database"], MANY)
    reference = seconds(lambda: bare(app.extensions["database"]))
    print(f"\nbare query: {reference:.3f} s")
    for who, pages in [*((name, EVERYBODYS) for name in OFFICES), *OTHERS.items()]:
        client = Client.signed_in(app, who, PASSWORD)
        for name, path in pages:
            whole = "/api/v1" + path
            if "{number}" in whole:
                rows = client.get("/api/v1/hazards/rows?limit=1").json["items"]
                whole = whole.format(number=rows[0]["number"])
            # The first to ask has it counted and kept; the pages' figures are of those who follow.
            client.get(whole)
            took = slowest(client, whole)
            print(f"{who} {name} p95: {took:.3f} s; ratio {took / reference:.2f}")
