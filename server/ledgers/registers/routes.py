"""The registers over HTTP: as files, and as JSON for screens."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource

from ...database import Database
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...web.adapter import Section
from ...web.paging import page_of, read_cursor
from ..exports.downloads import download, office, order_of
from ..exports.files import MEDIA_TYPES
from ..exports.kinds import Format
from . import closures as closed
from . import houses as built
from . import listed
from .closures import page_of_closures
from .houses import House, with_hazards
from .kinds import REGISTERS, closures_condition, houses_of, listed_lines
from .schemas import (
    ClosuresFileQuery,
    ClosuresQuery,
    ClosuresSchema,
    HousesFileQuery,
    HousesQuery,
    HousesSchema,
    ListedFileQuery,
    ListedHazardsSchema,
    ListedQuery,
)

section = Section("registers", "挂牌督办、销号、自建房台账", path="/api/v1/ledgers")

XLSX, CSV = MEDIA_TYPES[Format.XLSX], MEDIA_TYPES[Format.CSV]


@section.route("/listed.xlsx")
class ListedWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ListedFileQuery, "query")
    @section.gives_file(XLSX, listed.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The hazards under listing, or that were, as a workbook."""
        return download("listed", REGISTERS["listed"], Format.XLSX, query)


@section.route("/listed.csv")
class ListedCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ListedFileQuery, "query")
    @section.gives_file(CSV, listed.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The same as CSV."""
        return download("listed", REGISTERS["listed"], Format.CSV, query)


@section.route("/listed.json")
class ListedJson(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ListedQuery, "query")
    @section.gives(ListedHazardsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The same for screens; telephone numbers are always masked."""
        with _database().reading() as session:
            order = order_of(Format.CSV, query)
            return {"items": listed_lines(session, order, office())}


@section.route("/closures.xlsx")
class ClosuresWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ClosuresFileQuery, "query")
    @section.gives_file(XLSX, closed.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """What was struck off, as a workbook."""
        return download("closures", REGISTERS["closures"], Format.XLSX, query)


@section.route("/closures.csv")
class ClosuresCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ClosuresFileQuery, "query")
    @section.gives_file(CSV, closed.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The same as CSV."""
        return download("closures", REGISTERS["closures"], Format.CSV, query)


@section.route("/closures.json")
class ClosuresJson(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(ClosuresQuery, "query")
    @section.gives(ClosuresSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """A page of the same, newest first."""
        with _database().reading() as session:
            condition = closures_condition(order_of(Format.CSV, query), office())
            before_id = read_cursor(query.get("cursor"))
            rows = page_of_closures(session, condition, before_id=before_id, limit=query["limit"])
        found = page_of(rows, query["limit"])
        return {"items": found.items, "next_cursor": found.next_cursor}


@section.route("/houses.xlsx")
class HousesWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(HousesFileQuery, "query")
    @section.gives_file(XLSX, built.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """Every self-built house, as a workbook."""
        return download("houses", REGISTERS["houses"], Format.XLSX, query)


@section.route("/houses.csv")
class HousesCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(HousesFileQuery, "query")
    @section.gives_file(CSV, built.NAME)
    def get(self, query: dict[str, Any]) -> Response:
        """The same as CSV."""
        return download("houses", REGISTERS["houses"], Format.CSV, query)


@dataclass(frozen=True)
class _Placed:
    """A house with its place in the list, from 1, which pages are told by."""

    id: int
    house: House


@section.route("/houses.json")
class HousesJson(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(HousesQuery, "query")
    @section.gives(HousesSchema)
    def get(self, query: dict[str, Any]) -> Any:
        """A page of the same."""
        start = read_cursor(query.get("cursor")) or 0
        order, limit = order_of(Format.CSV, query), query["limit"]
        with _database().reading() as session:
            found = houses_of(session, order, office())
            placed = [_Placed(place, house) for place, house in enumerate(found, start=1)]
            page = page_of(placed[start : start + limit + 1], limit)
            shown = [each.house for each in page.items]
            actor, permissions = current_actor(), office().permissions
            items = list(with_hazards(session, shown, actor, permissions))
            return {"items": items, "next_cursor": page.next_cursor}


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
