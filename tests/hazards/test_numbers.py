"""A number is given once, for ever, without gaps, whoever asks at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from server.database import Database
from server.hazards.numbers import series_of, take_numbers
from tests.conftest import NOW
from tests.factories import account_actor, make_hazard

SERIES = "YH-141181-001-202611"


def test_a_series_is_a_township_and_a_month_in_xiaoyi() -> None:
    # The last evening of November in UTC is December in Xiaoyi already.
    evening = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert series_of("14118100199101", NOW) == "YH-141181-001-202611"
    assert series_of("141181000000", evening) == "YH-141181-000-202612"


def test_a_serial_of_a_report_that_failed_is_given_again(database: Database) -> None:
    def fails() -> None:
        with database.writing() as session:
            assert take_numbers(session, SERIES, 1) == [f"{SERIES}-0001"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with database.writing() as session:
        assert take_numbers(session, SERIES, 1) == [f"{SERIES}-0001"]


def test_serials_grow_beyond_four_digits(database: Database) -> None:
    with database.writing() as session:
        given = [*take_numbers(session, SERIES, 2), *take_numbers(session, SERIES, 1)]
        assert [number[-4:] for number in given] == ["0001", "0002", "0003"]
        session.connection().exec_driver_sql("UPDATE number_series SET last = 9999")
        assert take_numbers(session, SERIES, 1) == ["YH-141181-001-202611-10000"]


def test_many_at_once_get_numbers_of_their_own(database: Database) -> None:
    def one(_: int) -> str:
        with database.writing() as session:
            return make_hazard(session, account_actor(session, "grid01")).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(one, range(24)))
    assert sorted(int(number[-4:]) for number in numbers) == list(range(1, 25))


def test_a_voided_number_is_not_given_again(make: Callable[..., str], town: object) -> None:
    voided = make()
    town.does(voided, "void", {"reason": "误报"})  # type: ignore[attr-defined]
    assert make() != voided
