"""Holding an uploaded ledger against ours: matched, compared, and written down.

The work is read from one view of the data and written in one transaction, so that what is seen is
a whole run or none. In between it leaves a heartbeat; what a lost process had begun is begun again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, and_, case, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from ...clock import Clock, local_date
from ...database import Database
from ...errors import Conflict
from ...people.permissions import Permissions
from ..differences import DifferenceKind
from ..models import Reconciliation
from ..rules.names import Registry
from .comparing import Found, Lines, compare_ledgers, compare_lines, unique
from .keys import our_number
from .ledger_rules import Ledger
from .matching import Matching, match
from .models import (
    ReconciliationCandidate,
    ReconciliationRow,
    ReconciliationState,
    RowState,
)
from .noted import Held, Limits, Pair
from .sides import Sides, gather, held_by, registry_of
from .writing import supersede, write_differences

log = structlog.get_logger()

# Nobody who is alive is silent for so long.
LOST_AFTER = timedelta(minutes=10)
BEAT_SECONDS = 2.0


UNFINISHED = (ReconciliationState.QUEUED.value, ReconciliationState.RUNNING.value)


class Lost(Exception):
    """The run is not this process's any more: somebody cancelled it, or another took it up."""


@dataclass
class Hold:
    """A run that this process has taken up; that it still is its own, its last heartbeat tells."""

    reconciliation_id: str
    beat: datetime

    def is_own(self) -> ColumnElement[bool]:
        return and_(
            Reconciliation.id == self.reconciliation_id,
            Reconciliation.state == ReconciliationState.RUNNING.value,
            Reconciliation.heartbeat_at == self.beat,
        )


@dataclass(frozen=True)
class Reconciler:
    """Runs reconciliations: at once where they are small, else in the background."""

    database: Database
    permissions: Permissions
    limits: Limits
    clock: Clock

    def queue(self, reconciliation_id: str) -> None:
        """Ask for a run.

        Raises:
            Conflict: it is being run.
        """
        at = self.clock.now()
        with self.database.writing() as session:
            taken = session.execute(
                update(Reconciliation)
                .where(Reconciliation.id == reconciliation_id, ~_being_run(at))
                .values(state=ReconciliationState.QUEUED.value, message="", rows_done=0)
            )
            if not taken.rowcount:  # type: ignore[attr-defined]
                raise Conflict("reconciliation_running", "正在对账，请等它完成后再试。")

    def cancel(self, reconciliation_id: str) -> None:
        """Take back a run that waits or is under way; what was found before stays as it was.

        Whoever works on it notices at its next heartbeat, and writes nothing.
        """
        compared_before = exists().where(
            ReconciliationRow.reconciliation_id == Reconciliation.id,
            ReconciliationRow.state != RowState.WAITING.value,
        )
        state = case(
            (compared_before, ReconciliationState.DONE.value), else_=ReconciliationState.READ.value
        )
        done = case((compared_before, Reconciliation.rows_total), else_=0)
        with self.database.writing() as session:
            session.execute(
                update(Reconciliation)
                .where(Reconciliation.id == reconciliation_id, Reconciliation.state.in_(UNFINISHED))
                .values(state=state, rows_done=done)
                .execution_options(synchronize_session=False)
            )

    def run_due(self) -> int:
        """Run what waits, and what a lost process left behind; gives how many."""
        waiting = or_(
            Reconciliation.state == ReconciliationState.QUEUED.value,
            and_(
                Reconciliation.state == ReconciliationState.RUNNING.value,
                ~_being_run(self.clock.now()),
            ),
        )
        with self.database.reading() as session:
            query = select(Reconciliation.id).where(waiting).order_by(Reconciliation.created_at)
            due = session.scalars(query).all()
        return sum(self.run(each) for each in due)

    def run(self, reconciliation_id: str) -> bool:
        """Run one that waits; False where somebody else does already."""
        hold = self._claim(reconciliation_id)
        if hold is None:
            return False
        try:
            self._run(hold)
        except Lost:
            log.info("reconciliation_lost", reconciliation=reconciliation_id)
        except Exception:
            log.exception("reconciliation_failed", reconciliation=reconciliation_id)
            self._end(hold, "对账时出错，没有改动任何结果；请重试，仍不行的请联系管理员。")
        return True

    def _claim(self, reconciliation_id: str) -> Hold | None:
        at = self.clock.now()
        waiting = Reconciliation.state.in_(UNFINISHED)
        with self.database.writing() as session:
            taken = session.execute(
                update(Reconciliation)
                .where(Reconciliation.id == reconciliation_id, waiting, ~_being_run(at))
                .values(state=ReconciliationState.RUNNING.value, heartbeat_at=at, rows_done=0)
            )
            return Hold(reconciliation_id, at) if taken.rowcount else None  # type: ignore[attr-defined]

    def _beat(self, hold: Hold, done: int) -> None:
        at = self.clock.now()
        with self.database.writing() as session:
            kept = session.execute(
                update(Reconciliation).where(hold.is_own()).values(heartbeat_at=at, rows_done=done)
            )
            if not kept.rowcount:  # type: ignore[attr-defined]
                raise Lost
        hold.beat = at

    def _ticking(self, hold: Hold, lines: int) -> Callable[[float], None]:
        """A heartbeat now and then, for work that tells how much of so many lines is done."""
        beaten = monotonic()

        def tick(share: float) -> None:
            nonlocal beaten
            if monotonic() - beaten >= BEAT_SECONDS:
                self._beat(hold, int(lines * share))
                beaten = monotonic()

        return tick

    def _end(self, hold: Hold, message: str) -> None:
        with self.database.writing() as session:
            session.execute(
                update(Reconciliation)
                .where(hold.is_own())
                .values(state=ReconciliationState.FAILED.value, message=message)
            )

    def _run(self, hold: Hold) -> None:
        at = self.clock.now()
        with self.database.reading() as session:
            reconciliation = session.get_one(Reconciliation, hold.reconciliation_id)
            sides = gather(session, reconciliation, self.permissions)
            self._beat(hold, 0)
            held = held_by(reconciliation, local_date(at), self.limits)
            matched = matching(sides, self._ticking(hold, len(sides.theirs) // 2))
            self._beat(hold, len(sides.theirs) // 2)
            found = compared(sides, matched, held, registry_of(session, reconciliation.area_code))
        self._beat(hold, len(sides.theirs))
        with self.database.writing() as session:
            query = select(Reconciliation).where(hold.is_own()).with_for_update()
            owned = session.scalar(query)
            if owned is None:
                raise Lost
            reconciliation = owned
            _write_rows(session, reconciliation, sides, matched)
            write_differences(session, reconciliation, found, lambda difference: True, at)
            supersede(session, reconciliation, at)
            reconciliation.state = ReconciliationState.DONE.value
            reconciliation.rows_done = reconciliation.rows_total
            reconciliation.our_lines = len(sides.window)
            reconciliation.finished_at = at


def _being_run(at: datetime) -> ColumnElement[bool]:
    return and_(
        Reconciliation.state == ReconciliationState.RUNNING.value,
        Reconciliation.heartbeat_at > at - LOST_AFTER,
    )


def matching(sides: Sides, tick: Callable[[float], None]) -> Matching:
    return match(
        [line.record for line in sides.known.values()],
        [line.record for line in sides.theirs],
        sides.confirmed,
        sides.refused,
        tick,
    )


def compared(sides: Sides, matched: Matching, held: Held, registry: Registry) -> dict[str, Found]:
    """All differences, by key."""
    lines = {line.record.ref: line for line in sides.theirs}
    pairs = [Pair(sides.known[pair.ours], lines[pair.theirs]) for pair in matched.pairs]
    of_key = {pair.theirs.key: pair.ours for pair in pairs}
    ledger = Ledger(
        ours=list(sides.window.values()),
        theirs=sides.theirs,
        duplicates=[each.theirs for each in matched.duplicates if len(each.theirs) > 1],
        twice=[
            [sides.known[ref] for ref in each.ours]
            for each in matched.duplicates
            if len(each.ours) > 1
        ],
        stated=sides.stated,
        before=sides.before,
    )
    whole = list(compare_ledgers(ledger, held, of_key))
    said_twice = [each for each in whole if each.noted.kind is DifferenceKind.DUPLICATE_NUMBER]
    twice = {each.row_key for each in said_twice if each.row_key is not None}
    ours_twice = {each.ours.record.ref for each in said_twice if each.row_key is None and each.ours}
    alone = [lines[ref] for ref in matched.only_theirs]
    asked = {each.theirs for each in matched.candidates if each.best}
    to_compare = Lines(
        pairs=pairs,
        pending=[lines[ref] for ref in asked] + [each for each in alone if each.key in twice],
        only_theirs=[
            (each, sides.elsewhere.get(our_number(each.record.number) or ""))
            for each in alone
            if each.key not in twice
        ],
        only_ours=[
            sides.window[ref]
            for ref in matched.only_ours
            if ref in sides.window and ref not in ours_twice
        ],
    )
    return unique([*compare_lines(to_compare, held, registry, sides.area), *whole])


def _write_rows(
    session: Session, reconciliation: Reconciliation, sides: Sides, matched: Matching
) -> None:
    """Which hazard each line is, and the candidates for the others; a person's words stay."""
    keys = {line.record.ref: line.key for line in sides.theirs}
    ids = {number: line.hazard_id for number, line in sides.known.items()}
    outcome = dict.fromkeys(keys.values(), (RowState.UNMATCHED.value, None, ""))
    for candidate in matched.candidates:
        if candidate.best:
            outcome[keys[candidate.theirs]] = (RowState.PENDING.value, None, "")
    for pair in matched.pairs:
        matched_row = (RowState.MATCHED.value, ids[pair.ours], pair.how.chinese)
        outcome[keys[pair.theirs]] = matched_row  # type: ignore[assignment]
    session.execute(
        update(ReconciliationRow),
        [
            {"id": sides.rows[key], "state": state, "hazard_id": hazard_id, "how": how}
            for key, (state, hazard_id, how) in outcome.items()
        ],
    )
    session.execute(
        delete(ReconciliationCandidate).where(
            ReconciliationCandidate.reconciliation_id == reconciliation.id,
            ReconciliationCandidate.decision.is_(None),
        )
    )
    said = select(ReconciliationCandidate.row_id, ReconciliationCandidate.hazard_id).where(
        ReconciliationCandidate.reconciliation_id == reconciliation.id
    )
    decided = {(row_id, hazard_id) for row_id, hazard_id in session.execute(said)}
    proposed = [
        {
            "reconciliation_id": reconciliation.id,
            "row_id": sides.rows[keys[each.theirs]],
            "hazard_id": ids[each.ours],
            "score": each.score,
            "reasons": list(each.reasons),
            "likely": each.likely,
            "reason": "",
        }
        for each in matched.candidates
    ]
    new = [each for each in proposed if (each["row_id"], each["hazard_id"]) not in decided]
    if new:
        session.execute(insert(ReconciliationCandidate), new)
