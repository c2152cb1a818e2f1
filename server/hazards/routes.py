"""Hazards and their events over HTTP."""

from typing import Any, cast

from flask import current_app, url_for
from flask_restx import Resource
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ..clock import local_date
from ..database import Database
from ..errors import NotFound
from ..glossary import Action
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..submissions.models import Submission, SubmissionFile
from ..web.adapter import Section
from ..web.etags import etag, expected_version
from ..web.paging import page_of, read_cursor
from .acts import Requested, Rules, act, find
from .models import Event, Hazard
from .queries import filters_of, matching, page, visible_to
from .schemas import (
    EventRequestSchema,
    EventResultSchema,
    EventsSchema,
    HazardQuery,
    HazardSchema,
    HazardsSchema,
    WaitingSchema,
)
from .views import detail, summary
from .waiting import waiting

section = Section("hazards", "隐患", path="/api/v1/hazards")

Headers = dict[str, str]


@section.route("")
class Hazards(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(HazardQuery, "query")
    @section.gives(HazardsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The hazards that the caller may see, newest first."""
        scope = visible_to(current_actor(), Permission.READ_HAZARDS, _rules().permissions)
        condition = and_(scope, matching(filters_of(query, local_date(_now()), current_actor())))
        with _database().reading() as session:
            rows = page(
                session,
                condition,
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        found = page_of(rows, query["limit"])
        today = local_date(_now())
        lines = [summary(cast(Hazard, row), today) for row in found.items]
        return {"items": lines, "next_cursor": found.next_cursor}


@section.route("/waiting")
class Waiting(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(WaitingSchema)
    def get(self) -> dict[str, int]:
        """What waits for the caller, in numbers, and the caller's month."""
        with _database().reading() as session:
            return waiting(session, current_actor(), local_date(_now()), _rules().permissions)


@section.route("/<number>")
class OneHazard(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(HazardSchema)
    def get(self, number: str) -> tuple[dict[str, Any], Headers]:
        """One hazard: plan, photos, and what the caller may do next."""
        with _database().reading() as session:
            hazard = _find(session, number)
            return _detail(session, hazard), {"ETag": etag(hazard.version)}


@section.route("/<number>/events")
class Events(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(EventsSchema)
    def get(self, number: str) -> tuple[dict[str, Any], Headers]:
        """Its history, oldest first."""
        with _database().reading() as session:
            hazard = _find(session, number)
            query = select(Event).where(Event.hazard_id == hazard.id).order_by(Event.seq)
            events = session.scalars(query).all()
        return {"items": events}, {"ETag": etag(hazard.version)}

    @requires(Permission.READ_HAZARDS)
    @section.takes(EventRequestSchema)
    @section.gives(EventResultSchema, status=201, description="已办理")
    def post(self, body: dict[str, Any], number: str) -> tuple[dict[str, Any], Headers]:
        """Do something to it. Which actions are open is in the hazard's `allowed`."""
        requested = Requested(body["id"], Action(body["action"]), body["data"])
        with _database().writing() as session:
            _require_number(number)
            hazard, event = act(
                session,
                number,
                requested,
                current_actor(),
                at=_now(),
                rules=_rules(),
                expected_version=expected_version(),
            )
            result = {"event": event, "hazard": _detail(session, hazard)}
            return result, {"ETag": etag(hazard.version)}


def _find(session: Session, number: str) -> Hazard:
    _require_number(number)
    return find(session, number, current_actor(), _rules().permissions)


def _require_number(number: str) -> None:
    if not number.isprintable() or len(number) > 40:
        raise NotFound("hazard_not_found", "没有这个编号的隐患。")


def _detail(session: Session, hazard: Hazard) -> dict[str, Any]:
    photo_url = url_for("photos_one_photo", sha256="0").removesuffix("0") + "{}"
    submission = _submission(session, hazard)
    return detail(hazard, current_actor(), _now(), _rules(), photo_url, submission)


def _submission(session: Session, hazard: Hazard) -> dict[str, Any]:
    expected = select(SubmissionFile.name).where(
        SubmissionFile.hazard_id == hazard.id, SubmissionFile.sha256.is_(None)
    )
    findings = select(Submission.findings).where(Submission.id == hazard.submission_id)
    return {
        "photos_expected": session.scalars(expected).all(),
        "findings": session.scalar(findings) or [],
    }


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _rules() -> Rules:
    return cast(Rules, current_app.extensions["rules"])


def _now() -> Any:
    return current_app.extensions["clock"].now()
