"""The ledgers that can be exported: what each takes, and how it is made ready to be written.

Direct downloads and background exports go through the same table, so a ledger that is entered here
has both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...clock import local_date
from ...errors import Forbidden, InvalidInput
from ...fields import Schema
from ...forms.library import Library
from ...glossary import Term
from ...people.permissions import Actor, Asked, Permission, Permissions
from ...photos.darkroom import Darkroom
from .tables import Column
from .workbook import Cover, Picture


class Format(Term):
    XLSX = "xlsx", "Excel 工作簿"
    CSV = "csv", "CSV 文本"
    GEOJSON = "geojson", "地图数据"


@dataclass(frozen=True)
class Order:
    """What somebody asks to be exported, and when. `query` is parsed; `most` is the most lines
    that they will wait for."""

    actor: Actor
    format: Format
    query: Mapping[str, Any]
    at: datetime
    most: int | None = None
    # Called now and then while the order is being made ready.
    tick: Callable[[], object] = lambda: None

    @property
    def today(self) -> date:
        return local_date(self.at)


@dataclass(frozen=True)
class Office:
    """What ledgers are made with."""

    permissions: Permissions
    darkroom: Darkroom
    library: Library


@dataclass(frozen=True)
class Table:
    """A ledger ready to be written; its rows are read as they are written."""

    columns: Sequence[Column[Any]]
    cover: Cover
    rows: Iterable[Any]
    total: int
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Kind:
    """A ledger: its name, which is the sheet's and the file's, and what it is made from.

    `prepare` raises what is wrong with the order; its table is good while the session and the
    context are open.
    """

    chinese: str
    permission: Asked
    query: type[Schema]
    prepare: Callable[[Session, Order, Office], AbstractContextManager[Table]]


def require_rights(order: Order, kind: Kind, permissions: Permissions) -> None:
    """Refuse an order that nobody may, or can, be served.

    Raises:
        Forbidden: not this ledger, or not its whole telephone numbers.
        InvalidInput: photos in a .csv; a state that is still to come.
    """
    role = order.actor.role.chinese
    if not permissions.holds(order.actor, kind.permission):
        raise Forbidden("forbidden", f"您的角色（{role}）不能导出{kind.chinese}。")
    if order.query.get("phones") and not permissions.holds(order.actor, Permission.READ_PHONES):
        raise Forbidden(
            "phones_forbidden",
            f"您的角色（{role}）不能导出完整的电话号码；去掉 phones=true 即可导出打码的台账。",
        )
    if order.query.get("photos") and order.format is not Format.XLSX:
        message = "只有 .xlsx 可以带照片。"
        raise InvalidInput("invalid_input", message, errors={"photos": [message]})
    day = order.query.get("as_of")
    if day is not None and day > order.today:
        message = f"{day} 还没有到；as_of 至多是今天（{order.today}）。"
        raise InvalidInput("invalid_input", message, errors={"as_of": [message]})
