"""Answers kept ready: as good as new while nothing changed, else with their time until renewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.clock import FixedClock
from server.database import Database
from server.ledgers.ready.keeping import KEPT_FOR, Given, Keeper
from server.ledgers.ready.models import ReadyAnswer
from server.ledgers.ready.questions import question_of
from server.ledgers.statistics.asking import Answer, answering
from server.people.permissions import Actor, Permissions
from tests.client import Client
from tests.factories import account_actor, no_rest

Make = Callable[..., str]


class Counted:
    """The real figures, and how often they were counted."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(
        self,
        session: Session,
        actor: Actor,
        query: Mapping[str, Any],
        permissions: Permissions,
        today: date,
    ) -> Answer:
        counted = self

        class Watched(Answer):
            def value(self) -> dict[str, Any]:
                counted.times += 1
                return super().value()

        return Watched(session, answering(session, actor, query, permissions, today)._asking)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def keeper(app: Flask, counted: Counted) -> Keeper:
    """One to which every ledger is a large one."""
    keeper: Keeper = app.extensions["keeper"]
    return replace(keeper, makers={"statistics": counted}, counted_at_once=-1)


@pytest.fixture
def ask(database: Database, keeper: Keeper) -> Callable[..., Given]:
    def one(username: str = "city01", known: str = "", **query: str) -> Given:
        with database.reading() as session:
            actor = account_actor(session, username)
        return keeper.give("statistics", actor, query, lambda tag: tag == known)

    return one


def opened(given: Given) -> int:
    assert given.value is not None
    count: int = given.value["totals"]["open"]
    return count


def test_an_answer_is_counted_once_until_something_changes(
    make: Make, ask: Callable[..., Given], counted: Counted, keeper: Keeper, clock: FixedClock
) -> None:
    make()
    first = ask()
    clock.at += timedelta(minutes=5)
    again = ask()
    assert (counted.times, opened(first), opened(again)) == (1, 1, 1)
    # Nothing changed: it is as good as one that is counted now.
    assert (again.as_of, again.is_old, again.tag) == (clock.now(), False, first.tag)
    assert ask(known=first.tag).value is None
    # Asked by month or not, by one auditor or by another: the same question.
    ask(month="2026-11")
    assert counted.times == 1
    ask("audit01")
    assert counted.times == 2

    make()
    old = ask()
    assert (opened(old), old.is_old, old.as_of) == (1, True, first.as_of)
    # Who has the one that was new is told that it is old; who knows that, gets nothing.
    assert ask(known=first.tag).value is not None
    assert ask(known=old.tag).value is None
    assert (counted.times, keeper.work(no_rest)) == (2, 1)
    new = ask()
    assert (opened(new), new.is_old, new.as_of) == (2, False, clock.now())
    assert (counted.times, keeper.work(no_rest)) == (3, 0)


def test_whoever_asks_very_many_pushes_out_what_was_asked_longest_ago(
    make: Make, database: Database, keeper: Keeper, clock: FixedClock
) -> None:
    make()
    few = replace(keeper, most_kept=2)
    with database.reading() as session:
        actor = account_actor(session, "city01")
    for sector in ("FIRE", "GAS", "COAL"):
        clock.at += timedelta(minutes=1)
        few.give("statistics", actor, {"sector": sector}, lambda tag: False)
    with database.reading() as session:
        kept = session.scalars(select(ReadyAnswer).order_by(ReadyAnswer.asked_at)).all()
        assert [each.question["query"]["sector"] for each in kept] == ["GAS", "COAL"]


def test_who_sees_only_what_is_theirs_has_answers_of_their_own(
    make: Make, ask: Callable[..., Given], database: Database
) -> None:
    make("grid01")
    assert opened(ask("grid01")) == 1
    assert opened(ask("unit01")) == 0
    with database.reading() as session:
        sights = [each.question["sight"] for each in session.scalars(select(ReadyAnswer))]
        assert {each["role"]: each["id"] for each in sights} == {
            "grid_worker": account_actor(session, "grid01").id,
            "responsible_unit": 0,
        }


def test_a_small_ledger_is_counted_when_it_is_asked_for(
    make: Make, city: Client, database: Database, app: Flask
) -> None:
    for number in (1, 2):
        make()
        answer = city.get("/api/v1/statistics").json
        assert (answer["totals"]["open"], answer["refreshing"]) == (number, False)
    with database.reading() as session:
        assert session.scalars(select(ReadyAnswer)).all() == []


def test_over_http_an_old_answer_says_so(
    make: Make, city: Client, app: Flask, clock: FixedClock, keeper: Keeper
) -> None:
    app.extensions["keeper"] = keeper
    first = city.get("/api/v1/statistics")
    clock.at += timedelta(minutes=1)
    make()
    old = city.get("/api/v1/statistics", headers={"If-None-Match": first.headers["ETag"]})
    assert (old.status_code, old.json["refreshing"]) == (200, True)
    assert old.json["as_of"] == first.json["as_of"] == "2026-11-23T02:00:00+00:00"
    again = city.get("/api/v1/statistics", headers={"If-None-Match": old.headers["ETag"]})
    assert again.status_code == 304
    keeper.work(no_rest)
    new = city.get("/api/v1/statistics", headers={"If-None-Match": old.headers["ETag"]})
    assert (new.json["totals"]["open"], new.json["refreshing"]) == (1, False)


def test_what_is_too_old_is_counted_anew_and_another_month_is_another_question(
    ask: Callable[..., Given], clock: FixedClock, counted: Counted
) -> None:
    ask()
    clock.at += timedelta(hours=20)
    assert ask().is_old  # another day
    clock.at += timedelta(hours=5)
    assert not ask().is_old
    assert counted.times == 2
    clock.at = clock.at.replace(day=30, hour=15)
    ask()
    clock.at += timedelta(hours=2)  # the first of December in Xiaoyi
    december = ask()
    assert december.value is not None
    assert (december.is_old, december.value["month"], counted.times) == (False, "2026-12", 4)
    assert ask(month="2026-11").value != december.value


def test_every_morning_what_was_asked_lately_is_ready(
    ask: Callable[..., Given], clock: FixedClock, counted: Counted, keeper: Keeper
) -> None:
    ask()
    keeper.warm()
    assert keeper.work(no_rest) == 0  # it is of today
    clock.at += timedelta(hours=15)
    keeper.warm()
    assert (keeper.work(no_rest), ask().is_old, counted.times) == (1, False, 2)
    clock.at += timedelta(days=8)
    keeper.warm()
    assert keeper.work(no_rest) == 0  # nobody asks any more


def test_what_nobody_asks_for_is_forgotten(
    ask: Callable[..., Given], clock: FixedClock, keeper: Keeper, database: Database
) -> None:
    ask()
    clock.at += KEPT_FOR + timedelta(hours=1)
    keeper.warm()
    with database.reading() as session:
        assert session.scalars(select(ReadyAnswer)).all() == []


def test_one_that_a_lost_process_took_is_taken_again(
    make: Make,
    ask: Callable[..., Given],
    clock: FixedClock,
    keeper: Keeper,
    database: Database,
) -> None:
    ask()
    make()
    assert ask().is_old
    taken = keeper._claim()
    assert taken is not None
    assert keeper._claim() is None  # another process is at it
    clock.at += timedelta(minutes=4)
    assert keeper.work(no_rest) == 1
    assert not ask().is_old


def test_what_can_not_be_asked_any_more_is_dropped(
    make: Make,
    ask: Callable[..., Given],
    keeper: Keeper,
    database: Database,
) -> None:
    ask()
    with database.reading() as session:
        actor = account_actor(session, "city01")
    gone = question_of("statistics", actor, {"area": "999999999999"}, keeper.permissions, NOV)
    with database.writing() as session:
        changed = {"question": gone.as_dict(), "key": gone.key, "wanted_at": keeper.clock.now()}
        session.execute(update(ReadyAnswer).values(changed))
    keeper.work(no_rest)
    with database.reading() as session:
        assert session.scalars(select(ReadyAnswer)).all() == []


def test_after_an_upgrade_nobody_waits_for_what_was_ready_before(
    ask: Callable[..., Given], keeper: Keeper, database: Database, counted: Counted
) -> None:
    ask()
    with database.writing() as session:
        session.execute(update(ReadyAnswer).values(key="0" * 64))
    keeper.warm()
    assert (keeper.work(no_rest), counted.times) == (1, 2)
    ask()
    assert counted.times == 2
    with database.reading() as session:
        assert len(session.scalars(select(ReadyAnswer)).all()) == 1


NOV = date(2026, 11, 23)
