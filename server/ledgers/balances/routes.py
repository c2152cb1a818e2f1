"""The balance of a month over HTTP, its confirmations and its closing."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import structlog
from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy.orm import Session

from config import Settings

from ...clock import local_date
from ...database import Database
from ...errors import NotFound
from ...people.access import current_actor, requires
from ...people.permissions import Permission, Permissions
from ...web.adapter import Section
from ...web.attachments import attached
from .balance import Balance, By, Names, balance
from .calendar import calendar
from .closing import close, require_whole, standing
from .confirmations import Sight, confirm
from .models import BalanceClosing
from .months import read_month
from .schemas import (
    BalanceMonthsSchema,
    BalanceQuery,
    BalanceSchema,
    ClosedSchema,
    ClosingRequestSchema,
    ConfirmationsSchema,
    ConfirmingSchema,
    StandingSchema,
)
from .sheet import SHEET, write_balance
from .views import balance_view, closing_view, confirmation_views, standing_view

section = Section("balances", "月度平衡", path="/api/v1/balances")

log = structlog.get_logger()

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@section.route("")
class Balances(Resource):  # type: ignore[misc]
    @requires(Permission.READ_BALANCE)
    @section.gives(BalanceMonthsSchema)
    def get(self) -> dict[str, Any]:
        """The months that there are figures of, and which of them are confirmed and closed."""
        with _database().reading() as session:
            found = calendar(session, current_actor(), _table(), _now())
        return {"items": [each._asdict() for each in found]}


@section.route("/<month>")
class OneBalance(Resource):  # type: ignore[misc]
    @requires(Permission.READ_BALANCE)
    @section.takes(BalanceQuery, "query")
    @section.gives(BalanceSchema)
    def get(self, query: dict[str, Any], month: str) -> dict[str, Any]:
        """A month's figures, of what the caller may see: carried over, added, adjusted, closed."""
        now = _now()
        with _database().reading() as session:
            return balance_view(_balance(session, read_month(month, now), query), now)


@section.route("/<month>.xlsx")
class BalanceWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.READ_BALANCE)
    @section.takes(BalanceQuery, "query")
    @section.gives_file(XLSX_TYPE, "月度平衡表")
    def get(self, query: dict[str, Any], month: str) -> Response:
        """The same as a workbook in the customary layout."""
        today = local_date(_now())
        month = read_month(month, _now())
        with _database().reading() as session, TemporaryDirectory() as folder:
            found = _balance(session, month, query)
            path = Path(folder) / "balance.xlsx"
            write_balance(path, found, current_actor().unit or found.area.name, today)
            response = Response(path.read_bytes(), content_type=XLSX_TYPE)
        return attached(response, f"{SHEET}-{month}.xlsx", f"balance-{month}.xlsx")


@section.route("/<month>/confirmations")
class Confirmations(Resource):  # type: ignore[misc]
    @requires(Permission.CONFIRM_BALANCE)
    @section.takes(ConfirmingSchema)
    @section.gives(ConfirmationsSchema, status=201)
    def post(self, given: dict[str, Any], month: str) -> dict[str, Any]:
        """Stand by a month's figures: a township for its area, a department for its sectors."""
        now = _now()
        sight = Sight(given["figures_hash"], given.get("seen_at"))
        month = read_month(month, now)
        with _database().writing() as session:
            done = confirm(session, month, sight, given["note"], current_actor(), _table(), now)
            return {"items": confirmation_views(done, Names.of(session))}


@section.route("/<month>/closing")
class Closing(Resource):  # type: ignore[misc]
    @requires(Permission.READ_BALANCE)
    @section.gives(StandingSchema)
    def get(self, month: str) -> dict[str, Any]:
        """What is confirmed, what stands in the way, and the closing itself, once there is one."""
        now = _now()
        month = read_month(month, now)
        with _database().reading() as session:
            found = standing(session, month, current_actor(), _table(), now)
            return standing_view(found, Names.of(session), _secret_key())

    @requires(Permission.CLOSE_MONTH)
    @section.takes(ClosingRequestSchema)
    @section.gives(ClosedSchema, status=201)
    def post(self, given: dict[str, Any], month: str) -> dict[str, Any]:
        """Close a month: freeze, hash, chain and sign its figures. Cannot be undone."""
        now = _now()
        sight = Sight(given["figures_hash"], given.get("seen_at"))
        month = read_month(month, now)
        with _database().writing() as session:
            closing = close(
                session,
                month,
                sight,
                given["reason"],
                current_actor(),
                _table(),
                secret_key=_secret_key(),
                at=now,
            )
            return closing_view(closing, _secret_key())


@section.route("/<month>/closing.json")
class Snapshot(Resource):  # type: ignore[misc]
    @requires(Permission.READ_BALANCE)
    @section.gives_file("application/json", "关账快照全文，其 SHA-256 即 closing 的 hash")
    def get(self, month: str) -> Response:
        """A closed month's snapshot as the very text that was signed, for who sees all of it."""
        month = read_month(month, _now())
        with _database().reading() as session:
            require_whole(session, current_actor(), _table())
            closing = session.get(BalanceClosing, month)
            if closing is None:
                raise NotFound("not_closed", "这个月还没有关账。")
            return Response(closing.snapshot, content_type="application/json")


def _balance(session: Session, month: str, query: dict[str, Any]) -> Balance:
    by, area = By(query["by"]), query.get("area")
    found = balance(session, month, by, current_actor(), _table(), area)
    if found.deviations:
        places = [each.name for each in found.deviations]
        log.error("closed_month_deviates", month=month, cells=places[:20], count=len(places))
    return found


def _table() -> Permissions:
    return cast(Permissions, current_app.extensions["permissions"])


def _secret_key() -> str:
    return cast(Settings, current_app.extensions["settings"]).secret_key


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
