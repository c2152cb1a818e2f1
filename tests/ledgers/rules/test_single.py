"""Rules about one line: a sound one passes, and each fault is named with its values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.glossary import Level
from server.ledgers.differences import DifferenceKind
from server.ledgers.records import Record, Standing
from server.ledgers.rules.single import flaws_of, person, wants_five

TODAY = date(2026, 11, 23)

SOUND = Record(
    ref="我方 3 行",
    number="YH-141181-001-202610-0007",
    found_on=date(2026, 10, 8),
    township="新义街道",
    site_name="演示餐馆",
    description="疏散通道堆放纸箱",
    level=Level.GENERAL,
    responsible_unit="演示餐馆",
    responsible_person="赵六 138****1234",
    measures="清空疏散通道，安排专人每日检查",
    amount_yuan=Decimal(0),
    deadline=date(2026, 10, 30),
    contingency="整改期间停用二楼",
    finish_summary="已清空",
    finished_on=date(2026, 10, 20),
    acceptors=("李四",),
    acceptance_opinion="合格",
    accepted_on=date(2026, 10, 21),
    standing=Standing.CLOSED,
    closed_on=date(2026, 10, 22),
)

OPEN: dict[str, Any] = {
    "standing": Standing.OPEN,
    "finished_on": None,
    "finish_summary": "",
    "acceptors": (),
    "acceptance_opinion": "",
    "accepted_on": None,
    "closed_on": None,
}


def rules(**changes: Any) -> list[str]:
    return [flaw.rule for flaw in flaws_of(replace(SOUND, **changes), TODAY)]


def test_a_sound_line_has_no_flaw() -> None:
    assert rules() == []
    assert rules(standing=None) == []
    assert rules(**OPEN | {"deadline": TODAY}) == []


def test_a_line_that_says_little_is_not_accused() -> None:
    assert list(flaws_of(Record("1 行"), TODAY)) == []
    assert list(flaws_of(Record("1 行", found_on=TODAY, description="堆物"), TODAY)) == []


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (
            "closed_not_accepted",
            {"acceptors": (), "accepted_on": None, "acceptance_opinion": ""},
        ),
        ("accepted_by_rectifier", {"acceptors": ("李四", "赵六")}),
        ("accepted_by_rectifier", {"acceptors": ("赵 六",), "responsible_person": "赵 六"}),
        (
            "finished_after_closure",
            {"finished_on": date(2026, 10, 23), "accepted_on": None},
        ),
        ("accepted_after_closure", {"accepted_on": date(2026, 10, 23)}),
    ],
)
def test_closed_without_evidence(rule: str, changes: dict[str, Any]) -> None:
    assert rules(**changes) == [rule]


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("closed_before_found", {"closed_on": date(2026, 10, 7)}),
        ("finished_before_found", {"finished_on": date(2026, 10, 7)}),
        ("deadline_before_found", {"deadline": date(2026, 9, 30)}),
        ("accepted_before_finished", {"accepted_on": date(2026, 10, 19)}),
        ("closed_in_future", {"closed_on": date(2027, 10, 22)}),
        ("found_in_future", OPEN | {"found_on": date(2026, 11, 24), "deadline": date(2027, 1, 1)}),
    ],
)
def test_dates_out_of_order(rule: str, changes: dict[str, Any]) -> None:
    [flaw] = flaws_of(replace(SOUND, **changes), TODAY)
    assert (flaw.kind, flaw.rule) == (DifferenceKind.DATES_OUT_OF_ORDER, rule)
    for value in changes.values():
        if isinstance(value, date) and len(changes) == 1:
            assert str(value) in flaw.explanation


def test_an_acceptance_before_everything_is_named_against_both() -> None:
    assert rules(accepted_on=date(2026, 10, 1)) == [
        "accepted_before_found",
        "accepted_before_finished",
    ]


def test_an_open_line_past_its_deadline_is_overdue_and_stays_the_same_flaw() -> None:
    late = replace(SOUND, **OPEN)
    [flaw] = flaws_of(late, TODAY)
    assert flaw.kind is DifferenceKind.OVERDUE_WITHOUT_EXTENSION
    assert "2026-10-30 已过 24 天" in flaw.explanation
    [tomorrow] = flaws_of(late, date(2026, 11, 24))
    assert tomorrow.explanation != flaw.explanation
    assert tomorrow.values == flaw.values
    assert rules(**OPEN | {"finished_on": date(2026, 11, 1)}) == []
    assert rules(**OPEN | {"standing": Standing.VOID, "remarks": "误报"}) == []


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("责任", {"responsible_person": ""}),
        ("责任", {"responsible_unit": "无"}),
        ("措施", {"measures": "略"}),
        ("资金", {"amount_yuan": None}),
        ("资金", {"measures": "更换电箱，重新敷设线路"}),
        ("时限", {"deadline": None}),
        ("预案", {"contingency": "暂无"}),
        ("预案", {"contingency": ""}),
    ],
)
def test_five_incomplete(part: str, changes: dict[str, Any]) -> None:
    [flaw] = flaws_of(replace(SOUND, **changes), TODAY)
    assert flaw.kind is DifferenceKind.FIVE_INCOMPLETE
    assert list(flaw.values) == [part]
    assert part in flaw.explanation


def test_money_for_construction_is_in_place() -> None:
    assert rules(measures="更换电箱，重新敷设线路", amount_yuan=Decimal(3000)) == []


def test_what_was_put_right_on_the_spot_needs_no_plan() -> None:
    on_spot: dict[str, Any] = {
        "found_on": SOUND.finished_on,
        "measures": "",
        "contingency": "",
        "amount_yuan": None,
        "deadline": None,
        "responsible_person": "",
    }
    assert rules(**on_spot) == []
    assert "five_incomplete" in rules(**on_spot | {"level": Level.MAJOR})


def test_nothing_has_to_be_in_place_before_anything_was_planned() -> None:
    bare = replace(SOUND, **OPEN | {"measures": "", "contingency": "", "amount_yuan": None})
    assert not wants_five(bare)
    assert wants_five(replace(bare, measures="清空"))
    assert not wants_five(replace(SOUND, standing=Standing.VOID))


def test_a_void_line_says_why() -> None:
    assert rules(**OPEN | {"standing": Standing.VOID, "remarks": " 无 "}) == ["void_without_reason"]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("赵六 138****1234", "赵六"),
        ("赵六（13800001234）", "赵六"),
        ("  赵六，电话", "赵六"),
        ("13800001234 赵六", "赵六"),
        ("买买提·艾力 138", "买买提·艾力"),
        ("", ""),
        ("138****1234", ""),
    ],
)
def test_the_person_in_a_cell(cell: str, name: str) -> None:
    assert person(cell) == name
