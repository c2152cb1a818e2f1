"""Keyset paging: every row once, whatever comes and goes meanwhile."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.fields import MAX_ID
from server.web.paging import page_of, read_cursor

IDS = st.integers(1, MAX_ID)


def read(ids: set[int], before: int | None, limit: int) -> list[SimpleNamespace]:
    """What a query by keyset reads: one row more than the page holds."""
    chosen = sorted((each for each in ids if before is None or each < before), reverse=True)
    return [SimpleNamespace(id=each) for each in chosen[: limit + 1]]


@given(st.sets(IDS, max_size=30), st.integers(1, 8), st.lists(IDS, max_size=30))
def test_walking_the_pages_meets_every_row_once_newest_first(
    ids: set[int], limit: int, newcomers: list[int]
) -> None:
    there, seen = set(ids), []
    cursor = None
    while True:
        page = page_of(read(there, read_cursor(cursor), limit), limit)
        assert len(page.items) <= limit
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        # A new row is always the newest.
        there |= {each for each in newcomers[:1] if each > max(there)}
        newcomers = newcomers[1:]
    assert seen == sorted(ids, reverse=True)


@given(IDS)
def test_a_cursor_is_safe_in_an_address_and_reads_back(row_id: int) -> None:
    rows = [SimpleNamespace(id=row_id), SimpleNamespace(id=0)]
    cursor = page_of(rows, 1).next_cursor
    assert cursor is not None
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(cursor) == row_id


@given(st.text(max_size=64) | st.text("-_=ABCDwx0123", max_size=64))
@example("MTIz\n")
@example("\ud800")
@example("9" * 64)
def test_any_other_text_is_refused_or_a_possible_row(text: str) -> None:
    try:
        row_id = read_cursor(text)
    except InvalidInput as error:
        fields, row_id = list(error.errors), None
    assert fields == ["cursor"] if row_id is None else 0 < row_id <= MAX_ID


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_last_page_says_that_it_is_the_last(count: int) -> None:
    rows = [SimpleNamespace(id=number) for number in range(count)]
    assert page_of(rows, 2).next_cursor is None
