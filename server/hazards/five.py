"""五到位: responsibility, measures, funds, deadline and contingency plan, each in place or not.

《国务院安委会办公室关于建立安全隐患排查治理体系的通知》's five counts as the municipality's task
20(1) names them. The *enterprise* five (责任、投入、培训、管理、应急救援) are checklist items and
never come here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

# Written to get past a required field, these put nothing in place.
PLACEHOLDERS = frozenset({"", "无", "暂无", "没有", "略", "/", "-", "—", "——", "无。", "同上"})

PHONE = re.compile(r"\+?[\d\s()（）-]{7,20}")


class Part(StrEnum):
    RESPONSIBILITY = "responsibility"
    MEASURES = "measures"
    FUNDS = "funds"
    DEADLINE = "deadline"
    CONTINGENCY = "contingency"


CHINESE: Mapping[Part, str] = {
    Part.RESPONSIBILITY: "责任",
    Part.MEASURES: "措施",
    Part.FUNDS: "资金",
    Part.DEADLINE: "时限",
    Part.CONTINGENCY: "预案",
}


class Missing(NamedTuple):
    """A part that is not in place, and what it lacks in words."""

    part: Part
    name: str
    message: str


Plan = Mapping[str, Any]


def says_nothing(value: Any) -> bool:
    """Whether a field is blank, or filled in only to get past it."""
    return not isinstance(value, str) or value.strip() in PLACEHOLDERS


def _responsibility(plan: Plan, today: date) -> str:
    given = plan.get("responsibility") or {}
    names = {"person": "责任人", "unit": "责任单位", "phone": "联系电话"}
    lacking = [name for key, name in names.items() if says_nothing(given.get(key))]
    if lacking:
        return "缺" + "、".join(lacking)
    return "" if PHONE.fullmatch(given["phone"]) else "联系电话不像电话号码"


def _measures(plan: Plan, today: date) -> str:
    return "没有写明整改措施" if says_nothing(plan.get("measures")) else ""


def _funds(plan: Plan, today: date) -> str:
    """Zero is a statement, not a blank; money that is needed comes from somewhere."""
    given = plan.get("funds") or {}
    amount = given.get("amount_yuan")
    if amount is None:
        return "没有写明金额（不需要资金请写 0）"
    if float(amount) > 0 and says_nothing(given.get("source")):
        return "没有写明资金来源"
    return ""


def _deadline(plan: Plan, today: date) -> str:
    given = plan.get("deadline")
    if given is None:
        return "没有写明完成期限"
    if date.fromisoformat(str(given)) < today:
        return "完成期限已过"
    return ""


def _contingency(plan: Plan, today: date) -> str:
    return "没有写明应急预案或临时管控措施" if says_nothing(plan.get("contingency")) else ""


LACKS: Mapping[Part, Callable[[Plan, date], str]] = {
    Part.RESPONSIBILITY: _responsibility,
    Part.MEASURES: _measures,
    Part.FUNDS: _funds,
    Part.DEADLINE: _deadline,
    Part.CONTINGENCY: _contingency,
}


def missing_parts(plan: Plan | None, today: date) -> list[Missing]:
    """The parts of a plan that are not in place on `today` (a day in Asia/Shanghai).

    `plan` is as on the wire: `{responsibility: {person, unit, phone}, measures,
    funds: {amount_yuan, source}, deadline, contingency}`, any of it absent.
    """
    found = ((part, lacks(plan or {}, today)) for part, lacks in LACKS.items())
    return [Missing(part, CHINESE[part], message) for part, message in found if message]
