"""Walking the chains of events, so that the auditors see that they hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from ...clock import Clock
from ...database import Database
from ...hazards.audit import Count, Fault, verify
from ...hazards.models import Digest, Hazard
from ...nightly import Nightly
from ..balances.audit import verify_closings
from .models import ChainCheck

CHECKS = cast(Table, ChainCheck.__table__)

# Of the faults of one check so many are kept in words; the command line names them all.
KEPT_FAULTS = 100


@dataclass(frozen=True)
class Verifier:
    """Walks all chains: every night, and whenever somebody asks for it.

    Attributes:
        secret_key: what closed months were signed with; empty: signatures are left alone.
        hour: the hour of the night (Asia/Shanghai) from which on its check is due.
    """

    database: Database
    clock: Clock
    secret_key: str
    hour: int
    runs: Nightly = field(init=False, repr=False)

    def __post_init__(self) -> None:
        counted = ("hazards_total", "hazards_done", "events", "digests", "fault_count")
        blank: dict[str, object] = dict.fromkeys(counted, 0) | {"faults": []}
        runs = Nightly(self.database, self.clock, CHECKS, blank, self.hour)
        object.__setattr__(self, "runs", runs)

    def carry_on(self, rest: Callable[[], None]) -> None:
        """Do the check that is due or waiting, if there is one and no other process is at it.

        Raises whatever went wrong, once the check says so.
        """
        self.runs.ask_if_due()
        check_id = self.runs.take()
        if check_id is not None:
            self.runs.do(check_id, lambda taken: self._do(taken, rest))

    def _do(self, check_id: int, rest: Callable[[], None]) -> None:
        done, found = 0, _Found()
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(Hazard)) or 0
            digests = session.scalar(select(func.count()).select_from(Digest)) or 0
            self.runs.note(check_id, hazards_total=total, digests=digests)

            def passed(hazards: int) -> None:
                nonlocal done
                done += hazards
                now = self.clock.now()
                self.runs.note(check_id, hazards_done=done, heartbeat_at=now, **vars(found))
                rest()

            for each in self._walk(session, passed):
                found.note(each)
        self.runs.note(check_id, **vars(found), finished_at=self.clock.now(), active=None)

    def _walk(self, session: Session, passed: Callable[[int], None]) -> Iterator[Fault | Count]:
        return chain(verify_closings(session, self.secret_key), verify(session, passed))


class _Found:
    """What a check found up to now; its attributes are the check's columns."""

    def __init__(self) -> None:
        self.events = 0
        self.fault_count = 0
        self.faults: list[dict[str, str | None]] = []

    def note(self, each: Fault | Count) -> None:
        if isinstance(each, Count):
            self.events = each.events
            return
        self.fault_count += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append({"number": each.number, "words": each.chinese})
