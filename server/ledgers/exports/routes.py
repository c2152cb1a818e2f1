"""Ledgers over HTTP: downloaded at once, made in the background, and the log of both."""

from contextlib import ExitStack
from datetime import datetime
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource

from ...clock import local_date
from ...database import Database
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...storage import Storage
from ...web.adapter import Section
from ...web.paging import page_of, read_cursor
from .background import (
    KEPT,
    ExportState,
    cancel_export,
    exports_of,
    find_export,
    open_export,
    order_export,
)
from .columns import NAME
from .downloads import download, log_order, office
from .files import MEDIA_TYPES
from .geojson import geojson_chunks
from .kinds import Format, Order, require_rights
from .ledger import LEDGER, ordered_lines
from .lines import Names
from .log import logged
from .models import Export
from .registry import kind_of, logged_name
from .schemas import (
    ExportLogQuery,
    ExportLogSchema,
    ExportRequestSchema,
    ExportSchema,
    ExportsSchema,
    GeoJsonQuery,
    LedgerQuery,
)
from .sending import named, send_file
from .shown import NAME as SHOWN_NAME
from .shown import SHOWN, ShownQuery

section = Section("ledger", "台账", path="/api/v1")

GEOJSON_TYPE = "application/geo+json"


@section.route("/ledger.xlsx")
class LedgerWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(LedgerQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.XLSX], NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The ledger as a workbook, complete or not at all; up to 20,000 lines."""
        return download("ledger", LEDGER, Format.XLSX, query)


@section.route("/ledger.csv")
class LedgerCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(LedgerQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.CSV], NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The ledger as CSV, complete or not at all; up to 20,000 lines."""
        return download("ledger", LEDGER, Format.CSV, query)


@section.route("/hazards/rows.xlsx")
class ShownWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ShownQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.XLSX], SHOWN_NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """Rows as a page shows them, its columns and its order, as a workbook; up to 20,000."""
        return download("shown", SHOWN, Format.XLSX, query)


@section.route("/hazards/rows.csv")
class ShownCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ShownQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.CSV], SHOWN_NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """Rows as a page shows them, its columns and its order, as CSV; up to 20,000."""
        return download("shown", SHOWN, Format.CSV, query)


@section.route("/ledger.geojson")
class LedgerGeoJson(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(GeoJsonQuery, "query")
    @section.gives_file(GEOJSON_TYPE, "FeatureCollection，WGS-84")
    def get(self, query: dict[str, Any]) -> Response:
        """The hazards as points on a map; those without a place are counted, not shown."""
        order = Order(current_actor(), Format.GEOJSON, query, _now())
        require_rights(order, LEDGER, office().permissions)
        with ExitStack() as opened:
            session = opened.enter_context(_database().reading())
            names = Names.read(session)
            found = ordered_lines(session, order, office())
            total, lines = opened.enter_context(found)
            log_order("ledger", order, total)
            day = query.get("as_of", order.today)
            response = Response(geojson_chunks(names, lines, day), content_type=GEOJSON_TYPE)
            # Open until the last feature was sent, whatever happens.
            response.call_on_close(opened.pop_all().close)
        return named(response, "隐患分布", order.today, "geojson")


@section.route("/exports")
class Exports(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.gives(ExportsSchema)
    def get(self) -> dict[str, Any]:
        """The caller's own exports, newest first."""
        with _database().reading() as session:
            return {"items": [_view(each) for each in exports_of(session, current_actor())]}

    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ExportRequestSchema)
    @section.gives(ExportSchema, status=202, description="已排队")
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a ledger of any size, to be made in the background."""
        with _database().writing() as session:
            export = order_export(
                session,
                current_actor(),
                body["kind"],
                Format(body["format"]),
                body["query"],
                office=office(),
                at=_now(),
            )
            return _view(export)


@section.route("/exports/log")
class ExportLog(Resource):  # type: ignore[misc]
    @requires(Permission.READ_EXPORT_LOG)
    @section.takes(ExportLogQuery, "query")
    @section.gives(ExportLogSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Who took which ledger out, newest first, by people of the caller's area."""
        with _database().reading() as session:
            rows = logged(
                session,
                current_actor(),
                query.get("phones"),
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        found = page_of(rows, query["limit"])
        items = [vars(each) | {"kind_name": logged_name(each.kind)} for each in found.items]
        return {"items": items, "next_cursor": found.next_cursor}


@section.route("/exports/<id>")
class OneExport(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.gives(ExportSchema)
    def get(self, id: str) -> dict[str, Any]:
        """How far one of the caller's exports is."""
        with _database().reading() as session:
            return _view(find_export(session, current_actor(), id))

    @requires(Permission.EXPORT_LEDGER)
    @section.gives_file("application/octet-stream", "已取消", status=204)
    def delete(self, id: str) -> Response:
        """Cancel an export that is under way, or delete one that is there."""
        with _database().writing() as session:
            cancel_export(session, current_actor(), id, _storage())
        return Response(status=204)


@section.route("/exports/<id>/file")
class ExportFile(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.gives_file("application/octet-stream", "导出的文件")
    def get(self, id: str) -> Response:
        """The file of one of the caller's exports that is ready."""
        with _database().reading() as session:
            export, file = open_export(session, current_actor(), id, _storage())
        media_type = MEDIA_TYPES[Format(export.format)]
        name, day = kind_of(export.kind).chinese, local_date(export.created_at)
        return send_file(file, media_type, name, day, export.format)


def _view(export: Export) -> dict[str, Any]:
    expires_at = export.finished_at + KEPT if export.finished_at else None
    return vars(export) | {
        "name": kind_of(export.kind).chinese,
        "state_name": ExportState(export.state).chinese,
        "expires_at": expires_at,
    }


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())


def _storage() -> Storage:
    return cast(Storage, current_app.extensions["storage"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
