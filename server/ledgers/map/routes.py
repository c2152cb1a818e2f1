"""The map over HTTP: areas coloured by how they stand, and where the hazards are."""

import json
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import and_, text

from ...clock import local_date
from ...database import Database
from ...hazards.filters import filters_of, matching
from ...hazards.queries import visible_to
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...web.adapter import Section
from ..ready.giving import given
from .areas import KEPT
from .points import only_open, points
from .schemas import GivenMapAreasSchema, MapAreasQuery, MapPointsQuery

section = Section("map", "地图", path="/api/v1/map")

GEOJSON = "application/geo+json"


@section.route("/areas")
class MapAreas(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(MapAreasQuery, "query")
    @section.gives(GivenMapAreasSchema)
    def get(self, query: dict[str, Any]) -> Response:
        """How the areas stand, of what the caller may see and asks for; worst first."""
        # Without a place to be near to, this filters nothing.
        asked = {name: query[name] for name in query if name != "within" or "near" in query}
        return given("map_areas", asked, is_kept=asked.keys() <= KEPT)


@section.route("/points")
class MapPoints(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(MapPointsQuery, "query")
    @section.gives_file(GEOJSON, "隐患的位置，GeoJSON；相近的聚为一点，至多 2,000 个")
    def get(self, query: dict[str, Any]) -> Response:
        """The hazards in a part of the map, those near each other as one."""
        actor, today = current_actor(), local_date(current_app.extensions["clock"].now())
        permissions = current_app.extensions["permissions"]
        scope = and_(
            visible_to(actor, Permission.READ_HAZARDS, permissions),
            matching(filters_of(query, today, actor), permissions),
        )
        is_open = only_open(query.get("state", ()))
        with cast(Database, current_app.extensions["database"]).reading() as session:
            if session.get_bind().dialect.name == "postgresql":
                # To compile such a query takes longer than to run it.
                session.execute(text("SET LOCAL jit = off"))
            found = points(session, scope, query["bbox"], query["zoom"], today, open_only=is_open)
        response = Response(json.dumps(found, ensure_ascii=False), content_type=GEOJSON)
        response.headers["Cache-Control"] = "private, no-cache"
        return response
