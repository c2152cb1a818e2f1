"""Actors, areas and hazards made to measure; a hazard begins the one way that hazards begin."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from server.clock import local_date
from server.glossary import Level, Role
from server.hazards.models import Hazard
from server.hazards.reports import Found, Report, report_all
from server.people.accounts import find_account
from server.people.permissions import Actor
from server.places.models import Area
from server.seed.demo import CITY, GRID

from .conftest import NOW


def an_actor(role: Role, **changes: Any) -> Actor:
    """Somebody without an account, for asking the permission table alone."""
    plain = {"id": 10_000, "username": "someone", "name": "某人", "area_code": CITY}
    return Actor(role=role, **plain | changes)


def account_actor(session: Session, username: str) -> Actor:
    """Who an account acts as."""
    account = find_account(session, username)
    assert account is not None
    return account.actor


def make_area(session: Session, code: str) -> str:
    """An area of this code, if there is none yet; gives the code."""
    session.merge(Area(code=code, name=f"区划{code}", kind="grid"))
    session.flush()
    return code


def make_hazard(session: Session, reporter: Actor, *, at: datetime = NOW, **found: Any) -> Hazard:
    """A reported hazard: general, in the demo's grid, but for what `found` says otherwise."""
    plain = {
        "entity_id": uuid4(),
        "description": "疏散通道堆物",
        "level": Level.GENERAL,
        "area_code": GRID,
        "found_on": local_date(at),
        "sector": "FIRE",
    }
    [reported] = report_all(session, [Report(Found(**plain | found), reporter, at, None, "")])
    return session.get_one(Hazard, reported.id)


def no_rest() -> None:
    """Background work that is tested has nobody to give way to."""
