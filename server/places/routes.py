"""Areas and sites over HTTP, each account within its own area."""

import json
from datetime import datetime
from typing import Any, cast

from flask import Response, current_app, request
from flask_restx import Resource
from sqlalchemy.orm import Session

from ..database import Database
from ..fields import MAX_ID
from ..glossary import Datum
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section, json_response
from ..web.etags import etag, expected_version
from ..web.paging import Page, page_of, read_cursor
from .boundaries import current_set, locate
from .datum import to_wgs84
from .editing import add_area, edit_site, rename_area, require_credit_code
from .geojson import as_geojson
from .models import Site
from .queries import (
    area_path,
    areas_within,
    changes_of,
    count_sites,
    find_site,
    search_sites,
    townships_around,
)
from .registration import register_site
from .schemas import (
    AreaNameSchema,
    AreaSchema,
    AreasSchema,
    DatumQuery,
    LocatedSchema,
    LocateQuery,
    NewAreaSchema,
    NewSiteSchema,
    SiteCountSchema,
    SiteDetailSchema,
    SiteEditSchema,
    SiteFilter,
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

    @requires(Permission.MANAGE_PLACES)
    @section.takes(NewAreaSchema)
    @section.gives(AreaSchema, status=201, description="已新增")
    def post(self, body: dict[str, Any]) -> Response:
        """Add a village to a township, or a grid to a village."""
        with _database().writing() as session:
            area = add_area(session, current_actor(), body, _now())
            return json_response(AreaSchema().dump(area), 201)


@section.route("/areas/<code>")
class OneArea(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_PLACES)
    @section.takes(AreaNameSchema)
    @section.gives(AreaSchema)
    def patch(self, body: dict[str, Any], code: str) -> Response:
        """Give an area another name."""
        with _database().writing() as session:
            area = rename_area(session, current_actor(), code, body["name"], _now())
            return json_response(AreaSchema().dump(area))


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
                query,
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        return page_of(rows, query["limit"])

    @requires(Permission.SUBMIT)
    @section.takes(NewSiteSchema)
    @section.gives(SiteSchema, status=201, description="已登记")
    def post(self, body: dict[str, Any]) -> Response:
        """Register a site in the caller's area; sent again with the same id, it changes nothing."""
        actor, at = current_actor(), _now()
        with _database().writing() as session:
            if code := body.get("credit_code", "").upper():
                require_credit_code(session, code, body["name"], str(body["id"]))
                body["credit_code"] = code
            site, is_new = register_site(
                session, body, area_code=actor.area_code, by=actor.id, at=at
            )
            return json_response(SiteSchema().dump(site), 201 if is_new else 200)


@section.route("/sites/total")
class SiteCount(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.takes(SiteFilter, "query")
    @section.gives(SiteCountSchema)
    def get(self, query: dict[str, Any]) -> dict[str, int]:
        """How many sites the same filters leave."""
        with _database().reading() as session:
            return {"total": count_sites(session, current_actor(), query)}


@section.route(f"/sites/<int(max={MAX_ID}):site_id>")
class OneSite(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.gives(SiteDetailSchema)
    def get(self, site_id: int) -> tuple[dict[str, Any], dict[str, str]]:
        """One site, and what was changed of it at a desk; its version as `ETag`."""
        with _database().reading() as session:
            site = find_site(session, current_actor(), site_id)
            return _detail(session, site), {"ETag": etag(site.version)}

    @requires(Permission.MANAGE_SITES)
    @section.takes(SiteEditSchema)
    @section.gives(SiteDetailSchema)
    def patch(self, body: dict[str, Any], site_id: int) -> tuple[dict[str, Any], dict[str, str]]:
        """Change what is given of a site; with `If-Match`, only if it is still as it was read."""
        expected = expected_version()
        with _database().writing() as session:
            site = edit_site(session, current_actor(), site_id, body, expected=expected, at=_now())
            return _detail(session, site), {"ETag": etag(site.version)}


def _detail(session: Session, site: Site) -> dict[str, Any]:
    names = area_path(session, site.area_code)
    return vars(site) | {"area_names": names, "changes": changes_of(session, site.id)}


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
