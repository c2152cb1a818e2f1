"""The permission table: deny by default, and the same answer in Python and in SQL."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from config import Settings
from server.database import Database
from server.glossary import Action, Level, Role
from server.hazards.models import Hazard
from server.hazards.queries import visible_to
from server.people import permissions as table
from server.people.permissions import BY_HAND, BY_INTAKE, Actor, Permission, Permissions
from server.places.models import Site
from server.seed.demo import CITY, GRID, TOWNSHIP, VILLAGE
from tests.factories import account_actor, an_actor, make_area, make_hazard

POWERS = Settings().township_actions
EVERYTHING = [*Permission, *Action]
ASKED_OF_HAZARDS = [
    Permission.READ_HAZARDS,
    Permission.READ_EVIDENCE,
    Permission.READ_SUBMISSIONS,
    Permission.EXPORT_LEDGER,
    Permission.ENFORCE,
    Permission.READ_PHONES,
    Permission.READ_BALANCE,
    Permission.CONFIRM_BALANCE,
    Permission.RECONCILE,
    Permission.AUDIT_LEDGER,
    Permission.SETTLE_DIFFERENCES,
    Permission.READ_TRAIL,
    *Action,
]

# By hand, so that a grant that slips into the table shows here.
READS = {"read_hazards", "export_ledger"}
ALL = {"signed_in", "read_forms", "read_places"}
FIELD = {"submit", "put_photos"}
DECISIONS = {
    *("register", "return_report", "void", "assign", "reassign", "approve_plan", "return_plan"),
    *("grant_extension", "refuse_extension", "accept", "refuse_acceptance", "transfer"),
}
JUDGES = {"read_evidence", "read_submissions", "read_balance", "audit_ledger"}
OFFICES = JUDGES | {"read_phones", "reconcile", "settle_differences", "issue_document"}
HELD = {
    Role.GRID_WORKER: ALL | FIELD | READS
    | {"read_submissions", "comment", "recheck", "resubmit", "fix_on_spot"},
    Role.TOWNSHIP_OFFICE: ALL | FIELD | READS | OFFICES | DECISIONS
    | {"hand_over", "comment", "recheck", "resubmit", "fix_on_spot", "close", "refuse_closure"}
    | {"confirm_balance", "remind", "manage_sites"},
    Role.DEPARTMENT: ALL | FIELD | READS | OFFICES | DECISIONS
    | {"resubmit", "recheck", "regrade", "list", "delist", "suspend", "resume", "comment"}
    | {"confirm_balance", "enforce", "remind"},
    Role.CITY_OFFICE: ALL | FIELD | READS | OFFICES
    | {"read_export_log", "run_audit", "read_trail", "close_month", "enforce"}
    | {"read_accounts", "manage_sites"}
    | {str(each) for each in set(Action) - BY_INTAKE},
    Role.RESPONSIBLE_UNIT: ALL | READS | {"put_photos", "comment", "submit_plan", "decline"}
    | {"report_progress", "request_extension", "finish", "dual_report"},
    Role.AUDITOR: ALL | READS | JUDGES | {"read_export_log", "run_audit", "read_accounts"}
    | {"read_trail"},
    Role.ADMINISTRATOR: ALL | {"manage_forms", "read_accounts", "manage_accounts"}
    | {"manage_places", "manage_sites", "import"},
}  # fmt: skip
ENFORCEMENT = DECISIONS | {"close", "refuse_closure", "regrade", "list", "delist", "suspend"}
ENFORCEMENT |= {"issue_document"}


def subject(level: Level = Level.GENERAL, **changes: object) -> SimpleNamespace:
    plain = {"area_code": GRID, "sector": "FIRE", "site_id": None, "responsible_site_id": None}
    return SimpleNamespace(**{**plain, "level": level, "reporter_id": 1, **changes})


@pytest.mark.parametrize(("role", "asked"), list(product(Role, EVERYTHING)))
def test_a_role_holds_what_is_written_down_and_nothing_else(role: Role, asked: str) -> None:
    assert Permissions(POWERS).holds(an_actor(role), asked) == (asked in HELD[role])


@pytest.mark.parametrize("role", list(Role))
def test_a_role_with_no_grant_is_refused(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GRANTS", ())
    permissions = Permissions([])
    actor = an_actor(role, id=1, area_code=CITY)
    for asked in ASKED_OF_HAZARDS:
        assert not permissions.holds(actor, asked)
        assert not permissions.may(actor, asked, subject())


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("area", [CITY, GRID])
def test_a_grid_worker_enforces_nothing_not_even_on_their_own_report(
    level: Level, area: str
) -> None:
    actor = an_actor(Role.GRID_WORKER, id=1, area_code=area)
    for action in ENFORCEMENT:
        assert not Permissions(POWERS).may(actor, Action(action), subject(level))


@pytest.mark.parametrize("action", sorted(table.BY_INTAKE))
@pytest.mark.parametrize("role", list(Role))
def test_what_the_intake_writes_is_nobodys_to_do(role: Role, action: Action) -> None:
    assert not Permissions(POWERS).may(an_actor(role, id=1), action, subject())


def test_the_setting_adds_a_power_to_townships() -> None:
    actor = an_actor(Role.TOWNSHIP_OFFICE, area_code=TOWNSHIP)
    assert not Permissions(POWERS).may(actor, Action.SUSPEND, subject())
    assert Permissions(POWERS | {"suspend"}).may(actor, Action.SUSPEND, subject())


def test_the_setting_takes_a_power_from_townships() -> None:
    actor = an_actor(Role.TOWNSHIP_OFFICE, area_code=TOWNSHIP)
    assert Permissions(POWERS).may(actor, Action.CLOSE, subject())
    assert not Permissions(POWERS - {"close"}).holds(actor, Action.CLOSE)


@pytest.mark.parametrize("name", ["shoot", "CLOSE", "report", "attach_photo", "issue_document"])
def test_a_power_that_nobody_can_have_stops_the_start(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Permissions({"close", name})


@pytest.mark.parametrize("action", sorted(POWERS))
def test_what_a_township_decides_beyond_the_first_steps_reaches_general_hazards_only(
    action: str,
) -> None:
    actor = an_actor(Role.TOWNSHIP_OFFICE, area_code=TOWNSHIP)
    any_level = {"register", "return_report", "assign", "reassign", "return_plan"} | {
        "refuse_acceptance",
        "transfer",
        "hand_over",
    }
    for level in Level:
        may = Permissions(POWERS).may(actor, Action(action), subject(level))
        assert may == (level is Level.GENERAL or action in any_level)


def test_a_township_decides_nothing_outside_its_area() -> None:
    actor = an_actor(Role.TOWNSHIP_OFFICE, area_code="141181002000")
    for asked in ASKED_OF_HAZARDS:
        assert not Permissions(POWERS).may(actor, asked, subject())


AREAS = [CITY, TOWNSHIP, VILLAGE, GRID, VILLAGE + "02", "141181100991", "141181002000"]
ABROAD = ["141182000000", "999999999999"]
SECTORS = ["FIRE", "GAS", "GENERAL"]


def fill(database: Database) -> tuple[list[Hazard], list[int], list[int]]:
    """Hazards of many kinds; gives them, the sites and the reporters' ids."""
    with database.writing() as session:
        reporters = [account_actor(session, name) for name in ("grid01", "town01", "dept01")]
        sites = list(session.scalars(select(Site.id).order_by(Site.id)))
        site_cycle = [None, *sites]
        hazards = []
        for number, (area, level) in enumerate(product(AREAS + ABROAD, Level)):
            hazard = make_hazard(
                session,
                reporters[number % 3],
                area_code=make_area(session, area) if area in ABROAD else area,
                level=level,
                sector=[*SECTORS, None][number % 4],
                site_id=site_cycle[number % 5],
            )
            hazard.responsible_site_id = site_cycle[(number // 2) % 5]
            hazards.append(hazard)
        return hazards, sites, [reporter.id for reporter in reporters]


def test_one_hazard_and_the_query_always_agree(database: Database) -> None:
    hazards, sites, reporters = fill(database)
    actors = st.builds(
        Actor,
        id=st.sampled_from([*reporters, 10_000]),
        username=st.just("someone"),
        name=st.just("某人"),
        role=st.sampled_from(Role),
        area_code=st.sampled_from(AREAS + ABROAD),
        sectors=st.frozensets(st.sampled_from(SECTORS)),
        site_ids=st.frozensets(st.sampled_from([*sites, 10_000])),
    )
    powers = st.frozensets(st.sampled_from(sorted(BY_HAND | {Permission.ENFORCE})))

    @given(actors, st.sampled_from(ASKED_OF_HAZARDS), powers)
    def agree(actor: Actor, asked: Permission | Action, powers: frozenset[str]) -> None:
        permissions = Permissions(powers)
        with database.reading() as session:
            query = select(Hazard.id).where(visible_to(actor, asked, permissions))
            found = set(session.scalars(query))
        assert found == {each.id for each in hazards if permissions.may(actor, asked, each)}

    agree()
