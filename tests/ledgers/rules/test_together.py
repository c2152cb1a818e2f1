"""Rules about many lines: batches, copied texts, recurrence, gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from server.hazards.numbers import missing_ranges
from server.ledgers.records import Record, Standing
from server.ledgers.rules.together import (
    batch_closure,
    batches,
    number_gap,
    numbers_in_series,
    recurrences_in,
    same_texts,
)


class Closing(NamedTuple):
    ref: str
    by: str
    at: datetime


START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def closings(who: str, *minutes: float) -> list[Closing]:
    return [Closing(f"{who}{at}", who, START + timedelta(minutes=at)) for at in minutes]


def found(*minutes: float, least: int = 3, span: int = 10) -> list[list[str]]:
    return [[each.ref for each in batch] for batch in batches(closings("a", *minutes), least, span)]


def test_runs_of_closings() -> None:
    assert found() == []
    assert found(0, 20, 40) == []
    assert found(0, 5, 10) == [["a0", "a5", "a10"]]
    assert found(0, 5, 10.1) == []
    assert found(0, 5, 10, 15, 20, 60) == [["a0", "a5", "a10", "a15", "a20"]]
    assert found(0, 1, 2, 60, 61, 62) == [["a0", "a1", "a2"], ["a60", "a61", "a62"]]


def test_two_people_are_not_one() -> None:
    both = [*closings("a", 0, 1), *closings("b", 0, 1)]
    assert list(batches(both, 3, 10)) == []


@given(
    st.lists(st.integers(0, 120), max_size=40).map(sorted),
    st.integers(2, 6),
    st.integers(1, 20),
)
def test_a_line_is_in_a_run_if_and_only_if_a_window_with_enough_others_has_it(
    minutes: list[int], least: int, span: int
) -> None:
    own = [
        Closing(str(index), "a", START + timedelta(minutes=at)) for index, at in enumerate(minutes)
    ]
    marked = [each.ref for batch in batches(own, least, span) for each in batch]
    expected = {
        str(inside)
        for first, at in enumerate(minutes)
        for window in [[i for i in range(first, len(minutes)) if minutes[i] - at <= span]]
        if len(window) >= least
        for inside in window
    }
    assert len(marked) == len(set(marked))
    assert set(marked) == expected


def test_a_batch_in_words() -> None:
    flaw = batch_closure("王五", closings("a", 0, 1, 2, 3, 4, 5, 6), of=7)
    assert "王五 在 6 分钟内连续销号 7 条" in flaw.explanation
    assert "a0、a1、a2、a3、a4 等 7 条" in flaw.explanation
    assert flaw.values["隐患编号"].split("、")[-1] == "a6"


def test_copied_texts() -> None:
    records = [
        Record(str(index), description="灭火器压力不足，未及时更换充装", finish_summary="已整改")
        for index in range(5)
    ]
    records.append(Record("5", description="灭火器压力不足，已过期未更换充装"))
    [flaw] = same_texts(records, 5, 10)
    assert flaw.values["隐患编号"] == "0、1、2、3、4"
    assert "5 条隐患的隐患描述一字不差" in flaw.explanation
    assert list(same_texts(records, 6, 10)) == []


def line(ref: str, found_on: str, closed_on: str = "", **said: str) -> Record:
    return Record(
        ref,
        found_on=date.fromisoformat(found_on),
        closed_on=date.fromisoformat(closed_on) if closed_on else None,
        standing=Standing.CLOSED if closed_on else Standing.OPEN,
        **{"site_name": "演示餐馆", "spot": "二楼 疏散通道"} | said,  # type: ignore[arg-type]
    )


def again(*records: Record) -> list[tuple[str, str]]:
    return [(each.later.ref, each.earlier.ref) for each in recurrences_in(records, 180)]


def test_the_same_spot_again() -> None:
    first = line("a", "2026-03-01", "2026-03-20")
    assert again(first, line("b", "2026-04-01", spot="二楼疏散通道")) == [("b", "a")]
    assert again(first, line("b", "2026-10-01")) == []
    assert again(first, line("b", "2026-03-10")) == []
    assert again(first, line("b", "2026-04-01", spot="厨房")) == []
    assert again(first, line("b", "2026-04-01", site_name="演示超市")) == []
    assert (
        again(line("a", "2026-03-01", "2026-03-20", spot=""), line("b", "2026-04-01", spot=""))
        == []
    )


def test_recurrence_names_the_last_one_before() -> None:
    lines = [
        line("a", "2026-03-01", "2026-03-20"),
        line("b", "2026-04-01", "2026-04-10"),
        line("c", "2026-05-01"),
    ]
    assert again(*lines) == [("b", "a"), ("c", "b")]
    [_, second] = recurrences_in(lines, 180)
    assert "b 于 2026-04-10 销号，21 天后（2026-05-01）" in second.flaw.explanation


def test_a_void_line_is_no_recurrence() -> None:
    void = Record(
        "v", found_on=date(2026, 4, 1), site_name="演示餐馆", spot="二楼", standing=Standing.VOID
    )
    assert again(line("a", "2026-03-01", "2026-03-20", spot="二楼"), void) == []


@given(st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_missing_ranges_are_what_is_missing(have: set[int], last: int) -> None:
    ranges = list(missing_ranges(have, last))
    listed = [serial for first, end in ranges for serial in range(first, end + 1)]
    assert listed == sorted(set(range(1, last + 1)) - have)
    assert all(second[0] > first[1] + 1 for first, second in pairwise(ranges))


def test_numbers_and_gaps_in_words() -> None:
    assert numbers_in_series(["YH-1-001-202611-0007", "YH-1-001-202611-10001", "无", "12"]) == {
        "YH-1-001-202611": {7, 10001}
    }
    assert "编号 S-0003 已经用过" in number_gap("S", 3, 3).explanation
    assert "S-0003 至 S-0005（共 3 个）" in number_gap("S", 3, 5).explanation
