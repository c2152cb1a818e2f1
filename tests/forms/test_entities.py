"""What becomes a hazard, which files belong to it, and where it was."""

from __future__ import annotations

from uuid import UUID

import pytest

from server.forms.entities import (
    EntityDraft,
    ExpectedFile,
    attachments,
    derive_entity_id,
    entities,
    place,
)
from server.forms.instance import Instance, read_instance

from .filling import checklist_answers, fill, hazard_answers, library_form
from .handwritten import compiled, filled

ID = "5a1e5d4e-6a0c-4b86-9f0e-0d4f6a1f2b11"
FIRE = library_form("fire")

ENTITY = '<meta><entity dataset="hazards" create="1" id=""><label/></entity></meta>'
ROWS = compiled(
    f"<a/><r><d/><s/>{ENTITY}</r>",
    'nodeset="/data/r" relevant="/data/a != \'no\'"',
    'nodeset="/data/r/d" entities:saveto="description"',
    'nodeset="/data/r/s" entities:saveto="sector" calculate="\'FIRE\'"',
    controls='<repeat nodeset="/data/r"/>',
)
CONDITIONAL = compiled(
    f"<a/>{ENTITY}",
    'nodeset="/data/a" entities:saveto="description"',
    "nodeset=\"/data/meta/entity/@create\" calculate=\"if(/data/a = 'x', '1', '')\"",
)


def entity(attributes: str, label: str = "") -> str:
    return f'<meta><entity dataset="hazards" {attributes}><label>{label}</label></entity></meta>'


CREATED = entity('create="1"')


def fire(failed: list[str], **options: bool) -> Instance:
    rows = [hazard_answers(item) for item in failed]
    xml = fill(FIRE, checklist_answers(FIRE, failed), rows, instance_id="uuid:1", **options)
    return read_instance(xml, 2**20)


def drafts(body: str) -> list[EntityDraft]:
    return entities(ROWS, filled(body))


def test_each_row_is_a_draft_in_the_order_of_the_document() -> None:
    found = entities(FIRE, fire(["fire_04", "fire_01"]))
    assert [(draft.position, draft.path) for draft in found] == [(1, "hazard[1]"), (2, "hazard[2]")]
    assert [draft.values["item"] for draft in found] == ["fire_04", "fire_01"]
    assert len({draft.id for draft in found}) == 2
    assert all(draft.relevant and draft.operation == "create" for draft in found)


def test_values_that_are_empty_are_left_out() -> None:
    (draft,) = drafts("<r><d> x </d><s/>" + entity('create="1"', "L") + "</r>")
    assert (draft.values, draft.label, draft.id) == ({"description": "x"}, "L", None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(ID, UUID(ID)), (f"uuid:{ID}", UUID(ID)), (ID.upper(), UUID(ID)), ("", None), ("x", None)],
)
def test_an_id_is_a_uuid_or_none(text: str, wanted: UUID | None) -> None:
    (draft,) = drafts("<r><d>x</d>" + entity(f'create="1" id="{text}"') + "</r>")
    assert draft.id == wanted


@pytest.mark.parametrize(
    ("attributes", "operation"),
    [
        ('create="1"', "create"),
        ('create="true"', "create"),
        ('create=""', "create"),
        ("", "create"),
        ('create="0"', None),
        ('create="false"', None),
        ('update="1"', "update"),
        ('update="true" create=""', "update"),
    ],
)
def test_what_a_form_always_makes_is_made_unless_the_client_says_no(
    attributes: str, operation: str | None
) -> None:
    found = drafts(f"<r><d>x</d>{entity(attributes)}</r>")
    assert [draft.operation for draft in found] == ([operation] if operation else [])


@pytest.mark.parametrize(
    ("meta", "count"),
    [
        (entity('create="1"'), 1),
        (entity('create=""'), 0),
        (entity('create="0"'), 0),
        (entity(""), 0),
        ("<meta/>", 0),
    ],
)
def test_what_a_form_makes_on_a_condition_is_made_when_the_client_says_so(
    meta: str, count: int
) -> None:
    body = f"<a>x</a>{meta.replace('</meta>', '<instanceID>uuid:1</instanceID></meta>')}"
    body = body.replace("<meta/>", "<meta><instanceID>uuid:1</instanceID></meta>")
    instance = read_instance(f'<data id="test">{body}</data>'.encode(), 2**20)
    assert len(entities(CONDITIONAL, instance)) == count


def test_a_row_whose_entity_was_left_out_is_no_lost_hazard() -> None:
    (draft,) = drafts("<r><d>x</d></r>")
    assert (draft.operation, draft.id, draft.label) == ("create", None, "")


@pytest.mark.parametrize("body", ["", "<r/>", "<r><d/><s/></r>", f"<r><d/><s/>{CREATED}</r>"])
def test_an_empty_row_is_no_hazard(body: str) -> None:
    assert drafts(body) == []


def test_an_empty_row_does_not_shift_the_positions_of_the_others() -> None:
    found = drafts("<r><d>x</d></r><r/><r><d>y</d></r>")
    assert [(draft.position, draft.path) for draft in found] == [(1, "r[1]"), (2, "r[3]")]


def test_a_row_that_is_only_a_label_is_a_hazard() -> None:
    (draft,) = drafts("<r><d/>" + entity('create="1"', "有人说的") + "</r>")
    assert (draft.label, draft.values) == ("有人说的", {})


def test_a_row_that_is_not_asked_for_is_a_hazard_only_if_somebody_answered_in_it() -> None:
    reckoned = f"<r><s>FIRE</s>{CREATED}</r>"
    assert drafts(f"<a>no</a>{reckoned}") == []
    assert [draft.relevant for draft in drafts(f"<a>yes</a>{reckoned}")] == [True]
    answered = reckoned.replace("<s>", "<d>x</d><s>")
    assert [draft.relevant for draft in drafts(f"<a>no</a>{answered}")] == [False]


def test_the_time_of_day_makes_no_hazard_unasked_for() -> None:
    form = compiled(
        f"<d/>{ENTITY}",
        'nodeset="/data" relevant="today() = \'1999-01-01\'"',
        'nodeset="/data/d" entities:saveto="description"',
    )
    (draft,) = entities(form, filled("<d>x</d>"))
    assert (draft.relevant, draft.path) == (True, "")


def test_rows_within_rows_are_told_apart() -> None:
    form = compiled(
        f"<o><r><d/>{ENTITY}</r></o>",
        'nodeset="/data/o/r/d" entities:saveto="description"',
        controls='<repeat nodeset="/data/o"/><repeat nodeset="/data/o/r"/>',
    )
    found = entities(form, filled("<o><r><d>1</d></r></o><o><r><d>2</d></r><r><d>3</d></r></o>"))
    assert [draft.path for draft in found] == ["o[1]/r[1]", "o[2]/r[1]", "o[2]/r[2]"]


def test_the_instance_is_left_as_it_was() -> None:
    instance = fire(["fire_01"])
    before = len(list(instance.root.iter()))
    entities(FIRE, instance)
    assert len(list(instance.root.iter())) == before


def test_a_derived_id_follows_from_where_the_entity_stands() -> None:
    one = derive_entity_id("uuid:1", "hazards", 1)
    assert one == derive_entity_id("uuid:1", "hazards", 1)
    assert one.version == 5
    others = [("uuid:2", "hazards", 1), ("uuid:1", "sites", 1), ("uuid:1", "hazards", 2)]
    assert len({one, *(derive_entity_id(*other) for other in others)}) == 4
    # It must never change: hazards are known by it.
    assert str(one) == "8048ec97-42ac-5c25-9c37-f128738c1fbd"


def test_files_are_those_that_upload_fields_name() -> None:
    assert attachments(FIRE, fire(["fire_01", "fire_02"])) == [
        ExpectedFile("fire_01.jpg", "hazard[1]/photo"),
        ExpectedFile("fire_02.jpg", "hazard[2]/photo"),
    ]
    assert attachments(FIRE, fire([])) == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x.jpg", "a b.jpg", "图.jpg", "/", "x" * 999]
)
def test_a_files_name_is_text_whatever_it_looks_like(name: str) -> None:
    form = compiled("<p/><q/>", 'nodeset="/data/q" type="binary"',
                    controls='<upload ref="/data/p"/>')  # fmt: skip
    body = f"<p>{name}</p><q> {name} </q>"
    assert attachments(form, filled(body)) == [ExpectedFile(name, "p"), ExpectedFile(name, "q")]


GEO = compiled(
    "<r><here/></r><first/><second/>",
    'nodeset="/data/r/here" type="geopoint"',
    'nodeset="/data/first" type="geopoint"',
    'nodeset="/data/second" type="geopoint"',
    controls='<repeat nodeset="/data/r"/>',
)


@pytest.mark.parametrize(
    ("body", "latitude"),
    [
        ("<first>1 2</first><second>3 4</second>", 1),
        ("<first/><second>3 4</second>", 3),
        ("<first>91 2</first><second>3 4</second>", 3),
        ("<r><here>5 6</here></r>", None),
        ("", None),
    ],
)
def test_the_place_is_the_first_that_is_one_outside_the_rows(
    body: str, latitude: float | None
) -> None:
    point = place(GEO, filled(body))
    assert (point and point.latitude) == latitude
