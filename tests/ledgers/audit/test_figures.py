"""How much of what is wrong is found, and how much of what is found is wrong: kind by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from server.database import Database
from server.hazards.models import Hazard
from server.ledgers.differences import DifferenceKind
from server.ledgers.models import Difference

from .planted import Planted

RANGE = re.compile(r"(.*)-(\d+) 至 .*-(\d+)（")

# A kind that one ledger cannot have by itself.
BETWEEN_LEDGERS = {"only_ours", "only_theirs", "duplicate_number", "values_differ"}


def subjects(difference: Difference, number: str | None) -> Iterator[str]:
    """What a difference accuses: lines by their numbers, a missing number, a credit code."""
    said = difference.ours
    if number is not None:
        yield number
    elif "隐患编号" in said:
        yield from said["隐患编号"].split("、")
    elif "缺失编号" in said:
        several = RANGE.match(said["缺失编号"])
        if several is None:
            yield said["缺失编号"]
            return
        series, first, last = several.groups()
        yield from (f"{series}-{serial:04d}" for serial in range(int(first), int(last) + 1))
    else:
        yield said["统一社会信用代码"]


def found_in(database: Database) -> set[tuple[str, str]]:
    query = select(Difference, Hazard.number).outerjoin(Hazard, Hazard.id == Difference.hazard_id)
    with database.reading() as session:
        return {
            (difference.kind, subject)
            for difference, number in session.execute(query)
            for subject in subjects(difference, number)
        }


@pytest.mark.slow
def test_precision_and_recall_of_every_kind(app: Flask, database: Database) -> None:
    planted = Planted(seed=20261123, lines=2_000, faults=40)
    planted.write(database)
    app.extensions["auditor"].run_now()
    found, truth = found_in(database), planted.truth
    figures = {}
    for kind in sorted(set(DifferenceKind) - BETWEEN_LEDGERS):
        said = {each for each in found if each[0] == kind}
        true = {each for each in truth if each[0] == kind}
        assert len(true) >= 20, f"too few of {kind} are planted to tell"
        hits = len(said & true)
        figures[str(kind)] = (hits / len(said), hits / len(true))
        print(  # noqa: T201 (docs/audit.md states them)
            f"{kind:28} {len(true):4} planted: {hits / len(said):.3f}, {hits / len(true):.3f}"
        )
    for kind, (precision, recall) in figures.items():
        assert precision >= 0.95, kind
        assert recall >= 0.90, kind


def test_honest_lines_alone_are_not_accused(app: Flask, database: Database) -> None:
    Planted(seed=7, lines=400, faults=0).write(database)
    app.extensions["auditor"].run_now()
    assert found_in(database) == set()
