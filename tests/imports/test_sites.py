"""Sites from a file: tried, imported, and told row by row what is wrong."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from server.database import Database
from server.imports.running import Importer
from server.ledgers.rules.names import check_sign
from server.places.models import Site
from server.seed.demo import GRID, TOWNSHIP, VILLAGE
from tests.client import Client
from tests.conftest import NOW

from .sheets import counts, hand_in, problems, queued, result, sites_file, told, workbook

CODE = "91141181MA0EXAM01"
CODE += check_sign(CODE)
SECOND = "91141181MA0EXAM02"
SECOND += check_sign(SECOND)

GOOD = ("甲店", "公共场所", "新义街道", "消防安全", CODE, "一路 1 号", 111.7791, 37.1462, "")
PLAIN = ("乙店", "enterprise", GRID)


def sites(database: Database) -> list[Site]:
    with database.reading() as session:
        return list(session.scalars(select(Site).order_by(Site.id).offset(4)))


def test_a_trial_tells_and_writes_nothing_then_the_same_file_is_imported(
    admin: Client, importer: Importer, database: Database, app: Flask
) -> None:
    with database.reading() as session:
        from server.people.models import Sector

        sector = session.get_one(Sector, "FIRE").name
    row = (*GOOD[:3], sector, *GOOD[4:])
    id = queued(admin, "sites", sites_file(row, PLAIN))
    assert importer.work() == 1
    found = told(admin, id)
    assert (found["state"], found["dry_run"], counts(found)) == ("done", True, (2, 0, 0))
    assert [each["结果"] for each in result(admin, id)] == ["可新增", "可新增"]
    assert sites(database) == []

    assert admin.post(f"/api/v1/imports/{id}/run", json={}).status_code == 202
    assert importer.work() == 1
    found = told(admin, id)
    assert (found["state"], found["dry_run"], counts(found)) == ("done", False, (2, 0, 0))
    first, second = sites(database)
    assert (first.name, first.kind, first.area_code) == ("甲店", "public_place", TOWNSHIP)
    assert (first.sector_code, first.credit_code, first.address) == ("FIRE", CODE, "一路 1 号")
    assert (first.latitude, first.longitude) == (37.1462, 111.7791)
    assert (first.created_at, first.version) == (NOW, 1)
    assert (second.name, second.kind, second.area_code) == ("乙店", "enterprise", GRID)
    assert first.entity_id != second.entity_id

    again = queued(admin, "sites", sites_file(row, PLAIN), dry_run="false")
    importer.work()
    assert counts(told(admin, again)) == (0, 2, 0)
    assert len(sites(database)) == 2


WRONG: list[tuple[tuple[object, ...], str, str]] = [
    (("", "企业", GRID), "名称", "必填"),
    (("店" * 101, "企业", GRID), "名称", "100 字"),
    (("店", "城堡", GRID), "类别", "城堡"),
    (("店", "企业", ""), "所在区划", "必填"),
    (("店", "企业", "没有的街道"), "所在区划", "没有叫"),
    (("店", "企业", "110101001000"), "所在区划", "辖区"),
    (("店", "企业", "141181001999"), "所在区划", "没有编码"),
    (("店", "企业", GRID, "没有的行业"), "行业领域", "没有叫"),
    (("店", "企业", GRID, "", CODE[:-1] + "0"), "统一社会信用代码", "校验码"),
    (("店", "企业", GRID, "", CODE[:-1]), "统一社会信用代码", "18 位"),
    (("店", "企业", GRID, "", "91141181MA0DEMQ01T"), "统一社会信用代码", "演示餐馆"),
    (("店", "企业", GRID, "", "", "", 111.7), "纬度", "一起"),
    (("店", "企业", GRID, "", "", "", "东经", 37.1), "经度", "度数"),
    (("店", "企业", GRID, "", "", "", "nan", 37.1), "经度", "度数"),
    (("店", "企业", GRID, "", "", "", 37.1, 111.7), "经度", "填反"),
    (("店", "企业", GRID, "", "", "", 2.3, 48.8), "经度", "我国境内"),
    (("店", "企业", GRID, "", "", "", 121.47, 31.23), "经度", "本市边界"),
    (("店", "企业", GRID, "", "", "", 111.7, 37.1, "月球"), "坐标系", "月球"),
]


def test_each_thing_that_is_wrong_is_told_by_row_and_column(
    admin: Client, importer: Importer, database: Database
) -> None:
    content = sites_file(*(row for row, _, _ in WRONG), PLAIN, PLAIN)
    id = queued(admin, "sites", content, dry_run="false")
    importer.work()
    found = told(admin, id)
    assert (found["state"], found["rows_bad"]) == ("refused", len(WRONG) + 1)
    by_place = problems(found)
    for number, (_, column, words) in enumerate(WRONG, start=2):
        assert words in by_place[number, column], by_place
    twice = len(WRONG) + 3
    assert f"第 {twice - 1} 行" in by_place[twice, "名称"]
    assert len(by_place) == len(WRONG) + 1
    assert sites(database) == []

    answer = admin.post(f"/api/v1/imports/{id}/run", json={"skip_bad": True})
    assert answer.status_code == 202
    importer.work()
    assert counts(told(admin, id)) == (1, 0, len(WRONG) + 1)
    assert [site.name for site in sites(database)] == ["乙店"]


def test_a_mended_result_can_be_handed_in_again(
    admin: Client, importer: Importer, database: Database
) -> None:
    id = queued(admin, "sites", sites_file(("=1+1", "城堡", GRID), PLAIN), dry_run="false")
    importer.work()
    rows = result(admin, id)
    assert [row["结果"] for row in rows] == ["有误，未导入", "可新增"]
    assert (rows[0]["名称"], rows[0]["类别"]) == ("=1+1", "城堡")
    rows[0]["类别"] = "企业"
    mended = workbook(list(rows[0]), *(list(row.values()) for row in rows))
    assert hand_in(admin, "sites", mended).status_code == 202


def test_a_name_in_the_same_township_is_the_same_site(
    admin: Client, importer: Importer, database: Database
) -> None:
    rows = [
        ("演示餐馆", "企业", VILLAGE),
        ("演示餐馆", "企业", "141181100991"),
        ("演示餐馆", "企业", GRID, "", SECOND),
        ("演示超市", "企业", GRID, "", CODE),
    ]
    id = queued(admin, "sites", sites_file(*rows))
    importer.work()
    assert [row["结果"] for row in result(admin, id)] == [
        *("已有，跳过", "可新增", "有误，未导入", "已有，跳过"),
    ]
    assert "信用代码不同" in problems(told(admin, id))[4, "名称"]


def test_places_are_kept_in_wgs84(admin: Client, importer: Importer, database: Database) -> None:
    row = ("甲店", "企业", GRID, "", "", "", 111.7791, 37.1462, "高德")
    queued(admin, "sites", sites_file(row), dry_run="false")
    importer.work()
    [site] = sites(database)
    assert site.latitude != 37.1462
    assert abs(site.latitude - 37.1462) < 0.01  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("新义街道/演示社区/第1网格", GRID),
        ("第1网格", GRID),
        ("演示社区 / 第1网格", GRID),
        ("孝义市/新义街道", None),
    ],
)
def test_an_area_may_be_named_by_its_path(
    admin: Client, importer: Importer, database: Database, text: str, code: str | None
) -> None:
    queued(admin, "sites", sites_file(("甲店", "企业", text)), dry_run="false")
    importer.work()
    [site] = sites(database)
    assert site.area_code == (code or TOWNSHIP)
