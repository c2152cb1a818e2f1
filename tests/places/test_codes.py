"""Area codes: what lies within what, told alike by the codes, by SQL and by the tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from server.models import Base
from server.places.codes import AREA_CODE, is_within, prefix, township_code, township_part, within
from server.places.models import Area

# Few digits, so that areas often do lie in one another; all nines is the last code there is.
DIGIT = st.sampled_from("0199")


def part(digits: int) -> st.SearchStrategy[str]:
    """A part of a code that says something: not all zeros."""
    return st.text(DIGIT, min_size=digits, max_size=digits).filter(lambda text: text.strip("0"))


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    """Areas from county to grid, each by its code, with its parent's."""
    tree: dict[str, str | None] = {}
    for county in draw(st.sets(part(2), min_size=1, max_size=2)):
        city = f"{draw(st.sampled_from(['1411', '9999']))}{county}"
        tree[city + "000000"] = None
        for township in draw(st.sets(part(3), max_size=3)):
            tree[f"{city}{township}000"] = f"{city}000000"
            for village in draw(st.sets(part(3), max_size=3)):
                tree[f"{city}{township}{village}"] = f"{city}{township}000"
                for grid in draw(st.sets(part(2), max_size=3)):
                    tree[f"{city}{township}{village}{grid}"] = f"{city}{township}{village}"
    return tree


def lies_in(tree: dict[str, str | None], code: str | None, outer: str) -> bool:
    while code is not None and code != outer:
        code = tree[code]
    return code == outer


@given(trees())
def test_the_codes_say_what_the_tree_says(tree: dict[str, str | None]) -> None:
    for outer in tree:
        for code in tree:
            assert is_within(code, outer) == lies_in(tree, code, outer)


CODES = st.text(DIGIT, min_size=12, max_size=18).filter(lambda code: len(code) != 13)


@given(st.sets(CODES, max_size=40), CODES)
def test_sql_says_what_the_codes_say(codes: set[str], outer: str) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["areas"]])
    with Session(engine) as session:
        rows = [{"code": code, "name": "", "kind": "grid"} for code in codes]
        if rows:
            session.execute(insert(Area), rows)
        found = set(session.scalars(select(Area.code).where(within(Area.code, outer))))
    engine.dispose()
    assert found == {code for code in codes if is_within(code, outer)}


@given(CODES)
def test_an_area_lies_within_itself_and_its_township(code: str) -> None:
    assert is_within(code, code)
    assert is_within(code, township_code(code)) or not township_part(code).strip("0")
    assert code.startswith(prefix(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("140000000000", "14"),
        ("141100000000", "1411"),
        ("141181000000", "141181"),
        ("141181001000", "141181001"),
        ("141181001201", "141181001201"),
        ("14118100120103", "14118100120103"),
        ("141181000001", "141181000001"),
        ("000000000000", "00"),
    ],
)
def test_a_prefix_ends_where_the_code_stops_saying_anything(code: str, expected: str) -> None:
    assert prefix(code) == expected


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("141181001000", True),
        ("141181001201991234", True),
        ("1411810010001234567", False),
        ("14118100100", False),
        ("141181001000\n", False),
        ("14118100100٣", False),
        ("14118100100x", False),
        ("", False),
    ],
)
def test_a_code_is_twelve_to_eighteen_ascii_digits(code: str, fits: bool) -> None:
    assert bool(AREA_CODE.match(code)) == fits
