"""A form's filled forms as CSV: one file, or a zip of linked ones where the form has repeats.

Written as it is read, some hundreds at a time, so that memory does not grow with their number.
"""

import csv
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import BindParameter, Integer, String, bindparam, cast, func, select

from ..database import Database
from ..people.models import User
from ..spreadsheet import BOM, protected, protected_all
from .models import Submission, SubmissionFile
from .queries import Condition
from .tables import Row, Table, cells, rows_of

CHUNK = 2_000

BEFORE = ("SubmissionDate",)
AFTER = (
    *("KEY", "SubmitterID", "SubmitterName", "AreaCode", "AttachmentsPresent"),
    *("AttachmentsExpected", "Findings", "DeviceID", "FormVersion", "Supersedes"),
)
LINKS = ("PARENT_KEY", "KEY")
NO_FILES = (0, 0, 0)

FILES = (
    select(
        SubmissionFile.submission_id,
        func.count(SubmissionFile.sha256).label("present"),
        func.count().label("expected"),
    )
    .where(SubmissionFile.submission_id.between(bindparam("first"), bindparam("last")))
    .group_by(SubmissionFile.submission_id)
)


class Filled(NamedTuple):
    """A filled form with what the system knows of it, and its rows by table."""

    system: Sequence[Any]
    rows: Mapping[str, Sequence[Row]]


def csv_chunks(database: Database, condition: Condition, tables: Sequence[Table]) -> Iterator[str]:
    """The filled forms themselves as CSV text, with a byte order mark so that Excel reads UTF-8."""
    lines = _Lines()
    lines.write((*BEFORE, *tables[0].headers, *AFTER))
    yield BOM + lines.taken()
    for batch in _batches(database, condition, tables[:1]):
        for filled in batch:
            _write_root(lines, tables[0], filled)
        yield lines.taken()


def zip_chunks(
    database: Database, condition: Condition, tables: Sequence[Table], name: str
) -> Iterator[bytes]:
    """A zip of the same and of a table for each repeat, whose rows name their parent's key."""
    sink = Sink()
    with ExitStack() as open_files, ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        beside = {table.name: open_files.enter_context(_text_file()) for table in tables[1:]}
        writers = {each: csv.writer(file) for each, file in beside.items()}
        for table in tables[1:]:
            writers[table.name].writerow((*table.headers, *LINKS))
        with archive.open(f"{name}.csv", "w", force_zip64=True) as root:
            lines = _Lines()
            lines.write((*BEFORE, *tables[0].headers, *AFTER))
            root.write((BOM + lines.taken()).encode())
            for batch in _batches(database, condition, tables):
                for filled in batch:
                    _write_root(lines, tables[0], filled)
                    for table in tables[1:]:
                        for key, parent, values in filled.rows.get(table.name, ()):
                            safe = protected_all(cells(table, values))
                            writers[table.name].writerow((*safe, parent, key))
                root.write(lines.taken().encode())
                yield sink.taken()
        for table in tables[1:]:
            yield from _append(archive, sink, f"{name}-{_short(table)}.csv", beside[table.name])
    yield sink.taken()


def _append(archive: ZipFile, sink: "Sink", name: str, file: IO[str]) -> Iterator[bytes]:
    file.flush()
    file.seek(0)
    with archive.open(name, "w", force_zip64=True) as target:
        while part := file.read(256 * 1024):
            target.write(part.encode())
            yield sink.taken()


def _short(table: Table) -> str:
    return table.name.partition(".")[2].replace(".", "-")


def _text_file() -> IO[str]:
    file = TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 (the caller closes it)
    file.write(BOM)
    return file


def _write_root(lines: "_Lines", table: Table, filled: Filled) -> None:
    [(key, _, values)] = filled.rows[table.name]
    received, *rest = filled.system
    lines.write((received, *protected_all(cells(table, values)), key, *rest))


class _Batch(NamedTuple):
    """Rows as they were read, with what other tables know of them, by the submission's row."""

    rows: Sequence[Any]
    files: Mapping[int, Any]
    corrected: Mapping[int, str]


def _batches(
    database: Database, condition: Condition, tables: Sequence[Table]
) -> Iterator[Iterator[Filled]]:
    """All that match, the oldest first.

    The database reads a batch while the one before it is written. Each is a transaction of its
    own: whoever downloads slowly holds none open.
    """
    query = _query(condition)
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_read, database, query, 0)
        while batch := coming.result():
            coming = reader.submit(_read, database, query, batch.rows[-1].id)
            yield (_filled(row, batch, tables) for row in batch.rows)


def _query(condition: Condition) -> Any:
    after: BindParameter[int] = bindparam("after", type_=Integer)
    columns = (
        *(Submission.id, Submission.instance_id, Submission.xml, Submission.received_at),
        *(User.username, User.name, Submission.area_code, Submission.device_id),
        # As text: most have none, and need not be parsed to be counted.
        *(cast(Submission.findings, String).label("findings"), Submission.form_version),
        Submission.supersedes_id,
    )
    return (
        select(*columns)
        .join(User, User.id == Submission.submitter_id)
        .where(condition, Submission.id > after)
        .order_by(Submission.id)
        .limit(CHUNK)
    )


def _read(database: Database, query: Any, after: int) -> _Batch | None:
    """The next batch; None where there are no more."""
    with database.reading() as session:
        rows = session.execute(query, {"after": after}).all()
        if not rows:
            return None
        between = {"first": rows[0].id, "last": rows[-1].id}
        files = {row[0]: row for row in session.execute(FILES, between)}
        return _Batch(rows, files, _instance_ids(session, {r.supersedes_id for r in rows} - {None}))


def _instance_ids(session: Any, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(Submission.id, Submission.instance_id).where(Submission.id.in_(ids))
    return dict(session.execute(query).all())


def _filled(row: Any, batch: _Batch, tables: Sequence[Table]) -> Filled:
    # Taken apart at once, and written by hand: this is where an export's time goes.
    id, key, xml, received_at, username, name, area, device, findings, version, corrected = row
    _, present, expected = batch.files.get(id, NO_FILES)
    system = (
        received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        username,
        protected(name),
        area,
        present,
        expected,
        0 if findings == "[]" else len(json.loads(findings)),
        protected(device),
        protected(version),
        batch.corrected[corrected] if corrected else "",
    )
    return Filled(system, rows_of(tables, xml, key))


class _Lines:
    """CSV text that is written and taken away by turns."""

    def __init__(self) -> None:
        self._written: deque[str] = deque()
        target = _Target(self._written.append)
        self.write: Callable[[Sequence[Any]], object] = csv.writer(target).writerow

    def taken(self) -> str:
        text = "".join(self._written)
        self._written.clear()
        return text


class _Target(NamedTuple):
    write: Callable[[str], object]


class Sink:
    """What a zip is written to, and taken away from as it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is held here."""

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole
