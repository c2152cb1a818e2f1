"""五到位: each of the five is in place, or says in words what it lacks."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.hazards.five import CHINESE, PLACEHOLDERS, Part, missing_parts
from tests.client import PLAN

TODAY = date(2026, 11, 23)


def plan_without(*path: str) -> dict[str, Any]:
    """The plan with one thing in it gone."""
    plan = deepcopy(PLAN)
    inner: Any = plan
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return plan


def plan_with(value: Any, *path: str) -> dict[str, Any]:
    plan = deepcopy(PLAN)
    inner: Any = plan
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return plan


def parts(plan: Any, today: date = TODAY) -> list[Part]:
    return [missing.part for missing in missing_parts(plan, today)]


def test_a_whole_plan_lacks_nothing() -> None:
    assert missing_parts(PLAN, TODAY) == []


def test_no_plan_lacks_all_five_in_their_order() -> None:
    assert parts(None) == list(Part)
    assert parts({}) == list(Part)
    assert [missing.name for missing in missing_parts(None, TODAY)] == list(CHINESE.values())


@pytest.mark.parametrize("part", list(Part))
def test_four_parts_name_the_fifth(part: Part) -> None:
    found = missing_parts(plan_without(part.value), TODAY)
    assert [missing.part for missing in found] == [part]
    assert found[0].name == CHINESE[part]
    assert found[0].message


@pytest.mark.parametrize("key", ["person", "unit", "phone"])
def test_responsibility_is_a_person_a_unit_and_a_phone(key: str) -> None:
    assert parts(plan_without("responsibility", key)) == [Part.RESPONSIBILITY]


@pytest.mark.parametrize("phone", ["请联系村委", "138", "13800001234567890123456"])
def test_a_phone_number_looks_like_one(phone: str) -> None:
    assert parts(plan_with(phone, "responsibility", "phone")) == [Part.RESPONSIBILITY]


@pytest.mark.parametrize("phone", ["13800001234", "0358-7600000", "+86 138 0000 1234"])
def test_usual_ways_to_write_a_phone_number_are_taken(phone: str) -> None:
    assert parts(plan_with(phone, "responsibility", "phone")) == []


@pytest.mark.parametrize("text", sorted(PLACEHOLDERS))
@pytest.mark.parametrize("part", [Part.MEASURES, Part.CONTINGENCY])
def test_a_placeholder_puts_nothing_in_place(part: Part, text: str) -> None:
    assert parts(plan_with(f" {text} ", part.value)) == [part]


def test_zero_yuan_is_a_statement_and_needs_no_source() -> None:
    assert parts(plan_with({"amount_yuan": "0.00", "source": ""}, "funds")) == []


def test_money_comes_from_somewhere() -> None:
    assert parts(plan_with({"amount_yuan": "0.01", "source": ""}, "funds")) == [Part.FUNDS]


def test_a_blank_amount_is_not_zero() -> None:
    assert parts(plan_with({"amount_yuan": None, "source": "自筹"}, "funds")) == [Part.FUNDS]


def test_a_deadline_is_in_place_up_to_its_own_day() -> None:
    assert parts(PLAN, date(2026, 12, 10)) == []
    assert parts(PLAN, date(2026, 12, 11)) == [Part.DEADLINE]


@given(gone=st.sets(st.sampled_from(list(Part))))
def test_exactly_the_absent_parts_are_missing(gone: set[Part]) -> None:
    plan = {key: value for key, value in PLAN.items() if key not in gone}
    assert set(parts(plan)) == gone
