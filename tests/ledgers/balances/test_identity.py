"""For any random history: every cell and month balances, and is what the events say.

The reference knows nothing of movements: it replays each hazard to the end of each month and looks
where it stands.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.clock import local_date
from server.glossary import OPEN_STATES, Action, Level, MovementKind
from server.hazards.audit import happened_of
from server.hazards.models import Event, Hazard, Movement
from server.hazards.movements import Cell, month_of
from server.hazards.replay import replayed
from server.hazards.reports import Found, Report, report_all
from server.ledgers.balances import figures as f
from server.ledgers.balances.audit import verify_closings
from server.ledgers.balances.balance import By, balance
from server.ledgers.balances.closing import close
from server.ledgers.balances.confirmations import Sight
from server.ledgers.balances.figures import TOWNSHIP, Figures, digest, figures, total, whole
from server.ledgers.balances.models import BalanceClosing
from server.ledgers.balances.months import following
from server.models import Base
from server.people.permissions import Permissions
from server.places.models import Area
from server.seed.demo import CITY, GRID
from tests.conftest import SECRET_KEY
from tests.hazards.test_histories import Histories

TOWNSHIPS = ["141181002000", "141181100000", "141181100991", GRID, CITY]

# What a history leaves behind, those first that name the others.
FROM_HISTORY = (
    *("balance_cells", "balance_closings", "movements", "hazard_photos", "plans", "events"),
    *("hazards", "number_series"),
)


class Balances(Histories):
    """Several hazards here and there, months that pass, and a city office that closes some."""

    numbers: list[str]

    @rule(
        area=st.sampled_from([GRID, GRID, "141181100991", "141181002000"]),
        sector=st.sampled_from([None, "FIRE", "GAS"]),
        level=st.sampled_from([Level.GENERAL, Level.SUSPECTED_MAJOR]),
        days_ago=st.integers(0, 40),
    )
    def another_is_reported(
        self, area: str, sector: str | None, level: Level, days_ago: int
    ) -> None:
        found = Found(
            entity_id=uuid4(),
            description="疏散通道堆物",
            level=level,
            area_code=area,
            found_on=local_date(self.at) - timedelta(days=days_ago),
            sector=sector,
        )
        with self.database.writing() as session:
            reports = [Report(found, self.actors["grid01"], self.at, None, "")]
            self.number = report_all(session, reports)[0].number
        self.last = None

    @rule(data=st.data())
    def they_turn_to_another(self, data: st.DataObject) -> None:
        with self.database.reading() as session:
            numbers = list(session.scalars(select(Hazard.number).order_by(Hazard.id)))
        self.number = data.draw(st.sampled_from(numbers))
        self.last = None

    @precondition(lambda self: hasattr(self, "number"))
    @rule(days=st.integers(20, 45))
    def a_month_passes(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule()
    def the_city_closes_what_is_over(self) -> None:
        with self.database.writing() as session:
            for month in self._months(session):
                if month >= month_of(local_date(self.at - timedelta(hours=2))):
                    break
                if month <= (self._closed(session) or ""):
                    continue
                seen = digest(month, figures(session, month, whole, TOWNSHIP))
                close(
                    session,
                    month,
                    Sight(seen, None),
                    "随机历史",
                    self.actors["city01"],
                    self.rules.permissions,
                    secret_key=SECRET_KEY,
                    at=self.at,
                )

    @invariant()
    def a_cell_never_owes(self) -> None:
        with self.database.reading() as session:
            keys = (Movement.area_code, Movement.sector, Movement.level)
            sums = select(func.sum(Movement.delta)).group_by(*keys)
            assert all(each >= 0 for each in session.scalars(sums))

    def teardown(self) -> None:
        super().teardown()
        if not hasattr(self, "number"):
            return
        with self.database.reading() as session:
            assert list(verify_closings(session, SECRET_KEY)) == []
            chains = self._chains(session)
            before: dict[Cell, Figures] = {}
            for month in self._months(session):
                cells = figures(session, month, whole, f.GRID)
                self._agrees_with_the_events(month, cells, chains)
                self._carries_over(before, cells)
                self._sums_up(session, month, total(cells.values()))
                before = cells
            self._cumulative(session, total(before.values()).ending)
        self._begin_anew()

    def _begin_anew(self) -> None:
        """The next history begins where time does: nothing may be closed then."""
        with self.database.writing() as session:
            for name in FROM_HISTORY:
                session.execute(delete(Base.metadata.tables[name]))

    def _agrees_with_the_events(
        self, month: str, cells: dict[Cell, Figures], chains: list[list[Event]]
    ) -> None:
        standing: Counter[Cell] = Counter()
        done: Counter[str] = Counter()
        for chain in chains:
            events = [happened_of(event) for event in chain]
            done.update(each.action for each in events if month_of(each.day) == month)
            if until := [each for each in events if month_of(each.day) <= month]:
                facts = replayed(until)
                standing[Cell.of(facts)] += facts.state in OPEN_STATES
        assert {cell: each.ending for cell, each in cells.items() if each.ending} == +standing
        city = total(cells.values())
        assert (city.added, city.closed) == (done[Action.REPORT], done[Action.CLOSE])
        assert city.voided == -done[Action.VOID]
        assert (city.regraded, city.reclassified, city.handed_over) == (0, 0, 0)

    def _carries_over(self, before: dict[Cell, Figures], cells: dict[Cell, Figures]) -> None:
        for cell in before.keys() | cells.keys():
            earlier, now = before.get(cell, Figures()), cells.get(cell, Figures())
            assert now.opening == earlier.ending, cell

    def _sums_up(self, session: Session, month: str, city: Figures) -> None:
        permissions: Permissions = self.rules.permissions
        actor = self.actors["city01"]
        for by in By:
            found = balance(session, month, by, actor, permissions)
            assert total(row.figures for row in found.rows) == found.total == city, by
            assert found.deviations == []
        inside = [
            total(figures(session, month, f.part_for(actor, permissions, area), f.GRID).values())
            for area in session.scalars(select(Area.code).where(Area.kind == "township"))
        ]
        own = figures(session, month, whole, f.GRID)
        of_city = total(each for cell, each in own.items() if cell.area_code == CITY)
        assert total([*inside, of_city]) == city

    def _cumulative(self, session: Session, ending: int) -> None:
        """累计新增 = 累计销号 + 期末未销号 + 作废."""
        by_kind = select(Movement.kind, func.sum(Movement.delta)).group_by(Movement.kind)
        sums = Counter({kind: int(count) for kind, count in session.execute(by_kind)})
        left = -sums[MovementKind.CLOSED] - sums[MovementKind.VOIDED]
        assert sums[MovementKind.ADDED] == left + ending
        assert ending == session.scalar(
            select(func.count()).where(Hazard.state.in_([state.value for state in OPEN_STATES]))
        )

    def _months(self, session: Session) -> list[str]:
        """From the first movement to now."""
        first = session.scalar(select(func.min(Movement.month)))
        assert first is not None
        months = [first]
        while months[-1] < month_of(local_date(self.at)):
            months.append(following(months[-1]))
        return months

    def _closed(self, session: Session) -> str | None:
        return cast("str | None", session.scalar(select(func.max(BalanceClosing.month))))

    def _chains(self, session: Session) -> list[list[Event]]:
        hazards = session.scalars(select(Hazard).order_by(Hazard.id)).all()
        return [self._events(session, hazard) for hazard in hazards]

    def _data(self, action: Action) -> st.SearchStrategy[dict[str, Any]]:
        if action is Action.HAND_OVER:
            return st.fixed_dictionaries(
                {"area": st.sampled_from(TOWNSHIPS), "reason": st.just("不在本辖区")}
            )
        return super()._data(action)


@pytest.mark.slow
def test_any_history_balances(app: Flask) -> None:
    machine = type("BalancesHere", (Balances,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
