"""Statistics over HTTP: the figures, and the national monthly reports made of them."""

from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource

from ...database import Database
from ...people.access import requires
from ...people.permissions import Permission
from ...web.adapter import Section
from ..exports.downloads import download, office, order_of
from ..exports.files import MEDIA_TYPES
from ..exports.kinds import Format
from ..ready.giving import given
from .asking import Answer
from .national import NATIONAL, asked_for, lines, title
from .schemas import GivenStatisticsSchema, NationalReportSchema, StatisticsQuery

section = Section("statistics", "统计", path="/api/v1")


@section.route("/statistics")
class Statistics(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(StatisticsQuery, "query")
    @section.gives(GivenStatisticsSchema)
    def get(self, query: dict[str, Any]) -> Response:
        """Every figure of a month; 304 where nothing changed since the tag in If-None-Match."""
        return given("statistics", query)


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


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
