"""Working on imports while nobody waits.

A process takes an import that is queued, shows by a heartbeat that it is at work, and writes
everything in one transaction at the end, together with the word that it is done: an import that is
lost with its process, or cancelled, has written nothing. What takes long (a password's hash takes
as long as guessing one should) comes before that transaction.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..clock import Clock
from ..database import Database
from ..errors import Conflict, DomainError
from ..people.accounts import ACCOUNT, account_in
from ..people.models import User
from ..people.permissions import Actor, Permission, Permissions
from ..storage import Storage
from .asking import ImportState, file_key, result_key
from .columns import COLUMNS, ImportKind, Line, read_lines
from .kinds import WORK, Work
from .models import Import
from .outcomes import Checked, Outcome
from .workbooks import write_result

log = structlog.get_logger()

# Nobody who is alive is silent for so long.
LOST_AFTER = timedelta(minutes=3)
HEARTBEAT_SECONDS = 2.0
MOST_ATTEMPTS = 3
# So many problems are told on screen; the result has all.
MOST_TOLD = 500
# A trial's files, and those of what was not written.
KEPT = timedelta(days=7)


class Withdrawn(Exception):
    """The import is no longer this worker's: cancelled, or taken up by another."""


@dataclass
class Hold:
    """An import that this process has taken up; that it still is its own, its last heartbeat
    tells."""

    id: str
    beat: datetime

    def is_own(self) -> ColumnElement[bool]:
        return and_(
            Import.id == self.id,
            Import.state == ImportState.RUNNING.value,
            Import.heartbeat_at == self.beat,
        )


@dataclass(frozen=True)
class Importer:
    """Works on imports, one at a time."""

    database: Database
    storage: Storage
    permissions: Permissions
    clock: Clock

    def work(self) -> int:
        """Do every import that is waiting, or was left behind; gives how many were tried."""
        tried = 0
        while (hold := self._claim()) is not None:
            tried += 1
            self._attempt(hold)
        return tried

    def sweep(self) -> None:
        """Remove the files whose time is over; what was imported when stays told."""
        now = self.clock.now()
        with self.database.reading() as session:
            old = session.scalars(select(Import.id).where(Import.files_until < now)).all()
        for id in old:
            self.storage.remove_file(file_key(id))
            self.storage.remove_file(result_key(id))
            with self.database.writing() as session:
                over = and_(Import.id == id, Import.files_until < now)
                session.execute(update(Import).where(over).values(files_until=None))

    def _claim(self) -> Hold | None:
        at = self.clock.now()
        silent = or_(Import.heartbeat_at.is_(None), Import.heartbeat_at < at - LOST_AFTER)
        lost = and_(Import.state == ImportState.RUNNING.value, silent)
        waiting = or_(Import.state == ImportState.QUEUED.value, lost)
        with self.database.reading() as session:
            oldest = select(Import.id).where(waiting).order_by(Import.created_at, Import.id)
            id = session.scalar(oldest.limit(1))
        if id is None:
            return None
        with self.database.writing() as session:
            claimed = {"state": ImportState.RUNNING.value, "heartbeat_at": at, "rows_done": 0}
            found = session.execute(
                update(Import)
                .where(Import.id == id, waiting)
                .values(attempts=Import.attempts + 1, **claimed)
                .returning(Import.id)
            )
            # Another process may have been quicker; it is looked again at the next turn.
            return Hold(id, at) if found.first() else None

    def _attempt(self, hold: Hold) -> None:
        try:
            self._run(hold)
        except Withdrawn:
            log.info("import_withdrawn", id=hold.id)
        except DomainError as error:
            self._fail(hold, error.detail)
        except IntegrityError:
            log.exception("import_conflict", id=hold.id)
            self._fail(hold, "导入期间有人登记了相同的内容，没有写入任何内容，请重新导入。")
        except Exception:
            log.exception("import_failed", id=hold.id)
            self._fail(hold, "服务器出现意外错误，没有写入任何内容；请重试，仍不行请联系管理员。")

    def _run(self, hold: Hold) -> None:
        heart = Heart(self.database, self.clock, hold)
        with self.database.reading() as session:
            made = session.get_one(Import, hold.id)
            if made.attempts > MOST_ATTEMPTS:
                raise Conflict("import_given_up", "服务多次中断，导入没有完成，请重新上传。")
            actor = self._actor(session, made)
            kind = ImportKind(made.kind)
            lines = self._lines(made, kind)
            checked = WORK[kind].check(session, actor, lines, heart.tick)
        is_to_write = not made.dry_run and (made.skip_bad or not _bad(checked))
        if is_to_write:
            heart.beat(0)
            WORK[kind].prepare(checked, heart.tick)
        self._keep_result(made, checked, written=is_to_write)
        try:
            if is_to_write:
                self._write(hold, made, lines, checked)
            else:
                self._end_unwritten(hold, checked)
        except BaseException:
            # Passwords of accounts that are not there are nobody's.
            self.storage.remove_file(result_key(hold.id))
            raise

    def _actor(self, session: Session, made: Import) -> Actor:
        account = account_in(session, ACCOUNT.where(User.id == made.user_id), {})
        if account is None or account.is_closed:
            raise Conflict("account_closed", "账号已停用，没有写入任何内容。")
        if not self.permissions.holds(account.actor, Permission.IMPORT):
            raise Conflict("import_right_lost", "账号已没有导入的权限，没有写入任何内容。")
        return account.actor

    def _lines(self, made: Import, kind: ImportKind) -> Sequence[Line]:
        try:
            with self.storage.open_file(file_key(made.id)) as file:
                content = file.read()
        except FileNotFoundError:
            raise Conflict("import_file_gone", "上传的文件已不在，请重新上传。") from None
        return read_lines(kind, made.file_name, content)

    def _keep_result(self, made: Import, checked: Sequence[Checked], *, written: bool) -> None:
        with self.storage.scratch() as folder:
            path = folder / "result.xlsx"
            write_result(path, ImportKind(made.kind), checked, written=written)
            self.storage.keep_file(result_key(made.id), path)

    def _end_unwritten(self, hold: Hold, checked: Sequence[Checked]) -> None:
        with self.database.writing() as session:
            owned = _owned(session, hold)
            owned.state = (ImportState.DONE if owned.dry_run else ImportState.REFUSED).value
            _tell(owned, checked, self.clock.now(), KEPT)

    def _write(
        self, hold: Hold, made: Import, lines: Sequence[Line], checked: Sequence[Checked]
    ) -> None:
        work, at = WORK[ImportKind(made.kind)], self.clock.now()
        with self.database.writing() as session:
            owned = _owned(session, hold)
            # Whoever asked for it may have been closed, or moved, in the long part.
            actor = self._actor(session, owned)
            _require_same(work, session, actor, lines, checked)
            work.write(session, actor, checked, at)
            owned.state = ImportState.DONE.value
            _tell(owned, checked, at, work.kept)

    def _fail(self, hold: Hold, message: str) -> None:
        with self.database.writing() as session:
            session.execute(
                update(Import)
                .where(hold.is_own())
                .values(
                    state=ImportState.FAILED.value,
                    message=message,
                    finished_at=self.clock.now(),
                    # What was handed in may be wanted to see why.
                    files_until=self.clock.now() + KEPT,
                )
            )


class Heart:
    """Shows that an import is worked on, and how far it is; notices that it is taken back."""

    def __init__(self, database: Database, clock: Clock, hold: Hold) -> None:
        self._database, self._clock, self._hold = database, clock, hold
        self._beaten = monotonic()

    def beat(self, done: int) -> None:
        """Raises Withdrawn where the import is no longer this worker's."""
        at = self._clock.now()
        values = {"rows_done": done, "heartbeat_at": at}
        with self._database.writing() as session:
            kept = session.execute(
                update(Import).where(self._hold.is_own()).values(**values).returning(Import.id)
            )
            if kept.first() is None:
                raise Withdrawn
        self._hold.beat, self._beaten = at, monotonic()

    def tick(self, done: int) -> None:
        """The same, if the last time was a while ago."""
        if monotonic() - self._beaten >= HEARTBEAT_SECONDS:
            self.beat(done)


def _owned(session: Session, hold: Hold) -> Import:
    owned = session.scalar(select(Import).where(hold.is_own()).with_for_update())
    if owned is None:
        raise Withdrawn
    return owned


def _require_same(
    work: Work,
    session: Session,
    actor: Actor,
    lines: Sequence[Line],
    checked: Sequence[Checked],
) -> None:
    """What was checked before the long part has to hold still.

    Raises:
        Conflict: it does not.
    """
    again = work.check(session, actor, lines, lambda done: None)
    if [each.outcome for each in again] != [each.outcome for each in checked]:
        message = "导入期间有人登记了相同的内容，没有写入任何内容，请重新导入。"
        raise Conflict("import_overtaken", message)


def _tell(made: Import, checked: Sequence[Checked], at: datetime, kept: timedelta) -> None:
    """Write down what came of an import."""
    counts = Counter(each.outcome for each in checked)
    made.rows_new, made.rows_known = counts[Outcome.NEW], counts[Outcome.KNOWN]
    made.rows_bad, made.rows_done = counts[Outcome.BAD], len(checked)
    made.problems = _told(ImportKind(made.kind), checked)
    made.finished_at, made.files_until = at, at + kept


def _told(kind: ImportKind, checked: Sequence[Checked]) -> list[dict[str, Any]]:
    headings = {each.field: each.heading for each in COLUMNS[kind]}
    return [
        {"row": each.line.number, "column": headings[field], "message": message}
        for each in checked
        for field, message in each.problems.items()
    ][:MOST_TOLD]


def _bad(checked: Sequence[Checked]) -> int:
    return sum(each.outcome is Outcome.BAD for each in checked)
