"""Ledger E: one line for each house, from its site, its newest form and its hazards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from server.database import Database
from server.glossary import SiteKind, State
from server.hazards.models import Hazard
from server.ledgers.registers.houses import COLUMNS
from server.places.models import Site
from server.seed.demo import GRID
from tests.client import Client
from tests.conftest import NOW
from tests.forms.filling import fill
from tests.forms.test_library_forms import CREATED, NOT_CREATED, UNSAFE, house_answers
from tests.ledgers.sheets import csv_lines, xlsx_lines

XLSX, CSV, JSON = (f"/api/v1/ledgers/houses.{suffix}" for suffix in ("xlsx", "csv", "json"))
CUSTOMARY = (
    *("房屋编号", "地址", "产权人", "使用人", "建成年代", "层数", "结构", "经营业态"),
    *("初判（严重/一定/未发现）", "鉴定等级（A-D）", "通知1送达日期", "通知2送达日期", "报告日期"),
    *("整治类型（拆除/停用/加固/维修/其他）", "一栋一策方案号", "责任人", "时限", "管控措施"),
    *("验收日期", "验收人员", "销号日期", "复核"),
)
NOTICES = {
    "owner_notice_on": "2026-11-20",
    "user_notice_on": "2026-11-21",
    "report_on": "2026-11-22",
    "appraisal": "c",
    "plan_no": "一栋一策-7",
    "owner_notice": "a.jpg",
    "user_notice": "b.jpg",
    "report": "c.jpg",
}


@pytest.fixture
def house(database: Database) -> Site:
    """A registered house in the grid of the tests' grid worker."""
    with database.writing() as session:
        site = Site(
            name="府前街3号王某自建房",
            kind=SiteKind.SELF_BUILT_HOUSE.value,
            area_code=GRID,
            sector_code="SELFBUILT",
            address="府前街三号",
            created_at=NOW,
        )
        session.add(site)
        session.flush()
    return site


def send(client: Client, **answers: Any) -> None:
    unsafe = answers.get("judgement", "none") != "none"
    filled = house_answers(**(UNSAFE if unsafe else {}) | answers)
    entity = CREATED if unsafe else NOT_CREATED
    answer = client.submit(fill("self-built-house", filled, entity=entity))
    assert answer.status_code == 201, answer.text


def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{JSON}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_the_columns_are_the_customary_ones() -> None:
    assert tuple(column.heading for column in COLUMNS) == CUSTOMARY


def test_a_house_that_no_form_speaks_of_is_its_site_and_blanks(house: Site, town: Client) -> None:
    [line] = csv_lines(town, CSV)
    known = {"房屋编号": str(house.id), "地址": "府前街三号"}
    assert line == dict.fromkeys(CUSTOMARY, "") | known


def test_the_newest_form_is_told_in_the_forms_own_words(house: Site, town: Client) -> None:
    send(town, site_id=str(house.id), owner="旧户主", judgement="severe")
    send(town, site_id=house.entity_id, house_code="YF-7", judgement="some", user="李某", **NOTICES)
    [line] = csv_lines(town, CSV)
    assert line == {
        "房屋编号": "YF-7",
        "地址": "府前街3号",
        "产权人": "王某",
        "使用人": "李某",
        "建成年代": "1998",
        "层数": "3",
        "结构": "砖混",
        "经营业态": "餐饮、住宿",
        "初判（严重/一定/未发现）": "一定",
        "鉴定等级（A-D）": "C 级",
        "通知1送达日期": "2026-11-20",
        "通知2送达日期": "2026-11-21",
        "报告日期": "2026-11-22",
        "整治类型（拆除/停用/加固/维修/其他）": "加固",
        "一栋一策方案号": "一栋一策-7",
        "责任人": "王某",
        "时限": "2026-12-20",
        "管控措施": "停用一层东侧两间",
        "验收日期": "",
        "验收人员": "",
        "销号日期": "",
        "复核": "",
    }
    [told] = items(town)
    # Both forms' hazards are the house's.
    assert len(told["hazards"]) == 2
    assert (told["site"], told["due"], told["judgement"]) == (house.id, "2026-12-20", "一定")


def test_what_became_of_its_hazards(
    house: Site, database: Database, town: Client, grid: Client
) -> None:
    send(grid, site_id=str(house.id), judgement="some")
    [told] = items(town)
    _close(database, told["hazards"][0])
    grid.does(told["hazards"][0], "recheck", {"note": "牢固"})
    [line] = xlsx_lines(town, XLSX, COLUMNS)
    assert f"{line['验收日期']:%Y-%m-%d} {line['验收人员']}" == "2026-11-23 李四、王五"
    assert f"{line['销号日期']:%Y-%m-%d}" == "2026-11-23"
    assert line["复核"] == "2026-11-23 张三"
    # One open hazard, and the house is not struck off any longer.
    send(grid, site_id=str(house.id), judgement="some")
    assert items(town)[0]["closed_on"] is None


def _close(database: Database, number: str) -> None:
    with database.writing() as session:
        hazard = session.scalars(select(Hazard).where(Hazard.number == number)).one()
        hazard.state, hazard.acceptors = State.CLOSED.value, ["李四", "王五"]
        hazard.accepted_on = hazard.closed_on = hazard.found_on


def test_a_house_that_is_only_known_from_forms_has_one_line_too(town: Client) -> None:
    send(town, site_name="某家", house_code="YF-9", owner="旧户主")
    send(town, site_name="某家", house_code="YF-9", owner="新户主")
    send(town, site_name="某家", address="另一处")
    found = [(each["site"], each["code"], each["owner"], each["address"]) for each in items(town)]
    assert sorted(found, key=str) == [
        (None, "", "王某", "另一处"),
        (None, "YF-9", "新户主", "府前街3号"),
    ]


def test_a_form_is_a_registered_houses_by_its_name_where_no_other_has_it(
    house: Site, town: Client
) -> None:
    send(town, site_name=house.name)
    assert [(each["site"], each["owner"]) for each in items(town)] == [(house.id, "王某")]


def test_scope_and_filters(
    house: Site, make: Callable[..., str], city: Client, town: Client, grid: Client, unit: Client
) -> None:
    send(town, site_id=str(house.id), house_code="YF-7")
    # The demo's own house lies in another township.
    assert [each["name"] for each in items(city)] == [house.name, "演示自建房"]
    assert [each["name"] for each in items(town)] == [house.name]
    assert items(unit) == []
    # What others filled in is not a grid worker's to read.
    assert [(each["site"], each["owner"]) for each in items(grid)] == [(house.id, "")]
    for query, names in (
        ("?q=yf-7", [house.name]),
        ("?q=演示", ["演示自建房"]),
        ("?area=141181100000", ["演示自建房"]),
        ("?area=141181003000", []),
    ):
        assert [each["name"] for each in items(city, query)] == names, query
    first = city.get(f"{JSON}?limit=1").json
    second = city.get(f"{JSON}?limit=1&cursor={first['next_cursor']}").json
    assert [each["name"] for each in (*first["items"], *second["items"])] == [
        house.name,
        "演示自建房",
    ]
    assert second["next_cursor"] is None
