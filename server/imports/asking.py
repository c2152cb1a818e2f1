"""Asking for an import, finding it again, taking it back."""

from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotFound
from ..fields import FORBIDDEN
from ..glossary import Term
from ..people.permissions import Actor
from ..storage import Storage
from .columns import ImportKind
from .models import Import

# So many of one person's may be waiting or under way.
MOST_UNFINISHED = 3


class ImportState(Term):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "正在处理"
    DONE = "done", "已完成"
    # Some lines were wrong, and nobody had said to leave these out: nothing was written.
    REFUSED = "refused", "有误，未导入"
    FAILED = "failed", "未成功"
    CANCELLED = "cancelled", "已取消"


UNFINISHED = (ImportState.QUEUED.value, ImportState.RUNNING.value)


class Handed(NamedTuple):
    """A file that was handed in: what it is of, its name and bytes, and its lines' number."""

    kind: ImportKind
    file_name: str
    content: bytes
    lines: int


def order_import(
    session: Session,
    actor: Actor,
    handed: Handed,
    *,
    dry_run: bool,
    skip_bad: bool,
    storage: Storage,
    at: datetime,
) -> Import:
    """Queue an import of a file that was found readable.

    Raises:
        Conflict: the actor has too many under way.
    """
    unfinished = select(func.count()).where(
        Import.user_id == actor.id, Import.state.in_(UNFINISHED)
    )
    if (session.scalar(unfinished) or 0) >= MOST_UNFINISHED:
        message = f"您已有 {MOST_UNFINISHED} 个导入没有完成，请等它们完成或取消后再试。"
        raise Conflict("too_many_imports", message)
    made = Import(
        id=str(uuid4()),
        user_id=actor.id,
        kind=handed.kind.value,
        file_name=handed.file_name,
        dry_run=dry_run,
        skip_bad=skip_bad,
        created_at=at,
        rows_total=handed.lines,
        **FRESH,
    )
    with storage.scratch() as folder:
        path = Path(folder) / "file"
        path.write_bytes(handed.content)
        storage.keep_file(file_key(made.id), path)
    session.add(made)
    session.flush()
    return made


FRESH = {
    "state": ImportState.QUEUED.value,
    "rows_done": 0,
    "rows_new": 0,
    "rows_known": 0,
    "rows_bad": 0,
    "problems": [],
    "message": "",
    "attempts": 0,
    "heartbeat_at": None,
    "finished_at": None,
    "files_until": None,
}


def take_in(session: Session, actor: Actor, id: str, *, skip_bad: bool, at: datetime) -> Import:
    """Queue the file of a trial, or of an import that was refused, once more: now to be written.

    Raises:
        NotFound: it is not there.
        Conflict: it is neither, or its file is gone.
    """
    made = find_import(session, actor, id, hold=True)
    tried = made.dry_run and made.state == ImportState.DONE
    if not tried and made.state != ImportState.REFUSED:
        raise Conflict("import_not_tried", "只有试导入完成后，才能正式导入。")
    if made.files_until is None or made.files_until < at:
        raise Conflict("import_file_gone", "文件已过保存期，请重新上传。")
    for name, value in FRESH.items():
        setattr(made, name, value)
    made.dry_run, made.skip_bad = False, skip_bad
    session.flush()
    return made


def cancel_import(session: Session, actor: Actor, id: str, storage: Storage, at: datetime) -> None:
    """Stop an import that is under way: nothing of it is written. Once more changes nothing.

    Raises:
        NotFound: it is not there.
        Conflict: it has ended.
    """
    made = find_import(session, actor, id, hold=True)
    if made.state == ImportState.CANCELLED:
        return
    if made.state not in UNFINISHED:
        words = ImportState(made.state).chinese
        raise Conflict("import_ended", f"导入“{words}”，不能再取消。", state=made.state)
    made.state, made.finished_at = ImportState.CANCELLED.value, at
    session.flush()
    storage.remove_file(file_key(id))
    # What a trial of the same file had come to.
    storage.remove_file(result_key(id))


def imports_of(session: Session, actor: Actor) -> list[Import]:
    """The actor's imports, the last hundred, newest first."""
    query = select(Import).where(Import.user_id == actor.id)
    return list(session.scalars(query.order_by(Import.created_at.desc(), Import.id).limit(100)))


def find_import(session: Session, actor: Actor, id: str, *, hold: bool = False) -> Import:
    """One of the actor's imports; with `hold`, nobody else's to change until the end.

    Raises:
        NotFound: there is none of this id, or it is another's.
    """
    query = select(Import).where(Import.id == id, Import.user_id == actor.id)
    made = None
    if not FORBIDDEN.search(id):
        made = session.scalar(query.with_for_update() if hold else query)
    if made is None:
        raise NotFound("import_not_found", "没有这个导入。")
    return made


def open_result(
    session: Session, actor: Actor, id: str, storage: Storage, at: datetime
) -> tuple[Import, IO[bytes]]:
    """An import that has ended, and its result: for whoever asked for it, and no one else.

    Raises:
        NotFound: it is not there, or its time is over.
        Conflict: it has not ended.
    """
    made = find_import(session, actor, id)
    if made.state in UNFINISHED:
        raise Conflict("import_not_ended", "导入还没有完成，完成后再下载结果。")
    gone = NotFound("import_result_gone", "结果文件已过保存期，或这次导入没有结果。")
    if made.files_until is None or made.files_until < at:
        raise gone
    try:
        return made, storage.open_file(result_key(id))
    except FileNotFoundError:
        raise gone from None


def file_key(id: str) -> str:
    """Where the store keeps what was handed in."""
    return f"imports/{id}"


def result_key(id: str) -> str:
    """Where the store keeps an import's result."""
    return f"imports/{id}.xlsx"
