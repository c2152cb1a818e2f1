"""Another office's ledger, made to measure: rows of cells as a workbook that is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from werkzeug.test import TestResponse

from tests.client import Client

HEADINGS = (
    *("序号", "隐患编号", "检查日期", "所属乡镇", "单位名称", "统一社会信用代码", "隐患部位"),
    *(
        "隐患描述",
        "隐患等级",
        "整改责任单位",
        "整改责任人",
        "整改措施",
        "整改资金（元）",
        "整改时限",
    ),
    *(
        "应急预案",
        "整改完成情况",
        "整改完成日期",
        "验收人",
        "验收日期",
        "是否销号",
        "销号日期",
        "备注",
    ),
)

# A line that says everything, and nothing wrong.
LINE: dict[str, Any] = {
    "检查日期": "2026-11-23",
    "所属乡镇": "新义街道",
    "隐患描述": "疏散通道堆物",
    "隐患等级": "一般",
    "整改责任单位": "演示餐馆",
    "整改责任人": "赵六",
    "整改措施": "清空疏散通道",
    "整改资金（元）": "1500",
    "整改时限": "2026-12-10",
    "应急预案": "停用二楼",
    "是否销号": "否",
}
CLOSED: dict[str, Any] = {
    "整改完成情况": "已清空",
    "整改完成日期": "2026-11-23",
    "验收人": "李四",
    "验收日期": "2026-11-23",
    "是否销号": "是",
    "销号日期": "2026-11-23",
}


def workbook(
    lines: Sequence[Mapping[str, Any]],
    *,
    title: str = "新义街道安全生产隐患排查整改台账",
    foot: Sequence[str] = (),
    headings: Sequence[str] = HEADINGS,
) -> bytes:
    """A ledger as an .xlsx: a title, the headings, the lines, and rows below them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    sheet.append([title])
    sheet.append(list(headings))
    for number, line in enumerate(lines, start=1):
        cells = {"序号": number, **line}
        sheet.append([cells.get(heading) for heading in headings])
    for text in foot:
        sheet.append([text])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def line(number: str = "", **said: Any) -> dict[str, Any]:
    return LINE | {"隐患编号": number} | said


def upload(
    client: Client,
    content: bytes,
    *,
    name: str = "台账.xlsx",
    source: str = "市住建局",
    month: str = "2026-11",
    **said: str,
) -> TestResponse:
    data = {"file": (BytesIO(content), name), "source": source, "month": month, **said}
    return client.post("/api/v1/reconciliations", data=data, content_type="multipart/form-data")


def uploaded(client: Client, lines: Sequence[Mapping[str, Any]], **kwargs: Any) -> str:
    """Upload these lines; gives the reconciliation's id."""
    said = {key: kwargs.pop(key) for key in ("source", "month", "area", "sector") if key in kwargs}
    answer = upload(client, workbook(lines, **kwargs), **said)
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    return found


def run(client: Client, reconciliation: str) -> dict[str, Any]:
    """Hold it against ours; gives it as it is then."""
    answer = client.post(f"/api/v1/reconciliations/{reconciliation}/run")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    assert found["state"] == "done", found["message"]
    return found


def reconciled(client: Client, lines: Sequence[Mapping[str, Any]], **kwargs: Any) -> str:
    """Upload these lines and hold them against ours; gives the reconciliation's id."""
    found = uploaded(client, lines, **kwargs)
    run(client, found)
    return found


def listed(client: Client, reconciliation: str, what: str, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/reconciliations/{reconciliation}/{what}{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def differences(client: Client, reconciliation: str, kind: str = "") -> list[dict[str, Any]]:
    """What differs and is not gone, of one kind or of all; but for the numbers of open lines,
    which differ wherever a line does."""
    query = f"?kind={kind}" if kind else ""
    found = listed(client, reconciliation, "differences", query)
    return [
        each
        for each in found
        if each["status"] != "resolved" and not each["explanation"].startswith("月末未销号：")
    ]


def kinds(client: Client, reconciliation: str) -> list[str]:
    return sorted(each["kind"] for each in differences(client, reconciliation))
