"""Ledger A, 隐患整改台账: its columns, in order, and what stands in them.

The columns are those of the customary township and department ledger; the five of 五到位
(责任、措施、资金、时限、预案) stand together under one heading.
"""

import json
from functools import lru_cache
from typing import Any

from ...glossary import Level, State
from .lines import Line, Names
from .tables import AMOUNT, DAY, Cell, Column, serial

NAME = "隐患整改台账"
FIVE = "五到位"

LEVELS = {each.value: each.chinese for each in Level}
STATES = {each.value: each.chinese for each in State}


@lru_cache(maxsize=4_096)
def masked_phone(phone: str) -> str:
    """A telephone number with its middle hidden: `13800001234` → `138****1234`.

    Exports mask by default (《个人信息保护法》第6条: no more than is needed).
    """
    digits = "".join(filter(str.isdigit, phone))
    if len(digits) < 7:
        return "****"
    return f"{digits[:3]}****{digits[-4:]}"


def ledger_columns(names: Names) -> tuple[Column[Line], ...]:
    """The columns, with areas and sectors called by these names."""
    return (
        Column("序号", 5, serial),
        Column("隐患编号", 13, "number"),
        Column("检查日期", 10.5, "found_on", DAY),
        Column("所属乡镇（街道）", 8, lambda line: names.township(line.area_code)),
        Column("村（社区）/网格", 8, lambda line: names.village_or_grid(line.area_code)),
        Column("单位（场所）名称", 10, "site_name"),
        Column("统一社会信用代码", 10, "credit_code"),
        Column("详细地址", 10, "address"),
        Column("行业领域", 6, lambda line: names.sector(line.sector)),
        Column("隐患部位", 8, "spot"),
        Column("隐患描述", 16, "description"),
        Column("隐患类别", 6, "category"),
        Column("隐患等级", 5.5, lambda line: LEVELS[line.level]),
        Column("判定依据", 9, "basis"),
        Column("检查人（网格员）", 10, "reporter_name"),
        Column("整改责任单位", 9, "responsible_unit"),
        Column("整改责任人及电话", 11, _responsible_person, group=FIVE),
        Column("整改措施", 14, "measures", group=FIVE),
        Column("整改资金（万元）", 8, _funds_in_10k, AMOUNT, group=FIVE),
        Column("整改时限", 10.5, "deadline", DAY, group=FIVE),
        Column("应急预案/临时管控措施", 12, "contingency", group=FIVE),
        Column("监管（督办）单位及责任人", 9, _supervisor),
        Column("整改完成情况及日期", 12, _finished),
        Column("复查（验收）人及日期、结论", 12, _accepted),
        Column("是否销号/销号日期", 9, _closed),
        Column("备注", 8, _remarks),
    )


def _responsible_person(line: Line) -> str:
    if line.person is None or line.phone is None:
        return ""
    return f"{line.person} {line.phone if line.shows_phone else masked_phone(line.phone)}"


def _funds_in_10k(line: Line) -> Cell:
    """整改资金 in 万元; blank where no plan says it, 0 where a plan says that."""
    return None if line.amount_yuan is None else round(line.amount_yuan / 10_000, 6)


def _supervisor(line: Line) -> str:
    return str(_read(line.listing)["supervisor_unit"]) if line.listing else line.supervisor


def _finished(line: Line) -> str:
    if line.finished_on is None:
        return STATES[line.state] if line.state == State.RECTIFYING else ""
    return f"{line.finish_summary}（{line.finished_on}）"


def _accepted(line: Line) -> str:
    if line.accepted_on is None:
        return ""
    return f"{'、'.join(_read(line.acceptors))} {line.accepted_on} {line.acceptance_opinion}"


def _closed(line: Line) -> str:
    if line.closed_on is not None:
        return f"已销号 {line.closed_on}"
    state = STATES[line.state]
    return state if line.state == State.VOID else f"未销号（{state}）"


def _remarks(line: Line) -> str:
    remarks = []
    if line.needs_review:
        remarks.append("填报有疑问，待核")
    if line.extensions:
        remarks.append(f"已延期 {line.extensions} 次")
    if line.listing is not None:
        remarks.append("已摘牌" if line.delisted else f"挂牌督办（{_read(line.listing)['rank']}）")
    if line.suspended:
        remarks.append("停产停用中")
    if line.transferred:
        remarks.append("已移送执法")
    if line.void_reason:
        same = f"，与 {line.duplicate_of} 重复" if line.duplicate_of else ""
        remarks.append(f"作废：{line.void_reason}{same}")
    return "；".join(remarks)


@lru_cache(maxsize=4_096)
def _read(text: str) -> Any:
    # A few people accept most of what is accepted.
    return json.loads(text)
