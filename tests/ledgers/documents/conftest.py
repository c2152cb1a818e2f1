"""Hazards far enough along for every kind of document, and a caller's way to issue them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from docx import Document
from docx.oxml.ns import qn
from werkzeug.test import TestResponse

from server.database import Database
from server.glossary import Level
from tests.client import PLAN, Client
from tests.factories import account_actor, make_hazard
from tests.ledgers.conftest import advance, hazard_in, make
from tests.pictures import saved, scene

__all__ = ["advance", "hazard_in", "make"]

OFFICIALS = [
    {"name": "孙七", "certificate": "晋J-001"},
    {"name": "钱二", "certificate": "晋J-002"},
]

# What somebody fills in for each kind.
DATA: dict[str, dict[str, Any]] = {
    "inspection_record": {
        "unit": "演示餐馆",
        "address": "演示路1号",
        "principal": "赵六",
        "position": "经理",
        "phone": "0358-7620000",
        "place": "一楼后厨和疏散通道",
        "began_at": "2026-11-23T09:00:00+08:00",
        "ended_at": "2026-11-23T09:45:00+08:00",
        "authority": "孝义市消防救援大队",
        "officials": OFFICIALS,
        "findings": ["一楼疏散通道堆放纸箱，宽度不足", "后厨燃气报警器断电"],
        "refusal": "无",
    },
    "rectification_notice": {
        "unit": "演示餐馆",
        "inspected_on": "2026-11-23",
        "inspectors": "张三、李四",
        "items": ["一楼疏散通道堆放纸箱", "后厨燃气报警器断电"],
        "requirements": "清空疏散通道，恢复报警器供电并测试",
        "deadline": "2026-12-10",
        "precautions": "整改期间停用二楼，专人值守",
        "receiver": "赵六",
        "contact": "李四",
        "contact_phone": "0358-7620001",
    },
    "rectification_order": {
        "unit": "演示餐馆",
        "items": ["一楼疏散通道堆放纸箱", "后厨燃气报警器断电"],
        "which": "1、2",
        "deadline": "2026-12-10",
        "review_authority": "孝义市人民政府",
        "court": "孝义市人民法院",
        "officials": OFFICIALS,
    },
    "review_opinion": {
        "unit": "演示餐馆",
        "reviewed_at": "2026-11-25T10:05:00+08:00",
        "findings": [
            {"item": "一楼疏散通道堆放纸箱", "result": "fixed", "note": "已清空"},
            {"item": "后厨燃气报警器断电", "result": "partly", "note": "已供电，未测试"},
        ],
        "opinion": "第2项限三日内完成测试",
        "officials": OFFICIALS,
    },
    "listing_notice": {
        "unit": "演示餐馆",
        "person": "孙七",
        "halt": "二楼用餐区停用至验收合格",
        "five": "责任、措施、资金、时限、预案逐项落实",
        "reporting": "每周五书面报告",
        "procedure": "两人以上现场验收合格后摘牌",
        "publicity": "店门口公示栏公示",
    },
    "closure_approval": {
        "own_opinion": "已自查合格",
        "township_opinion": "复查合格，同意销号",
        "department_opinion": "验收合格",
        "office_opinion": "同意销号",
    },
    "extension_approval": {
        "progress": "完成七成",
        "applicant": "演示餐馆 赵六",
        "approver": "李四",
        "opinion": "同意延期，加强值守",
    },
}


@pytest.fixture
def major(database: Database, city: Client, department: Client, town: Client, unit: Client) -> str:
    """A major hazard along the whole way, accepted, still listed, with photos; its number."""
    before = [put_scene(town, seed) for seed in (1, 2)]
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        number = make_hazard(
            session, actor, level=Level.SUSPECTED_MAJOR, spot="一楼疏散通道",
            description="疏散通道被占用，且燃气报警器断电", basis="GB 35181 第5.1条",
            category="消防设施", photos=before, site_id=1, site_name="演示餐馆",
        ).number  # fmt: skip
    town.does(number, "register", {"level": "suspected_major", "sector": "FIRE", "site": 1})
    department.does(number, "regrade", {"level": "major", "basis": "GB 35181 第5.1条"})
    listing = {"rank": "市", "supervisor_unit": "市消防救援大队", "deadline": "2026-12-30"}
    department.does(number, "list", listing)
    department.does(number, "suspend", {"reason": "二楼停用"})
    town.does(number, "assign", {"responsible_unit": 1, "deadline": "2026-12-20"})
    reports = {"when": "2026-11-23", "how": "书面"}
    unit.does(number, "dual_report", {"to_regulator": reports, "to_employees": reports})
    unit.does(number, "submit_plan", {"plan": PLAN})
    department.does(number, "approve_plan")
    unit.does(number, "report_progress", {"note": "已清空一楼通道"})
    asked = {"deadline": "2026-12-15", "reason": "配件未到货", "interim_measures": "专人值守"}
    unit.does(number, "request_extension", asked)
    department.does(number, "grant_extension")
    after = [put_scene(unit, seed) for seed in (3, 4, 5)]
    unit.does(number, "finish", {"summary": "通道已清空，报警器已恢复", "photos": after})
    evidence = department.get(f"/api/v1/hazards/{number}/evidence").json["items"]
    answers = [{"finding": each["id"], "word": "现场核实"} for each in evidence if each["serious"]]
    accepted = {"opinion": "整改合格", "acceptors": ["钱二"], "answers": answers}
    department.does(number, "accept", accepted)
    return number


def put_scene(client: Client, seed: int) -> str:
    wide = seed % 2
    return client.put_photo(saved(scene(seed, 640 if wide else 480, 480 if wide else 640)))


def issue(
    client: Client,
    number: str,
    kind: str,
    data: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> TestResponse:
    body = {"id": str(uuid4()), "kind": kind, "data": data or {}} | kwargs
    return client.post(f"/api/v1/hazards/{number}/documents", json=body)


def issued(
    client: Client, number: str, kind: str, data: Mapping[str, Any] | None = None, **kwargs: Any
) -> dict[str, Any]:
    """A document that must be issued."""
    answer = issue(client, number, kind, data, **kwargs)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json
    return document


Issue = Callable[..., dict[str, Any]]


def text_of(content: bytes) -> str:
    """All text of a Word file, header and footer too, paragraphs by line."""
    document = Document(BytesIO(content))
    parts = [document.element.body]
    parts += [each.footer._element for each in document.sections]
    shown = {qn("w:t"): None, qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "\n".join(
        "".join(
            shown[node.tag] or node.text or ""
            for node in paragraph.iter(*shown)
            # Not a tab stop of the paragraph's own properties.
            if node.getparent().tag != qn("w:tabs")
        )
        for part in parts
        for paragraph in part.iter(qn("w:p"))
    )
