"""The audit on ledgers that the lifecycle made, and what people do to their rows by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from server.database import Database
from server.ledgers.audit.running import Auditor
from server.ledgers.models import Difference
from tests.hazards.test_audit import tamper, unguarded

__all__ = ["tamper", "unguarded"]

Audit = Callable[[], dict[str, Difference]]

KNOWN = "credit_code_invalid"


@pytest.fixture(autouse=True)
def credit_codes_that_are_none(database: Database) -> None:
    """So that there always is something to be found that is of no single hazard."""
    tamper(
        database,
        "UPDATE sites SET credit_code = substr(credit_code, 1, 17) || '0' "
        "WHERE credit_code IS NOT NULL",
    )


@pytest.fixture
def auditor_at_work(app: Flask) -> Auditor:
    found: Auditor = app.extensions["auditor"]
    return found


@pytest.fixture
def audit(auditor_at_work: Auditor, database: Database) -> Audit:
    """Run it; gives what is not resolved by rule."""

    def run() -> dict[str, Difference]:
        assert auditor_at_work.run_now() is not None
        with database.reading() as session:
            rows = session.scalars(select(Difference).order_by(Difference.id)).all()
        found = {row.key.partition(":")[0]: row for row in rows if row.status != "resolved"}
        found.pop(KNOWN, None)
        return found

    return run


def row_of(database: Database, **where: Any) -> Difference:
    with database.reading() as session:
        return session.scalars(select(Difference).filter_by(**where)).one()
