"""Sessions: one view to read, one transaction to write, and writers that all get their turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from server import database as database_module
from server.database import Database, Moment, insert_all_new, insert_new
from server.hazards.models import NumberSeries
from server.people.models import Token, User
from server.places.models import Area, Site

from .conftest import NOW

SERIES = NumberSeries.__table__


def last(database: Database, prefix: str = "x") -> int | None:
    with database.reading() as session:
        return session.scalar(select(NumberSeries.last).where(NumberSeries.prefix == prefix))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)],
)
def test_sqlite_is_set_up_to_lose_nothing(database: Database, pragma: str, value: object) -> None:
    with database.reading() as reader, database.writing() as writer:
        for session in (reader, writer):
            assert session.scalar(text(f"PRAGMA {pragma}")) == value


def test_what_names_a_row_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Area(code="141181999000", name="x", kind="township", parent_code="nowhere"))


def test_a_block_that_ends_well_is_committed(database: Database) -> None:
    with database.writing() as session:
        session.add(NumberSeries(prefix="x", last=1))
    assert last(database) == 1


@pytest.mark.parametrize("flush", [True, False])
def test_a_block_that_fails_leaves_nothing(database: Database, flush: bool) -> None:
    def failed() -> None:
        with database.writing() as session:
            session.add(NumberSeries(prefix="x", last=1))
            if flush:
                session.flush()
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError):
        failed()
    assert last(database) is None
    with database.writing() as session:
        session.add(NumberSeries(prefix="x", last=2))
    assert last(database) == 2


def test_what_is_written_while_reading_is_not_kept(database: Database) -> None:
    with database.reading() as session:
        session.execute(SERIES.insert().values(prefix="x", last=1))
    assert last(database) is None


def test_a_reader_keeps_its_view_while_others_write(database: Database) -> None:
    with database.reading() as reader:
        count = select(func.count()).select_from(NumberSeries)
        before = reader.scalar(count)
        with database.writing() as session:
            session.add(NumberSeries(prefix="x", last=1))
        assert reader.scalar(count) == before
    assert last(database) == 1


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.writing() as session:
        session.add(NumberSeries(prefix="x", last=1))
        session.flush()
        assert last(database) is None


def test_writers_of_many_threads_all_get_their_turn(database: Database) -> None:
    with database.writing() as session:
        session.add(NumberSeries(prefix="x", last=0))
    barrier = Barrier(8)

    def increment(_: int) -> None:
        barrier.wait(timeout=30)
        for _ in range(25):
            with database.writing() as session:
                row = session.get_one(NumberSeries, "x", with_for_update=True)
                row.last += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(8)))
    assert last(database) == 8 * 25


def test_writers_of_several_processes_wait_for_each_other(
    database: Database, database_url: str
) -> None:
    """Two engines share no lock of ours: the database's own has to do."""
    other = Database(database_url)
    with database.writing() as session:
        session.add(NumberSeries(prefix="x", last=0))

    def increment(each: Database) -> None:
        for _ in range(25):
            with each.writing() as session:
                # Read before it is written: a lock that SQLite could not upgrade.
                row = session.get_one(NumberSeries, "x", with_for_update=True)
                row.last += 1

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(increment, [database, other]))
    other.dispose()
    assert last(database) == 50


def test_of_many_who_insert_the_same_one_does(database: Database) -> None:
    barrier = Barrier(8)

    def insert(number: int) -> tuple[bool, int]:
        barrier.wait(timeout=30)
        with database.writing() as session:
            is_new = insert_new(session, SERIES, {"prefix": "x", "last": number})
            found = session.get_one(NumberSeries, "x").last
        return is_new, found

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(insert, range(8)))
    assert sorted(is_new for is_new, _ in results) == [False] * 7 + [True]
    assert {found for _, found in results} == {last(database)}


def test_an_insert_that_breaks_another_rule_than_the_key_is_an_error(database: Database) -> None:
    row = {"hash": "x", "user_id": 10**9, "created_at": NOW, "expires_at": NOW}
    with pytest.raises(IntegrityError), database.writing() as session:
        insert_new(session, Token.__table__, row)


def test_an_error_does_not_tell_what_was_to_be_written(database: Database) -> None:
    def twice() -> User:
        columns = {"name": "张三", "role": "grid_worker", "area_code": "141181000000"}
        return User(username="twice", password_hash="a hash", created_at=NOW, **columns)

    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.add_all([twice(), twice()])
    told = str(caught.value)
    assert "INSERT INTO users" in told
    assert "a hash" not in told
    assert "张三" not in told


def test_a_moment_without_its_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="zone"), database.writing() as session:
        session.execute(update(User).values(closed_at=datetime(2026, 11, 23)))  # noqa: DTZ001


@given(
    st.datetimes(timezones=st.timezones() | st.just(timezone(timedelta(hours=-11, minutes=-59))))
)
def test_a_moment_goes_in_as_utc_whatever_its_zone(at: datetime) -> None:
    moment = Moment()
    try:
        expected = at.astimezone(UTC)
    except OverflowError:
        return
    bound = moment.process_bind_param(at, None)  # type: ignore[arg-type]
    assert bound == expected
    assert bound.tzinfo is UTC


def test_a_moment_comes_back_as_it_went_in_with_its_zone(database: Database) -> None:
    at = datetime(2026, 11, 23, 10, 0, 0, 123456, timezone(timedelta(hours=8)))
    with database.writing() as session:
        site = Site(name="x", kind="enterprise", area_code="141181000000", created_at=at)
        session.add(site)
        session.flush()
        session.refresh(site)
        assert site.created_at == at
        assert site.created_at.tzinfo is UTC
    assert Moment().process_result_value(None, None) is None  # type: ignore[arg-type]


def test_of_many_rows_those_whose_keys_are_free_are_written(database: Database) -> None:
    def rows(*prefixes: str) -> list[dict[str, object]]:
        return [{"prefix": each, "last": 1} for each in prefixes]

    with database.writing() as session:
        first = insert_all_new(session, SERIES, rows("a", "b"))
        second = insert_all_new(session, SERIES, rows("b", "c"))
    assert sorted(row.prefix for row in first) == ["a", "b"]
    assert [row.prefix for row in second] == ["c"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_the_database_dropped_is_replaced_before_it_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "IDLE_SECONDS", 0)
    backend = text("SELECT pg_backend_pid()")
    with database.glance() as connection:
        dropped = connection.scalar(backend)
    # Another engine ends it, as a restart of the database would.
    other = Database(database.url.render_as_string(hide_password=False))
    with other.glance() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({dropped})"))
    other.dispose()
    with database.glance() as connection:
        assert connection.scalar(backend) not in (None, dropped)
