"""A person says whether a line of theirs is a hazard of ours; what follows is found at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...errors import Conflict, NotFound
from ...hazards.models import Hazard
from ...hazards.queries import visible_to
from ...people.permissions import Actor, Permission, Permissions
from ...places.models import Area
from ..differences import DifferenceKind, DifferenceStatus
from ..models import Difference, Reconciliation
from .comparing import Lines, compare_lines, unique
from .matching import How
from .models import (
    CandidateDecision,
    MatchDecision,
    ReconciliationCandidate,
    ReconciliationRow,
    ReconciliationState,
    RowState,
)
from .months import Month
from .noted import Limits, Pair
from .ours import OurLine, known_as, of_month, our_lines
from .sides import held_by, registry_of, their_line, uploader
from .writing import of_lines, write_differences

Candidate = ReconciliationCandidate
Row = ReconciliationRow


def decide(
    session: Session,
    reconciliation: Reconciliation,
    candidate_id: int,
    decision: CandidateDecision,
    reason: str,
    actor: Actor,
    *,
    at: datetime,
    permissions: Permissions,
    limits: Limits,
) -> Candidate:
    """Write down what somebody says of a candidate, for this upload and for later ones.

    Said again, it changes nothing; said otherwise, the later word holds.

    Raises:
        NotFound: there is no such candidate, or its hazard is not the actor's to see.
        Conflict: the line, or the hazard, is matched with another; or it is being run.
    """
    candidate = _candidate(session, reconciliation, candidate_id, actor, permissions)
    if reconciliation.state != ReconciliationState.DONE:
        raise Conflict("reconciliation_not_done", "还没有对完账，请等它完成后再确认。")
    if candidate.decision == decision:
        return candidate
    row = session.get_one(Row, candidate.row_id)
    if decision is CandidateDecision.SAME:
        _require_free(session, reconciliation, candidate, row)
    candidate.decision, candidate.reason = decision.value, reason
    candidate.decided_by, candidate.decided_at = actor.id, at
    _remember(session, reconciliation, row, candidate)
    session.flush()
    rows, hazards = _touched(session, candidate)
    _place(session, rows)
    refreshed = _Refreshed(session, reconciliation, permissions, limits, at)
    refreshed.find_again(rows, hazards)
    return candidate


def _candidate(
    session: Session,
    reconciliation: Reconciliation,
    candidate_id: int,
    actor: Actor,
    permissions: Permissions,
) -> Candidate:
    visible = visible_to(actor, Permission.RECONCILE, permissions)
    query = (
        select(Candidate)
        .join(Hazard, Hazard.id == Candidate.hazard_id)
        .where(
            Candidate.id == candidate_id,
            Candidate.reconciliation_id == reconciliation.id,
            visible,
        )
        .with_for_update(of=Candidate)
    )
    candidate = session.scalar(query)
    if candidate is None:
        raise NotFound("candidate_not_found", "没有这一条待确认，或对方台账已重新对账，请刷新。")
    return candidate


def _require_free(
    session: Session, reconciliation: Reconciliation, candidate: Candidate, row: Row
) -> None:
    if row.hazard_id is not None and row.hazard_id != candidate.hazard_id:
        raise Conflict(
            "line_matched",
            "这一行已与我方另一条隐患对上；如果对错了，请先在那一条上改为“不是同一条”。",
        )
    query = select(Row.ref).where(
        Row.reconciliation_id == reconciliation.id,
        Row.hazard_id == candidate.hazard_id,
        Row.id != row.id,
    )
    if other := session.scalar(query):
        raise Conflict(
            "hazard_matched",
            f"我方这条隐患已与对方 {other} 对上。对方重复登记的，请选“不是同一条”并答复对方。",
        )


def _remember(
    session: Session, reconciliation: Reconciliation, row: Row, candidate: Candidate
) -> None:
    said = session.scalar(
        select(MatchDecision).where(
            MatchDecision.area_code == reconciliation.area_code,
            MatchDecision.source == reconciliation.source,
            MatchDecision.row_key == row.key,
            MatchDecision.hazard_id == candidate.hazard_id,
        )
    )
    if said is None:
        said = MatchDecision(
            area_code=reconciliation.area_code,
            source=reconciliation.source,
            row_key=row.key,
            hazard_id=candidate.hazard_id,
        )
        session.add(said)
    assert candidate.decision is not None
    assert candidate.decided_by is not None
    assert candidate.decided_at is not None
    said.decision, said.reason = candidate.decision, candidate.reason
    said.decided_by, said.decided_at = candidate.decided_by, candidate.decided_at


def _touched(session: Session, candidate: Candidate) -> tuple[Sequence[Row], set[int]]:
    """The lines and hazards that the decision concerns: also those that were candidates beside."""
    beside = session.scalars(
        select(Candidate).where(
            Candidate.reconciliation_id == candidate.reconciliation_id,
            or_(
                Candidate.row_id == candidate.row_id,
                Candidate.hazard_id == candidate.hazard_id,
            ),
        )
    ).all()
    if candidate.decision == CandidateDecision.SAME:
        open_ones = [each.id for each in beside if each.decision is None]
        session.execute(delete(Candidate).where(Candidate.id.in_(open_ones)))
    ids = {each.row_id for each in beside}
    rows = session.scalars(select(Row).where(Row.id.in_(ids)).order_by(Row.id)).all()
    return rows, {each.hazard_id for each in beside}


def _place(session: Session, rows: Sequence[Row]) -> None:
    """Each line is matched, waits for a person's word, or has nothing of ours."""
    for row in rows:
        candidates = session.scalars(select(Candidate).where(Candidate.row_id == row.id)).all()
        same = [each for each in candidates if each.decision == CandidateDecision.SAME]
        different = {
            each.hazard_id for each in candidates if each.decision == CandidateDecision.DIFFERENT
        }
        if same:
            row.state, row.how = RowState.MATCHED.value, How.CONFIRMED.chinese
            row.hazard_id = same[0].hazard_id
        elif row.hazard_id is None or row.hazard_id in different:
            waits = any(each.decision is None for each in candidates)
            row.state = (RowState.PENDING if waits else RowState.UNMATCHED).value
            row.hazard_id, row.how = None, ""
    session.flush()


class _Refreshed:
    """What the rules find of some lines, found anew."""

    def __init__(
        self,
        session: Session,
        reconciliation: Reconciliation,
        permissions: Permissions,
        limits: Limits,
        at: datetime,
    ) -> None:
        self._session, self._reconciliation, self._at = session, reconciliation, at
        self._held = held_by(reconciliation, local_date(at), limits)
        self._scope = visible_to(
            uploader(session, reconciliation), Permission.RECONCILE, permissions
        )

    def find_again(self, rows: Sequence[Row], hazards: set[int]) -> None:
        session, own = self._session, self._reconciliation
        ids = hazards | {row.hazard_id for row in rows if row.hazard_id is not None}
        ours = self._ours(ids)
        lines = {row.key: their_line(row.key, row.record) for row in rows}
        twice = self._said_twice(lines)
        placed = Lines(
            pairs=[
                Pair(ours[row.hazard_id], lines[row.key])
                for row in rows
                if row.hazard_id is not None and row.hazard_id in ours
            ],
            pending=[
                lines[row.key]
                for row in rows
                if row.state == RowState.PENDING
                or (row.state == RowState.UNMATCHED and row.key in twice)
            ],
            only_theirs=[
                (lines[row.key], None)
                for row in rows
                if row.state == RowState.UNMATCHED and row.key not in twice
            ],
            only_ours=[ours[each] for each in self._left_alone(ids) if each in ours],
        )
        registry = registry_of(session, own.area_code)
        area = session.get_one(Area, own.area_code).name
        found = unique(compare_lines(placed, self._held, registry, area))
        write_differences(session, own, found, of_lines(lines.keys(), ids), self._at)

    def _ours(self, ids: set[int]) -> dict[int, OurLine]:
        month = Month.of(self._reconciliation.month)
        return {
            line.hazard_id: line
            for condition in known_as(ids)
            for line in our_lines(self._session, and_(self._scope, condition), month)
        }

    def _said_twice(self, keys: object) -> set[str]:
        """Lines that are another line again: they are asked about as that."""
        query = select(Difference.row_key).where(
            Difference.reconciliation_id == self._reconciliation.id,
            Difference.kind == DifferenceKind.DUPLICATE_NUMBER.value,
            Difference.status != DifferenceStatus.RESOLVED.value,
            Difference.row_key.is_not(None),
        )
        return {key for key in self._session.scalars(query) if key is not None}

    def _left_alone(self, ids: set[int]) -> list[int]:
        """The hazards of these that their ledger should have, and neither has nor may have."""
        session, own = self._session, self._reconciliation
        matched = select(Row.hazard_id).where(
            Row.reconciliation_id == own.id, Row.hazard_id.is_not(None)
        )
        waiting = select(Candidate.hazard_id).where(
            Candidate.reconciliation_id == own.id, Candidate.decision.is_(None)
        )
        twice = select(Difference.hazard_id).where(
            Difference.reconciliation_id == own.id,
            Difference.kind == DifferenceKind.DUPLICATE_NUMBER.value,
            Difference.status != DifferenceStatus.RESOLVED.value,
            Difference.row_key.is_(None),
            Difference.hazard_id.is_not(None),
        )
        query = select(Hazard.id).where(
            Hazard.id.in_(ids),
            Hazard.id.not_in(twice),
            of_month(Month.of(own.month), own.area_code, own.sector),
            Hazard.id.not_in(matched),
            Hazard.id.not_in(waiting),
        )
        return list(session.scalars(query.order_by(Hazard.id)))
