"""The list of issued documents over HTTP."""

from typing import Any, cast

from flask import current_app
from flask_restx import Resource

from ...clock import local_date
from ...database import Database
from ...hazards.models import Hazard
from ...hazards.queries import visible_to
from ...people.access import current_actor, requires
from ...people.permissions import Permission, Permissions
from ...web.adapter import Section
from ..statistics.period import period_of
from .issued import Sought, page
from .models import IssuedDocument
from .schemas import IssuedDocumentsQuery, IssuedDocumentsSchema
from .views import document_view

section = Section("issued_documents", "文书", path="/api/v1/documents")


@section.route("")
class IssuedDocuments(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(IssuedDocumentsQuery, "query")
    @section.gives(IssuedDocumentsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The issued documents of all hazards that the caller may see, the newest first."""
        permissions = cast(Permissions, current_app.extensions["permissions"])
        scope = visible_to(current_actor(), Permission.READ_HAZARDS, permissions)
        today = local_date(current_app.extensions["clock"].now())
        sought = Sought(
            kinds=query.get("kind", ()),
            period=period_of(query["month"], today) if "month" in query else None,
            area_code=query.get("area"),
            text=query.get("q"),
        )
        limit = query["limit"]
        with cast(Database, current_app.extensions["database"]).reading() as session:
            rows = page(session, scope, sought, after=query.get("cursor"), limit=limit)
        items = [_view(row[0], row[1]) for row in rows[:limit]]
        return {"items": items, "next_cursor": items[-1]["id"] if len(rows) > limit else None}


def _view(document: IssuedDocument, hazard: Hazard) -> dict[str, Any]:
    plain = ("number", "site_name", "description")
    about = {name: getattr(hazard, name) for name in plain} | {"area": hazard.area_code}
    return document_view(hazard.number, document) | {"hazard": about}
