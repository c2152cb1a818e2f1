"""The database: engine, sessions, and the column types that SQLite and PostgreSQL share.

`Database.reading()`, `glance()` and `writing()` are the only ways to a session. A writing session
is one transaction: it commits at the end of the `with` block, or rolls back on any exception.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Row,
    Table,
    TextClause,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session

BUSY_TIMEOUT_MS = 30_000

# What is written goes into no error's text, and so into no log: names, telephone numbers and the
# hashes of passwords are in it.
DISCREET: Mapping[str, Any] = {"hide_parameters": True}

# A connection that rested longer is asked whether it still is one.
IDLE_SECONDS = 3


class Base(DeclarativeBase):
    # Wide enough for whatever number a caller may name: out of range would be an error of ours.
    type_annotation_map: ClassVar = {int: BigInteger().with_variant(Integer(), "sqlite")}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One engine, and the two kinds of session."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # In SQLite a reader has one view anyway; in PostgreSQL it has to ask for it.
        one_view = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = self.engine.execution_options(**one_view)
        none = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._glancers = self.engine.execution_options(**none)
        # SQLite lets one writer in at a time. Waiting by busy timeout starves some of the
        # waiters, so the writers of this process queue here instead.
        self._writer = Lock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent view of the data; nothing written in it is kept."""
        with Session(self._readers, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection to read by in one statement, without a transaction around it."""
        with self._glancers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is one transaction, committed at the end of the block."""
        if not self.is_sqlite:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
            return
        with self._writer, self.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with Session(connection, expire_on_commit=False) as session, session.begin():
                yield session

    def dispose(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, **DISCREET)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late for BEGIN IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: a read lock that is upgraded later can fail with
        # SQLITE_BUSY, which no time-out mends.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=20, pool_recycle=1800, **DISCREET)

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        # A database that was restarted is noticed here, and not by a request. Asking each time
        # (`pool_pre_ping`) would cost a busy server a sixth of its time.
        if monotonic() - record.info.get("used_at", 0) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            raise DisconnectionError from error

    return engine


def insert_new(session: Session, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless its unique key is taken; tells whether it was inserted.

    On PostgreSQL a concurrent insert of the same key is waited for, so that after `False` the
    other's row is there to be read.
    """
    return bool(insert_all_new(session, table, [values]))


def insert_all(
    session: Session, table: Table, rows: Sequence[dict[str, Any]]
) -> Sequence[Row[Any]]:
    """Insert rows; gives the primary key of each, and whatever else is unique, in no order."""
    return _insert(session, table, rows, known="")


def insert_all_new(
    session: Session, table: Table, rows: Sequence[dict[str, Any]]
) -> Sequence[Row[Any]]:
    """Insert the rows whose unique keys are not taken; gives the keys of those, as `insert_all`.

    Several keys are waited for one after the other: give them in one order everywhere.
    """
    return _insert(session, table, rows, known="ON CONFLICT DO NOTHING")


def _insert(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], known: str
) -> Sequence[Row[Any]]:
    """All rows give a value for the same columns; the others get the database's own defaults."""
    if not rows:
        return []
    if session.get_bind().dialect.name != "postgresql":
        insert = sqlite.insert(table)
        insert = insert.on_conflict_do_nothing() if known else insert
        return session.execute(insert.returning(*_keys(table)), rows).all()
    # One parameter, whatever the number of rows and columns: a busy morning's time went into
    # handing over each value by itself.
    statement = _insert_from_json(table, tuple(rows[0]), known)
    return session.execute(statement, {"rows": json.dumps(rows, default=_as_json)}).all()


@cache
def _insert_from_json(table: Table, columns: tuple[str, ...], known: str) -> TextClause:
    """PostgreSQL reads the rows from an array of objects, each value as its column's type.

    The names are those of the table's own columns, never a caller's.
    """
    listed = ", ".join(table.columns[name].name for name in columns)
    keys = ", ".join(column.name for column in _keys(table))
    return text(
        f"INSERT INTO {table.name} ({listed}) SELECT {listed} "  # noqa: S608
        f"FROM json_populate_recordset(NULL::{table.name}, CAST(:rows AS json)) "
        f"{known} RETURNING {keys}"
    )


def _keys(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.primary_key or column.unique]


def _as_json(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} is no column's value")
