"""待办 over HTTP."""

from typing import Any, cast

from flask import current_app
from flask_restx import Resource

from ..clock import local_date
from ..database import Database
from ..errors import NotFound
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..web.adapter import Section
from ..web.paging import PageQuery, page_of, read_cursor
from .acts import Rules
from .desk import Bucket, bucket, desk, next_in, waiting_in
from .desk_schemas import DeskSchema, NextQuery, NextSchema, WaitingHazardsSchema
from .models import Hazard
from .queries import Condition
from .views import summary

section = Section("desk", "待办", path="/api/v1/hazards")

NAMES = frozenset(each.value for each in Bucket)


@section.route("/desk")
class Desk(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(DeskSchema)
    def get(self) -> dict[str, Any]:
        """What the caller could do next: each bucket with how many are in it."""
        now = _now()
        with _database().reading() as session:
            buckets = desk(session, current_actor(), local_date(now), _rules().permissions)
        return {"as_of": now, "buckets": buckets}


@section.route("/desk/<name>")
class OneBucket(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(PageQuery, "query")
    @section.gives(WaitingHazardsSchema)
    def get(self, query: dict[str, Any], name: str) -> dict[str, Any]:
        """The hazards in a bucket, in the order in which they follow each other."""
        if name not in NAMES:
            raise NotFound("bucket_not_found", "没有这一类待办。")
        asked = waiting_in(
            _condition(name), read_cursor(query.get("cursor")) or 0, query["limit"] + 1
        )
        with _database().reading() as session:
            found = page_of(session.scalars(asked).all(), query["limit"])
        today = local_date(_now())
        lines = [summary(cast(Hazard, row), today) for row in found.items]
        return {"items": lines, "next_cursor": found.next_cursor}


@section.route("/next")
class NextOne(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(NextQuery, "query")
    @section.gives(NextSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The hazard that follows in a bucket, and how many are left."""
        with _database().reading() as session:
            return next_in(session, _condition(query["desk"]), query.get("after"))._asdict()


def _condition(name: str) -> Condition:
    today = local_date(_now())
    return bucket(current_actor(), Bucket(name), today, _rules().permissions)


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _rules() -> Rules:
    return cast(Rules, current_app.extensions["rules"])


def _now() -> Any:
    return current_app.extensions["clock"].now()
