"""Statistics over HTTP: the figures, and the national monthly reports made of them."""

from datetime import date
from typing import Any, cast

from flask import Response, current_app, request
from flask_restx import Resource

from ...clock import local_date
from ...database import Database
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...web.adapter import Section
from ..exports.downloads import download, office, order_of
from ..exports.files import MEDIA_TYPES
from ..exports.kinds import Format
from .asking import Answer, Asking, asked
from .national import NATIONAL, asked_for, lines, title
from .schemas import NationalReportSchema, StatisticsQuery, StatisticsSchema

section = Section("statistics", "统计", path="/api/v1")


@section.route("/statistics")
class Statistics(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(StatisticsQuery, "query")
    @section.gives(StatisticsSchema)
    def get(self, query: dict[str, Any]) -> Any:
        """Every figure of a month; 304 where nothing changed since the tag in If-None-Match."""
        with _database().reading() as session:
            answer = Answer(session, _asking(query))
            tag = answer.etag()
            headers = {
                "ETag": f'"{tag}"',
                # Kept by whoever asked, and asked for anew each time.
                "Cache-Control": "private, no-cache",
                "Vary": "Authorization, Cookie",
            }
            if request.if_none_match.contains_weak(tag):
                return Response(status=304, headers=headers)
            return answer.statistics(), headers


@section.route("/ledgers/f1.xlsx")
class F1Workbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.XLSX], NATIONAL["f1"].chinese)
    def get(self, query: dict[str, Any]) -> Response:
        """The national monthly report (“五到位”), from January on, as a workbook."""
        return download("f1", NATIONAL["f1"], Format.XLSX, query)


@section.route("/ledgers/f1.csv")
class F1Csv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.CSV], NATIONAL["f1"].chinese)
    def get(self, query: dict[str, Any]) -> Response:
        """The same as CSV."""
        return download("f1", NATIONAL["f1"], Format.CSV, query)


@section.route("/ledgers/f1.json")
class F1Json(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives(NationalReportSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The same for screens."""
        return _report("f1", query)


@section.route("/ledgers/f2.xlsx")
class F2Workbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.XLSX], NATIONAL["f2"].chinese)
    def get(self, query: dict[str, Any]) -> Response:
        """The national monthly report (“五落实”), from January on, as a workbook."""
        return download("f2", NATIONAL["f2"], Format.XLSX, query)


@section.route("/ledgers/f2.csv")
class F2Csv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives_file(MEDIA_TYPES[Format.CSV], NATIONAL["f2"].chinese)
    def get(self, query: dict[str, Any]) -> Response:
        """The same as CSV."""
        return download("f2", NATIONAL["f2"], Format.CSV, query)


@section.route("/ledgers/f2.json")
class F2Json(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(StatisticsQuery, "query")
    @section.gives(NationalReportSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The same for screens."""
        return _report("f2", query)


def _report(name: str, query: dict[str, Any]) -> dict[str, Any]:
    with _database().reading() as session:
        asking = asked_for(order_of(Format.CSV, query), office())
        answer = Answer(session, asking)
        return {
            "title": title(answer.area_name, name, asking.period),
            "month": asking.period.name,
            "year_start": asking.period.year_start,
            "until": asking.period.until,
            "lines": [{"name": each.name, **each.figures} for each in lines(answer.figures())],
        }


def _asking(query: dict[str, Any]) -> Asking:
    return asked(query, current_actor(), current_app.extensions["permissions"], _today())


def _today() -> date:
    return local_date(current_app.extensions["clock"].now())


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
