"""The audit over HTTP: who did what, and whether the chains hold."""

from typing import Any, cast

from flask import current_app
from flask_restx import Resource
from sqlalchemy import ColumnElement

from ...database import Database
from ...hazards.acts import Rules
from ...hazards.queries import visible_to
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...web.adapter import Section
from .checking import Verifier
from .queries import checks, events, seals
from .schemas import (
    ChainCheckQuery,
    ChainCheckSchema,
    ChainSchema,
    TrailQuery,
    TrailSchema,
    trail_page,
)

section = Section("trail", "操作审计", path="/api/v1/audit")


@section.route("/events")
class Trail(Resource):  # type: ignore[misc]
    @requires(Permission.READ_TRAIL)
    @section.takes(TrailQuery, "query")
    @section.gives(TrailSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Who did what to the hazards of the caller's area, newest first."""
        limit = query["limit"]
        with _database().reading() as session:
            rows = events(session, _scope(), query["wanted"], before=query["before"], limit=limit)
        return trail_page(rows, limit)


@section.route("/chain")
class Chain(Resource):  # type: ignore[misc]
    @requires(Permission.READ_TRAIL)
    @section.gives(ChainSchema)
    def get(self) -> dict[str, Any]:
        """What the last checks of the chains found, and how far one under way is."""
        with _database().reading() as session:
            return {"checks": checks(session, _scope()), "seals": seals(session)}

    @requires(Permission.RUN_AUDIT)
    @section.takes(ChainCheckQuery, "query")
    @section.gives(ChainCheckSchema, status=202, description="已安排")
    def post(self, query: dict[str, Any]) -> dict[str, Any]:
        """Ask for a check, which the server does in the background; there is one at a time."""
        verifier = cast(Verifier, current_app.extensions["verifier"])
        check_id, _ = verifier.runs.ask(current_actor().id)
        with _database().reading() as session:
            return next(each for each in checks(session, _scope()) if each["id"] == check_id)


def _scope() -> ColumnElement[bool]:
    """The hazards whose events the caller may read."""
    permissions = cast(Rules, current_app.extensions["rules"]).permissions
    return visible_to(current_actor(), Permission.READ_TRAIL, permissions)


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
