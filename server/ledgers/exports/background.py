"""Exports that are made while nobody waits: asked for, worked on, found again, swept.

What is to be done follows from the rows. A process takes the oldest export that is queued, and
shows by a heartbeat that it is at work; one that has shown nothing for a while has lost its
process, and is taken up again, or given up after a few attempts. A file is kept whole, then the row
says that it is ready: never the other way about. An export that its owner cancels is deleted;
whoever works on it notices at the next heartbeat.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import IO, Any
from uuid import uuid4

import structlog
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ...clock import Clock
from ...database import Database
from ...errors import Conflict, DomainError, NotFound
from ...fields import FORBIDDEN
from ...glossary import Term
from ...people.accounts import ACCOUNT, account_in
from ...people.models import User
from ...people.permissions import Actor
from ...storage import Storage
from .files import write_table
from .kinds import Format, Kind, Office, Order, Table, require_rights
from .log import log_export
from .models import Export
from .registry import kind_of, parsed

log = structlog.get_logger()

KEPT = timedelta(days=7)
# An export that has shown no sign of life for so long has lost its process.
LOST_AFTER = timedelta(minutes=3)
HEARTBEAT_SECONDS = 2.0
MOST_ATTEMPTS = 3
# So many of one person's may be waiting or under way.
MOST_UNFINISHED = 5
LINES_A_LOOK = 250


class ExportState(Term):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "正在生成"
    READY = "ready", "可下载"
    FAILED = "failed", "未成功"


UNFINISHED = (ExportState.QUEUED.value, ExportState.RUNNING.value)


class Withdrawn(Exception):
    """The export is no longer this worker's: cancelled, or taken up by another."""


def order_export(
    session: Session,
    actor: Actor,
    name: str,
    format: Format,
    query: Mapping[str, Any],
    *,
    office: Office,
    at: datetime,
) -> Export:
    """Queue an export.

    Raises:
        InvalidInput: there is no such ledger, or its query does not fit.
        Forbidden: the actor may not have it.
        Conflict: the actor has too many under way.
    """
    kind = kind_of(name)
    require_rights(Order(actor, format, parsed(kind, query), at), kind, office.permissions)
    unfinished = select(func.count()).where(
        Export.user_id == actor.id, Export.state.in_(UNFINISHED)
    )
    if (session.scalar(unfinished) or 0) >= MOST_UNFINISHED:
        message = f"您已有 {MOST_UNFINISHED} 个导出没有完成，请等它们完成或取消后再试。"
        raise Conflict("too_many_exports", message)
    export = Export(
        id=str(uuid4()),
        user_id=actor.id,
        kind=name,
        format=format.value,
        query=dict(query),
        state=ExportState.QUEUED.value,
        rows_done=0,
        rows_total=None,
        rights=rights_of(actor),
        attempts=0,
        problem="",
        created_at=at,
    )
    session.add(export)
    session.flush()
    return export


def rights_of(actor: Actor) -> str:
    """What an actor's exports may hold, as a text that changes when that does."""
    parts = (actor.role.value, actor.area_code, sorted(actor.sectors), sorted(actor.site_ids))
    return " ".join(map(str, parts))


def exports_of(session: Session, actor: Actor) -> list[Export]:
    """The actor's exports that are there, newest first."""
    query = select(Export).where(Export.user_id == actor.id)
    return list(session.scalars(query.order_by(Export.created_at.desc(), Export.id).limit(100)))


def find_export(session: Session, actor: Actor, id: str) -> Export:
    """One of the actor's exports.

    Raises:
        NotFound: there is none of this id, or it is another's, or its time is over.
    """
    own = select(Export).where(Export.id == id, Export.user_id == actor.id)
    export = None if FORBIDDEN.search(id) else session.scalar(own)
    if export is None:
        raise _gone()
    return export


def open_export(
    session: Session, actor: Actor, id: str, storage: Storage
) -> tuple[Export, IO[bytes]]:
    """A finished export and its file.

    Raises:
        NotFound: it is not there.
        Conflict: it is not ready; its owner's rights are others than when it was made.
    """
    export = find_export(session, actor, id)
    if export.state != ExportState.READY:
        words = ExportState(export.state).chinese
        raise Conflict("export_not_ready", f"导出“{words}”，还没有文件。", state=export.state)
    if export.rights != rights_of(actor):
        raise Conflict("export_rights_changed", "导出之后您的权限有变动，请重新导出。")
    try:
        return export, storage.open_file(key_of(id))
    except FileNotFoundError:
        raise _gone() from None


def cancel_export(session: Session, actor: Actor, id: str, storage: Storage) -> None:
    """Cancel an export that is under way, or delete one that is there.

    Raises:
        NotFound: it is not there.
    """
    session.delete(find_export(session, actor, id))
    session.flush()
    storage.remove_file(key_of(id))


def key_of(id: str) -> str:
    """Where the store keeps an export's file."""
    return f"exports/{id}"


def _gone() -> NotFound:
    return NotFound(
        "export_not_found", f"没有这个导出，或已取消、已过保存期（{KEPT.days} 天），请重新导出。"
    )


@dataclass(frozen=True)
class Exporter:
    """Works on exports, one at a time."""

    database: Database
    storage: Storage
    office: Office
    clock: Clock

    def work(self) -> int:
        """Make every export that is waiting, or was left behind; gives how many were tried."""
        self._give_up()
        tried = 0
        while (claimed := self._claim()) is not None:
            tried += 1
            self._attempt(claimed)
        return tried

    def sweep(self) -> None:
        """Remove the exports whose time is over."""
        before = self.clock.now() - KEPT
        with self.database.reading() as session:
            old = select(Export.id).where(Export.finished_at < before)
            expired = session.scalars(old).all()
        for id in expired:
            # The file first: a row without its file is found again, a file without its row isn't.
            self.storage.remove_file(key_of(id))
            with self.database.writing() as session:
                session.execute(delete(Export).where(Export.id == id))

    def _lost(self) -> ColumnElement[bool]:
        silent = Export.heartbeat_at < self.clock.now() - LOST_AFTER
        return (Export.state == ExportState.RUNNING.value) & silent

    def _give_up(self) -> None:
        """What took so many processes with it is not tried again."""
        problem = "服务多次中断，导出没有完成。请缩小范围后重新导出。"
        with self.database.writing() as session:
            session.execute(
                update(Export)
                .where(self._lost(), Export.attempts >= MOST_ATTEMPTS)
                .values(
                    state=ExportState.FAILED.value, problem=problem, finished_at=self.clock.now()
                )
            )

    def _claim(self) -> Export | None:
        """The oldest export that nobody works on, now this worker's."""
        waiting = or_(Export.state == ExportState.QUEUED.value, self._lost())
        with self.database.reading() as session:
            oldest = select(Export.id).where(waiting).order_by(Export.created_at, Export.id)
            id = session.scalar(oldest.limit(1))
        if id is None:
            return None
        worker = str(uuid4())
        with self.database.writing() as session:
            session.execute(
                update(Export)
                .where(Export.id == id, waiting)
                .values(
                    state=ExportState.RUNNING.value,
                    worker=worker,
                    heartbeat_at=self.clock.now(),
                    attempts=Export.attempts + 1,
                    rows_done=0,
                    rows_total=None,
                )
            )
            return session.scalar(select(Export).where(Export.id == id, Export.worker == worker))

    def _attempt(self, export: Export) -> None:
        mine = _mine(export)
        try:
            self._make(export)
        except Withdrawn:
            log.info("export_withdrawn", export=export.id)
        except DomainError as error:
            self._fail(mine, error.detail)
        except Exception:
            log.exception("export_failed", export=export.id)
            self._fail(mine, "服务器出现意外错误，已记录；请重新导出，仍不成功请联系管理员。")

    def _make(self, export: Export) -> None:
        kind, actor = kind_of(export.kind), self._actor(export)
        format, query = Format(export.format), parsed(kind, export.query)
        # As of when it was asked for: what "today" is does not depend on how long it waited.
        order = Order(actor, format, query, export.created_at)
        require_rights(order, kind, self.office.permissions)
        heart = Heart(self.database, self.clock, export)
        with self.storage.scratch() as folder:
            path = folder / f"export.{format.value}"
            total = self._write(kind, replace(order, tick=heart.tick), heart, path)
            size = path.stat().st_size
            heart.beat(total)
            self.storage.keep_file(key_of(export.id), path)
        try:
            self._finish(export, actor, query, total, size)
        except Withdrawn:
            self.storage.remove_file(key_of(export.id))
            raise

    def _write(self, kind: Kind, order: Order, heart: "Heart", path: Any) -> int:
        with (
            self.database.reading() as session,
            kind.prepare(session, order, self.office) as table,
        ):
            heart.beat(0, table.total)
            watched: Table = replace(table, rows=heart.watched(table.rows))
            write_table(path, kind.chinese, watched, order.format)
            return table.total

    def _actor(self, export: Export) -> Actor:
        with self.database.reading() as session:
            account = account_in(session, ACCOUNT.where(User.id == export.user_id), {})
        if account is None or account.is_closed:
            raise Conflict("account_closed", "账号已停用。")
        return account.actor

    def _finish(
        self, export: Export, actor: Actor, query: Mapping[str, Any], total: int, size: int
    ) -> None:
        """Say that it is ready, and write down that it is: both or neither."""
        now = self.clock.now()
        values = {
            "state": ExportState.READY.value,
            "rows_done": total,
            "rows_total": total,
            "rights": rights_of(actor),
            "size": size,
            "finished_at": now,
        }
        with self.database.writing() as session:
            if not _changed(session, _mine(export), values):
                raise Withdrawn
            log_export(
                session,
                actor,
                now,
                kind=export.kind,
                format=export.format,
                query=export.query,
                lines=total,
                phones=bool(query.get("phones")),
                export_id=export.id,
            )

    def _fail(self, mine: ColumnElement[bool], problem: str) -> None:
        values = {
            "state": ExportState.FAILED.value,
            "problem": problem,
            "finished_at": self.clock.now(),
        }
        with self.database.writing() as session:
            _changed(session, mine, values)


class Heart:
    """Shows that an export is worked on, and how far it is; notices that it is no longer wanted."""

    def __init__(self, database: Database, clock: Clock, export: Export) -> None:
        self._database, self._clock, self._mine = database, clock, _mine(export)
        self._beaten = monotonic()

    def beat(self, done: int, total: int | None = None) -> None:
        """Raises Withdrawn where the export is no longer this worker's."""
        values: dict[str, Any] = {"rows_done": done, "heartbeat_at": self._clock.now()}
        if total is not None:
            values["rows_total"] = total
        with self._database.writing() as session:
            if not _changed(session, self._mine, values):
                raise Withdrawn
        self._beaten = monotonic()

    def tick(self, done: int = 0) -> None:
        """The same, if the last time was a while ago."""
        if monotonic() - self._beaten >= HEARTBEAT_SECONDS:
            self.beat(done)

    def watched(self, rows: Iterable[Any]) -> Iterator[Any]:
        """The same rows."""
        for done, row in enumerate(rows):
            if done % LINES_A_LOOK == 0:
                self.tick(done)
            yield row


def _mine(export: Export) -> ColumnElement[bool]:
    """The row, as long as it is this worker's."""
    running = Export.state == ExportState.RUNNING.value
    return (Export.id == export.id) & (Export.worker == export.worker) & running


def _changed(session: Session, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
    """Change a row; tells whether it was there."""
    found = session.execute(update(Export).where(which).values(**values).returning(Export.id))
    return found.first() is not None
