"""Running the audit: one run at a time, and what it finds is written down.

A difference keeps its row for ever. Found again, it keeps its status; what somebody settled stays
settled for as long as its values are the same. What is not found any more is `resolved`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import cast

import structlog
from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.orm import Session

from ...clock import LOCAL, Clock, local_date
from ...database import Database, insert_new
from ...hazards.models import Hazard
from ..differences import DifferenceStatus as Status
from ..models import Difference
from .models import AuditRun
from .rules import Limits
from .searching import Found, search

log = structlog.get_logger()

RUNS = cast(Table, AuditRun.__table__)

WRITTEN_AT_ONCE = 500

# A run that has not been heard of for so long lost its process.
STALE = timedelta(minutes=10)

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

    def __post_init__(self) -> None:
        if self.hour > 23:
            raise ValueError(f"{self.hour} is no hour of the day")

    def ask(self, by: int | None = None) -> tuple[int, bool]:
        """Ask for a run; gives its number, and whether it is a new one.

        Where one is waiting or under way already, it is that one.
        """
        while True:
            is_new = self._asked(by, None)
            with self.database.reading() as session:
                active = session.scalar(select(AuditRun.id).where(AuditRun.active.is_(True)))
            if active is not None:
                return active, is_new

    def _asked(self, by: int | None, night: date | None) -> bool:
        row = {
            "night": night,
            "active": True,
            "asked_by": by,
            "asked_at": self.clock.now(),
            "lines_total": 0,
            "lines_done": 0,
            "found": 0,
            "opened": 0,
            "resolved": 0,
            "failure": "",
        }
        with self.database.writing() as session:
            return insert_new(session, RUNS, row)

    def carry_on(self, rest: Callable[[], None]) -> None:
        """Do the run that is due or waiting, if there is one and no other process is at it."""
        if self._is_night_due():
            self._asked(None, local_date(self.clock.now()))
        run_id = self._taken()
        if run_id is not None:
            self.run(run_id, rest)

    def run_now(self) -> AuditRun | None:
        """Do a run here and now; None where another process is at one."""
        self.ask()
        run_id = self._taken()
        return None if run_id is None else self.run(run_id, no_rest)

    def run(self, run_id: int, rest: Callable[[], None]) -> AuditRun:
        """Do a run that was taken; `rest` is called now and then, to give way to others.

        Raises whatever went wrong, once the run says so; what it wrote by then is right, and
        nothing is taken for resolved.
        """
        try:
            self._do(run_id, rest)
        except Exception as error:
            self._note(run_id, active=None, failure=f"{type(error).__name__}: {error}"[:2000])
            raise
        with self.database.reading() as session:
            return session.get_one(AuditRun, run_id)

    def _is_night_due(self) -> bool:
        now = self.clock.now()
        if now.astimezone(LOCAL).hour < self.hour:
            return False
        with self.database.reading() as session:
            done = select(AuditRun.id).where(
                or_(AuditRun.night == local_date(now), AuditRun.active.is_(True))
            )
            return session.scalar(done.limit(1)) is None

    def _taken(self) -> int | None:
        """Take the active run, unless another process is at it; gives its number."""
        now = self.clock.now()
        free = or_(RUNS.c.heartbeat_at.is_(None), RUNS.c.heartbeat_at < now - STALE)
        taking = (
            update(RUNS)
            .where(RUNS.c.active.is_(True), free)
            .values(started_at=now, heartbeat_at=now, lines_done=0)
            .returning(RUNS.c.id)
        )
        with self.database.reading() as session:
            if session.scalar(select(AuditRun.id).where(AuditRun.active.is_(True), free)) is None:
                return None
        with self.database.writing() as session:
            taken: int | None = session.scalar(taking)
        return taken

    def _do(self, run_id: int, rest: Callable[[], None]) -> None:
        now = self.clock.now()
        done, counts, seen = 0, _Counts(), set[int]()
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(Hazard)) or 0
            self._note(run_id, lines_total=total)

            def passed(lines: int) -> None:
                nonlocal done
                done += lines
                self._note(run_id, lines_done=done, heartbeat_at=self.clock.now())
                rest()

            for batch in _batched(search(session, self.limits, local_date(now), passed)):
                with self.database.writing() as writer:
                    opened, ids = write(writer, batch, now)
                counts.found += len(batch)
                counts.opened += opened
                seen |= ids
        with self.database.writing() as writer:
            counts.resolved = resolve(writer, seen, now)
        self._note(run_id, **vars(counts), finished_at=self.clock.now(), active=None)

    def _note(self, run_id: int, **values: object) -> None:
        with self.database.writing() as session:
            session.execute(update(RUNS).where(RUNS.c.id == run_id).values(**values))


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
