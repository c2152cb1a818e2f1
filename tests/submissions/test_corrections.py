"""A form that was sent and is sent again, corrected: it takes nothing back."""

from __future__ import annotations

from lxml import etree
from sqlalchemy import select

from server.database import Database
from server.hazards.audit import Fault, verify
from server.submissions.models import Submission
from tests.client import Client
from tests.filling import fire, hazard
from tests.following import correcting
from tests.pictures import jpeg

from .test_intake import numbers
from .test_visits import events, told


def sound(database: Database) -> bool:
    with database.reading() as session:
        return not [each for each in verify(session) if isinstance(each, Fault)]


def ids_of(earlier: bytes, corrected: bytes) -> bytes:
    """A correction whose entities have the ids that they had, as Collect keeps them."""
    known = [each.get("id", "") for each in etree.fromstring(earlier).iter("entity")]
    root = etree.fromstring(corrected)
    for element, id in zip(root.iter("entity"), known, strict=False):
        element.set("id", id)
    return etree.tostring(root)


def test_it_amends_its_hazards_and_reports_new_ones(grid: Client, database: Database) -> None:
    first = fire([hazard("fire_01")])
    number = numbers(grid.submit(first, {"fire_01.jpg": jpeg()}))[0]
    again = fire([hazard("fire_01", description="三楼也堵了", due="2026-12-20"), hazard("fire_04")])
    photo = jpeg()
    answer = grid.submit(correcting(ids_of(first, again), first), {"fire_04.jpg": photo})
    assert answer.status_code == 201, answer.text
    assert told(answer) == []
    assert len(numbers(answer)) == 1
    found = grid.hazard(number)
    assert found["description"] == "三楼也堵了"
    assert found["suggested_deadline"] == "2026-12-20"
    assert len(found["photos"]) == 1
    amended = events(grid, number)[-1]
    assert amended["action"] == "amend"
    assert amended["data"]["changed"] == {
        "description": "三楼也堵了",
        "suggested_deadline": "2026-12-20",
    }
    with database.reading() as session:
        earlier, later = session.scalars(select(Submission).order_by(Submission.id))
        assert later.supersedes_id == earlier.id
    assert sound(database)


def test_without_ids_it_goes_by_position_also_the_second_time(
    grid: Client, database: Database
) -> None:
    filled = [
        fire([hazard("fire_01", description=text)], entity_ids=False) for text in ("一", "二", "三")
    ]
    number = numbers(grid.submit(filled[0]))[0]
    second = correcting(filled[1], filled[0])
    third = correcting(filled[2], second)
    for each in (second, third):
        assert numbers(grid.submit(each)) == []
    assert grid.hazard(number)["description"] == "三"
    assert [each["action"] for each in events(grid, number)] == ["report", "amend", "amend"]
    assert sound(database)


def test_nothing_different_is_no_event(grid: Client) -> None:
    first = fire([hazard()])
    photo = jpeg()
    number = numbers(grid.submit(first, {"fire_01.jpg": photo}))[0]
    grid.submit(correcting(first, first), {"fire_01.jpg": photo})
    assert [each["action"] for each in events(grid, number)] == ["report"]


def test_a_hazard_that_is_no_longer_named_is_noted_and_stays_open(
    grid: Client, database: Database
) -> None:
    first = fire([hazard()])
    number = numbers(grid.submit(first))[0]
    grid.submit(correcting(fire([]), first))
    assert grid.hazard(number)["state"] == "reported"
    assert events(grid, number)[-1]["data"]["removed"] is True
    assert sound(database)


def test_what_was_judged_is_told_and_not_changed(
    grid: Client, town: Client, database: Database
) -> None:
    first = fire([hazard()])
    number = numbers(grid.submit(first))[0]
    town.does(number, "register", {"level": "general", "sector": "FIRE"})
    again = fire([hazard(description="改口", chosen_level="suspected_major")])
    grid.submit(correcting(ids_of(first, again), first))
    found = grid.hazard(number)
    assert (found["description"], found["level"]) == ("二楼疏散通道堆满纸箱", "general")
    changed = events(grid, number)[-1]["data"]["changed"]
    assert changed == {"description": "改口", "level": "suspected_major"}
    assert sound(database)


def test_a_photo_that_comes_later_with_the_correction_is_the_hazards(grid: Client) -> None:
    first = fire([hazard()])
    number = numbers(grid.submit(first))[0]
    again = correcting(ids_of(first, fire([hazard(photo="better.jpg")])), first)
    grid.submit(again)
    assert "better.jpg" in grid.hazard(number)["photos_expected"]
    grid.submit(again, {"better.jpg": jpeg()})
    assert [each["stage"] for each in grid.hazard(number)["photos"]] == ["before"]


def test_nobody_corrects_what_another_sent(grid: Client, town: Client) -> None:
    first = fire([hazard()])
    number = numbers(grid.submit(first))[0]
    answer = town.submit(correcting(fire([hazard(description="别人的")]), first))
    assert told(answer) == [("meta/deprecatedID", "corrects_unknown")]
    assert len(numbers(answer)) == 1
    assert town.hazard(numbers(answer)[0])["needs_review"] is True
    assert len(events(grid, number)) == 1


def test_a_correction_of_nothing_is_a_new_one(grid: Client) -> None:
    answer = grid.submit(correcting(fire([hazard()]), fire([])))
    assert told(answer) == [("meta/deprecatedID", "corrects_unknown")]
    assert len(numbers(answer)) == 1


def test_two_corrections_of_one_are_both_kept_and_told(grid: Client) -> None:
    first = fire([hazard()])
    number = numbers(grid.submit(first))[0]
    told_of = [
        told(grid.submit(correcting(ids_of(first, fire([hazard(description=text)])), first)))
        for text in ("甲", "乙")
    ]
    assert told_of == [[], [("meta/deprecatedID", "corrected_before")]]
    assert [each["action"] for each in events(grid, number)] == ["report", "amend", "amend"]
