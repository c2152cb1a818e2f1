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
from .asking import Answer, Asking, asked
from .schemas import StatisticsQuery, StatisticsSchema

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


def _asking(query: dict[str, Any]) -> Asking:
    return asked(query, current_actor(), current_app.extensions["permissions"], _today())


def _today() -> date:
    return local_date(current_app.extensions["clock"].now())


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
