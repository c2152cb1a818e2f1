"""Whatever honest people do within the lifecycle, the audit accuses none of them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import FixedClock, local_date
from server.database import Database
from server.errors import DomainError
from server.glossary import Action, Level, State
from server.hazards.acts import Requested, act
from server.hazards.evidence import write_findings
from server.ledgers.audit.running import Auditor
from server.ledgers.models import Difference
from server.people.permissions import Actor
from server.photos.models import Photo, PhotoUpload
from tests.client import PLAN
from tests.conftest import NOW
from tests.factories import account_actor, make_hazard

PREVENTED = ("closed_without_evidence", "dates_out_of_order", "five_incomplete", "balance_broken")

S, A = State, Action
MOVES: dict[State, tuple[tuple[str, Action], ...]] = {
    S.REPORTED: (("town01", A.REGISTER), ("town01", A.RETURN_REPORT), ("grid01", A.FIX_ON_SPOT)),
    S.RETURNED: (("grid01", A.RESUBMIT),),
    S.REGISTERED: (("town01", A.ASSIGN), ("town02", A.VOID)),
    S.ASSIGNED: (("unit01", A.SUBMIT_PLAN), ("unit01", A.DECLINE)),
    S.PLAN_REVIEW: (("town01", A.APPROVE_PLAN), ("town01", A.RETURN_PLAN)),
    S.RECTIFYING: (
        *(("unit01", A.FINISH), ("unit01", A.FINISH), ("unit01", A.REQUEST_EXTENSION)),
        *(("town01", A.GRANT_EXTENSION), ("town01", A.REASSIGN)),
    ),
    S.AWAITING_ACCEPTANCE: (
        *(("town01", A.ACCEPT), ("town02", A.ACCEPT), ("town01", A.REFUSE_ACCEPTANCE)),
        ("town01", A.REASSIGN),
    ),
    S.AWAITING_CLOSURE: (
        *(("town02", A.CLOSE), ("town01", A.CLOSE), ("city01", A.CLOSE)),
        *(("town02", A.REFUSE_CLOSURE), ("town01", A.REASSIGN)),
    ),
    S.CLOSED: (("grid01", A.RECHECK),),
    S.VOID: (),
}


class History:
    """One hazard, and what people do to it, one after the other."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session, self.at = app, session, NOW
        names = ("grid01", "town01", "town02", "unit01", "city01")
        self.actors: dict[str, Actor] = {name: account_actor(session, name) for name in names}
        self.hazard = make_hazard(session, self.actors["grid01"], level=Level.GENERAL, site_id=1)

    def step(self, choice: int, days: int) -> None:
        moves = MOVES[State(self.hazard.state)]
        if not moves:
            return
        self.at += timedelta(days=days, minutes=1)
        name, action = moves[choice % len(moves)]
        requested = Requested(uuid4(), action, self._data(action))
        write_findings(
            self.session, self.hazard.id, self.app.extensions["examiner"].thresholds, self.at
        )
        try:
            with self.session.begin_nested():
                act(
                    self.session,
                    self.hazard.number,
                    requested,
                    self.actors[name],
                    at=self.at,
                    rules=self.app.extensions["rules"],
                )
        except DomainError:
            self.session.refresh(self.hazard)

    def _data(self, action: Action) -> dict[str, Any]:
        ahead = (local_date(self.at) + timedelta(days=25)).isoformat()
        reason: dict[str, Any] = {"reason": "现场核实"}
        match action:
            case A.REGISTER:
                return {"level": "general", "sector": "FIRE", "site": 1}
            case A.ASSIGN:
                return {"responsible_unit": 1, "deadline": ahead}
            case A.REASSIGN:
                return reason | {"responsible_unit": 2, "deadline": ahead}
            case A.SUBMIT_PLAN:
                deadline = self.hazard.deadline or local_date(self.at)
                return {"plan": deepcopy(PLAN) | {"deadline": deadline.isoformat()}}
            case A.REQUEST_EXTENSION:
                later = (self.hazard.deadline or local_date(self.at)) + timedelta(days=9)
                return reason | {"deadline": later.isoformat(), "interim_measures": "值守"}
            case A.FINISH | A.FIX_ON_SPOT:
                return {"summary": "已清空", "photos": [self._photo()]}
            case A.ACCEPT | A.CLOSE:
                return {"opinion": "合格"}
            case A.REFUSE_ACCEPTANCE:
                return reason | {"deadline": ahead}
            case A.RECHECK:
                return {"note": "回头看，仍保持"}
            case A.RESUBMIT | A.APPROVE_PLAN | A.GRANT_EXTENSION:
                return {}
        return reason

    def _photo(self) -> str:
        sha256 = uuid4().hex * 2
        for actor in ("unit01", "grid01"):
            self._put(sha256, self.actors[actor])
        return sha256

    def _put(self, sha256: str, actor: Actor) -> None:
        if self.session.get(Photo, sha256) is None:
            photo = Photo(sha256=sha256, size=1, uploaded_by=actor.id, created_at=self.at)
            photo.state = "sound"
            self.session.add(photo)
            self.session.flush()
        self.session.add(PhotoUpload(sha256=sha256, user_id=actor.id, capture="camera", at=self.at))
        self.session.flush()


def audited(database: Database, auditor: Auditor, at: datetime) -> list[str]:
    replace(auditor, clock=FixedClock(at)).run_now()
    with database.reading() as session:
        query = select(Difference.explanation).where(
            Difference.kind.in_(PREVENTED), Difference.status == "open"
        )
        return list(session.scalars(query))


@pytest.mark.slow
def test_honest_histories_show_nothing_that_the_lifecycle_prevents(
    app: Flask, database: Database, auditor_at_work: Auditor
) -> None:
    reached: set[str] = set()
    latest = NOW

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 12)), min_size=8, max_size=30))
    def any_history(steps: list[tuple[int, int]]) -> None:
        nonlocal latest
        with database.writing() as session:
            history = History(app, session)
            for choice, days in steps:
                history.step(choice, days)
            reached.add(history.hazard.state)
        latest = max(latest, history.at)
        assert audited(database, auditor_at_work, latest) == []

    any_history()
    assert {"closed", "rectifying"} <= reached
