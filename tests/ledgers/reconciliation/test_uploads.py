"""A ledger comes in: read whole or refused, its columns recognised, corrected and remembered."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import func, select

from server.database import Database
from server.ledgers.models import Reconciliation
from server.ledgers.reconciliation.models import ReconciliationRow
from tests.client import Client

from .sheets import HEADINGS, LINE, line, listed, run, upload, uploaded, workbook

BAD = {
    "not a table": (b"hello, this is a letter", "a.docx"),
    "no heading": (workbook([], headings=("甲", "乙", "丙")), "a.xlsx"),
    "no lines": (workbook([]), "a.xlsx"),
    "damaged": (workbook([LINE])[:2000], "a.xlsx"),
    "empty": (b"", "a.csv"),
    "binary": (bytes(range(256)) * 20, "a.csv"),
}


def macros() -> bytes:
    buffer = BytesIO(workbook([LINE]))
    with ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    return buffer.getvalue()


def kept(database: Database) -> int:
    with database.reading() as session:
        rows = session.scalar(select(func.count()).select_from(ReconciliationRow)) or 0
        return rows + (session.scalar(select(func.count()).select_from(Reconciliation)) or 0)


def column(found: dict[str, Any], heading: str) -> dict[str, Any]:
    columns = found["sheets"][0]["columns"]
    return next(each for each in columns if each["heading"] == heading)


def test_an_upload_tells_its_columns_and_runs_nothing(town: Client) -> None:
    content = workbook([line("YH-141181-001-202611-0001", 单位名称="演示餐馆"), LINE])
    answer = upload(town, content, name="台账/十一月.xlsx")
    assert answer.status_code == 201, answer.text
    found = answer.json
    assert (found["state"], found["rows_total"], found["file_name"]) == ("read", 2, "十一月.xlsx")
    assert found["area"] == "141181001000"
    assert found["created_by"]["name"] == "李四"
    assert [each["heading"] for each in found["sheets"][0]["columns"]] == list(HEADINGS)
    site = column(found, "单位名称")
    assert (site["field"], site["field_name"]) == ("site_name", "单位（场所）名称")
    assert (site["column"], site["samples"]) == ("E", ["演示餐馆"])
    assert column(found, "整改资金（元）")["field"] == "amount_yuan"
    assert listed(town, found["id"], "differences") == []
    assert {each["state"] for each in listed(town, found["id"], "rows")} == {"waiting"}
    again = town.get(f"/api/v1/reconciliations/{found['id']}").json
    assert again == found


def test_the_file_is_kept_as_it_came(town: Client) -> None:
    content = workbook([LINE])
    found = upload(town, content, name="台账.xlsx").json["id"]
    answer = town.get(f"/api/v1/reconciliations/{found}/file")
    assert answer.data == content
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_csv_is_taken_too(town: Client) -> None:
    text = "隐患编号,单位名称,隐患描述\nYH-141181-001-202611-0001,演示餐馆,堆物\n"
    answer = upload(town, text.encode("gb18030"), name="台账.csv")
    assert answer.status_code == 201, answer.text
    [row] = listed(town, answer.json["id"], "rows")
    assert row["record"]["site_name"] == "演示餐馆"
    assert row["ref"] == "台账!2"


def test_cells_that_cannot_be_read_are_told_by_row_and_column(town: Client) -> None:
    wrong = line("A1", 检查日期="2026年2月30日", **{"整改资金（元）": "若干"})
    answer = upload(town, workbook([LINE, wrong]))
    assert answer.status_code == 201, answer.text
    errors = {(each["row"], each["column"]): each for each in answer.json["cell_errors"]}
    assert errors.keys() == {(4, "C"), (4, "M")}
    assert errors[4, "M"]["value"] == "若干"
    assert errors[4, "M"]["message"].startswith("“台账”第 4 行 M 列（整改资金")
    _, row = listed(town, answer.json["id"], "rows")
    assert row["record"]["description"] == LINE["隐患描述"]
    assert "found_on" not in row["record"]


def test_a_deadline_without_its_year_is_after_the_hazard_was_found(town: Client) -> None:
    said = [("1月12日", "2027-01-12"), ("12月30日", "2026-12-30"), ("2026-01-12", "2026-01-12")]
    found = uploaded(town, [line("A", 整改时限=text) for text, _ in said])
    read = [each["record"]["deadline"] for each in listed(town, found, "rows")]
    assert read == [day for _, day in said]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(
    town: Client, database: Database, name: str
) -> None:
    content, file_name = BAD[name]
    answer = upload(town, content, name=file_name)
    assert answer.status_code in (413, 415, 422), answer.text
    assert answer.content_type == "application/problem+json"
    assert len(answer.json["detail"]) > 10
    assert kept(database) == 0


@pytest.mark.parametrize(("content", "code"), [(macros, "macros"), (bomb, "zip_bomb")])
def test_macros_and_bombs_are_refused(
    town: Client, database: Database, content: Callable[[], bytes], code: str
) -> None:
    answer = upload(town, content())
    assert answer.status_code in (413, 415), answer.text
    assert answer.json["code"] == code
    assert kept(database) == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"month": "2026-13"}, "month"),
        ({"month": "11月"}, "month"),
        ({"month": "2027-05"}, "month"),
        ({"month": "9999-12"}, "month"),
        ({"month": "0001-01"}, "month"),
        ({"month": "２０２６-11"}, "month"),
        ({"month": "+202-11"}, "month"),
        ({"source": " "}, "source"),
        ({"area": "141181100000"}, "area"),
        ({"area": "999999999999"}, "area"),
        ({"area": "x"}, "area"),
        ({"sector": "NOPE"}, "sector"),
        ({"surprise": "1"}, "surprise"),
    ],
)
def test_what_is_said_of_a_file_is_checked(
    town: Client, database: Database, said: dict[str, str], field: str
) -> None:
    answer = upload(town, workbook([LINE]), **said)
    assert answer.status_code == 422, answer.text
    assert field in answer.json["errors"]
    assert kept(database) == 0


def test_a_form_without_a_file_is_refused(town: Client) -> None:
    data = {"source": "市住建局", "month": "2026-11"}
    answer = town.post("/api/v1/reconciliations", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert answer.json["errors"].keys() == {"file"}


def test_a_department_speaks_for_its_own_sectors(department: Client) -> None:
    content = workbook([LINE])
    assert upload(department, content).json["sector"] == "FIRE"
    answer = upload(department, content, sector="GAS")
    assert answer.status_code == 422
    assert "sector" in answer.json["errors"]


def test_a_correction_is_taken_and_remembered_for_the_source(town: Client, city: Client) -> None:
    headings = ["隐患编号", "名头", "隐患描述", "单位名称"]
    rows = [{"隐患编号": "A1", "名头": "演示餐馆", "隐患描述": "堆物", "单位名称": "某科室"}]
    content = workbook(rows, headings=headings)
    found = upload(town, content).json
    assert column(found, "单位名称")["field"] == "site_name"
    body = {"columns": [{"index": 1, "field": "site_name"}]}
    answer = town.put(f"/api/v1/reconciliations/{found['id']}/columns", json=body)
    assert answer.status_code == 200, answer.text
    corrected = column(answer.json, "名头")
    assert (corrected["field"], corrected["remembered"]) == ("site_name", True)
    assert column(answer.json, "单位名称")["field"] is None
    assert listed(town, found["id"], "rows")[0]["record"]["site_name"] == "演示餐馆"
    again = upload(town, content).json
    assert column(again, "名头")["field"] == "site_name"
    assert listed(town, again["id"], "rows")[0]["record"]["site_name"] == "演示餐馆"
    # Not for others' ledgers, nor for other offices.
    assert column(upload(town, content, source="别处").json, "名头")["field"] != "site_name"
    assert column(upload(city, content).json, "名头")["field"] != "site_name"


def test_a_column_can_be_said_to_be_of_nothing(town: Client) -> None:
    found = uploaded(town, [line("A1", 备注="已延期9次")])
    body = {"columns": [{"sheet": "台账", "index": HEADINGS.index("备注"), "field": None}]}
    answer = town.put(f"/api/v1/reconciliations/{found}/columns", json=body)
    assert answer.status_code == 200, answer.text
    assert "remarks" not in listed(town, found, "rows")[0]["record"]


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([], "columns"),
        ([{"index": 99, "field": "spot"}], "columns.0.index"),
        ([{"index": 1, "field": "nothing"}], "columns.0.field"),
        ([{"sheet": "别的", "index": 1, "field": "spot"}], "columns.0.sheet"),
    ],
)
def test_a_correction_is_checked(town: Client, columns: Any, field: str) -> None:
    found = uploaded(town, [LINE])
    body = {"columns": columns}
    answer = town.put(f"/api/v1/reconciliations/{found}/columns", json=body)
    assert answer.status_code == 422, answer.text
    assert field in answer.json["errors"]


def test_a_correction_that_leaves_nothing_to_go_by_is_refused_whole(town: Client) -> None:
    headings = ("隐患描述", "检查日期", "备注")
    content = workbook([{"隐患描述": "堆物", "检查日期": "2026-11-03"}], headings=headings)
    found = upload(town, content).json["id"]
    body = {"columns": [{"index": 0, "field": None}]}
    answer = town.put(f"/api/v1/reconciliations/{found}/columns", json=body)
    assert answer.status_code == 422, answer.text
    assert [each["record"]["description"] for each in listed(town, found, "rows")] == ["堆物"]
    assert column(town.get(f"/api/v1/reconciliations/{found}").json, "隐患描述")["field"]


def test_after_a_correction_it_is_held_against_ours_anew(
    town: Client, make: Callable[..., str]
) -> None:
    number = make()
    headings = ["单位名称", "隐患描述", "检查日期", "档号"]
    said = {"单位名称": "某某", "隐患描述": "疏散通道堆物", "检查日期": "2026-11-23"}
    rows = [said | {"档号": number}]
    answer = upload(town, workbook(rows, headings=headings))
    found = answer.json["id"]
    body = {"columns": [{"index": 3, "field": None}]}
    assert town.put(f"/api/v1/reconciliations/{found}/columns", json=body).status_code == 200
    assert run(town, found)["figures"]["agreeing"] == 0
    body = {"columns": [{"index": 3, "field": "number"}]}
    answer = town.put(f"/api/v1/reconciliations/{found}/columns", json=body)
    assert answer.json["state"] == "read"
    run(town, found)
    assert listed(town, found, "rows")[0]["hazard"] == number


def test_texts_that_no_database_takes_do_no_harm(town: Client) -> None:
    text = "隐患编号,单位名称,隐患描述\nA1,餐\u0001馆,长" + "长" * 10_000 + "\n"
    answer = upload(town, text.encode(), name="x.csv")
    assert answer.status_code in (201, 415), answer.text
    content = workbook([line("A" * 300, 隐患描述="-1+1" + "长" * 20_000)])
    found = upload(town, content, name="名" * 300 + ".xlsx").json
    [row] = listed(town, found["id"], "rows")
    assert row["record"]["description"].startswith("-1+1")
    run(town, found["id"])
