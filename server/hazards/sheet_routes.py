"""The ledger as a long sheet, over HTTP: its rows, many at once, and how people look at it."""

from datetime import datetime
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import and_

from ..clock import local_date
from ..database import Database
from ..glossary import Action
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section
from .acts import Requested, Rules
from .bulk import bulk
from .filters import filters_of, matching
from .queries import Condition, visible_to
from .rows import rows, total
from .saved_views import change_view, forget_view, save_view, saved_views
from .sheet_schemas import (
    BulkSchema,
    OutcomesSchema,
    RowsQuery,
    SavedViewRequestSchema,
    SavedViewSchema,
    SavedViewsSchema,
    SheetFilters,
    SheetRowsSchema,
    SheetTotalSchema,
)

section = Section("sheet", "隐患总表", path="/api/v1")


@section.route("/hazards/rows")
class SheetRows(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(RowsQuery, "query")
    @section.gives(SheetRowsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Any stretch of the sheet, in any order; one far down is as good as the first."""
        with _database().reading() as session:
            found = rows(
                session,
                _wanted(query),
                local_date(_now()),
                sort=query["sort"],
                offset=query["offset"],
                limit=query["limit"],
                until=query.get("until"),
            )
        return {"items": found}


@section.route("/hazards/total")
class SheetTotal(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(SheetFilters, "query")
    @section.gives(SheetTotalSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """How long the sheet is."""
        with _database().reading() as session:
            count, newest = total(session, _wanted(query))
        return {"total": count, "newest": newest, "as_of": _now()}


@section.route("/hazards/bulk")
class ManyAtOnce(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(BulkSchema)
    @section.gives(OutcomesSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Do the same to many, each by itself; with `preview`, only see what would come of it."""
        outcomes = bulk(
            _database(),
            Requested(body["id"], Action(body["action"]), body["data"]),
            list(dict.fromkeys(body["numbers"])),
            current_actor(),
            at=_now(),
            rules=_rules(),
            preview=body["preview"],
        )
        return {"items": list(outcomes)}


@section.route("/views")
class SavedViews(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(SavedViewsSchema)
    def get(self) -> dict[str, Any]:
        """The caller's own ways of looking at the ledger."""
        with _database().reading() as session:
            return {"items": saved_views(session, current_actor())}

    @requires(Permission.READ_HAZARDS)
    @section.takes(SavedViewRequestSchema)
    @section.gives(SavedViewSchema, status=201, description="已保存")
    def post(self, body: dict[str, Any]) -> Any:
        """Keep one."""
        with _database().writing() as session:
            return save_view(session, current_actor(), body)


@section.route("/views/<int:id>")
class OneSavedView(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(SavedViewRequestSchema)
    @section.gives(SavedViewSchema)
    def put(self, body: dict[str, Any], id: int) -> Any:
        """Keep something else under it."""
        with _database().writing() as session:
            return change_view(session, current_actor(), id, body)

    @requires(Permission.READ_HAZARDS)
    @section.gives_file("application/octet-stream", "已删除", status=204)
    def delete(self, id: int) -> Response:
        """Forget it."""
        with _database().writing() as session:
            forget_view(session, current_actor(), id)
        return Response(status=204)


def _wanted(query: dict[str, Any]) -> Condition:
    actor = current_actor()
    scope = visible_to(actor, Permission.READ_HAZARDS, _rules().permissions)
    filters = filters_of(query, local_date(_now()), actor)
    return and_(scope, matching(filters, _rules().permissions))


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _rules() -> Rules:
    return cast(Rules, current_app.extensions["rules"])


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())
