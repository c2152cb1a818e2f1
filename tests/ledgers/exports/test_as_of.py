"""The ledger as of a day is what it was then, whatever happened since."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy import select

from server.clock import FixedClock, local_date
from server.database import Database
from server.glossary import Action, Level, State
from server.hazards.filters import filters_of
from server.hazards.models import Hazard
from server.hazards.reports import Found, Report, report_all
from server.ledgers.exports.as_of import end_of, lines_as_of
from server.ledgers.exports.columns import ledger_columns
from server.ledgers.exports.lines import Names, Wanted, lines
from server.ledgers.exports.tables import Cell, cells
from server.people.permissions import Actor
from server.seed.demo import GRID, VILLAGE
from tests.client import Client
from tests.conftest import PASSWORD
from tests.factories import account_actor, make_hazard
from tests.hazards.test_histories import Histories

from .test_ledger import csv_lines, xlsx_lines

ELSEWHERE = "141181100000"

# What lists and exports are narrowed to, each in a way that some histories answer.
QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"state": ["rectifying", "awaiting_acceptance", "closed", "void"]},
    {"level": ["general"]},
    {"sector": "GAS"},
    {"area": ELSEWHERE},
    {"overdue": True},
    {"overdue": False, "needs_review": False},
    {"mine": True},
    {"to_recheck": True},
    {"to_recheck": False, "q": "通道"},
    {"near": (37.146, 111.779), "within": 100},
    {"period": "2026-11"},
    {"closed_in": "2026-12", "found_to": date(2026, 11, 30)},
    {"found_from": date(2026, 12, 1)},
    {"listed": True},
    {"listed": False, "due_within": 20},
    {"site": 1},
)


def days_ahead(clock: FixedClock, days: int) -> date:
    clock.at += timedelta(days=days)
    return local_date(clock.at)


def test_a_day_ends_at_midnight_in_xiaoyi() -> None:
    assert end_of(date(2026, 11, 23)) == datetime.fromisoformat("2026-11-23T16:00:00+00:00")


def test_last_months_ledger_printed_today_is_what_it_was(
    make: Callable[..., str],
    advance: Callable[[str, State], str],
    town: Client,
    clock: FixedClock,
) -> None:
    moving, standing = make(), make(needs_review=True, sector=None)
    advance(moving, State.ASSIGNED)
    before, day = csv_lines(town), local_date(clock.at)
    days_ahead(clock, 9)
    town.does(moving, "reassign", {"responsible_unit": 1, "deadline": "2026-12-24", "reason": "x"})
    town.does(standing, "void", {"reason": "重复上报"})
    later = make()
    assert csv_lines(town, f"?as_of={day}") == before
    assert [line["隐患编号"] for line in csv_lines(town)] == [moving, standing, later]
    assert [line["是否销号/销号日期"] for line in csv_lines(town)][1] == "作废"
    assert csv_lines(town, f"?as_of={local_date(clock.at)}") == csv_lines(town)


def test_the_filters_are_held_against_the_facts_of_that_day(
    app: Flask, hazard_in: Callable[[State], str], clock: FixedClock
) -> None:
    number = hazard_in(State.ASSIGNED)
    deadline = date(2026, 12, 20)
    days_ahead(clock, 30)
    town = Client.signed_in(app, "town01", PASSWORD)
    assert local_date(clock.at) > deadline
    for query, count in {
        f"as_of={deadline}&overdue=true": 0,
        f"as_of={deadline + timedelta(days=1)}&overdue=true": 1,
        "as_of=2026-11-22": 0,
        "as_of=2026-11-23&state=assigned&period=2026-11": 1,
        "as_of=2026-11-23&state=assigned&period=2026-12": 0,
    }.items():
        assert len(csv_lines(town, f"?{query}")) == count, query
    town.does(number, "comment", {"note": "催办"})
    assert len(csv_lines(town, f"?as_of={deadline}&overdue=true")) == 0


def test_what_was_handed_over_since_stands_where_it_stood(
    make: Callable[..., str], app: Flask, town: Client, city: Client, clock: FixedClock
) -> None:
    number, day = make(), local_date(clock.at)
    days_ahead(clock, 1)
    city.does(number, "hand_over", {"area": ELSEWHERE, "reason": "不在本辖区"})
    assert csv_lines(town) == []
    assert [line["隐患编号"] for line in csv_lines(town, f"?as_of={day}")] == [number]
    assert csv_lines(city, f"?as_of={day}&area={ELSEWHERE}") == []
    [line] = csv_lines(city, f"?area={ELSEWHERE}")
    assert line["隐患编号"] == number


def test_the_workbook_says_as_of_when(
    make: Callable[..., str], town: Client, clock: FixedClock
) -> None:
    from .test_ledger import sheet_of

    make()
    days_ahead(clock, 8)
    path = "/api/v1/ledger.xlsx?as_of=2026-11-30"
    title = "新义街道安全生产隐患排查整改台账（{}）"
    assert sheet_of(town.get(path))["A1"].value == title.format("截至2026年11月30日")
    both = sheet_of(town.get(f"{path}&period=2026-11"))["A1"].value
    assert both == title.format("2026年11月，截至2026年11月30日")
    assert len(xlsx_lines(town, "?as_of=2026-11-30")) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("as_of=2026-11-24", "as_of"),
        ("as_of=2026-13-01", "as_of"),
        ("as_of=heute", "as_of"),
        ("as_of=0001-01-01", "as_of"),
        ("as_of=9999-12-31", "as_of"),
        ("period=2026-13", "period"),
        ("period=0000-01", "period"),
        ("period=2026-1", "period"),
        ("period=20２６-11", "period"),
    ],
)
def test_days_to_come_and_what_is_no_day_are_refused(town: Client, query: str, field: str) -> None:
    for suffix in ("xlsx", "csv", "geojson"):
        answer = town.get(f"/api/v1/ledger.{suffix}?{query}")
        assert answer.status_code == 422, answer.text
        assert list(answer.json["errors"]) == [field]


def test_many_changed_hazards_are_replayed_and_none_is_lost(
    database: Database, town: Client, clock: FixedClock
) -> None:
    with database.writing() as session:
        actor = account_actor(session, "grid01")
        numbers = [make_hazard(session, actor).number for _ in range(450)]
    before = csv_lines(town)
    days_ahead(clock, 2)
    for number in numbers[::2]:
        town.does(number, "comment", {"note": "已联系"})
    town.does(numbers[0], "void", {"reason": "误报"})
    assert csv_lines(town, "?as_of=2026-11-23") == before


class Remembered(Histories):
    """What each reader's ledger was at the end of each day, for every way to narrow it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[date, list[list[list[Cell]]]] = {}
        # The histories before this one ended at days that are yet to come in it.
        with self.app.extensions["database"].reading() as session:
            self.earlier = frozenset(session.scalars(select(Hazard.number)))

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        end = self.at
        self.at += timedelta(days=days, minutes=1)
        if local_date(end) != local_date(self.at):
            self.kept[local_date(end)] = self._ledgers(local_date(end), replay=False)

    @rule()
    def another_is_found(self) -> None:
        found = Found(
            entity_id=uuid4(),
            description="电线私拉乱接",
            level=Level.GENERAL,
            area_code=VILLAGE + "02",
            found_on=local_date(self.at),
            latitude=37.146,
            longitude=111.779,
            needs_review=True,
        )
        with self.database.writing() as session:
            report_all(session, [Report(found, self.actors["grid01"], self.at, None, "")])

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "number"):
            self.at += timedelta(days=1)
            for day, kept in self.kept.items():
                assert self._ledgers(day, replay=True) == kept

    def _ledgers(self, day: date, *, replay: bool) -> list[list[list[Cell]]]:
        # Every way to narrow it for one reader, and every reader for one way.
        asked = [("city01", query) for query in QUERIES] + [(each, {}) for each in self.actors]
        return [self._lines(self.actors[who], query, day, replay=replay) for who, query in asked]

    def _lines(
        self, actor: Actor, query: dict[str, Any], day: date, *, replay: bool
    ) -> list[list[Cell]]:
        filters = filters_of(query, day, actor)
        wanted = Wanted(actor, self.rules.permissions, filters, phones=True)
        with self.database.reading() as session:
            columns = ledger_columns(Names.read(session))
            if not replay:
                now = lines(session, wanted.condition, wanted.shows_phone)
                return self._own(cells(columns, now))
            with lines_as_of(session, wanted, day, tick=lambda: None, most=None) as found:
                total, then = found
                listed = list(cells(columns, then))
                assert len(listed) == total
                return self._own(listed)

    def _own(self, listed: Iterable[list[Cell]]) -> list[list[Cell]]:
        """The lines of this history, without their serials."""
        return [line[1:] for line in listed if line[1] not in self.earlier]

    def _data(self, action: Action) -> st.SearchStrategy[dict[str, Any]]:
        if action is not Action.HAND_OVER:
            return super()._data(action)
        areas = st.sampled_from([GRID, VILLAGE + "02", ELSEWHERE])
        return st.fixed_dictionaries({"area": areas, "reason": st.just("不在本辖区")})


@pytest.mark.slow
def test_whatever_happens_later_a_days_ledger_stays_what_it_was(app: Flask) -> None:
    machine = type("RememberedHere", (Remembered,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
