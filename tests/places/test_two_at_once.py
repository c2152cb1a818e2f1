"""Two administrators who put boundaries in force at the same moment."""

from __future__ import annotations

from threading import Barrier, Thread

from sqlalchemy import func, select

from server.database import Database
from server.places.boundaries import use_set
from server.places.models import BoundarySet
from tests.places.test_boundaries import EAST, TOWNSHIP, WEST, take


def test_one_version_is_in_force_however_many_import_at_once(database: Database) -> None:
    start = Barrier(4)

    def import_one(number: int) -> None:
        start.wait()
        with database.writing() as session:
            east = EAST if number % 2 else WEST
            take(session, {TOWNSHIP: (*east[:3], 38.0 + number / 10)})

    threads = [Thread(target=import_one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.writing() as session:
        assert session.scalar(select(func.count()).where(BoundarySet.current)) == 1
        assert session.scalar(select(func.count()).select_from(BoundarySet)) == 5
        use_set(session, 1)
        assert session.scalar(select(func.count()).where(BoundarySet.current)) == 1
