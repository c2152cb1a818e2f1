"""Any answers that a form allows are found to be right; any one fault is found where it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from server.errors import Malformed
from server.forms.checking import check
from server.forms.definition import FormDefinition
from server.forms.entities import attachments, entities, place
from server.forms.instance import Instance, read_instance

from .filling import FORM_IDS, checklist_answers, fill, hazard_answers, library_form, quick_answers

RECEIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CHECKLISTS = sorted({each for each in FORM_IDS if "-" not in each and each != "recheck"})

# What XML can hold, and what is left of it when it is not blank.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30
).filter(str.strip)
PLACE = st.builds(
    "{:.7f} {:.7f} {:.1f} {:.1f}".format,
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(-400, 9000),
    st.floats(0, 500),
)
LEVEL = st.sampled_from(["general", "suspected_major"])
DUE = st.integers(1, 400).map(lambda days: (TODAY + timedelta(days=days)).isoformat())


def read(xml: bytes) -> Instance:
    return read_instance(xml, 2**21)


def told(form: FormDefinition, xml: bytes) -> list[tuple[str, str]]:
    findings = check(form, read(xml), received_at=RECEIVED)
    return [(finding.path, finding.code.value) for finding in findings]


def items_of(form: FormDefinition) -> list[str]:
    return [name for name in checklist_answers(form) if name.startswith(f"{form.form_id}_")]


@st.composite
def filled_checklists(draw: Callable[..., Any]) -> tuple[FormDefinition, dict[str, Any], list[Any]]:
    """A checklist with answers that it allows, and a row or more for each failing item."""
    form = library_form(draw(st.sampled_from(CHECKLISTS)))
    items = items_of(form)
    failed = draw(st.lists(st.sampled_from(items), unique=True, max_size=5))
    answers = checklist_answers(form, failed)
    for item in items:
        if item not in failed:
            answers[item] = draw(st.sampled_from(["pass", "na"]))
    answers |= {"site_name": draw(TEXT), "location": draw(PLACE)}
    if draw(st.booleans()):
        answers["site_id"] = draw(st.integers(1, 10**18 - 1))
    rows = failed + draw(st.lists(st.sampled_from(failed), max_size=2) if failed else st.just([]))
    return form, answers, [draw(rows_about(item)) for item in draw(st.permutations(rows))]


def rows_about(item: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "item": st.just(item),
            "description": TEXT,
            "chosen_level": LEVEL,
            "photo": st.integers(0, 10**12).map("{}.jpg".format),
            "due": st.none() | DUE,
            "spot": st.none() | TEXT,
        }
    )


@given(filled_checklists(), st.booleans())
def test_what_a_checklist_allows_is_found_to_be_right(
    filling: tuple[FormDefinition, dict[str, Any], list[Any]], entity_ids: bool
) -> None:
    form, answers, rows = filling
    instance = read(fill(form, answers, rows, entity_ids=entity_ids))
    assert check(form, instance, received_at=RECEIVED) == []
    drafts = entities(form, instance)
    assert [draft.values["item"] for draft in drafts] == [row["item"] for row in rows]
    assert [draft.position for draft in drafts] == list(range(1, len(rows) + 1))
    assert all((draft.id is not None) == entity_ids and draft.relevant for draft in drafts)
    names = [file.filename for file in attachments(form, instance)]
    assert names == [row["photo"] for row in rows]
    assert place(form, instance) is not None


@given(TEXT, LEVEL, PLACE, st.none() | TEXT)
def test_what_a_quick_report_allows_is_found_to_be_right(
    description: str, level: str, location: str, spot: str | None
) -> None:
    form = library_form("quick-report")
    answers = quick_answers(description=description, level=level, location=location, spot=spot)
    instance = read(fill(form, answers))
    assert check(form, instance, received_at=RECEIVED) == []
    (draft,) = entities(form, instance)
    assert draft.values["description"] == description.strip()


# One thing wrong with a row: which field, what is written there, what is found.
ROW_FAULTS = [
    ("item", None, "required"),
    ("description", None, "required"),
    ("description", "x" * 1001, "constraint"),
    ("chosen_level", None, "required"),
    ("chosen_level", "major", "choice"),
    ("chosen_level", "general suspected_major", "choice"),
    ("photo", None, "required"),
    ("due", "tomorrow", "type"),
    ("due", "2026-11-23", "constraint"),
    ("level", "harmless", "calculate"),
    ("sector", "NOWHERE", "calculate"),
    ("sector", None, "calculate"),
]
# And with the rest of a checklist.
FAULTS = [
    ("place/site_name", "site_name", None, "required"),
    ("place/site_name", "site_name", "   ", "required"),
    ("place/site_id", "site_id", "none", "constraint"),
    ("place/location", "location", None, "required"),
    ("place/location", "location", "91 0 0 0", "type"),
    ("start", "start", "this morning", "type"),
    ("today", "today", "2026-11-31", "type"),
    ("described", "described", "nothing", "calculate"),
    ("complete", "complete", None, "required"),
]


@pytest.mark.parametrize("form_id", CHECKLISTS)
@pytest.mark.parametrize(("field", "value", "code"), ROW_FAULTS)
@given(rows=st.integers(1, 4), data=st.data())
def test_a_fault_in_a_row_is_found_in_that_row(
    form_id: str, field: str, value: str | None, code: str, rows: int, data: st.DataObject
) -> None:
    form = library_form(form_id)
    failed = items_of(form)[:rows]
    wrong = data.draw(st.integers(0, rows - 1))
    hazards = [hazard_answers(item) for item in failed]
    hazards[wrong] |= {field: value}
    found = told(form, fill(form, checklist_answers(form, failed), hazards))
    # Without its item, a row no longer describes it.
    also = [("complete", "constraint")] if field == "item" else []
    assert found == [(f"hazard[{wrong + 1}]/{field}", code), *also]


@pytest.mark.parametrize("form_id", CHECKLISTS)
@pytest.mark.parametrize(("path", "field", "value", "code"), FAULTS)
def test_a_fault_elsewhere_is_found_where_it_is(
    form_id: str, path: str, field: str, value: str | None, code: str
) -> None:
    form = library_form(form_id)
    found = told(form, fill(form, checklist_answers(form) | {field: value}))
    assert found == [(path, code)]


@pytest.mark.parametrize("form_id", CHECKLISTS)
@pytest.mark.parametrize(("value", "code"), [(None, "required"), ("maybe", "choice")])
def test_an_item_is_judged_in_one_of_three_ways(form_id: str, value: str | None, code: str) -> None:
    form = library_form(form_id)
    required = {node.name: node.path for node in form.root.descendants() if node.bind.required}
    for item in items_of(form):
        found = told(form, fill(form, checklist_answers(form) | {item: value}))
        if value is None and item not in required:
            assert found == []
        else:
            group = "grid_items" if item in required else "pro_items"
            assert found == [(f"{group}/{item}", code)]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("photo", None, "required"),
        ("description", "", "required"),
        ("description", "x" * 1001, "constraint"),
        ("level", "major", "choice"),
        ("location", "here", "type"),
        ("site_id", "1" * 19, "constraint"),
    ],
)
def test_a_fault_in_a_quick_report_is_found(field: str, value: str | None, code: str) -> None:
    form = library_form("quick-report")
    assert told(form, fill(form, quick_answers() | {field: value})) == [(field, code)]


NAMES = st.sampled_from(
    ["place", "site_name", "location", "grid_items", "fire_01", "hazard", "item", "photo", "due",
     "level", "meta", "entity", "label", "instanceID", "complete", "failed", "description", "zzz"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["", "fail", "pass", "fire_01", "2026-11-23", "9" * 400, "nan", "1e999", "( [ \\", "隐患", "OK"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "create", "update", "dataset", "jr"]), VALUES, max_size=2
)
TREES = st.recursive(
    st.tuples(NAMES, VALUES, ATTRIBUTES, st.just([])),
    lambda below: st.tuples(NAMES, VALUES, ATTRIBUTES, st.lists(below, max_size=4)),
    max_leaves=25,
)


def element_of(tree: Any) -> etree._Element:
    name, text, attributes, children = tree
    element = etree.Element(name, attributes)
    element.text = text
    element.extend(map(element_of, children))
    return element


@pytest.mark.parametrize("form_id", FORM_IDS)
@given(st.lists(TREES, max_size=8))
def test_whatever_is_sent_is_judged_and_nothing_raised(form_id: str, trees: list[Any]) -> None:
    form = library_form(form_id)
    root = etree.Element(form.root_name, id=form_id, version="2")
    root.extend(map(element_of, trees))
    etree.SubElement(etree.SubElement(root, "meta"), "instanceID").text = "uuid:1"
    try:
        instance = read(etree.tostring(root))
    except Malformed:
        # Another `meta` came first.
        assume(False)
    found = check(form, instance, received_at=RECEIVED)
    assert all(finding.path and finding.message for finding in found)
    assert all(draft.dataset == "hazards" for draft in entities(form, instance))
    assert all(file.filename for file in attachments(form, instance))
    place(form, instance)
