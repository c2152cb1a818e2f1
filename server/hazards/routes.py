"""Hazards and their events over HTTP."""

from typing import Any, cast
from urllib.parse import urlencode

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
from .codes import photo_of_code
from .evidence import Examiner, findings_about
from .filters import filters_of, matching
from .models import Event, Hazard
from .queries import duplicates_of, page, visible_to
from .schemas import (
    CodeSchema,
    EventRequestSchema,
    EventResultSchema,
    EventsSchema,
    EvidenceSchema,
    HazardQuery,
    HazardSchema,
    HazardsSchema,
    WaitingSchema,
)
from .views import detail, finding_view, photos_of, summary
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
        actor, permissions = current_actor(), _rules().permissions
        scope = visible_to(actor, Permission.READ_HAZARDS, permissions)
        filters = filters_of(query, local_date(_now()), actor)
        condition = and_(scope, matching(filters, permissions))
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


@section.route("/codes/<code>")
class Code(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(CodeSchema)
    def get(self, code: str) -> dict[str, str]:
        """The hazard and photo that the code on a watermark stands for."""
        with _database().reading() as session:
            permissions = _rules().permissions
            hazard, photo = photo_of_code(session, code, current_actor(), permissions)
            return {"number": hazard.number, "sha256": photo.sha256, "stage": photo.stage}


@section.route("/<number>")
class OneHazard(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(HazardSchema)
    def get(self, number: str) -> tuple[dict[str, Any], Headers]:
        """One hazard: plan, photos, and what the caller may do next."""
        with _database().reading() as session:
            hazard = _find(session, number)
            return _detail(session, hazard), {"ETag": etag(hazard.version)}


@section.route("/<number>/evidence")
class Evidence(Resource):  # type: ignore[misc]
    @requires(Permission.READ_EVIDENCE)
    @section.gives(EvidenceSchema)
    def get(self, number: str) -> dict[str, Any]:
        """What there is to be said about its photos and places, for those who judge it."""
        _look_at_evidence(number)
        with _database().reading() as session:
            asked = Permission.READ_EVIDENCE
            hazard = find(session, number, current_actor(), _rules().permissions, asked)
            return {"items": [finding_view(each) for each in findings_about(session, hazard.id)]}


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
        needs_evidence = requested.action in (Action.ACCEPT, Action.CLOSE)
        if needs_evidence and _rules().permissions.holds(current_actor(), requested.action):
            _look_at_evidence(number)
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


def _look_at_evidence(number: str) -> None:
    """Whoever decides now should not have to wait for the background."""
    _require_number(number)
    examiner = cast(Examiner, current_app.extensions["examiner"])
    examiner.bring_up_to_date(number, _now())


def _find(session: Session, number: str) -> Hazard:
    _require_number(number)
    return find(session, number, current_actor(), _rules().permissions)


def _require_number(number: str) -> None:
    if not number.isprintable() or len(number) > 40:
        raise NotFound("hazard_not_found", "没有这个编号的隐患。")


def _detail(session: Session, hazard: Hazard) -> dict[str, Any]:
    around = _submission(session, hazard) | {
        "photos": photos_of(session, hazard, _photo_url),
        "duplicates": duplicates_of(session, hazard.number),
    }
    return detail(hazard, current_actor(), _now(), _rules(), around)


def _photo_url(sha256: str, **query: str) -> str:
    address = url_for("photos_one_photo", sha256=sha256)
    return f"{address}?{urlencode(query)}" if query else address


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
