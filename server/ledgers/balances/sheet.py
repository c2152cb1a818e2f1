"""月度平衡表 as a workbook in the customary layout."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ..exports.tables import Column
from ..exports.workbook import Cover, write_xlsx
from .balance import Balance
from .figures import Figures
from .months import in_words

SHEET = "月度平衡表"
ADJUSTED = "本期增减（净额）"


class Line(NamedTuple):
    """A line of the table; the last one, the sum, has no number."""

    number: int | None
    name: str
    figures: Figures


def columns_of(balance: Balance) -> tuple[Column[Line], ...]:
    return (
        Column("序号", 6, lambda line: line.number),
        Column(balance.by.chinese, 24, lambda line: line.name),
        Column("上期结转未销号", 10, lambda line: line.figures.opening),
        Column("合计", 8, lambda line: line.figures.added, group="本期新增"),
        Column("其中：补记以前月份", 10, lambda line: line.figures.late, group="本期新增"),
        Column("等级变更", 9, lambda line: line.figures.regraded, group=ADJUSTED),
        Column("行业调整", 9, lambda line: line.figures.reclassified, group=ADJUSTED),
        Column("划转", 9, lambda line: line.figures.handed_over, group=ADJUSTED),
        Column("误报核减", 9, lambda line: line.figures.voided, group=ADJUSTED),
        Column("小计", 9, lambda line: line.figures.adjusted, group=ADJUSTED),
        Column("本期销号", 9, lambda line: line.figures.closed),
        Column("期末未销号", 10, lambda line: line.figures.ending),
    )


def write_balance(path: Path, balance: Balance, unit: str, day: date) -> None:
    """Write the table, with its sum, to `path`: complete, or nothing."""
    month = in_words(balance.month)
    title = f"{balance.area.name}安全生产隐患月度平衡表（{month}，{_standing(balance, day)}）"
    lines = list(_lines(balance))
    cover = Cover(title, unit, day)
    write_xlsx(path, SHEET, columns_of(balance), cover, lines, len(lines))


def _standing(balance: Balance, day: date) -> str:
    if balance.closing is None:
        return f"未关账，截至{day.isoformat()}"
    if balance.deviations:
        return f"已关账，有 {len(balance.deviations)} 处与事件记录不符，请核查"
    return "已关账"


def _lines(balance: Balance) -> Iterator[Line]:
    for number, row in enumerate(balance.rows, start=1):
        yield Line(number, row.name, row.figures)
    yield Line(None, "合计", balance.total)
