"""Running the audit: one run at a time, and what it finds is written down.

A difference keeps its row for ever. Found again, it keeps its status; what somebody settled stays
settled for as long as its values are the same. What is not found any more is `resolved`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import cast

import structlog
from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from ...clock import Clock, local_date
from ...database import Database
from ...hazards.models import Hazard
from ...nightly import Nightly
from ..differences import DifferenceStatus as Status
from ..models import Difference
from .models import AuditRun
from .rules import Limits
from .searching import Found, search

log = structlog.get_logger()

RUNS = cast(Table, AuditRun.__table__)

WRITTEN_AT_ONCE = 500

SETTLED = (Status.ACTED, Status.EXPLAINED)


def no_rest() -> None:
    """For whoever waits for the result."""


@dataclass(frozen=True)
class Auditor:
    """Looks at the whole ledger: every night, and whenever somebody asks for it.

    Attributes:
        hour: the hour of the night (Asia/Shanghai) from which on its run is due.
    """

    database: Database
    clock: Clock
    limits: Limits
    hour: int
    runs: Nightly = field(init=False, repr=False)

    def __post_init__(self) -> None:
        blank = dict.fromkeys(("lines_total", "lines_done", "found", "opened", "resolved"), 0)
        runs = Nightly(self.database, self.clock, RUNS, blank, self.hour)
        object.__setattr__(self, "runs", runs)

    def carry_on(self, rest: Callable[[], None]) -> None:
        """Do the run that is due or waiting, if there is one and no other process is at it."""
        self.runs.ask_if_due()
        run_id = self.runs.take()
        if run_id is not None:
            self.run(run_id, rest)

    def run_now(self) -> AuditRun | None:
        """Do a run here and now; None where another process is at one."""
        self.runs.ask()
        run_id = self.runs.take()
        return None if run_id is None else self.run(run_id, no_rest)

    def run(self, run_id: int, rest: Callable[[], None]) -> AuditRun:
        """Do a run that was taken; `rest` is called now and then, to give way to others.

        Raises whatever went wrong, once the run says so; what it wrote by then is right, and
        nothing is taken for resolved.
        """
        self.runs.do(run_id, lambda taken: self._do(taken, rest))
        with self.database.reading() as session:
            return session.get_one(AuditRun, run_id)

    def _do(self, run_id: int, rest: Callable[[], None]) -> None:
        now = self.clock.now()
        done, counts, seen = 0, _Counts(), set[int]()
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(Hazard)) or 0
            self.runs.note(run_id, lines_total=total)

            def passed(lines: int) -> None:
                nonlocal done
                done += lines
                self.runs.note(run_id, lines_done=done, heartbeat_at=self.clock.now())
                rest()

            for batch in _batched(search(session, self.limits, local_date(now), passed)):
                with self.database.writing() as writer:
                    opened, ids = write(writer, batch, now)
                counts.found += len(batch)
                counts.opened += opened
                seen |= ids
        with self.database.writing() as writer:
            counts.resolved = resolve(writer, seen, now)
        self.runs.note(run_id, **vars(counts), finished_at=self.clock.now(), active=None)


@dataclass
class _Counts:
    found: int = 0
    opened: int = 0
    resolved: int = 0


def write(session: Session, batch: Sequence[Found], at: datetime) -> tuple[int, set[int]]:
    """Write down what was found; gives how many are open anew, and the ids of all of them."""
    keys = [each.key for each in batch]
    query = select(Difference).where(
        Difference.reconciliation_id.is_(None), Difference.key.in_(keys)
    )
    known = {row.key: row for row in session.scalars(query.with_for_update())}
    opened = 0
    for found in batch:
        row = known.get(found.key)
        if row is None:
            row = Difference(key=found.key, status=Status.OPEN.value, found_at=at, reason="")
            row.theirs = {}
            session.add(row)
            opened += 1
        elif is_open_again(row, found):
            row.status = Status.OPEN.value
            opened += 1
        _fill(row, found)
        known[found.key] = row
    session.flush()
    return opened, {row.id for row in known.values()}


def is_open_again(row: Difference, found: Found) -> bool:
    """Whether what was settled has to be settled anew: it had gone, or its values changed."""
    if row.status == Status.RESOLVED:
        return True
    return row.status in SETTLED and row.ours != found.flaw.values


def _fill(row: Difference, found: Found) -> None:
    row.kind = found.flaw.kind.value
    row.month = found.month
    row.area_code = found.area_code
    row.sector = found.sector
    row.hazard_id = found.hazard_id
    row.explanation = found.flaw.explanation
    row.ours = dict(found.flaw.values)
    row.suggestion = found.suggestion


def resolve(session: Session, seen: set[int], at: datetime) -> int:
    """What of our own ledger's was not seen is gone, whatever its history; gives how many."""
    query = select(Difference.id).where(
        Difference.reconciliation_id.is_(None), Difference.status != Status.RESOLVED.value
    )
    gone = [each for each in session.scalars(query) if each not in seen]
    for start in range(0, len(gone), WRITTEN_AT_ONCE):
        some = Difference.id.in_(gone[start : start + WRITTEN_AT_ONCE])
        values = {"status": Status.RESOLVED.value}
        still = func.coalesce(Difference.settled_at, at)
        session.execute(update(Difference).where(some).values(**values, settled_at=still))
    return len(gone)


def _batched(found: Iterable[Found]) -> Iterator[list[Found]]:
    each = iter(found)
    while batch := list(islice(each, WRITTEN_AT_ONCE)):
        yield batch
