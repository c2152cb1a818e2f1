"""隐患清单: the ledger as somebody looks at it. Its columns, its order, its rows, and no others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import Session

from ...clock import local_date
from ...errors import InvalidInput
from ...fields import Choices, Schema
from ...hazards.filters import filters_of
from ...hazards.rows import all_rows, up_to
from ...hazards.sheet_schemas import RowsQuery
from ...people.permissions import Permission
from .kinds import Format, Kind, Office, Order, Table
from .ledger import cover_of, require_at_most
from .lines import Names, Wanted, count
from .tables import DAY, Cell, Column, serial

NAME = "隐患清单"
# The serial number beside them makes four: fewer leave a workbook's title and signatures no room.
FEWEST_IN_A_WORKBOOK = 3

Shown = Mapping[str, Any]

WORDS: Mapping[str, tuple[str, float]] = {
    "number": ("编号", 27),
    "state": ("状态", 10),
    "level": ("等级", 8),
    "description": ("隐患描述", 40),
    "site_name": ("单位场所", 20),
    "area": ("区划", 27),
    "sector": ("行业领域", 12),
    "found_on": ("检查日期", 10.5),
    "deadline": ("整改期限", 10.5),
    "responsible_unit": ("责任单位", 20),
    "spot": ("部位", 14),
    "category": ("类别", 10),
    "reporter": ("上报人", 9),
    "supervisor": ("督办人", 16),
    "extensions": ("延期次数", 8),
    "finished_on": ("整改完成", 10.5),
    "accepted_on": ("验收日期", 10.5),
    "closed_on": ("销号日期", 10.5),
    "updated_at": ("最近变动", 10.5),
}


class ShownQuery(RowsQuery):
    """What a page of the ledger asks its rows by, and the columns that it has."""

    class Meta(Schema.Meta):
        exclude = ("cursor", "offset", "limit")

    columns = Choices(WORDS, metadata={"description": "栏目，逗号分隔，依次；缺省为全部"})


@contextmanager
def shown_table(session: Session, order: Order, office: Office) -> Iterator[Table]:
    """The table of what is shown.

    Raises:
        InvalidInput: there is no such area; too few columns for a workbook.
        TooLarge: more lines than the order waits for.
    """
    picked = list(dict.fromkeys(order.query.get("columns") or WORDS))
    if order.format is Format.XLSX and len(picked) < FEWEST_IN_A_WORKBOOK:
        message = f"Excel 至少要有 {FEWEST_IN_A_WORKBOOK} 栏；请多显示几栏，或导出 CSV。"
        raise InvalidInput("invalid_input", message, errors={"columns": [message]})
    filters = filters_of(order.query, order.today, order.actor)
    condition = Wanted(order.actor, office.permissions, filters).condition
    if (until := order.query.get("until")) is not None:
        condition = and_(condition, up_to(until))
    total = count(session, condition)
    require_at_most(order.most, total)
    rows = all_rows(session, condition, order.today, sort=order.query["sort"])
    columns = shown_columns(picked, Names.read(session))
    yield Table(columns, cover_of(session, order, NAME), rows, total)


def shown_columns(picked: Sequence[str], names: Names) -> tuple[Column[Shown], ...]:
    """The columns of these names, in this order, after the lines' numbers."""
    made: dict[str, Callable[[Shown], Cell]] = {name: itemgetter(name) for name in WORDS} | {
        "state": _state,
        "level": itemgetter("level_name"),
        "area": lambda row: names.place(row["area_code"]),
        "sector": lambda row: names.sector(row["sector"]),
        "reporter": itemgetter("reporter_name"),
        "updated_at": lambda row: local_date(row["updated_at"]),
    }
    own = (Column(*WORDS[name], made[name], DAY if _is_day(name) else "") for name in picked)
    return (Column("序号", 6, serial), *own)


def _is_day(name: str) -> bool:
    return name.endswith(("_on", "_at")) or name == "deadline"


def _state(row: Shown) -> str:
    return f"{row['state_name']}（逾期）" if row["overdue"] else str(row["state_name"])


SHOWN = Kind(NAME, Permission.EXPORT_LEDGER, ShownQuery, shown_table)
