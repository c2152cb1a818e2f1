"""The forms that ship with the application, as they are filled in the field."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyxform.validators.odk_validate import check_xform

from server.forms.checking import check
from server.forms.entities import attachments, entities, place
from server.forms.instance import Instance, read_instance

from .filling import FORM_IDS, checklist_answers, fill, hazard_answers, library_form, quick_answers
from .filling import xform as xform_of

RECEIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHECKLISTS = ["fire", "gas"]
# 判定标准 says of these that they are major; of others that look as grave it does not.
CRITERION = {
    "fire": {"fire_15"},
    "gas": {"gas_01", "gas_02", "gas_03", "gas_04", "gas_05", "gas_06"},
}
PROFESSIONAL = {"fire": ["fire_05"], "gas": ["gas_02"]}


def read(xml: bytes) -> Instance:
    return read_instance(xml, 1024 * 1024)


def told(form_id: str, xml: bytes) -> list[tuple[str, str]]:
    findings = check(library_form(form_id), read(xml), received_at=RECEIVED)
    return [(finding.path, finding.code.value) for finding in findings]


def items_of(form_id: str) -> list[str]:
    answers = checklist_answers(library_form(form_id))
    return [name for name in answers if name.startswith(f"{form_id}_")]


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_form_compiles_under_the_name_of_its_file(form_id: str) -> None:
    definition = library_form(form_id)
    assert (definition.form_id, definition.root_name) == (form_id, "data")
    assert [each.dataset for each in definition.entities] == ["hazards"]
    assert all(each.unconditional for each in definition.entities)


@pytest.mark.slow
@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_form_passes_odk_validate(form_id: str, tmp_path: Path) -> None:
    assert shutil.which("java"), "tests/system-packages.txt lists Java"
    path = tmp_path / f"{form_id}.xml"
    path.write_bytes(xform_of(form_id))
    assert check_xform(str(path)) == []


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_people_are_told_fields_by_labels_that_they_read(form_id: str) -> None:
    asked = [
        node
        for node in library_form(form_id).root.descendants()
        if not node.children and node.bind.required is not None
    ]
    assert asked
    for node in asked:
        assert not node.label.isascii(), node.path


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_a_checklist_without_a_fault_raises_nothing(form_id: str) -> None:
    definition = library_form(form_id)
    xml = fill(definition, checklist_answers(definition))
    assert told(form_id, xml) == []
    assert entities(definition, read(xml)) == []


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_every_failing_item_becomes_a_hazard(form_id: str) -> None:
    definition, failed = library_form(form_id), items_of(form_id)
    rows = [hazard_answers(item) for item in failed]
    xml = fill(definition, checklist_answers(definition, failed), rows)
    assert told(form_id, xml) == []
    drafts = entities(definition, read(xml))
    assert [draft.values["item"] for draft in drafts] == failed
    assert {draft.values["sector"] for draft in drafts} == {form_id.upper()}
    raised = {
        draft.values["item"] for draft in drafts if draft.values["level"] == "suspected_major"
    }
    assert raised == CRITERION[form_id]


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_a_worker_may_suspect_more_than_the_criteria_say(form_id: str) -> None:
    definition, item = library_form(form_id), items_of(form_id)[-1]
    rows = [hazard_answers(item, chosen_level="suspected_major")]
    xml = fill(definition, checklist_answers(definition, [item]), rows)
    (draft,) = entities(definition, read(xml))
    assert draft.values["level"] == "suspected_major"


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_professional_items_come_last_and_may_stay_open(form_id: str) -> None:
    definition = library_form(form_id)
    answers = checklist_answers(definition)
    for node in definition.root.descendants():
        if node.path[:1] == ("pro_items",) and len(node.path) == 2:
            assert node.bind.required is None
            del answers[node.name]
    assert told(form_id, fill(definition, answers)) == []
    assert set(PROFESSIONAL[form_id]).isdisjoint(answers)


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_a_failing_item_without_a_row_is_noticed(form_id: str) -> None:
    definition, items = library_form(form_id), items_of(form_id)
    for item in items:
        xml = fill(definition, checklist_answers(definition, [item]))
        assert told(form_id, xml) == [("complete", "constraint")], item


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_only_a_failing_item_may_have_a_row(form_id: str) -> None:
    definition, (first, second, *_) = library_form(form_id), items_of(form_id)
    rows = [hazard_answers(first), hazard_answers(second)]
    xml = fill(definition, checklist_answers(definition, [first]), rows)
    assert told(form_id, xml) == [("hazard[2]/item", "choice")]


@pytest.mark.parametrize(("due", "fits"), [("2026-11-24", True), ("2026-11-23", False)])
def test_a_deadline_lies_after_the_day_of_the_inspection(due: str, fits: bool) -> None:
    definition = library_form("fire")
    rows = [hazard_answers("fire_01", due=due)]
    xml = fill(definition, checklist_answers(definition, ["fire_01"]), rows)
    assert told("fire", xml) == ([] if fits else [("hazard[1]/due", "constraint")])


def test_a_late_send_is_judged_by_the_day_of_the_inspection() -> None:
    definition = library_form("fire")
    rows = [hazard_answers("fire_01", due="2026-10-02")]
    answers = checklist_answers(definition, ["fire_01"]) | {"today": "2026-10-01"}
    assert told("fire", fill(definition, answers, rows)) == []


def test_a_quick_report_is_one_hazard_with_its_photo_and_place() -> None:
    definition = library_form("quick-report")
    instance = read(fill(definition, quick_answers(level="suspected_major")))
    assert check(definition, instance, received_at=RECEIVED) == []
    (draft,) = entities(definition, instance)
    assert (draft.path, draft.position, draft.operation) == ("", 1, "create")
    assert draft.values["description"] == draft.label == "井盖缺失"
    assert draft.values["level"] == "suspected_major"
    assert [file.filename for file in attachments(definition, instance)] == ["quick.jpg"]
    point = place(definition, instance)
    assert point is not None
    assert (point.latitude, point.longitude, point.accuracy_m) == (37.1465, 111.7797, 5)


@pytest.mark.parametrize("site_id", ["12", "x12", "1 2"])
def test_a_site_is_named_by_its_number(site_id: str) -> None:
    xml = fill("quick-report", quick_answers(site_id=site_id))
    wanted = [] if site_id.isdigit() else [("site_id", "constraint")]
    assert told("quick-report", xml) == wanted
