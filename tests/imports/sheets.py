"""Files to import, and handing them in."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from tests.client import Client

SITE_HEADINGS = (
    *("名称", "类别", "所在区划", "行业领域", "统一社会信用代码", "地址", "经度", "纬度", "坐标系"),
)
PEOPLE_HEADINGS = ("账号", "姓名", "角色", "所在区划", "所在部门", "行业领域", "监管对象")

Rows = Sequence[Sequence[object]]


def workbook(*rows: Sequence[object], sheet: str = "Sheet1") -> bytes:
    book = Workbook()
    book.active.title = sheet
    for number, row in enumerate(rows, 1):
        for at, value in enumerate(row, 1):
            cell = book.active.cell(number, at, value)
            if isinstance(value, str):
                # What looks like a formula is text here.
                cell.data_type = "s"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sites_file(*rows: Sequence[object]) -> bytes:
    return workbook(SITE_HEADINGS, *rows)


def people_file(*rows: Sequence[object]) -> bytes:
    return workbook(PEOPLE_HEADINGS, *rows)


def hand_in(
    client: Client, kind: str, content: bytes, name: str = "a.xlsx", **said: str
) -> TestResponse:
    data = {"kind": kind, "file": (BytesIO(content), name), **said}
    return client.post("/api/v1/imports", data=data, content_type="multipart/form-data")


def queued(client: Client, kind: str, content: bytes, **said: str) -> str:
    answer = hand_in(client, kind, content, **said)
    assert answer.status_code == 202, answer.text
    assert answer.json["state"] == "queued"
    return str(answer.json["id"])


def told(client: Client, id: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/imports/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def problems(found: dict[str, Any]) -> dict[tuple[int, str], str]:
    return {(each["row"], each["column"]): each["message"] for each in found["problems"]}


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    """New, known and bad."""
    return found["rows_new"], found["rows_known"], found["rows_bad"]


def result(client: Client, id: str) -> list[dict[str, str | None]]:
    answer = client.get(f"/api/v1/imports/{id}/result.xlsx")
    assert answer.status_code == 200, answer.text
    rows = load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)
    headings = next(rows)
    return [dict(zip(headings, row, strict=True)) for row in rows]
