"""Whatever fits the rules of the forms that are no checklists is taken; what does not is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.forms.entities import entities

from .filling import fill, library_form
from .test_library_forms import (
    CREATED,
    NOT_CREATED,
    UNSAFE,
    house_answers,
    leader_answers,
    read,
    told,
)

TODAY = date(2026, 11, 23)
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)
AHEAD = st.integers(1, 3_000).map(lambda days: str(TODAY + timedelta(days)))
PAST = st.integers(0, 3_000).map(lambda days: str(TODAY - timedelta(days)))
POINT = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 500)).map(
    lambda point: f"{point[0]:.6f} {point[1]:.6f} 0 {point[2]}"
)


def several(*names: str) -> st.SearchStrategy[str]:
    return st.sets(st.sampled_from(names), min_size=1).map(lambda some: " ".join(sorted(some)))


HOUSE = st.fixed_dictionaries(
    {
        "site_name": WORDS,
        "address": WORDS,
        "owner": WORDS,
        "built_year": st.integers(1900, TODAY.year).map(str),
        "floors": st.integers(1, 30).map(str),
        "structure": st.sampled_from(["brick_concrete", "frame", "brick_wood", "earth_wood"]),
        "business": several("catering", "lodging", "rental") | st.just("none"),
        "location": POINT,
    },
    optional={
        "house_code": WORDS,
        "user": WORDS,
        "residents": st.integers(0, 2_000).map(str),
        "owner_phone": st.from_regex(r"[0-9+() -]{7,20}", fullmatch=True).map(str.strip)
        .filter(lambda text: len(text) >= 7),
    },
)  # fmt: skip
FOUND = st.fixed_dictionaries(
    {
        "judgement": st.sampled_from(["some", "severe"]),
        "signs": several("settlement", "tilt", "crack", "overload"),
        "description": WORDS,
        "remedy": st.sampled_from(["demolish", "stop", "reinforce", "repair", "other"]),
        "person": WORDS,
        "due": AHEAD,
        "controls": WORDS,
    },
    optional={"spot": WORDS, "owner_notice_on": PAST, "user_notice_on": PAST, "report_on": PAST},
)


@given(HOUSE)
def test_any_safe_house_raises_nothing(house: dict[str, str]) -> None:
    xml = fill("self-built-house", house_answers(**house), entity=NOT_CREATED)
    assert told("self-built-house", xml) == []
    assert entities(library_form("self-built-house"), read(xml)) == []


@given(HOUSE, FOUND, several("stopped", "evacuated", "sealed", "warned") | st.just("nothing"))
def test_any_unsafe_house_is_one_hazard(
    house: dict[str, str], found: dict[str, str], safeguards: str
) -> None:
    severe = {"safeguards": safeguards} if found["judgement"] == "severe" else {}
    answers = house_answers(**house) | UNSAFE | found | severe
    xml = fill("self-built-house", answers, entity=CREATED)
    assert told("self-built-house", xml) == []
    (draft,) = entities(library_form("self-built-house"), read(xml))
    suspected = found["judgement"] == "severe"
    assert draft.values["level"] == ("suspected_major" if suspected else "general")


@given(HOUSE, st.sampled_from(["site_name", "address", "owner", "floors", "structure", "location"]))
def test_a_house_that_lacks_something_is_noticed(house: dict[str, str], name: str) -> None:
    xml = fill("self-built-house", house_answers(**house) | {name: ""}, entity=NOT_CREATED)
    assert told("self-built-house", xml) == [(f"house/{name}", "required")]


@given(HOUSE, st.integers(31, 999) | st.integers(-99, 0))
def test_a_house_has_so_many_floors_and_no_more(house: dict[str, str], floors: int) -> None:
    answers = house_answers(**house) | {"floors": str(floors)}
    xml = fill("self-built-house", answers, entity=NOT_CREATED)
    assert told("self-built-house", xml) == [("house/floors", "constraint")]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "description": WORDS,
            "level": st.sampled_from(["general", "suspected_major"]),
            "photo": st.just("a.jpg"),
        },
        optional={
            "due": AHEAD,
            "spot": WORDS,
            "sector": st.sampled_from(["COAL", "FIRE", "OTHER"]),
        },
    ),
    min_size=1,
    max_size=4,
)


@given(ROWS, WORDS, POINT)
def test_any_visit_of_a_leader_reports_what_was_found(
    rows: list[dict[str, Any]], name: str, point: str
) -> None:
    answers = leader_answers(found="yes", leader=name, location=point)
    xml = fill("leader-visit", answers, rows)
    assert told("leader-visit", xml) == []
    drafts = entities(library_form("leader-visit"), read(xml))
    assert [each.values["description"] for each in drafts] == [row["description"] for row in rows]


@given(
    st.fixed_dictionaries(
        {
            "chosen": st.uuids().map(str),
            "result": st.sampled_from(["fixed", "not_fixed", "worse"]),
            "note": WORDS,
            "photo": st.just("now.jpg"),
            "location": POINT,
        },
        optional={"number": WORDS, "was": WORDS, "until": AHEAD},
    )
)
def test_any_visit_to_a_known_hazard_is_taken(answers: dict[str, str]) -> None:
    entity = {"update": "1", "id": answers["chosen"]}
    xml = fill("recheck", answers, entity=entity)
    assert told("recheck", xml) == []
    (draft,) = entities(library_form("recheck"), read(xml))
    assert draft.values == {"visit_result": answers["result"], "visit_note": answers["note"]}
