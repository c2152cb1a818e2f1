"""待办: who finds what on their desk, in which order; and reminding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product

from sqlalchemy import select

from server.clock import FixedClock, local_date
from server.database import Database
from server.glossary import Level, Role, State
from server.hazards.desk import TURNS, Bucket, bucket, buckets_of
from server.hazards.lifecycle import edge_from
from server.hazards.models import Hazard
from server.people.permissions import Permissions
from tests.client import PLAN, Client
from tests.factories import account_actor, an_actor

from .conftest import MakeHazard

Advance = Callable[[str, State], str]
ACCOUNTS = ("grid01", "town01", "town02", "unit01", "dept01", "city01")


def desk(caller: Client) -> dict[str, int]:
    """What is on somebody's desk, where there is any."""
    answer = caller.get("/api/v1/hazards/desk")
    assert answer.status_code == 200, answer.text
    return {each["name"]: each["count"] for each in answer.json["buckets"] if each["count"]}


def listed(caller: Client, name: str) -> list[str]:
    answer = caller.get(f"/api/v1/hazards/desk/{name}")
    assert answer.status_code == 200, answer.text
    numbers = [each["number"] for each in answer.json["items"]]
    # The ledger, narrowed to the heap, has the same.
    ledger = caller.get(f"/api/v1/hazards?desk={name}&limit=100").json["items"]
    assert {each["number"] for each in ledger} == set(numbers)
    return numbers


def follows(caller: Client, name: str, after: str = "") -> tuple[str | None, int, int]:
    answer = caller.get(f"/api/v1/hazards/next?desk={name}" + (f"&after={after}" if after else ""))
    assert answer.status_code == 200, answer.text
    return answer.json["number"], answer.json["left"], answer.json["total"]


def test_a_bucket_waits_for_an_action_that_its_states_have() -> None:
    assert set(TURNS) == set(Bucket)
    for name, turn in TURNS.items():
        assert any(edge_from(state, turn.action) for state in State), name


def test_a_desk_has_the_buckets_of_its_role() -> None:
    permissions = Permissions(["register", "assign", "approve_plan", "accept", "close"])
    names = {role: {str(each) for each in buckets_of(an_actor(role), permissions)} for role in Role}
    assert names[Role.AUDITOR] == names[Role.ADMINISTRATOR] == set()
    assert names[Role.GRID_WORKER] == {"returned", "to_recheck"}
    assert names[Role.RESPONSIBLE_UNIT] == set()  # of no unit
    unit = an_actor(Role.RESPONSIBLE_UNIT, site_ids=frozenset({1}))
    assert buckets_of(unit, permissions) == [Bucket.TO_PLAN, Bucket.TO_RECTIFY]
    assert {"to_register", "to_close", "overdue"} <= names[Role.TOWNSHIP_OFFICE]
    assert not {"to_grade", "to_list", "to_plan"} & names[Role.TOWNSHIP_OFFICE]
    assert {"to_grade", "to_list", "overdue"} <= names[Role.DEPARTMENT]
    assert "to_close" not in names[Role.DEPARTMENT]


def test_a_hazard_goes_from_desk_to_desk(
    make: MakeHazard, advance: Advance, town: Client, town2: Client, unit: Client, grid: Client
) -> None:
    number = make()
    assert desk(town) == desk(town2) == {"to_register": 1}
    assert desk(unit) == {}
    for state, on_town, on_unit in (
        (State.REGISTERED, {"to_assign": 1}, {}),
        (State.ASSIGNED, {}, {"to_plan": 1}),
        (State.PLAN_REVIEW, {"plans_to_review": 1}, {}),
        (State.RECTIFYING, {}, {"to_rectify": 1}),
        (State.AWAITING_ACCEPTANCE, {"to_accept": 1}, {}),
        # Who accepted it does not find it to be struck off, a colleague does.
        (State.AWAITING_CLOSURE, {}, {}),
    ):
        step(town, unit, number, state)
        assert (desk(town), desk(unit)) == (on_town, on_unit)
    assert desk(town2) == {"to_close": 1}
    town2.does(number, "close", {"opinion": "同意"})
    assert desk(town2) == desk(grid) == {"to_recheck": 1}
    assert listed(grid, "to_recheck") == [number]


def step(town: Client, unit: Client, number: str, state: State) -> None:
    """The one step that leads to a state."""
    deadline = {"responsible_unit": 1, "deadline": "2026-12-20"}
    who, action, data = {
        State.REGISTERED: (town, "register", {"level": "general", "sector": "FIRE"}),
        State.ASSIGNED: (town, "assign", deadline),
        State.PLAN_REVIEW: (unit, "submit_plan", {"plan": PLAN}),
        State.RECTIFYING: (town, "approve_plan", {}),
        State.AWAITING_ACCEPTANCE: (unit, "finish", {"summary": "好", "photos": ["?"]}),
        State.AWAITING_CLOSURE: (town, "accept", {"opinion": "合格"}),
    }[state]
    if "photos" in data:
        data = {**data, "photos": [unit.put_photo()]}
    assert who.does(number, action, data)["state"] == state


def test_what_waits_beside_the_line(
    make: MakeHazard, advance: Advance, town: Client, unit: Client, grid: Client, city: Client
) -> None:
    number = advance(make(), State.RECTIFYING)
    asked = {"deadline": "2026-12-15", "reason": "设备未到", "interim_measures": "专人值守"}
    unit.does(number, "request_extension", asked)
    assert desk(town) == {"extensions": 1}
    # Who asks does not grant, whatever else they may do.
    unit.does(number, "finish", {"summary": "好", "photos": [unit.put_photo()]})
    assert desk(town) == {"to_accept": 1}

    returned = make()
    town.does(returned, "return_report", {"reason": "照片看不清"})
    assert desk(grid) == {"returned": 1}
    assert "returned" not in desk(city)

    major = make(level=Level.SUSPECTED_MAJOR)
    town.does(major, "register", {"level": "suspected_major", "sector": "FIRE"})
    assert desk(city)["to_grade"] == 1
    city.does(major, "regrade", {"level": "major", "basis": "判定标准第 3 条"})
    assert "to_grade" not in desk(city)
    assert listed(city, "to_list") == [major]


def test_whose_work_is_late_can_be_reminded(
    make: MakeHazard, advance: Advance, town: Client, unit: Client, clock: FixedClock
) -> None:
    number = advance(make(), State.RECTIFYING)
    assert "remind" not in unit.hazard(number)["allowed"]
    assert unit.act(number, "remind", {}).status_code == 403
    clock.at += timedelta(days=28)
    assert desk(town) == {"overdue": 1}
    oldest = town.get("/api/v1/hazards/desk").json["buckets"]
    assert {each["oldest_on"] for each in oldest if each["count"]} == {"2026-11-23"}
    town.does(number, "remind", {"note": "请本周内改完"})
    event = unit.get(f"/api/v1/hazards/{number}/events").json["items"][-1]
    assert (event["action_name"], event["data"]) == ("催办", {"note": "请本周内改完"})
    assert event["from_state"] == event["to_state"] == "rectifying"
    # It is late all the same.
    assert desk(town) == {"overdue": 1}


def test_a_fix_on_the_spot_that_was_refused_has_no_unit_to_remind(
    make: MakeHazard, town: Client, town2: Client
) -> None:
    number = make()
    assert town.act(number, "remind", {}).json["code"] == "not_in_this_state"
    town.does(number, "fix_on_spot", {"summary": "已清走", "photos": [town.put_photo()]})
    town2.does(number, "refuse_acceptance", {"reason": "没清完", "deadline": "2026-12-20"})
    assert "请先改派" in town.hazard(number)["blocked"]["remind"]
    assert town.act(number, "remind", {}).json["code"] == "no_responsible_unit"


def test_next_goes_through_a_bucket_once(make: MakeHazard, town: Client) -> None:
    first, second, third = make(), make(), make()
    assert listed(town, "to_register") == [first, second, third]
    assert follows(town, "to_register") == (first, 3, 3)
    assert follows(town, "to_register", first) == (second, 2, 3)
    # Also after one that has left the bucket by what was decided.
    town.does(second, "register", {"level": "general", "sector": "FIRE"})
    assert follows(town, "to_register", second) == (third, 1, 2)
    assert follows(town, "to_register", third) == (None, 0, 2)
    assert follows(town, "to_register", "YH-nothing") == (None, 0, 2)
    page = town.get("/api/v1/hazards/desk/to_register?limit=1").json
    assert [each["number"] for each in page["items"]] == [first]
    rest = town.get(f"/api/v1/hazards/desk/to_register?cursor={page['next_cursor']}").json
    assert [each["number"] for each in rest["items"]] == [third]


def test_a_bucket_that_there_is_not(town: Client, auditor: Client) -> None:
    assert town.get("/api/v1/hazards/desk/to_dance").status_code == 404
    assert town.get("/api/v1/hazards/next?desk=to_dance").status_code == 422
    assert town.get("/api/v1/hazards/next").status_code == 422
    assert auditor.get("/api/v1/hazards/desk").json["buckets"] == []
    assert follows(auditor, "to_accept") == (None, 0, 0)


def test_what_is_on_a_desk_may_be_done(
    make: MakeHazard,
    advance: Advance,
    database: Database,
    clock: FixedClock,
) -> None:
    """SQL and table agree: what a bucket holds, its action is allowed or only held back."""
    powers = ["register", "assign", "approve_plan", "grant_extension", "accept", "close"]
    for state in (State.REPORTED, State.REGISTERED, State.AWAITING_CLOSURE, State.CLOSED):
        advance(make(), state)
    today, found = local_date(clock.now()), set()
    with database.reading() as session:
        permissions = Permissions(powers)
        for account, name in product(ACCOUNTS, Bucket):
            actor = account_actor(session, account)
            condition = bucket(actor, name, today, permissions)
            for hazard in session.scalars(select(Hazard).where(condition)):
                facts, action = hazard.facts(), TURNS[name].action
                assert permissions.may(actor, action, facts)
                assert edge_from(facts.state, action) is not None
                assert action != "close" or actor.id not in facts.acceptor_ids
                found.add(name)
    assert found == {Bucket.TO_REGISTER, Bucket.TO_ASSIGN, Bucket.TO_CLOSE, Bucket.TO_RECHECK}
