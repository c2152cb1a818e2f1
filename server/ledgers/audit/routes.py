"""The self-audit over HTTP: what is wrong with our own ledger, and settling it."""

from collections.abc import Iterator
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...database import Database
from ...fields import MAX_ID
from ...hazards.acts import Rules
from ...people.access import current_actor, requires
from ...people.models import User
from ...people.permissions import Permission
from ...web.adapter import Section
from ...web.attachments import attached
from ...web.paging import page_of, read_cursor
from ..models import Difference
from .models import AuditRun
from .queries import counts, differences, matching, own_visible_to, page
from .running import Auditor
from .schemas import (
    AuditCountsSchema,
    AuditDifferenceSchema,
    AuditDifferencesSchema,
    AuditFileQuery,
    AuditFilters,
    AuditQuery,
    AuditRunQuery,
    AuditRunSchema,
    AuditRunsSchema,
    SettlementSchema,
)
from .settling import Decision, Settlement, settle
from .tables import csv_chunks, run_view, view

section = Section("ledger_audit", "台账自查", path="/api/v1")

CSV_TYPE = "text/csv; charset=utf-8"
LAST_RUNS = 20


@section.route("/ledger-audit")
class LedgerAudit(Resource):  # type: ignore[misc]
    @requires(Permission.AUDIT_LEDGER)
    @section.takes(AuditQuery, "query")
    @section.gives(AuditDifferencesSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """What is wrong with the part of the ledger that the caller may audit, newest first."""
        limit = query["limit"]
        with _database().reading() as session:
            rows = page(
                session,
                _condition(query),
                before_id=read_cursor(query.get("cursor")),
                limit=limit,
            )
        found = page_of([difference for difference, _, _ in rows], limit)
        views = [view(difference, number, by) for difference, number, by in rows[:limit]]
        return {"items": views, "next_cursor": found.next_cursor}


@section.route("/ledger-audit.csv")
class LedgerAuditCsv(Resource):  # type: ignore[misc]
    @requires(Permission.AUDIT_LEDGER)
    @section.takes(AuditFileQuery, "query")
    @section.gives_file(CSV_TYPE, "台账自查问题清单")
    def get(self, query: dict[str, Any]) -> Response:
        """The same list as a file, oldest first."""
        condition, database = _condition(query), _database()

        def chunks() -> Iterator[str]:
            with database.reading() as session:
                yield from csv_chunks(session, condition)

        response = Response(chunks(), content_type=CSV_TYPE)
        day = f"{local_date(current_app.extensions['clock'].now()):%Y%m%d}"
        return attached(response, f"台账自查问题清单-{day}.csv", f"ledger-audit-{day}.csv")


@section.route("/ledger-audit/counts")
class LedgerAuditCounts(Resource):  # type: ignore[misc]
    @requires(Permission.AUDIT_LEDGER)
    @section.takes(AuditFilters, "query")
    @section.gives(AuditCountsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """How many of each kind in each status, how many are open where, and the last run."""
        with _database().reading() as session:
            runs = _runs(session, 1)
            last_run = runs[0] if runs else None
            return counts(session, _condition(query)) | {"last_run": last_run}


@section.route("/ledger-audit/runs")
class LedgerAuditRuns(Resource):  # type: ignore[misc]
    @requires(Permission.AUDIT_LEDGER)
    @section.gives(AuditRunsSchema)
    def get(self) -> dict[str, Any]:
        """The last runs, newest first."""
        with _database().reading() as session:
            return {"items": _runs(session, LAST_RUNS)}

    @requires(Permission.RUN_AUDIT)
    @section.takes(AuditRunQuery, "query")
    @section.gives(AuditRunSchema, status=202, description="已安排")
    def post(self, query: dict[str, Any]) -> dict[str, Any]:
        """Ask for a run, which the server does in the background; there is one at a time."""
        auditor = cast(Auditor, current_app.extensions["auditor"])
        run_id, _ = auditor.runs.ask(current_actor().id)
        with _database().reading() as session:
            return next(each for each in _runs(session, LAST_RUNS) if each["id"] == run_id)


@section.route(f"/ledger-audit/<int(max={MAX_ID}):difference_id>")
class LedgerAuditDifference(Resource):  # type: ignore[misc]
    @requires(Permission.SETTLE_DIFFERENCES)
    @section.takes(SettlementSchema)
    @section.gives(AuditDifferenceSchema)
    def post(self, body: dict[str, Any], difference_id: int) -> dict[str, Any]:
        """Settle one: do what is suggested, or explain why nothing is to be done."""
        settlement = Settlement(
            body["id"], Decision(body["decision"]), body["reason"], body["data"]
        )
        with _database().writing() as session:
            row = settle(
                session,
                difference_id,
                settlement,
                current_actor(),
                at=current_app.extensions["clock"].now(),
                rules=cast(Rules, current_app.extensions["rules"]),
            )
            return view(*session.execute(differences(Difference.id == row.id)).one())


def _condition(query: dict[str, Any]) -> ColumnElement[bool]:
    permissions = cast(Rules, current_app.extensions["rules"]).permissions
    scope = own_visible_to(current_actor(), Permission.AUDIT_LEDGER, permissions)
    return and_(scope, matching(query))


def _runs(session: Session, limit: int) -> list[dict[str, Any]]:
    query = (
        select(AuditRun, User.name)
        .outerjoin(User, User.id == AuditRun.asked_by)
        .order_by(AuditRun.id.desc())
        .limit(limit)
    )
    return [run_view(run, asked_by) for run, asked_by in session.execute(query)]


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
