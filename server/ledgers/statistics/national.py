"""F1 and F2: the national monthly report in its two forms, by sector, cumulative from 1 January.

F1 counts what is in a plan of treatment as 五到位 or not, and what is under listing; F2 counts the
five of the plan one by one (“五落实”). A rate of nothing is blank.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ...people.permissions import Permission
from ..exports.kinds import Kind, Office, Order, Table
from ..exports.tables import AMOUNT, Cell, Column
from ..exports.workbook import Cover
from .asking import Answer, Asking, asked
from .figures import Figures
from .period import Period
from .schemas import StatisticsQuery

TOTAL = "合计"
PER_CENT = "0.0"
WHOLE = "0"


class Line(NamedTuple):
    """A sector's figures (`Figures.national_of`), or the total of all."""

    name: str
    figures: Mapping[str, Any]


def lines(figures: Figures) -> list[Line]:
    """A line for each sector, and the total."""
    found = [Line(name, figures.national_of(code)) for code, name in figures.named_sectors()]
    return [*found, Line(TOTAL, figures.national())]


def title(area: str, report: str, period: Period) -> str:
    """The title: which area, which form, and that it is cumulative to which day."""
    months = "1月" if period.start.month == 1 else f"1月—{period.start.month}月"
    until = f"截止{period.until.month}月{period.until.day}日"
    return f"{area}{REPORTS[report].name}（{period.start.year}年{months}，{until}）"


def _count(heading: str, name: str, group: str = "") -> Column[Line]:
    return Column(heading, 8.5, lambda line: int(line.figures[name]), WHOLE, group)


def _rate(heading: str, name: str, group: str) -> Column[Line]:
    def cell(line: Line) -> Cell:
        percent = line.figures[name]
        return None if percent is None else float(percent)

    return Column(heading, 8.5, cell, PER_CENT, group)


def _part(heading: str, part: str) -> Column[Line]:
    group = "其中：落实情况（项）"
    return Column(heading, 9, lambda line: int(line.figures["parts"][part]), WHOLE, group)


FUNDS = "累计落实治理资金（万元）"

FOUND: tuple[Column[Line], ...] = (
    Column("行业和领域", 18, lambda line: line.name),
    Column("排查治理隐患的生产经营单位（家）1", 11, lambda line: int(line.figures["units"]), WHOLE),
    _count("排查（项）2", "general_found", "一般隐患"),
    _count("已整改3", "general_fixed", "一般隐患"),
    _rate("整改率%4", "general_rate", "一般隐患"),
    _count("排查（项）5", "major_found", "重大隐患"),
    _count("已整改销号6", "major_closed", "重大隐患"),
    _rate("整改率%7", "major_rate", "重大隐患"),
)


class Report(NamedTuple):
    name: str
    columns: tuple[Column[Line], ...]


REPORTS: Mapping[str, Report] = {
    "f1": Report(
        "安全生产事故隐患排查治理情况月报表（“五到位”）",
        (
            *FOUND,
            _count("列入治理计划8", "planned", "列入治理计划的重大隐患"),
            _count("其中达到“五到位”要求9", "five", "列入治理计划的重大隐患"),
            _count("挂牌督办10", "listed", "挂牌督办的重大隐患"),
            _count("其中省级挂牌督办11", "listed_by_province", "挂牌督办的重大隐患"),
            Column(f"{FUNDS}12", 11, lambda line: float(line.figures["funds_10k"]), AMOUNT),
        ),
    ),
    "f2": Report(
        "安全生产事故隐患排查治理情况月报表（“五落实”）",
        (
            *FOUND,
            _count("列入治理计划的重大隐患8", "planned"),
            _part("治理目标任务9", "measures"),
            _part("治理经费物资10", "funds"),
            _part("治理机构人员11", "responsibility"),
            _part("治理时间要求12", "deadline"),
            _part("安全措施应急预案13", "contingency"),
            Column(f"{FUNDS}14", 11, lambda line: float(line.figures["funds_10k"]), AMOUNT),
        ),
    ),
}


def asked_for(order: Order, office: Office) -> Asking:
    """What an order asks for, within what its actor may take out."""
    permission = Permission.EXPORT_LEDGER
    return asked(order.query, order.actor, office.permissions, order.today, permission)


def _kind(name: str) -> Kind:
    report = REPORTS[name]

    @contextmanager
    def table(session: Session, order: Order, office: Office) -> Iterator[Table]:
        asking = asked_for(order, office)
        answer = Answer(session, asking)
        heading = title(answer.area_name, name, asking.period)
        cover = Cover(heading, order.actor.unit or answer.area_name, order.today)
        rows = lines(answer.figures())
        yield Table(report.columns, cover, rows, len(rows))

    return Kind(report.name, Permission.EXPORT_LEDGER, StatisticsQuery, table)


NATIONAL: Mapping[str, Kind] = {name: _kind(name) for name in REPORTS}
