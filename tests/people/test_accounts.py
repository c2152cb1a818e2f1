"""Opening accounts, and who one acts as."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.database import Database
from server.errors import InvalidInput
from server.glossary import Role
from server.people.accounts import find_account, open_account
from server.people.models import User
from server.people.passwords import hash_password, verify
from server.places.models import Site
from server.seed.demo import CITY, GRID, TOWNSHIP
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor


def opened(database: Database, username: str, role: Role, **changes: Any) -> None:
    plain = {"password": PASSWORD, "at": NOW, "area_code": CITY}
    with database.writing() as session:
        open_account(session, username, role, **plain | changes)


def test_an_account_acts_within_its_area_sectors_and_sites(database: Database) -> None:
    with database.reading() as session:
        site = session.scalar(select(Site.id).where(Site.name == "演示燃气站"))
    opened(database, "gas", Role.DEPARTMENT, sectors=["GAS", "FIRE", "GAS"], site_ids=[site, site])
    with database.reading() as session:
        actor = account_actor(session, "gas")
    assert (actor.role, actor.area_code, actor.name) == (Role.DEPARTMENT, CITY, "gas")
    assert actor.sectors == {"GAS", "FIRE"}
    assert actor.site_ids == {site}


@pytest.mark.parametrize(
    ("role", "changes", "field"),
    [
        (Role.DEPARTMENT, {}, "sectors"),
        (Role.DEPARTMENT, {"sectors": ["NOPE"]}, "sectors"),
        (Role.RESPONSIBLE_UNIT, {}, "sites"),
        (Role.RESPONSIBLE_UNIT, {"site_ids": [10_000]}, "sites"),
        (Role.AUDITOR, {"area_code": "141182000000"}, "area"),
        (Role.AUDITOR, {"organisation_code": "nope"}, "organisation"),
        (Role.AUDITOR, {"password": "1234567"}, "password"),
        (Role.AUDITOR, {"password": "x" * 201}, "password"),
        (Role.AUDITOR, {"name": "长" * 65}, "name"),
    ],
)
def test_an_account_that_would_not_work_is_refused_and_leaves_nothing(
    database: Database, role: Role, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(database, "new", role, **changes)
    assert list(refused.value.errors) == [field]
    with database.reading() as session:
        assert find_account(session, "new") is None


@pytest.mark.parametrize("username", ["", " new", "new ", "a:b", "a\0b", "a\nb", "x" * 65])
def test_a_name_that_could_never_sign_in_is_refused(database: Database, username: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(database, username, Role.AUDITOR)
    assert list(refused.value.errors) == ["username"]


def test_a_name_is_taken_once(database: Database) -> None:
    with pytest.raises(InvalidInput, match="已存在"):
        opened(database, "town01", Role.AUDITOR)
    with database.reading() as session:
        assert len(session.scalars(select(User).where(User.username == "town01")).all()) == 1


@pytest.mark.parametrize(
    ("username", "unit"),
    [
        ("city01", "市安委会办公室（市安委办）"),
        ("town01", "{area}安委办"),
        ("unit01", "演示餐馆"),
        ("audit01", "孝义市"),
    ],
)
def test_documents_name_the_office_or_unit_that_one_speaks_for(
    database: Database, username: str, unit: str
) -> None:
    with database.reading() as session:
        actor = account_actor(session, username)
        assert actor.area_code == {"town01": TOWNSHIP, "unit01": TOWNSHIP}.get(username, CITY)
    suffix = unit.removeprefix("{area}")
    assert actor.unit.endswith(suffix)
    assert (actor.unit == suffix) == ("{area}" not in unit)


def test_a_grid_workers_unit_is_the_grid(database: Database) -> None:
    with database.reading() as session:
        actor = account_actor(session, "grid01")
    assert (actor.area_code, actor.unit) == (GRID, "第1网格")


def test_a_password_is_known_by_its_hash_alone() -> None:
    hashed = hash_password("correct horse 电池")
    assert "correct" not in hashed
    assert verify(hashed, "correct horse 电池")
    assert not verify(hashed, "correct horse")
    assert hash_password("correct horse 电池") != hashed


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$broken"])
def test_what_is_no_hash_fits_no_password(kept: str | None) -> None:
    assert not verify(kept, "nobody")
    assert not verify(kept, "")


def test_the_real_hashing_is_argon2id_at_the_librarys_strength() -> None:
    import argon2

    defaults = argon2.PasswordHasher()
    assert defaults.type is argon2.Type.ID
    assert defaults.memory_cost >= 19 * 1024
