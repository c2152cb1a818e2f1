"""Rows that somebody changed by hand: what the lifecycle prevents, the audit finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from server.clock import FixedClock
from server.database import Database
from server.glossary import State, VisitResult
from server.hazards.followups import Visit, record_visit
from server.hazards.models import Hazard
from server.ledgers.audit.running import Auditor
from server.ledgers.models import Difference
from tests.client import Client
from tests.factories import account_actor

from .conftest import Audit, row_of, tamper

HazardIn = Callable[[State], str]
Make = Callable[..., str]

TOWN = "(SELECT id FROM users WHERE username = 'town01')"
AFTER = "UPDATE photos SET taken_at = '2026-11-25 04:00:00+00:00'"


def test_an_honest_line_has_nothing_wrong(hazard_in: HazardIn, audit: Audit) -> None:
    for state in (State.REPORTED, State.RECTIFYING, State.AWAITING_ACCEPTANCE, State.CLOSED):
        hazard_in(state)
    assert audit() == {}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("acceptors = '[]', accepted_on = NULL, acceptance_opinion = ''", {"closed_not_accepted"}),
        ("accepted_on = NULL", {"closed_not_accepted"}),
        (f"rectifier_id = {TOWN}", {"accepted_by_rectifier"}),
        ("rectifier_name = '李四'", {"accepted_by_rectifier"}),
        ("closed_on = '2026-10-01'", {"closed_before_found", "closed_in_other_month"}),
        ("finished_on = '2026-11-22'", {"finished_before_found", "finished_before_assigned"}),
        ("accepted_on = '2026-11-24'", {"accepted_after_closure", "accepted_in_future"}),
        ("deadline = '2026-11-01'", {"deadline_before_found"}),
        ("deadline = NULL", {"five_incomplete"}),
        ("extensions = 3", {"extended_too_often"}),
        ("state = 'rectifying'", {"state_against_events"}),
        ("state = 'void'", {"state_against_events", "void_without_reason"}),
        ("site_name = '演示　餐馆'", {"site_name_spelling"}),
        ("site_name = '孝义市演示餐馆有限公司'", {"site_name_abbreviated"}),
        ("responsible_unit = '王记饭店'", {"responsible_name_differs"}),
    ],
)
def test_a_changed_column(
    hazard_in: HazardIn, database: Database, audit: Audit, change: str, rules: set[str]
) -> None:
    number = hazard_in(State.CLOSED)
    tamper(database, f"UPDATE hazards SET {change}")
    found = audit()
    assert set(found) == rules
    for row in found.values():
        assert row.key.endswith(f":{number}")
        assert (row.area_code, row.sector) == ("14118100199101", "FIRE")
        assert row.month in ("2026-10", "2026-11")


@pytest.mark.parametrize(
    ("statement", "rules"),
    [
        (f"UPDATE events SET actor_id = {TOWN} WHERE action = 'close'", {"closed_by_acceptor"}),
        (
            "UPDATE events SET actor_id = (SELECT rectifier_id FROM hazards) "
            "WHERE action = 'close'",
            {"closed_by_rectifier"},
        ),
        ("DELETE FROM hazard_photos", {"closed_without_after_photo"}),
        ("UPDATE events SET action = 'finish' WHERE action = 'close'", set()),
        ("UPDATE plans SET contingency = ' 暂无 '", {"five_incomplete"}),
        ("UPDATE plans SET measures = '施工加固', amount_yuan = 0", {"five_incomplete"}),
        ("UPDATE plans SET current = false", {"five_incomplete"}),
        (AFTER, {"after_taken_after_closure"}),
        (
            "UPDATE events SET at = '2026-11-24T02:00:00.000000Z' WHERE action = 'assign'",
            {"finished_before_assigned"},
        ),
        (
            "UPDATE events SET to_state = 'awaiting_closure' WHERE action = 'close'",
            {"state_against_events"},
        ),
    ],
)
def test_a_changed_row_behind_the_line(
    hazard_in: HazardIn, unguarded: Database, audit: Audit, statement: str, rules: set[str]
) -> None:
    hazard_in(State.CLOSED)
    tamper(unguarded, statement)
    assert set(audit()) == rules


def test_what_was_made_unreadable_does_not_stop_the_audit(
    hazard_in: HazardIn, database: Database, audit: Audit
) -> None:
    hazard_in(State.CLOSED)
    tamper(database, "UPDATE events SET at = 'not a time', data = '{'")
    tamper(database, "UPDATE events SET action = 'visit' WHERE action = 'register'")
    tamper(database, "UPDATE hazards SET acceptors = 'null', acceptor_ids = 'null'")
    assert set(audit()) == {"closed_not_accepted"}


def test_an_act_after_the_closure(hazard_in: HazardIn, unguarded: Database, audit: Audit) -> None:
    hazard_in(State.CLOSED)
    tamper(unguarded, "UPDATE events SET seq = 99 WHERE action = 'finish'")
    found = audit()
    assert "acted_after_closure" in found
    assert "整改完成" in found["acted_after_closure"].explanation


def test_a_line_without_any_events(hazard_in: HazardIn, unguarded: Database, audit: Audit) -> None:
    """As an import by hand leaves it: the names are all that there is to go by."""
    hazard_in(State.CLOSED)
    tamper(unguarded, "DELETE FROM events")
    tamper(unguarded, "UPDATE hazards SET closer_name = '李四'")
    found = audit()
    assert set(found) == {"state_against_events", "closed_by_acceptor"}
    assert "操作记录却是“没有记录”" in found["state_against_events"].explanation


def test_a_number_that_has_no_line(make: Make, unguarded: Database, audit: Audit) -> None:
    numbers = [make() for _ in range(5)]
    for number in numbers[1:3]:
        tamper(
            unguarded,
            "DELETE FROM events WHERE hazard_id = (SELECT id FROM hazards WHERE number = :n)",
            n=number,
        )
        tamper(unguarded, "DELETE FROM hazards WHERE number = :n", n=number)
    found = audit()
    assert set(found) == {"number_gap"}
    gap = found["number_gap"]
    assert f"{numbers[1]} 至 {numbers[2]}（共 2 个）" in gap.explanation
    assert (gap.month, gap.area_code, gap.hazard_id) == ("2026-11", "141181001000", None)


def test_an_overdue_line_and_one_that_asked_in_time(
    hazard_in: HazardIn, database: Database, audit: Audit, clock: FixedClock, unit: Client
) -> None:
    late = hazard_in(State.RECTIFYING)
    asked = hazard_in(State.RECTIFYING)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    unit.does(asked, "request_extension", ask)
    clock.at += timedelta(days=17)
    assert audit() == {}
    clock.at += timedelta(days=1)
    audit()
    found = row_of(database, key=f"overdue:{late}")
    assert (found.month, found.suggestion["action"]) == ("2026-12", "transfer")
    assert "2026-12-10 已过 1 天" in found.explanation
    other = row_of(database, key=f"overdue:{asked}")
    assert other.suggestion["action"] == "grant_extension"


def test_an_extension_that_was_asked_for_too_late(
    hazard_in: HazardIn, unit: Client, database: Database, audit: Audit
) -> None:
    number = hazard_in(State.RECTIFYING)
    ask = {"reason": "x", "interim_measures": "y", "deadline": "2026-12-31"}
    unit.does(number, "request_extension", ask)
    tamper(
        database,
        "UPDATE events SET at = '2026-12-22T01:00:00.000000Z' WHERE action = 'request_extension'",
    )
    found = audit()
    assert set(found) == {"asked_too_late"}
    assert "2026-12-22 申请时，整改时限 2026-12-10 已过" in found["asked_too_late"].explanation
    assert found["asked_too_late"].suggestion["action"] == "refuse_extension"


def test_a_hazard_handed_over_that_nobody_takes_up(
    make: Make, city: Client, audit: Audit, clock: FixedClock
) -> None:
    number = make()
    city.does(number, "hand_over", {"area": "141181002000", "reason": "地点在该街道"})
    clock.at += timedelta(days=7)
    assert audit() == {}
    clock.at += timedelta(days=1)
    found = audit()
    assert set(found) == {"handed_over_not_taken_up"}
    row = found["handed_over_not_taken_up"]
    assert row.area_code == "141181002000"
    assert row.suggestion["action"] == "register"
    assert row.suggestion["data"] == {"level": "general", "sector": "FIRE"}


def test_the_same_spot_after_closure(
    make: Make, advance: Callable[[str, State], str], audit: Audit, clock: FixedClock
) -> None:
    first = advance(make(site_id=1, spot="二楼 疏散通道"), State.CLOSED)
    clock.at += timedelta(days=30)
    again = make(site_id=1, spot="二楼疏散通道")
    make(site_id=1, spot="厨房")
    make(site_id=2, spot="二楼疏散通道")
    found = audit()
    assert set(found) == {"recurrence"}
    assert found["recurrence"].key == f"recurrence:{again}"
    assert found["recurrence"].ours["原隐患编号"] == first


def test_a_visit_that_contradicts_the_closure(
    hazard_in: HazardIn, app: Flask, database: Database, audit: Audit
) -> None:
    number = hazard_in(State.CLOSED)

    def visit(result: VisitResult) -> None:
        with database.writing() as session:
            hazard = session.scalars(select(Hazard).where(Hazard.number == number)).one()
            actor = account_actor(session, "grid01")
            entity, entry = uuid4(), str(uuid4())
            said = Visit(entity, entry, entry, result=result)
            record_visit(session, hazard, said, actor, app.extensions["clock"].now())

    visit(VisitResult.NOT_FIXED)
    found = audit()
    assert set(found) == {"visit_contradicts_closure"}
    assert "现场回访却是“未整改”" in found["visit_contradicts_closure"].explanation
    visit(VisitResult.FIXED)
    assert audit() == {}


def test_what_was_found_about_photos_and_what_was_said_to_it(
    hazard_in: HazardIn, town: Client, town2: Client, unit: Client, audit: Audit
) -> None:
    first, second = hazard_in(State.RECTIFYING), hazard_in(State.RECTIFYING)
    photo = unit.put_photo()
    for number in (first, second):
        unit.does(number, "finish", {"summary": "已清空", "photos": [photo]})
    findings = town.get(f"/api/v1/hazards/{second}/evidence").json["items"]
    serious = [each for each in findings if each["serious"]]
    assert {each["kind"] for each in serious} == {"same_photo"}
    answers = [{"finding": each["id"], "word": "同一现场，两处隐患"} for each in serious]
    town.does(second, "accept", {"opinion": "合格", "answers": answers})
    found = audit()
    assert set(found) == {"same_photo"}
    row = found["same_photo"]
    assert row.kind == "photo_evidence"
    assert f"同一张照片也是 {first} 的照片" in row.explanation
    assert row.explanation.endswith("办理时的说明：同一现场，两处隐患")
    assert row.suggestion["action"] == "refuse_closure"


def test_batches_are_told_to_each_township(
    auditor_at_work: Auditor, hazard_in: HazardIn, database: Database
) -> None:
    numbers = [hazard_in(State.CLOSED) for _ in range(4)]
    tamper(
        database,
        "UPDATE hazards SET area_code = '141181002000' WHERE number = :number",
        number=numbers[0],
    )
    fewer = replace(auditor_at_work.limits, batch_count=4)
    replace(auditor_at_work, limits=fewer).run_now()
    query = select(Difference).where(Difference.kind == "batch_closure")
    with database.reading() as session:
        rows = session.scalars(query.order_by(Difference.area_code)).all()
    assert [row.area_code for row in rows] == ["141181001000", "141181002000"]
    assert rows[1].ours["隐患编号"] == numbers[0]
    assert "连续销号 1 条（这一批共 4 条）" in rows[1].explanation
    assert (rows[0].hazard_id, rows[0].sector) == (None, "FIRE")
