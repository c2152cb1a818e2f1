"""The figures from SQL against a plain reckoning, over random histories and months."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.clock import local_date
from server.database import Database
from server.glossary import Role, State
from server.hazards.five import Part
from server.ledgers.statistics.asking import Answer, asked
from server.ledgers.statistics.figures import one_decimal
from server.ledgers.statistics.period import Period, period_of
from server.people.permissions import Permissions
from server.seed.demo import CITY
from tests.conftest import NOW
from tests.factories import an_actor
from tests.ledgers.histories import histories, write

from . import reckoning
from .reckoning import Known, by, known_at

TODAY = local_date(NOW)
MONTHS = ("2026-11", "2026-11", "2026-10", "2026-01", "2025-12")


def answered(database: Database, month: str) -> tuple[dict[str, Any], Period]:
    actor = an_actor(Role.AUDITOR)
    with database.reading() as session:
        asking = asked({"month": month}, actor, Permissions(()), TODAY)
        return Answer(session, asking).statistics(), asking.period


@given(seed=st.integers(0, 2**32), count=st.integers(0, 50), month=st.sampled_from(MONTHS))
@settings(max_examples=30)
def test_the_figures_are_those_of_a_plain_reckoning(
    database: Database, seed: int, count: int, month: str
) -> None:
    made = histories(Random(seed), count)
    with database.writing() as session:
        write(session, made)
    given_, period = answered(database, month)
    known = known_at(made, period)
    _assert_line(given_["totals"], known, period)
    _assert_national(given_["totals"]["national"], known, period)
    townships = by(known, lambda each: each.now.area_code[:9] + "000")
    for line in given_["townships"]:
        _assert_line(line, townships.get(line["area"], []), period)
    sectors = by(known, lambda each: each.now.sector)
    for sector in set(sectors) - {line["sector"] for line in given_["sectors"]}:
        assert reckoning.line(sectors[sector], period) == reckoning.line([], period)
    for line in given_["sectors"]:
        _assert_line(line, sectors.get(line["sector"], []), period)
        _assert_national(line["national"], sectors.get(line["sector"], []), period)
    assert given_["trend"] == reckoning.trend(known, period)
    _assert_ranks(given_["townships"])
    _assert_identities(given_)


def _assert_line(given_: Mapping[str, Any], known: list[Known], period: Period) -> None:
    expected = reckoning.line(known, period)
    plain = {name: given_[name] for name in expected if name in given_} | {
        "closure_rate": _of(given_["closure_rate"]),
        "planned": given_["five"]["planned"],
        "five": given_["five"]["in_place"],
        "parts": {Part(each["part"]): each["in_place"] for each in given_["five"]["parts"]},
    }
    assert plain == expected
    assert _of(given_["year_closure_rate"]) == (expected["year_closed"], expected["year_found"])


def _of(rate: Mapping[str, Any]) -> tuple[int, int]:
    assert rate["percent"] == one_decimal(rate["numerator"] * 100, rate["denominator"])
    assert (rate["percent"] is None) == (rate["denominator"] == 0)
    return rate["numerator"], rate["denominator"]


def _assert_national(given_: Mapping[str, Any], known: list[Known], period: Period) -> None:
    expected = reckoning.national(known, period)
    assert {name: given_[name] for name in expected} == expected


def _assert_ranks(townships: list[dict[str, Any]]) -> None:
    ranked = [each for each in townships if each["rank"]]
    assert {each["area"] for each in ranked} == {
        each["area"] for each in townships if each["year_found"] and each["area"] != CITY
    }
    for one in ranked:
        better = [each for each in ranked if _order(each) < _order(one)]
        assert one["rank"] == len(better) + 1


def _order(line: Mapping[str, Any]) -> tuple[float, int]:
    return (-line["year_closed"] / line["year_found"], line["overdue"] or 0)


def _assert_identities(statistics: Mapping[str, Any]) -> None:
    """What must hold within a report, whatever the hazards."""
    sectors = [line["national"] for line in statistics["sectors"]]
    total = statistics["totals"]["national"]
    for line in (*sectors, total):
        assert line["general_fixed"] <= line["general_found"]
        assert line["suspected"] <= line["general_found"]
        assert line["major_closed"] <= line["major_found"]
        assert line["planned"] <= line["major_found"] - line["major_closed"]
        assert line["five"] <= min(line["parts"].values())
        assert max(line["parts"].values()) <= line["planned"]
        assert line["listed"] <= line["major_found"] - line["major_closed"]
        assert line["listed_by_province"] <= line["listed"]
        for rate in (line["general_rate"], line["major_rate"]):
            assert rate is None or 0 <= rate <= 100
    added = ("general_found", "general_fixed", "major_found", "major_closed", "planned", "five")
    for name in (*added, "listed", "listed_by_province", "funds_10k"):
        assert sum(line[name] for line in sectors) == total[name], name
    assert total["units"] <= sum(line["units"] for line in sectors)
    for name in ("open", "found", "closed", "year_found", "year_closed", "closures", "funds_yuan"):
        for lines in (statistics["townships"], statistics["sectors"]):
            assert sum(line[name] for line in lines) == statistics["totals"][name], name
    first, *_, last = statistics["trend"]
    moved = sum(each["found"] - each["closed"] for each in statistics["trend"])
    assert first["open"] - first["found"] + first["closed"] + moved == last["open"]
    assert last["open"] == statistics["totals"]["open"]


def test_histories_say_what_the_test_needs() -> None:
    """The random histories come to every state, and change what an earlier month would say."""
    made = histories(Random(1), 1_000)
    october = period_of("2026-10", TODAY).ends_at
    pairs = [(each.then(october), each.facts[-1]) for each in made]
    known = [(then, now) for then, now in pairs if then]
    assert len(known) < len(pairs)
    assert len({now.state for _, now in pairs}) == len(State) - 1  # nothing is returned
    assert any(then.state != now.state for then, now in known)
    assert any(then.plan and not now.plan for then, now in known)
    assert any(then.fixed_on_spot and not now.fixed_on_spot for then, now in known)
    assert any(then.listing and not then.delisted and now.delisted for then, now in known)


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(0, 0, None), (1, 0, None), (0, 3, "0.0"), (200, 3, "66.7"), (1, 8, "0.1"), (25, 100, "0.3")],
)
def test_one_decimal_rounds_halves_up(numerator: int, denominator: int, shown: str | None) -> None:
    found = one_decimal(numerator, denominator)
    assert (None if found is None else str(found)) == shown
