"""Which lines belong together: certain, proposed, alone; and what two persons' words do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ledgers.reconciliation import blocking
from server.ledgers.reconciliation.matching import (
    Candidate,
    Duplicate,
    DuplicateKind,
    How,
    Matching,
    Pair,
    match,
)
from server.ledgers.records import Record

from .ledgers import make_ledgers

FIRST = "YH-141181-001-202611-0001"
SECOND = "YH-141181-001-202611-0002"
GUARD = Record(
    ref=FIRST,
    number=FIRST,
    found_on=date(2026, 11, 3),
    site_name="孝义市晋丰煤焦有限公司",
    credit_code="91350100M000100Y43",
    spot="3号皮带走廊",
    description="护栏缺失5米，拉绳开关失灵",
)
FIRE = Record(
    ref=SECOND,
    number=SECOND,
    found_on=date(2026, 11, 3),
    site_name="孝义市晋丰煤焦有限公司",
    spot="办公楼二楼",
    description="灭火器压力不足，应急照明不亮",
)
SHOP = Record(
    ref="YH-141181-001-202611-0003",
    number="YH-141181-001-202611-0003",
    found_on=date(2026, 11, 9),
    site_name="利民超市",
    spot="一层大厅",
    description="安全出口被货物堵塞",
)
OURS = [GUARD, FIRE, SHOP]


def theirs(record: Record, ref: str, **changes: object) -> Record:
    return replace(record, ref=ref, **changes)  # type: ignore[arg-type]


def only_candidate(matching: Matching) -> Candidate:
    [candidate] = [each for each in matching.candidates if each.best]
    return candidate


def test_one_number_is_one_hazard_however_it_is_written() -> None:
    line = theirs(GUARD, "a!3", number="ｙｈ－141181—001－202611－1", description="皮带护栏缺5米")
    matching = match(OURS, [line])
    assert matching.pairs == (Pair(FIRST, "a!3", How.NUMBER),)
    assert matching.only_ours == (FIRE.ref, SHOP.ref)
    assert matching.only_theirs == ()


def test_a_number_on_an_obviously_other_hazard_is_no_certainty() -> None:
    line = theirs(SHOP, "a!3", number=FIRST)
    matching = match(OURS, [line])
    assert matching.pairs == ()
    best = only_candidate(matching)
    # It is the shop's line; that it bears another's number is a reason to look.
    assert (best.ours, best.theirs) == (SHOP.ref, "a!3")
    assert "编号不同" in best.reasons or "编号只差一位" in best.reasons
    [other] = [each for each in matching.candidates if not each.best]
    assert other.ours == FIRST
    assert "编号相同，但单位或描述明显不同" in other.reasons


def test_a_number_given_twice() -> None:
    """The right line gets it, the other one goes where its words belong."""
    lines = [theirs(FIRE, "a!3", number=FIRST), theirs(GUARD, "a!4")]
    matching = match(OURS, lines)
    assert matching.pairs == (Pair(FIRST, "a!4", How.NUMBER),)
    assert (only_candidate(matching).ours, only_candidate(matching).theirs) == (SECOND, "a!3")
    assert matching.duplicates == (Duplicate(DuplicateKind.ONE_NUMBER, FIRST, (), ("a!3", "a!4")),)


def test_without_a_number_by_site_text_and_date() -> None:
    line = theirs(
        GUARD, "a!3", number="", site_name="晋丰煤焦", spot="", credit_code="",
        description="三号皮带走廊拉绳开关失效、护栏缺5米", found_on=date(2026, 11, 4),
    )  # fmt: skip
    matching = match(OURS, [line])
    best = only_candidate(matching)
    assert (best.ours, matching.pairs, matching.only_theirs) == (FIRST, (), ())
    assert best.score > 0.7
    assert best.reasons[:2] == ("对方没有编号", "单位名称一致")
    assert best.reasons[-1] == "检查日期相差 1 天"
    assert any(each.startswith("部位和描述相似度") for each in best.reasons)


def test_a_copy_without_a_number_is_likely_and_not_certain() -> None:
    best = only_candidate(match(OURS, [theirs(GUARD, "a!3", number="")]))
    assert best.likely
    assert best.score > 0.9
    assert "信用代码一致" in best.reasons


def test_two_that_are_as_good_as_each_other_are_not_likely() -> None:
    twin = replace(GUARD, ref=SECOND, number=SECOND)
    best = only_candidate(match([GUARD, twin], [theirs(GUARD, "a!3", number="")]))
    assert not best.likely


def test_another_site_is_not_proposed() -> None:
    line = theirs(GUARD, "a!3", number="", site_name="和顺面馆", credit_code="")
    matching = match(OURS, [line])
    assert [each for each in matching.candidates if each.best] == []
    assert matching.only_theirs == ("a!3",)


def test_a_unit_under_another_name_is_known_by_its_credit_code() -> None:
    line = theirs(GUARD, "a!3", number="", site_name="焦化二厂")
    assert only_candidate(match(OURS, [line])).ours == FIRST


def test_a_line_without_a_site_is_found_by_its_words() -> None:
    others = make_ledgers(5, 60).ours
    line = theirs(GUARD, "a!3", number="", site_name="", credit_code="")
    best = only_candidate(match([GUARD, *others], [line]))
    assert best.ours == FIRST
    assert "对方没有单位名称" in best.reasons


def test_what_persons_said_counts() -> None:
    line = theirs(SHOP, "a!3", number="")
    confirmed = match(OURS, [line], confirmed=[(FIRST, "a!3"), ("gone", "a!3")])
    assert confirmed.pairs == (Pair(FIRST, "a!3", How.CONFIRMED),)
    refused = match(OURS, [line], refused=[(SHOP.ref, "a!3")])
    assert all(each.ours != SHOP.ref for each in refused.candidates)
    by_number = match(OURS, [theirs(SHOP, "a!3")], refused=[(SHOP.ref, "a!3")])
    assert by_number.pairs == ()


def test_one_hazard_on_several_lines() -> None:
    lines = [theirs(GUARD, "a!3"), theirs(GUARD, "a!4", number="2026-017")]
    matching = match(OURS, lines)
    assert matching.pairs == (Pair(FIRST, "a!3", How.NUMBER),)
    assert matching.only_theirs == ("a!4",)
    assert matching.duplicates == (
        Duplicate(DuplicateKind.ONE_HAZARD, FIRST, (FIRST,), ("a!3", "a!4")),
    )


def test_one_hazard_under_two_numbers_of_ours() -> None:
    twin = replace(GUARD, ref="YH-141181-002-202611-0900", number="YH-141181-002-202611-0900")
    matching = match([GUARD, twin], [theirs(GUARD, "a!3", number="2026-017")])
    assert [each.kind for each in matching.duplicates] == [DuplicateKind.ONE_HAZARD]
    assert set(matching.duplicates[0].ours) == {FIRST, twin.ref}


def test_nothing_on_either_side() -> None:
    nothing = Matching((), (), (), (), ())
    assert match([], []) == nothing
    assert match(OURS, []) == replace(nothing, only_ours=tuple(each.ref for each in OURS))
    assert match([], OURS) == replace(nothing, only_theirs=tuple(each.ref for each in OURS))
    empty = [Record(ref="1"), Record(ref="2")]
    assert match(empty, empty) == Matching((), (), ("1", "2"), ("1", "2"), ())


def test_a_site_with_very_many_lines_is_searched_by_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocking, "MOST_PAIRS", 5)
    lines = [theirs(each, f"a!{place}", number="") for place, each in enumerate(OURS)]
    found = {(each.ours, each.theirs) for each in match(OURS, lines).candidates if each.best}
    assert found == {(each.ref, f"a!{place}") for place, each in enumerate(OURS)}


def test_the_order_of_the_lines_does_not_matter() -> None:
    ledgers = make_ledgers(3, 80)
    ours = ledgers.ours
    others = [replace(each, ref=f"a!{place}", number="") for place, each in enumerate(ours[10:])]
    forwards, backwards = match(ours, others), match(ours[::-1], others[::-1])
    assert set(forwards.candidates) == set(backwards.candidates)
    assert set(forwards.only_ours) == set(backwards.only_ours)


RECORDS = st.builds(
    Record,
    ref=st.uuids().map(str),
    number=st.sampled_from(["", FIRST, SECOND, "2026-001"]) | st.text(max_size=8),
    found_on=st.none() | st.dates(),
    site_name=st.sampled_from(["", "晋丰煤焦", "晋丰煤业", "利民超市"]) | st.text(max_size=6),
    credit_code=st.sampled_from(["", GUARD.credit_code]) | st.text(max_size=4),
    spot=st.sampled_from(["", "3号皮带"]) | st.text(max_size=4),
    description=st.sampled_from(["", "护栏缺失", "护栏缺失5米"]) | st.text(max_size=12),
)


@settings(max_examples=150)
@given(
    st.lists(RECORDS, max_size=8, unique_by=lambda each: each.ref),
    st.lists(RECORDS, max_size=8, unique_by=lambda each: each.ref),
    st.data(),
)
def test_every_line_is_in_exactly_one_place(
    ours: list[Record], others: list[Record], data: st.DataObject
) -> None:
    pairs = [(one.ref, other.ref) for one in ours for other in others]
    some = st.lists(st.sampled_from(pairs), max_size=3) if pairs else st.just([])
    refused = data.draw(some)
    matching = match(ours, others, confirmed=[], refused=refused)
    best = [each for each in matching.candidates if each.best]
    for records, name, alone in (
        (ours, "ours", matching.only_ours),
        (others, "theirs", matching.only_theirs),
    ):
        placed = [getattr(each, name) for each in (*matching.pairs, *best)] + list(alone)
        assert sorted(placed) == sorted(record.ref for record in records)
    taken = {(each.ours, each.theirs) for each in (*matching.pairs, *matching.candidates)}
    assert not taken & set(refused)
    assert all(0 <= each.score <= 1 and each.reasons for each in matching.candidates)
    assert all(each.best for each in matching.candidates if each.likely)
