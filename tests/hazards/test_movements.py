"""Movements: what each event does to the open stock, and that they are written beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from server.clock import FixedClock
from server.database import Database
from server.glossary import OPEN_STATES, Action, Level, MovementKind, Role, State
from server.hazards.facts import Facts
from server.hazards.models import Movement
from server.hazards.movements import (
    Cell,
    CellColumns,
    Moved,
    cells_visible_to,
    movements_of,
)
from server.hazards.replay import Happened
from server.ledgers.balances.confirmations import CellSubject
from server.migration import MIGRATIONS
from server.people.permissions import Permission, Permissions
from server.seed.demo import CITY, GRID, TOWNSHIP
from tests.client import Client
from tests.factories import an_actor

# Half past midnight of 1 December in Xiaoyi, still November in UTC.
AT = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
FACTS = Facts(
    number="YH-1",
    state=State.REPORTED,
    level=Level.GENERAL,
    area_code=GRID,
    reporter_id=1,
    reporter_name="张三",
    description="疏散通道堆物",
    found_on=date(2026, 12, 1),
    sector="FIRE",
)


def happened(action: Action, state: State) -> Happened:
    return Happened("e", action, state, 1, "张三", AT, {})


def told(before: Facts | None, after: Facts) -> list[Moved]:
    return movements_of(before, after, happened(Action.COMMENT, after.state))


def test_a_report_adds_in_the_month_of_the_local_calendar() -> None:
    assert told(None, FACTS) == [Moved("2026-12", "added", GRID, "FIRE", "general", 1, False)]


@pytest.mark.parametrize(
    ("found_on", "late"),
    [("2026-11-30", True), ("2026-12-01", False), ("2025-12-31", True), ("2027-01-02", False)],
)
def test_what_was_found_in_an_earlier_month_is_late(found_on: str, late: bool) -> None:
    [moved] = told(None, replace(FACTS, found_on=date.fromisoformat(found_on)))
    assert (moved.month, moved.late) == ("2026-12", late)


def test_a_change_takes_out_of_one_cell_and_puts_into_another() -> None:
    regraded = replace(FACTS, level=Level.MAJOR)
    assert told(FACTS, regraded) == [
        Moved("2026-12", "regraded", GRID, "FIRE", "general", -1),
        Moved("2026-12", "regraded", GRID, "FIRE", "major", 1),
    ]


def test_an_event_that_changes_more_moves_step_by_step() -> None:
    after = replace(FACTS, level=Level.MAJOR, sector=None, area_code=TOWNSHIP, state=State.VOID)
    assert [(each.kind, each.area_code, each.sector, each.level, each.delta) for each in
            told(FACTS, after)] == [
        ("regraded", GRID, "FIRE", "general", -1),
        ("regraded", GRID, "FIRE", "major", 1),
        ("reclassified", GRID, "FIRE", "major", -1),
        ("reclassified", GRID, None, "major", 1),
        ("handed_over", GRID, None, "major", -1),
        ("handed_over", TOWNSHIP, None, "major", 1),
        ("voided", TOWNSHIP, None, "major", -1),
    ]  # fmt: skip


@pytest.mark.parametrize("state", sorted({State.CLOSED, State.VOID}))
def test_what_is_no_longer_open_moves_nothing(state: State) -> None:
    closed = replace(FACTS, state=state)
    assert told(closed, replace(closed, level=Level.MAJOR, sector="GAS")) == []


places = st.builds(
    replace,
    st.just(FACTS),
    state=st.sampled_from(State),
    level=st.sampled_from(Level),
    sector=st.sampled_from([None, "FIRE", "GAS"]),
    area_code=st.sampled_from([GRID, TOWNSHIP, CITY]),
)


@given(before=places, after=places)
def test_movements_take_the_stock_from_before_to_after(before: Facts, after: Facts) -> None:
    stock: dict[tuple[Any, ...], int] = {}
    by_kind: dict[str, int] = {}
    for moved in told(before, after):
        cell = (moved.area_code, moved.sector, moved.level)
        stock[cell] = stock.get(cell, 0) + moved.delta
        by_kind[moved.kind] = by_kind.get(moved.kind, 0) + moved.delta
    expected: dict[tuple[Any, ...], int] = {}
    if before.state in OPEN_STATES:
        expected[tuple(Cell.of(before))] = -1
        if after.state in OPEN_STATES:
            cell = tuple(Cell.of(after))
            expected[cell] = expected.get(cell, 0) + 1
    assert {k: v for k, v in stock.items() if v} == {k: v for k, v in expected.items() if v}
    leaving = {MovementKind.CLOSED, MovementKind.VOIDED}
    assert all(total == 0 for kind, total in by_kind.items() if kind not in leaving)


def rows(database: Database) -> list[tuple[Any, ...]]:
    columns = list(Movement.__table__.columns)
    with database.reading() as session:
        order = (Movement.hazard_id, Movement.seq, Movement.position)
        return [tuple(row) for row in session.execute(select(*columns).order_by(*order))]


@pytest.fixture
def long_history(make: Callable[..., str], city: Client, clock: FixedClock) -> None:
    """Hazards that were regraded, given a sector, handed over, voided, and left alone."""
    make(sector=None, level=Level.SUSPECTED_MAJOR, found_on=date(2026, 10, 3))
    moved, void = make(sector=None), make()
    clock.at = datetime(2026, 12, 2, tzinfo=UTC)
    city.does(moved, "register", {"level": "major", "sector": "GAS"})
    city.does(moved, "hand_over", {"area": "141181002000", "reason": "不在本辖区"})
    city.does(void, "void", {"reason": "重复上报"})


def test_they_are_written_beside_the_events(long_history: None, database: Database) -> None:
    gas = ("141181002000", "GAS", "major")
    assert [row[1:] for row in rows(database)] == [
        (1, 0, "2026-11", "added", GRID, None, "suspected_major", 1, True),
        (1, 0, "2026-11", "added", GRID, None, "general", 1, False),
        (2, 0, "2026-12", "regraded", GRID, None, "general", -1, False),
        (2, 1, "2026-12", "regraded", GRID, None, "major", 1, False),
        (2, 2, "2026-12", "reclassified", GRID, None, "major", -1, False),
        (2, 3, "2026-12", "reclassified", GRID, "GAS", "major", 1, False),
        (3, 0, "2026-12", "handed_over", GRID, "GAS", "major", -1, False),
        (3, 1, "2026-12", "handed_over", *gas, 1, False),
        (1, 0, "2026-11", "added", GRID, "FIRE", "general", 1, False),
        (2, 0, "2026-12", "voided", GRID, "FIRE", "general", -1, False),
    ]


def test_a_refused_act_moves_nothing(
    make: Callable[..., str], town: Client, database: Database
) -> None:
    number = make()
    before = rows(database)
    assert town.act(number, "regrade", {"level": "major", "basis": "判定标准"}).status_code == 403
    assert rows(database) == before


def derive(database: Database) -> None:
    """What the migration does to a database that has events already."""
    script = ScriptDirectory(str(MIGRATIONS)).get_revision("0012")
    assert script is not None
    with database.writing() as session:
        script.module.derive(session.connection())


def test_the_migration_makes_the_same_of_events_that_are_there(
    long_history: None, database: Database
) -> None:
    written = rows(database)
    with database.writing() as session:
        session.execute(delete(Movement))
    derive(database)
    assert rows(database) == written


def test_a_migration_that_cannot_replay_says_of_which_hazard(
    long_history: None, database: Database
) -> None:
    with database.writing() as session:
        session.execute(delete(Movement))
        session.execute(text("UPDATE events SET data = '{' WHERE hazard_id = 2"))
    with pytest.raises(RuntimeError, match="hazard id 2 can't be replayed"):
        derive(database)
    assert rows(database) == []


COLUMNS = CellColumns(Movement.area_code, Movement.sector, Movement.level)


def test_the_scope_of_cells_is_the_permission_tables(
    long_history: None, database: Database
) -> None:
    permissions = Permissions([])
    asked = Permission.READ_BALANCE
    with database.reading() as session:
        every = session.scalars(select(Movement)).all()
        for role, area in product(Role, [CITY, TOWNSHIP, GRID, "141181002000"]):
            sectors = frozenset({"FIRE"}) if role is Role.DEPARTMENT else frozenset()
            actor = an_actor(role, id=0, area_code=area, sectors=sectors)
            scope = cells_visible_to(actor, asked, permissions, COLUMNS)
            assert set(session.scalars(select(Movement).where(scope))) == {
                each
                for each in every
                if permissions.may(
                    actor, asked, CellSubject(each.area_code, each.sector, Level(each.level))
                )
            }, (role, area)
