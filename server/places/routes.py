"""Areas and sites over HTTP, each account within its own area."""

import json
from typing import Any, cast

from flask import Response, current_app, request
from flask_restx import Resource

from ..database import Database
from ..glossary import Datum
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section, json_response
from ..web.paging import Page, page_of, read_cursor
from .boundaries import current_set, locate
from .datum import to_wgs84
from .geojson import as_geojson
from .queries import area_path, areas_within, search_sites, townships_around
from .registration import register_site
from .schemas import (
    AreasSchema,
    DatumQuery,
    LocatedSchema,
    LocateQuery,
    NewSiteSchema,
    SiteQuery,
    SiteSchema,
    SitesSchema,
)

section = Section("places", "区划与监管对象", path="/api/v1")


@section.route("/areas")
class Areas(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.gives(AreasSchema)
    def get(self) -> dict[str, Any]:
        """The caller's area and all that lie in it."""
        with _database().reading() as session:
            return {"items": areas_within(session, current_actor().area_code)}


@section.route("/townships")
class Townships(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.gives(AreasSchema)
    def get(self) -> dict[str, Any]:
        """All townships of the caller's city, the neighbours of a township too."""
        with _database().reading() as session:
            return {"items": townships_around(session, current_actor().area_code)}


@section.route("/boundaries")
class Boundaries(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.takes(DatumQuery, "query")
    @section.gives_file("application/geo+json", "区划边界，GeoJSON")
    def get(self, query: dict[str, Any]) -> Response:
        """The boundaries in force of the caller's area and all that lie in it."""
        with _database().reading() as session:
            version = current_set(session)
            etag = f"{version.id if version else 0}-{current_actor().area_code}-{query['datum']}"
            response = Response(content_type="application/geo+json")
            response.set_etag(etag)
            if etag not in request.if_none_match:
                document = as_geojson(
                    session, version, current_actor().area_code, Datum(query["datum"])
                )
                response.set_data(json.dumps(document, ensure_ascii=False))
        response.headers["Cache-Control"] = "private, no-cache"
        response.make_conditional(request)
        return response


@section.route("/places/locate")
class Locate(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.takes(LocateQuery, "query")
    @section.gives(LocatedSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The area that a place lies in."""
        place = to_wgs84(query["latitude"], query["longitude"], Datum(query["datum"]))
        prefer = current_actor().area_code
        with _database().reading() as session:
            found = locate(session, *place, prefer=prefer)
            if found is None:
                return {"area": None, "names": [], "how": None, "distance_m": None}
            names = area_path(session, found.area_code)
        return {
            "area": found.area_code,
            "names": names,
            "how": found.how.value,
            "distance_m": round(found.distance_m, 1),
        }


@section.route("/sites")
class Sites(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.takes(SiteQuery, "query")
    @section.gives(SitesSchema)
    def get(self, query: dict[str, Any]) -> Page:
        """The sites of the caller's area; a responsible unit's own."""
        with _database().reading() as session:
            rows = search_sites(
                session,
                current_actor(),
                query.get("q"),
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        return page_of(rows, query["limit"])

    @requires(Permission.SUBMIT)
    @section.takes(NewSiteSchema)
    @section.gives(SiteSchema, status=201, description="已登记")
    def post(self, body: dict[str, Any]) -> Response:
        """Register a site in the caller's area; sent again with the same id, it changes nothing."""
        actor, at = current_actor(), current_app.extensions["clock"].now()
        with _database().writing() as session:
            site, is_new = register_site(
                session, body, area_code=actor.area_code, by=actor.id, at=at
            )
            return json_response(SiteSchema().dump(site), 201 if is_new else 200)


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
