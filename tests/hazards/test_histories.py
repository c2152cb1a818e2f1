"""Random histories: whoever does whatever, only legal edges, one event an edge, and the chain and
the columns always tell the same story."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.clock import local_date
from server.errors import DomainError
from server.glossary import Action, Level, Stage, State
from server.hazards.actions import DATA
from server.hazards.acts import Requested, act, openings
from server.hazards.audit import Count, happened_of, verify
from server.hazards.five import missing_parts
from server.hazards.models import Event, Hazard
from server.hazards.replay import replayed
from server.hazards.reports import Found, Report, report_all
from server.people.accounts import find_account
from server.people.permissions import Actor
from server.photos.models import Photo
from server.places.models import Site
from server.seed.demo import ACCOUNTS, GRID
from tests.client import PLAN
from tests.conftest import NOW

from .test_lifecycle import legal

PHOTOS = [f"{number:064x}" for number in range(1, 7)]
ACTIONS = sorted(DATA, key=str)


class Histories(RuleBasedStateMachine):
    """One hazard, everybody's hands on it."""

    app: Flask

    @initialize(level=st.sampled_from([Level.GENERAL, Level.GENERAL, Level.SUSPECTED_MAJOR]))
    def reported(self, level: Level) -> None:
        self.database = self.app.extensions["database"]
        self.rules = self.app.extensions["rules"]
        self.at = NOW
        self.last: tuple[Requested, Actor] | None = None
        with self.database.writing() as session:
            self.actors = self._actors(session)
            self._put_photos(session)
            sites = select(Site.id).where(Site.area_code == GRID).order_by(Site.id)
            self.sites = list(session.scalars(sites))
            found = Found(
                entity_id=uuid4(),
                description="疏散通道堆物",
                level=level,
                area_code=GRID,
                found_on=local_date(self.at),
                sector="FIRE",
                photos=PHOTOS[:1],
            )
            reports = [Report(found, self.actors["grid01"], self.at, None, "")]
            self.number = report_all(session, reports)[0].number

    @rule(
        action=st.sampled_from(ACTIONS),
        who=st.sampled_from([account.username for account in ACCOUNTS]),
        data=st.data(),
    )
    def anybody_tries_anything(self, action: Action, who: str, data: st.DataObject) -> None:
        self._try(action, self.actors[who], data)

    @rule(who=st.sampled_from([account.username for account in ACCOUNTS]), data=st.data())
    def somebody_does_what_is_open_to_them(self, who: str, data: st.DataObject) -> None:
        actor = self.actors[who]
        with self.database.reading() as session:
            allowed = openings(self._hazard(session).facts(), actor, self.at, self.rules).allowed
        if allowed:
            self._try(Action(data.draw(st.sampled_from(sorted(allowed)))), actor, data)

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_last_act_is_sent_again(self) -> None:
        assert self.last is not None
        requested, actor = self.last
        with self.database.writing() as session:
            before = self._snapshot(session)
            _, event = act(session, self.number, requested, actor, at=self.at, rules=self.rules)
            assert event.id == str(requested.id)
            assert self._snapshot(session) == before

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days, minutes=1)

    @invariant()
    def columns_equal_the_replay_of_the_events(self) -> None:
        with self.database.reading() as session:
            hazard = self._hazard(session)
            events = self._events(session, hazard)
            assert hazard.facts() == replayed(happened_of(event) for event in events)

    @invariant()
    def a_closed_line_was_fixed_by_one_accepted_by_another_and_closed_by_a_third(self) -> None:
        with self.database.reading() as session:
            hazard = self._hazard(session)
            if hazard.state != State.CLOSED:
                return
            facts = hazard.facts()
            done = {event.action: event for event in self._events(session, hazard)}
            rectifier = done.get("finish") or done["fix_on_spot"]
            people = {rectifier.actor_id, done["accept"].actor_id, done["close"].actor_id}
            assert len(people) == 3
            assert facts.sha256s(Stage.AFTER) - facts.sha256s(Stage.BEFORE)
            if not facts.fixed_on_spot:
                assert facts.plan is not None
                assert not missing_parts(facts.plan, date.fromisoformat(facts.plan["deadline"]))
            if facts.level is Level.MAJOR:
                assert facts.dual_reported
                assert facts.delisted
                assert len(facts.acceptors) >= 2

    def teardown(self) -> None:
        if not hasattr(self, "number"):
            return
        with self.database.reading() as session:
            *faults, count = verify(session)
        assert faults == []
        assert isinstance(count, Count)

    def _try(self, action: Action, actor: Actor, data: st.DataObject) -> None:
        requested = Requested(uuid4(), action, data.draw(self._data(action), label=action))
        with self.database.reading() as session:
            before = self._snapshot(session)
        try:
            with self.database.writing() as session:
                _, event = act(session, self.number, requested, actor, at=self.at, rules=self.rules)
                after = self._snapshot(session)
        except DomainError:
            with self.database.reading() as session:
                assert self._snapshot(session) == before
            return
        self.last = (requested, actor)
        exists, target = legal(before[0], action.value)
        assert exists, f"{action} from {before[0]}"
        assert after == (target or before[0], before[1] + 1)
        assert (event.from_state, event.to_state) == (before[0], after[0])

    def _snapshot(self, session: Session) -> tuple[str, int]:
        hazard = self._hazard(session)
        query = select(func.count()).select_from(Event).where(Event.hazard_id == hazard.id)
        count = session.scalar(query) or 0
        assert hazard.version == count
        return hazard.state, count

    def _hazard(self, session: Session) -> Hazard:
        return session.scalars(select(Hazard).where(Hazard.number == self.number)).one()

    def _events(self, session: Session, hazard: Hazard) -> list[Event]:
        query = select(Event).where(Event.hazard_id == hazard.id).order_by(Event.seq)
        return list(session.scalars(query))

    def _actors(self, session: Session) -> dict[str, Actor]:
        found = [find_account(session, account.username) for account in ACCOUNTS]
        return {each.actor.username: each.actor for each in found if each}

    def _put_photos(self, session: Session) -> None:
        for sha256 in PHOTOS:
            if session.get(Photo, sha256) is None:
                by = self.actors["grid01"].id
                session.add(Photo(sha256=sha256, size=1, uploaded_by=by, created_at=self.at))
        session.flush()

    def _data(self, action: Action) -> st.SearchStrategy[dict[str, Any]]:
        """Data for an action: well-formed, often good, sometimes not good enough."""
        today = local_date(self.at)
        day = st.integers(-2, 40).map(lambda ahead: (today + timedelta(days=ahead)).isoformat())
        text = st.sampled_from(["已核实", "情况属实", "现场检查"])
        photos = st.lists(st.sampled_from(PHOTOS), min_size=1, max_size=2)
        reason = st.fixed_dictionaries({"reason": text})
        note = st.fixed_dictionaries({"note": text})
        site = st.sampled_from(self.sites)
        done = {"how": "书面", "when": today.isoformat()}
        assign = st.fixed_dictionaries({"responsible_unit": site, "deadline": day})
        fixed = st.fixed_dictionaries({"summary": text, "photos": photos})
        per_action: dict[Action, st.SearchStrategy[dict[str, Any]]] = {
            Action.REGISTER: st.fixed_dictionaries(
                {
                    "level": st.sampled_from([level.value for level in Level]),
                    "sector": st.sampled_from(["FIRE", "FIRE", "GAS"]),
                },
                optional={"note": text, "site": site},
            ),
            Action.RESUBMIT: st.fixed_dictionaries(
                {}, optional={"description": text, "photos": photos}
            ),
            Action.ASSIGN: assign,
            Action.REASSIGN: assign.map(lambda given: {**given, "reason": "改派"}),
            Action.SUBMIT_PLAN: self._plans(day),
            Action.APPROVE_PLAN: st.just({}),
            Action.GRANT_EXTENSION: st.just({}),
            Action.REPORT_PROGRESS: note,
            Action.COMMENT: note,
            Action.REMIND: st.just({}),
            Action.RECHECK: note,
            Action.REQUEST_EXTENSION: st.fixed_dictionaries(
                {"deadline": day, "reason": text, "interim_measures": text}
            ),
            Action.FINISH: fixed,
            Action.FIX_ON_SPOT: fixed,
            Action.ACCEPT: st.fixed_dictionaries(
                {"opinion": text},
                optional={
                    "acceptors": st.lists(
                        st.sampled_from(["李四", "town02", "赵六", "外聘专家"]), max_size=3
                    )
                },
            ),
            Action.REFUSE_ACCEPTANCE: st.fixed_dictionaries({"reason": text, "deadline": day}),
            Action.CLOSE: st.fixed_dictionaries({"opinion": text}),
            Action.REGRADE: st.fixed_dictionaries(
                {"level": st.sampled_from([level.value for level in Level]), "basis": text}
            ),
            Action.LIST: st.fixed_dictionaries(
                {"rank": st.just("市"), "supervisor_unit": text, "deadline": day}
            ),
            Action.DELIST: st.just({}),
            Action.DUAL_REPORT: st.fixed_dictionaries(
                {}, optional={"to_regulator": st.just(done), "to_employees": st.just(done)}
            ),
            Action.TRANSFER: st.fixed_dictionaries({"to": text, "reason": text}),
        }
        return per_action.get(action, reason)

    def _plans(self, day: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
        def plan(deadline: str, gone: str | None) -> dict[str, Any]:
            given: dict[str, Any] = deepcopy(PLAN) | {"deadline": deadline}
            given.pop(gone, None) if gone else None
            return {"plan": given}

        missing = st.one_of(st.none(), st.none(), st.sampled_from(sorted(PLAN)))
        return st.builds(plan, day, missing)


@pytest.mark.slow
def test_any_history_keeps_the_rules(app: Flask) -> None:
    machine = type("HistoriesHere", (Histories,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
