"""The forms that ship with the application, as they are filled in the field."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from lxml import etree
from pyxform.validators.odk_validate import check_xform

from server.forms.checking import check
from server.forms.entities import attachments, entities, place
from server.forms.instance import Instance, read_instance

from .filling import (
    FORM_IDS,
    FORMS,
    checklist_answers,
    fill,
    hazard_answers,
    library_form,
    quick_answers,
)
from .filling import xform as xform_of

RECEIVED = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Sector(NamedTuple):
    """What the checklists that the city was given say of a sector.

    Items by number: `criterion` are those that an official criterion (判定标准) names as major,
    `professional` those that a grid worker can't judge, `unsure` those whose source the department
    still has to confirm.
    """

    code: str
    items: int
    criterion: str
    professional: str
    unsure: str


SECTORS = {
    "coal": Sector(
        "COAL", 15, "03 04 05 06 07 08 09 10 11 12", "03 04 05 06 07 08 09 10 11 12 13 14", ""
    ),
    "noncoal": Sector(
        "NONCOAL",
        15,
        "02 03 04 05 06 07 08 09 10 11 12 13 14 15",
        "02 03 04 05 06 08 09 12 13 15",
        "01 08 14 15",
    ),
    "hazchem": Sector(
        "HAZCHEM", 15, "02 03 04 05 06 07 08 09", "02 03 05 06 07 08 09 11 13 14", "14"
    ),
    "industry": Sector(
        "INDUSTRY",
        15,
        "01 02 03 04 05 06 07 08 09 10 11 12 13 14",
        "03 06 07 09 14",
        "06 07 08 09 10 11 12 13 14",
    ),
    "transport": Sector("TRANSPORT", 14, "01 02 03 04 05 06", "02 03 05 06", "06 07 14"),
    "construction": Sector(
        "CONSTRUCTION",
        15,
        "01 02 03 04 06 07 08 09 10 12 13",
        "01 02 04 06 07 08 09 10",
        "01 02 03 06 07 08 13",
    ),
    "selfbuilt": Sector("SELFBUILT", 15, "02 03 07", "10", "09 10 13 15"),
    "gas": Sector("GAS", 15, "01 02 03 04 05 06", "02 03 05 15", "09 10 11 12"),
    "fire": Sector("FIRE", 15, "15", "05 11 15", "07 11 13"),
    "special_equip": Sector(
        "SPECIAL_EQUIP", 14, "06 07 08 09 11 12", "03 06 07 08 09 11 12 14", "13"
    ),
    "tourism": Sector("TOURISM", 14, "", "02 07 12", "07 09 11 12 13"),
    "mineral": Sector("MINERAL", 10, "", "02 07 10", "03 04 05 06 07 08 10"),
    "forest_fire": Sector("FOREST_FIRE", 12, "", "08", "03 05 06 08 10 11 12"),
    "geo_hazard": Sector("GEO_HAZARD", 12, "", "10", "04 06 09"),
    "flood": Sector("FLOOD", 14, "", "04 05", "01 03 08 09 10 12 14"),
    "general": Sector("GENERAL", 15, "", "05 10", ""),
    "other": Sector("OTHER", 8, "", "02 03 04 08", ""),
}
CHECKLISTS = sorted(SECTORS)
# The mechanism of a checklist, but not of a sector.
FIVE_OF_AN_ENTERPRISE = "enterprise-basics"


def numbered(form_id: str, numbers: str) -> list[str]:
    return [f"{form_id}_{number}" for number in numbers.split()]


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


def test_every_item_that_the_city_was_given_is_asked() -> None:
    assert len(SECTORS) == 17
    assert sum(sector.items for sector in SECTORS.values()) == 233
    for form_id, sector in SECTORS.items():
        asked = items_of(form_id)
        assert sorted(asked) == numbered(
            form_id, " ".join(f"{number:02d}" for number in range(1, sector.items + 1))
        )
        professional = numbered(form_id, sector.professional)
        # What a grid worker can see comes first, and each half in the order of the source.
        assert asked == [*sorted(set(asked) - set(professional)), *professional]
        nodes = {node.name: node for node in library_form(form_id).root.descendants()}
        for number, item in enumerate(asked, 1):
            assert nodes[item].label.startswith(f"{number}. ")
            assert (nodes[item].bind.required is None) == (item in professional)


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_what_a_department_has_to_confirm_is_noted_for_the_office_and_not_on_the_phone(
    form_id: str,
) -> None:
    noted = []
    header: list[str] = []
    for line in (FORMS / f"{form_id}.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[2:-1]]
        header = cells if "note_admin" in cells else header
        row = dict(zip(header, cells, strict=False))
        if "待主管部门核对" in row.get("note_admin", ""):
            noted.append(row["name"])
    assert sorted(noted) == numbered(form_id, SECTORS[form_id].unsure)
    assert "核对" not in xform_of(form_id).decode()


@pytest.mark.parametrize("form_id", CHECKLISTS)
def test_every_item_says_its_source(form_id: str) -> None:
    document = etree.fromstring(xform_of(form_id))
    hints = {
        control.get("ref", "").rpartition("/")[2]: control.findtext("{*}hint") or ""
        for control in document.iter("{*}select1")
    }
    for item in items_of(form_id):
        assert hints[item], item


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
    assert {draft.values["sector"] for draft in drafts} == {SECTORS[form_id].code}
    raised = {
        draft.values["item"] for draft in drafts if draft.values["level"] == "suspected_major"
    }
    assert raised == set(numbered(form_id, SECTORS[form_id].criterion))


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
    assert set(numbered(form_id, SECTORS[form_id].professional)).isdisjoint(answers)


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


def house_answers(**given: Any) -> dict[str, Any]:
    """Answers to 一栋一策 where nothing was found."""
    return {
        "site_name": "府前街3号王某自建房",
        "address": "府前街3号",
        "owner": "王某",
        "built_year": "1998",
        "floors": "3",
        "structure": "brick_concrete",
        "business": "catering lodging",
        "location": "37.1465 111.7797 0 5",
        "judgement": "none",
        "overview": "front.jpg",
    } | given


UNSAFE = {
    "judgement": "some",
    "signs": "crack tilt",
    "description": "一层东侧承重墙竖向裂缝",
    "photo": "crack.jpg",
    "remedy": "reinforce",
    "person": "王某",
    "due": "2026-12-20",
    "controls": "停用一层东侧两间",
}
CREATED, NOT_CREATED = {"create": "1"}, {"create": "0"}


def test_a_house_without_a_fault_raises_nothing() -> None:
    xml = fill("self-built-house", house_answers(), entity=NOT_CREATED)
    assert told("self-built-house", xml) == []
    assert entities(library_form("self-built-house"), read(xml)) == []


@pytest.mark.parametrize(
    ("judgement", "more", "level"),
    [("some", {}, "general"), ("severe", {"safeguards": "stopped sealed"}, "suspected_major")],
)
def test_an_unsafe_house_is_a_hazard_with_its_plan(
    judgement: str, more: dict[str, str], level: str
) -> None:
    answers = house_answers(**UNSAFE | {"judgement": judgement} | more)
    xml = fill("self-built-house", answers, entity=CREATED)
    assert told("self-built-house", xml) == []
    (draft,) = entities(library_form("self-built-house"), read(xml))
    assert (draft.values["level"], draft.values["sector"]) == (level, "SELFBUILT")
    assert draft.values["suggested_deadline"] == "2026-12-20"
    names = [file.filename for file in attachments(library_form("self-built-house"), read(xml))]
    assert names == ["front.jpg", "crack.jpg"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"built_year": "2027"}, "house/built_year"),
        ({"business": "none catering"}, "house/business"),
        ({"floors": "0"}, "house/floors"),
        ({"owner_notice_on": "2026-11-24"}, "notices/owner_notice_on"),
        ({"due": "2026-11-23"}, "remedy_plan/due"),
    ],
)
def test_a_house_that_can_not_be_so_is_noticed(wrong: dict[str, str], path: str) -> None:
    xml = fill("self-built-house", house_answers(**UNSAFE | wrong), entity=CREATED)
    assert told("self-built-house", xml) == [(path, "constraint")]


def test_a_severe_house_says_what_was_done_at_once() -> None:
    answers = house_answers(**UNSAFE | {"judgement": "severe"})
    assert told("self-built-house", fill("self-built-house", answers)) == [
        ("first_look/safeguards", "required")
    ]


def test_notices_are_noted_with_their_proof() -> None:
    notices = {"owner_notice_on": "2026-11-20", "report_on": "2026-11-22", "appraisal": "c"}
    answers = house_answers(**UNSAFE | notices)
    assert told("self-built-house", fill("self-built-house", answers)) == []
    answers = house_answers(**UNSAFE | {"appraisal": "c"})
    # Without a report there is no grade; the phone does not ask for one.
    assert told("self-built-house", fill("self-built-house", answers)) == []


def test_a_visit_to_a_known_hazard_updates_it() -> None:
    known = str(uuid4())
    answers = {
        "chosen": known,
        "result": "not_fixed",
        "note": "仍堆有纸箱",
        "photo": "now.jpg",
        "location": "37.1465 111.7797 0 5",
        # From the list on the phone, which is not here.
        "number": "YH-141181-001-202611-0001",
        "was": "二楼疏散通道堆满纸箱",
    }
    xml = fill("recheck", answers, entity={"update": "1", "id": known, "baseVersion": "3"})
    assert told("recheck", xml) == []
    (draft,) = entities(library_form("recheck"), read(xml))
    assert (str(draft.id), draft.operation, draft.base_version) == (known, "update", 3)
    assert draft.values == {"visit_result": "not_fixed", "visit_note": "仍堆有纸箱"}
    assert library_form("recheck").files == {"hazards.csv"}
    without = fill("recheck", answers | {"note": ""}, entity={"update": "1", "id": known})
    assert told("recheck", without) == [("note", "required")]


def leader_answers(**given: Any) -> dict[str, Any]:
    return {
        "leader": "赵某",
        "post": "镇长",
        "kind": "township",
        "site_name": "演示餐馆",
        "location": "37.1465 111.7797 0 5",
        "scene": "scene.jpg",
        "found": "no",
        "demands": "继续保持",
        "complete": "OK",
    } | given


def test_a_leaders_visit_raises_what_was_found() -> None:
    assert told("leader-visit", fill("leader-visit", leader_answers())) == []
    row = hazard_answers("", level="suspected_major", sector="COAL")
    del row["item"], row["chosen_level"]
    xml = fill("leader-visit", leader_answers(found="yes"), [row])
    assert told("leader-visit", xml) == []
    (draft,) = entities(library_form("leader-visit"), read(xml))
    assert (draft.values["level"], draft.values["sector"]) == ("suspected_major", "COAL")
    nothing = fill("leader-visit", leader_answers(found="yes"))
    assert told("leader-visit", nothing) == [("complete", "constraint")]


def test_an_enterprises_own_five_are_judged_one_by_one() -> None:
    definition = library_form(FIVE_OF_AN_ENTERPRISE)
    items = [f"enterprise_{number:02d}" for number in range(1, 6)]
    rows = [hazard_answers(item) for item in items]
    xml = fill(definition, checklist_answers(definition, items), rows)
    assert told(FIVE_OF_AN_ENTERPRISE, xml) == []
    drafts = entities(definition, read(xml))
    assert [draft.values["item"] for draft in drafts] == items
    labels = [node.label for node in definition.root.descendants() if node.name in items]
    five = ["责任", "投入", "培训", "管理", "应急救援"]
    assert [label[3:].partition("到位")[0] for label in labels] == five
