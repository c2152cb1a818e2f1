"""Ledger A, 隐患整改台账: its columns, in order, and what stands in them.

The columns are those of the customary township and department ledger; the five groups of 五到位
(责任、措施、资金、时限、预案) are all there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..glossary import Level, State
from ..hazards.models import Hazard, Plan
from ..places.codes import township_code
from ..places.models import Site

Cell = str | int | float | date | None

# Excel's own limit for a cell is 32,767 characters.
MOST_CELL_LENGTH = 32_000

# Excel's number formats.
DAY = "yyyy-mm-dd"
AMOUNT = "0.00####"


@dataclass(frozen=True)
class Line:
    """One hazard with what its line shows."""

    serial: int
    hazard: Hazard
    plan: Plan | None
    site: Site | None
    areas: Mapping[str, str]
    sectors: Mapping[str, str]


class Column(NamedTuple):
    """A column: its heading, its width in characters, what stands in it, and Excel's format."""

    heading: str
    width: float
    cell: Callable[[Line], Cell]
    number_format: str = ""


def masked_phone(phone: str) -> str:
    """A telephone number with its middle hidden: `13800001234` → `138****1234`.

    Exports mask by default (《个人信息保护法》第6条: no more than is needed).
    """
    digits = "".join(filter(str.isdigit, phone))
    if len(digits) < 7:
        return "****"
    return f"{digits[:3]}****{digits[-4:]}"


def _village_or_grid(line: Line) -> str:
    code = line.hazard.area_code
    if code == township_code(code):
        return ""
    village, own = line.areas.get(code[:12], ""), line.areas.get(code, "")
    return own if len(code) == 12 else f"{village} {own}".strip()


def _responsible_person(line: Line) -> str:
    return f"{line.plan.person} {masked_phone(line.plan.phone)}" if line.plan else ""


def _funds_in_10k(line: Line) -> Cell:
    """整改资金 in 万元; blank where no plan says it, 0 where a plan says that."""
    if line.plan is None:
        return None
    return float(line.plan.amount_yuan / Decimal(10_000))


def _supervisor(line: Line) -> str:
    listing = line.hazard.listing
    return str(listing["supervisor_unit"]) if listing else line.hazard.supervisor


def _finished(line: Line) -> str:
    hazard = line.hazard
    if hazard.finished_on is None:
        return State(hazard.state).chinese if hazard.state == State.RECTIFYING else ""
    return f"{hazard.finish_summary}（{hazard.finished_on}）"


def _accepted(line: Line) -> str:
    hazard = line.hazard
    if hazard.accepted_on is None:
        return ""
    return f"{'、'.join(hazard.acceptors)} {hazard.accepted_on} {hazard.acceptance_opinion}"


def _closed(line: Line) -> str:
    hazard = line.hazard
    if hazard.closed_on is not None:
        return f"已销号 {hazard.closed_on}"
    state = State(hazard.state)
    return state.chinese if state is State.VOID else f"未销号（{state.chinese}）"


def _remarks(line: Line) -> str:
    hazard = line.hazard
    remarks = []
    if hazard.needs_review:
        remarks.append("填报有疑问，待核")
    if hazard.extensions:
        remarks.append(f"已延期 {hazard.extensions} 次")
    if hazard.listing is not None:
        remarks.append("已摘牌" if hazard.delisted else f"挂牌督办（{hazard.listing['rank']}）")
    if hazard.suspended:
        remarks.append("停产停用中")
    if hazard.transferred:
        remarks.append("已移送执法")
    if hazard.void_reason:
        same = f"，与 {hazard.duplicate_of} 重复" if hazard.duplicate_of else ""
        remarks.append(f"作废：{hazard.void_reason}{same}")
    return "；".join(remarks)


COLUMNS: tuple[Column, ...] = (
    Column("序号", 5, lambda line: line.serial),
    Column("隐患编号", 13, lambda line: line.hazard.number),
    Column("检查日期", 10.5, lambda line: line.hazard.found_on, DAY),
    Column(
        "所属乡镇（街道）",
        8,
        lambda line: line.areas.get(township_code(line.hazard.area_code), ""),
    ),
    Column("村（社区）/网格", 8, _village_or_grid),
    Column("单位（场所）名称", 9, lambda line: line.hazard.site_name),
    Column("统一社会信用代码", 10, lambda line: (line.site and line.site.credit_code) or ""),
    Column("详细地址", 10, lambda line: line.site.address if line.site else ""),
    Column("行业领域", 6, lambda line: line.sectors.get(line.hazard.sector or "", "")),
    Column("隐患部位", 8, lambda line: line.hazard.spot),
    Column("隐患描述", 16, lambda line: line.hazard.description),
    Column("隐患类别", 6, lambda line: line.hazard.category),
    Column("隐患等级", 5.5, lambda line: Level(line.hazard.level).chinese),
    Column("判定依据", 9, lambda line: line.hazard.basis),
    Column("检查人（网格员）", 7, lambda line: line.hazard.reporter_name),
    Column("整改责任单位", 9, lambda line: line.hazard.responsible_unit),
    Column("整改责任人及电话", 11, _responsible_person),
    Column("整改措施", 14, lambda line: line.plan.measures if line.plan else ""),
    Column("整改资金（万元）", 7, _funds_in_10k, AMOUNT),
    Column("整改时限", 10.5, lambda line: line.hazard.deadline, DAY),
    Column("应急预案/临时管控措施", 12, lambda line: line.plan.contingency if line.plan else ""),
    Column("监管（督办）单位及责任人", 9, _supervisor),
    Column("整改完成情况及日期", 12, _finished),
    Column("复查（验收）人及日期、结论", 12, _accepted),
    Column("是否销号/销号日期", 9, _closed),
    Column("备注", 8, _remarks),
)


def cells(line: Line) -> dict[str, Cell]:
    """A line's cells by heading, text cut to what a spreadsheet's cell can hold."""
    return {column.heading: _fitting(column.cell(line)) for column in COLUMNS}


def _fitting(cell: Cell) -> Cell:
    if isinstance(cell, str) and len(cell) > MOST_CELL_LENGTH:
        return cell[:MOST_CELL_LENGTH] + "…（过长，已截断）"
    return cell
