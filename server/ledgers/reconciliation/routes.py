"""Reconciliations over HTTP: upload, columns, run, candidates, differences, results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from ...database import Database
from ...errors import NotFound
from ...fields import MAX_ID
from ...glossary import Action
from ...hazards.acts import Rules
from ...people.access import current_actor, requires
from ...people.permissions import Permission, Permissions
from ...web.adapter import Section, json_response
from ...web.attachments import attached
from ...web.paging import Page, page_of, read_cursor
from ..balances.months import read_month
from ..models import Difference, Reconciliation
from . import results
from .deciding import decide
from .fields import Field
from .files import keep_original, original_of, posted_file, sheets_of, written
from .letters import write_confirmation
from .models import (
    CandidateDecision,
    ReconciliationCandidate,
    ReconciliationRow,
    ReconciliationState,
    Settling,
)
from .running import Reconciler
from .schemas import (
    CandidateDecisionSchema,
    CandidateSchema,
    CandidatesQuery,
    CandidatesSchema,
    ColumnCorrectionsSchema,
    DifferencesQuery,
    LedgerDifferenceSchema,
    LedgerDifferencesSchema,
    LedgerFieldsSchema,
    ReconciliationQuery,
    ReconciliationSchema,
    ReconciliationsSchema,
    RowsQuery,
    SettlementSchema,
    TheirRowsSchema,
    UploadSchema,
)
from .settling import Settlement, settle
from .uploading import Uploaded, correct, keep, part_of
from .workbooks import write_workbook

section = Section("reconciliation", "对账", path="/api/v1/reconciliations")

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BYTES = "application/octet-stream"


@section.route("")
class Reconciliations(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(ReconciliationQuery, "query")
    @section.gives(ReconciliationsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The ledgers that were held against ours, the newest first."""
        conditions = [results.reconciliations_of(current_actor(), _permissions())]
        if "month" in query:
            conditions.append(Reconciliation.month == query["month"])
        if "source" in query:
            conditions.append(Reconciliation.source == query["source"])
        start, limit = read_cursor(query.get("cursor")) or 1, query["limit"]
        with _database().reading() as session:
            # Their ids are no numbers that could be counted on from: a page begins at a place.
            newest = (
                select(Reconciliation)
                .where(and_(*conditions))
                .order_by(Reconciliation.created_at.desc(), Reconciliation.id)
            )
            found = session.scalars(newest.offset(start - 1).limit(limit + 1)).all()
            items = [results.summary(session, each) for each in found[:limit]]
        following = _Place(start + limit)
        page = page_of([following, following], 1) if len(found) > limit else Page((), None)
        return {"items": items, "next_cursor": page.next_cursor}

    @requires(Permission.RECONCILE)
    @section.takes_file(UploadSchema, "file", "另一方的台账：.xlsx、.xls 或 .csv")
    @section.gives(ReconciliationSchema, status=201, description="已读取，请核对列")
    def post(self, said: dict[str, Any]) -> Response:
        """Upload another office's ledger: read whole, or refused with what is wrong."""
        month = read_month(said["month"], _now())
        name, content = posted_file()
        sheets = sheets_of(name, content)
        with _database().reading() as session:
            area, sector = part_of(current_actor(), session, said.get("area"), said.get("sector"))
        uploaded = Uploaded(said["source"], month, area, sector, name, keep_original(content))
        with _database().writing() as session:
            kept = keep(session, uploaded, sheets, current_actor(), _now())
            return json_response(ReconciliationSchema().dump(_detail(session, kept)), 201)


@section.route("/fields")
class Fields(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.gives(LedgerFieldsSchema)
    def get(self) -> dict[str, Any]:
        """What the columns of a ledger can be of."""
        return {"items": [{"field": each.value, "name": each.chinese} for each in Field]}


@section.route("/<reconciliation_id>")
class OneReconciliation(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.gives(ReconciliationSchema)
    def get(self, reconciliation_id: str) -> dict[str, Any]:
        """One reconciliation: columns, cells that could not be read, progress, figures."""
        with _database().reading() as session:
            return _detail(session, _find(session, reconciliation_id))


@section.route("/<reconciliation_id>/file")
class OriginalFile(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.gives_file(BYTES, "上传的原件")
    def get(self, reconciliation_id: str) -> Response:
        """The file as it was uploaded."""
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
        response = Response(original_of(found), content_type=BYTES)
        return attached(response, found.file_name)


@section.route("/<reconciliation_id>/columns")
class Columns(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(ColumnCorrectionsSchema)
    @section.gives(ReconciliationSchema)
    def put(self, body: dict[str, Any], reconciliation_id: str) -> dict[str, Any]:
        """Say what columns are of; it is remembered for the source, and the lines are read anew."""
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            name, content = found.file_name, original_of(found)
        sheets = sheets_of(name, content)
        with _database().writing() as session:
            held = _find(session, reconciliation_id, hold=True)
            correct(session, held, body["columns"], sheets, current_actor(), _now())
            return _detail(session, held)


@section.route("/<reconciliation_id>/run")
class Run(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes_bytes(BYTES, "空")
    @section.gives(ReconciliationSchema, description="已对账；202：排队等候，稍后再看")
    def post(self, reconciliation_id: str) -> Response:
        """Hold it against ours: at once where it is small, else in the background."""
        with _database().reading() as session:
            small = _find(session, reconciliation_id).rows_total <= _setting(
                "reconcile_at_once_rows"
            )
        _reconciler().queue(reconciliation_id)
        if small:
            _reconciler().run(reconciliation_id)
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            waits = found.state in (ReconciliationState.QUEUED, ReconciliationState.RUNNING)
            view = ReconciliationSchema().dump(_detail(session, found))
        return json_response(view, 202 if waits else 200)

    @requires(Permission.RECONCILE)
    @section.gives(ReconciliationSchema)
    def delete(self, reconciliation_id: str) -> dict[str, Any]:
        """Cancel a run that waits or is under way; the results of an earlier one stay."""
        with _database().reading() as session:
            _find(session, reconciliation_id)
        _reconciler().cancel(reconciliation_id)
        with _database().reading() as session:
            return _detail(session, _find(session, reconciliation_id))


@section.route("/<reconciliation_id>/rows")
class Rows(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(RowsQuery, "query")
    @section.gives(TheirRowsSchema)
    def get(self, query: dict[str, Any], reconciliation_id: str) -> dict[str, Any]:
        """Their lines in the order of the file, and which hazard each is."""
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            states = query.get("state")
            asked = ReconciliationRow.state.in_(states) if states else true()
            lines = results.rows(found, current_actor(), _permissions(), asked)
            return _page(session, lines, ReconciliationRow.id, query, results.row_view)


@section.route("/<reconciliation_id>/candidates")
class Candidates(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(CandidatesQuery, "query")
    @section.gives(CandidatesSchema)
    def get(self, query: dict[str, Any], reconciliation_id: str) -> dict[str, Any]:
        """Hazards that lines of theirs may be, for a person to say."""
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            condition: ColumnElement[bool] = true()
            if query.get("decision"):
                condition = or_(*map(results.decided, query["decision"]))
            if "row" in query:
                condition = and_(condition, ReconciliationCandidate.row_id == query["row"])
            lines = results.candidates(found, current_actor(), _permissions(), condition)
            key = ReconciliationCandidate.id
            return _page(session, lines, key, query, results.candidate_view)


@section.route(f"/<reconciliation_id>/candidates/<int(max={MAX_ID}):candidate_id>")
class OneCandidate(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(CandidateDecisionSchema)
    @section.gives(CandidateSchema)
    def post(
        self, body: dict[str, Any], reconciliation_id: str, candidate_id: int
    ) -> dict[str, Any]:
        """Say whether the two are the same hazard; their differences follow at once."""
        with _database().writing() as session:
            found = _find(session, reconciliation_id, hold=True)
            candidate = decide(
                session,
                found,
                candidate_id,
                CandidateDecision(body["decision"]),
                body["reason"],
                current_actor(),
                at=_now(),
                permissions=_permissions(),
                limits=_reconciler().limits,
            )
            own = ReconciliationCandidate.id == candidate.id
            line = session.execute(
                results.candidates(found, current_actor(), _permissions(), own)
            ).one()
            return results.candidate_view(line)


@section.route("/<reconciliation_id>/differences")
class Differences(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(DifferencesQuery, "query")
    @section.gives(LedgerDifferencesSchema)
    def get(self, query: dict[str, Any], reconciliation_id: str) -> dict[str, Any]:
        """What differs, what both sides say, and what could be done about it."""
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            asked: list[ColumnElement[bool]] = [
                column.in_(query[name])
                for name, column in (("kind", Difference.kind), ("status", Difference.status))
                if query.get(name)
            ]
            if query.get("change"):
                asked.append(or_(*(results.changed(found, each) for each in query["change"])))
            condition = and_(true(), *asked)
            lines = results.differences(found, current_actor(), _permissions(), condition)
            return _page(
                session,
                lines,
                Difference.id,
                query,
                lambda row: results.difference_view(row, found),
            )


@section.route(f"/<reconciliation_id>/differences/<int(max={MAX_ID}):difference_id>")
class OneDifference(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.takes(SettlementSchema)
    @section.gives(LedgerDifferenceSchema)
    def post(
        self, body: dict[str, Any], reconciliation_id: str, difference_id: int
    ) -> dict[str, Any]:
        """Settle a difference: act as suggested, answer that theirs is wrong, or explain it."""
        settlement = Settlement(Settling(body["decision"]), body["reason"], body["data"])
        _look_at_evidence(reconciliation_id, difference_id, settlement)
        with _database().writing() as session:
            # Held, so that it is not run meanwhile, and that a repeat sees what the first did.
            found = _find(session, reconciliation_id, hold=True)
            condition = Difference.id == difference_id
            own = results.differences_of(found, current_actor(), _permissions())
            query = select(Difference).where(own, condition).with_for_update()
            difference = session.scalar(query)
            if difference is None:
                raise NotFound("difference_not_found", "没有这项差异，或不在您的范围内。")
            rules = cast(Rules, current_app.extensions["rules"])
            settle(session, found, difference, settlement, current_actor(), at=_now(), rules=rules)
            line = session.execute(
                results.differences(found, current_actor(), _permissions(), condition)
            ).one()
            return results.difference_view(line, found)


@section.route("/<reconciliation_id>.xlsx", endpoint="reconciliation_xlsx")
class Workbook(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.gives_file(XLSX_TYPE, "对账结果：一致、差异、待确认")
    def get(self, reconciliation_id: str) -> Response:
        """The results as a workbook, with room for the other side's reply."""
        return _sent(reconciliation_id, write_workbook, "对账结果", "xlsx", XLSX_TYPE)


@section.route("/<reconciliation_id>/confirmation.docx")
class Confirmation(Resource):  # type: ignore[misc]
    @requires(Permission.RECONCILE)
    @section.gives_file(DOCX_TYPE, "对账确认单")
    def get(self, reconciliation_id: str) -> Response:
        """对账确认单: the figures and what is still open, for both sides to sign."""
        return _sent(reconciliation_id, write_confirmation, "对账确认单", "docx", DOCX_TYPE)


class _Place:
    """Where the next page of a list begins that is not read by rising ids."""

    def __init__(self, place: int) -> None:
        self.id = place


def _look_at_evidence(reconciliation_id: str, difference_id: int, settlement: Settlement) -> None:
    """Whoever strikes off here should not have to wait for the background either."""
    if settlement.decision is not Settling.ACT:
        return
    with _database().reading() as session:
        found = _find(session, reconciliation_id)
        condition = Difference.id == difference_id
        query = results.differences(found, current_actor(), _permissions(), condition)
        row = session.execute(query).first()
    if row is not None and row.Difference.suggestion["action"] == Action.CLOSE:
        current_app.extensions["examiner"].bring_up_to_date(row.number, _now())


def _page(
    session: Session,
    lines: Any,
    key: Any,
    query: dict[str, Any],
    view: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """A page in rising order of the key."""
    after = read_cursor(query.get("cursor"))
    if after is not None:
        lines = lines.where(key > after)
    views = [view(row) for row in session.execute(lines.limit(query["limit"] + 1))]
    page = page_of([_Place(each["id"]) for each in views], query["limit"])
    return {"items": views[: query["limit"]], "next_cursor": page.next_cursor}


def _sent(
    reconciliation_id: str,
    write: Callable[..., None],
    title: str,
    suffix: str,
    media_type: str,
) -> Response:
    def at(path: Path) -> str:
        with _database().reading() as session:
            found = _find(session, reconciliation_id)
            write(path, session, found, current_actor(), _permissions(), _now())
        return f"{title}-{found.source}-{found.month}"

    return written(at, suffix, media_type)


def _find(session: Session, reconciliation_id: str, *, hold: bool = False) -> Reconciliation:
    if not reconciliation_id.isprintable() or len(reconciliation_id) > 36:
        raise NotFound("reconciliation_not_found", "没有这次对账。")
    return results.find(session, reconciliation_id, current_actor(), _permissions(), hold=hold)


def _detail(session: Session, reconciliation: Reconciliation) -> dict[str, Any]:
    return results.detail(session, reconciliation, current_actor(), _permissions())


def _setting(name: str) -> int:
    return int(getattr(current_app.extensions["settings"], name))


def _reconciler() -> Reconciler:
    return cast(Reconciler, current_app.extensions["reconciler"])


def _permissions() -> Permissions:
    return cast(Permissions, current_app.extensions["permissions"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _now() -> Any:
    return current_app.extensions["clock"].now()
