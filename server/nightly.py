"""Work on the whole of the data that is due every night, and whenever somebody asks for it.

Two things are true by the database alone, whatever processes there are: a night has one run, and
one run at most is `active` (asked for or under way; NULL when it is over). A run whose process
died shows by its heartbeat and is taken up by another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Boolean, Date, ForeignKey, Table, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from .clock import LOCAL, Clock, local_date
from .database import Database, Moment, insert_new

# A run that has not been heard of for so long lost its process.
STALE = timedelta(minutes=10)


class NightlyRun:
    """The columns of a table of such runs; `night` and `active` are unique in it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    # The night (day in Asia/Shanghai) that it is the run of; None: somebody asked for it.
    night: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool | None] = mapped_column(Boolean)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    # Why it did not come to its end; empty where it did.
    failure: Mapped[str] = mapped_column(Text)

    @property
    def state(self) -> str:
        """`waiting`, `running`, `done` or `failed`."""
        if self.finished_at is not None:
            return "done"
        if self.failure:
            return "failed"
        return "running" if self.started_at else "waiting"


@dataclass(frozen=True)
class Nightly:
    """The runs of one table: asking for one, taking it, and noting how far it is.

    Attributes:
        blank: what the table's own columns say before a run has begun.
        hour: the hour of the night (Asia/Shanghai) from which on its run is due.
    """

    database: Database
    clock: Clock
    table: Table
    blank: Mapping[str, object]
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
                active = session.scalar(
                    select(self.table.c.id).where(self.table.c.active.is_(True))
                )
            if active is not None:
                return active, is_new

    def ask_if_due(self) -> None:
        """Ask for tonight's run, where it is time and it was not asked for yet."""
        if self._is_due():
            self._asked(None, local_date(self.clock.now()))

    def take(self) -> int | None:
        """Take the active run, unless another process is at it; gives its number."""
        columns, now = self.table.c, self.clock.now()
        free = or_(columns.heartbeat_at.is_(None), columns.heartbeat_at < now - STALE)
        taking = (
            update(self.table)
            .where(columns.active.is_(True), free)
            .values(started_at=now, heartbeat_at=now, **self.blank)
            .returning(columns.id)
        )
        with self.database.reading() as session:
            if session.scalar(select(columns.id).where(columns.active.is_(True), free)) is None:
                return None
        with self.database.writing() as session:
            taken: int | None = session.scalar(taking)
        return taken

    def do(self, run_id: int, work: Callable[[int], None]) -> None:
        """Do the work of a run that was taken. `work` notes that it is finished.

        Raises whatever went wrong, once the run says so.
        """
        try:
            work(run_id)
        except Exception as error:
            self.note(run_id, active=None, failure=f"{type(error).__name__}: {error}"[:2000])
            raise

    def note(self, run_id: int, **values: object) -> None:
        """Write down how far a run is."""
        with self.database.writing() as session:
            session.execute(update(self.table).where(self.table.c.id == run_id).values(**values))

    def _asked(self, by: int | None, night: date | None) -> bool:
        row = {
            "night": night,
            "active": True,
            "asked_by": by,
            "asked_at": self.clock.now(),
            "failure": "",
            **self.blank,
        }
        with self.database.writing() as session:
            return insert_new(session, self.table, row)

    def _is_due(self) -> bool:
        now = self.clock.now()
        if now.astimezone(LOCAL).hour < self.hour:
            return False
        with self.database.reading() as session:
            done = select(self.table.c.id).where(
                or_(self.table.c.night == local_date(now), self.table.c.active.is_(True))
            )
            return session.scalar(done.limit(1)) is None
