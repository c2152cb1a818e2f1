"""Areas and sites over HTTP, each account within its own area."""

from typing import Any, cast

from flask import current_app
from flask_restx import Resource

from ..database import Database
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section
from ..web.paging import Page, page_of, read_cursor
from .queries import areas_within, sites_within
from .schemas import AreasSchema, SiteQuery, SitesSchema

section = Section("places", "区划与监管对象", path="/api/v1")


@section.route("/areas")
class Areas(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.gives(AreasSchema)
    def get(self) -> dict[str, Any]:
        """The caller's area and all that lie in it."""
        with _database().reading() as session:
            return {"items": areas_within(session, current_actor().area_code)}


@section.route("/sites")
class Sites(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.takes(SiteQuery, "query")
    @section.gives(SitesSchema)
    def get(self, query: dict[str, Any]) -> Page:
        """The sites of the caller's area."""
        with _database().reading() as session:
            rows = sites_within(
                session,
                current_actor().area_code,
                query.get("q"),
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        return page_of(rows, query["limit"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
