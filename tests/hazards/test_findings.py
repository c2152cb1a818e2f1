"""Each finding: from where on, with which numbers, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings
from server.application import _thresholds
from server.glossary import Capture, FindingKind, PhotoState, Quarantine, Stage
from server.hazards import findings as f
from server.hazards.findings import Accepted, Alike, Closed, Noted, Point, Taken
from server.hazards.wording import SENTENCES, sentence

LIMITS = _thresholds(Settings())
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HERE = Point(37.1462, 111.7791, 8)
PHOTO = Taken(
    "a" * 64,
    Stage.BEFORE,
    Capture.CAMERA,
    PhotoState.SOUND,
    taken_at=NOW,
    place=Point(HERE.latitude, HERE.longitude),
)
METRE = 1 / 111_000


def north(metres: float, accuracy_m: float | None = None) -> Point:
    return Point(HERE.latitude + metres * METRE, HERE.longitude, accuracy_m)


def kind(noted: Noted | None) -> FindingKind | None:
    return noted.kind if noted else None


def test_every_kind_has_its_words() -> None:
    assert set(SENTENCES) == set(FindingKind)


def test_a_good_photo_gives_no_finding() -> None:
    assert [
        each
        for each in (
            f.unreadable(PHOTO),
            f.from_gallery(PHOTO),
            f.edited(PHOTO, LIMITS),
            f.no_metadata(PHOTO),
            f.photo_place(PHOTO, HERE, LIMITS),
            f.photo_time(PHOTO, [NOW], LIMITS),
            f.same_photo(PHOTO, []),
            f.look_alike(PHOTO, [], LIMITS),
            f.after_like_before(PHOTO, [], LIMITS),
            f.after_elsewhere(replace(PHOTO, stage=Stage.AFTER), HERE, LIMITS),
            f.site_place(HERE, HERE, LIMITS),
            f.area_place(0.0, HERE, "141181001000", LIMITS),
            f.weak_fix(HERE, LIMITS),
            f.hand_set(HERE),
            f.clock_skew(NOW, NOW, LIMITS),
            f.recurrence(date(2026, 11, 23), [], LIMITS),
        )
        if each
    ] == []


@given(st.floats(0, 2000), st.floats(0, 500))
def test_a_place_is_off_when_it_is_beyond_the_limit_and_what_is_not_known(
    metres: float, accuracy_m: float
) -> None:
    noted = f.photo_place(PHOTO, north(metres, accuracy_m), LIMITS)
    real = f.metres(north(metres), HERE)
    assert (noted is not None) == (real - accuracy_m > LIMITS.photo_place_m)
    if noted:
        assert noted.numbers["distance_m"] == round(real)
        assert noted.sha256 == PHOTO.sha256


def test_places_are_held_against_each_other_only_where_both_are_known() -> None:
    assert f.photo_place(replace(PHOTO, place=None), HERE, LIMITS) is None
    assert f.photo_place(PHOTO, None, LIMITS) is None
    assert f.site_place(None, HERE, LIMITS) is None
    assert f.after_elsewhere(PHOTO, north(5000), LIMITS) is None  # it is a "before"
    after = replace(PHOTO, stage=Stage.AFTER)
    assert kind(f.after_elsewhere(after, north(5000), LIMITS)) is FindingKind.AFTER_ELSEWHERE
    assert kind(f.site_place(HERE, north(400), LIMITS)) is FindingKind.SITE_PLACE


@pytest.mark.parametrize(
    ("outside_m", "accuracy_m", "noted"),
    [(None, 8, False), (0, 8, False), (100, 0, False), (109, 8, True), (150, 60, False)],
)
def test_outside_ones_area_is_noted_beyond_the_border(
    outside_m: float | None, accuracy_m: float, noted: bool
) -> None:
    found = f.area_place(outside_m, HERE._replace(accuracy_m=accuracy_m), "141181001000", LIMITS)
    assert (found is not None) == noted
    assert f.area_place(5000.0, None, "141181001000", LIMITS) is None


@given(st.integers(-100_000, 100_000))
def test_the_nearest_moment_counts(minutes: int) -> None:
    moments = [NOW + timedelta(minutes=minutes), NOW + timedelta(days=365)]
    noted = f.photo_time(PHOTO, moments, LIMITS)
    nearest = min(minutes, 365 * 1440, key=abs)
    assert (noted is not None) == (abs(nearest) > LIMITS.photo_minutes)
    if noted:
        assert noted.numbers["minutes"] == nearest
    assert f.photo_time(replace(PHOTO, taken_at=None), moments, LIMITS) is None


@pytest.mark.parametrize(("seconds", "noted"), [(300, False), (301, True), (-301, True)])
def test_a_clock_that_is_off(seconds: int, noted: bool) -> None:
    found = f.clock_skew(NOW + timedelta(seconds=seconds), NOW, LIMITS)
    assert (found is not None) == noted
    assert f.clock_skew(None, NOW, LIMITS) is None


@pytest.mark.parametrize(
    ("software", "noted"),
    [
        ("Adobe Photoshop 25.1 (Windows)", True),
        ("美图秀秀 Android", True),
        ("SNAPSEED 2.0", True),
        ("HarmonyOS 5.0", False),
        ("", False),
    ],
)
def test_programs_that_edit_pictures_are_known_by_name(software: str, noted: bool) -> None:
    found = f.edited(replace(PHOTO, software=software), LIMITS)
    assert (found is not None) == noted


def test_what_lacks_is_named() -> None:
    noted = f.no_metadata(replace(PHOTO, taken_at=None, place=None))
    assert noted is not None
    assert noted.numbers == {"lacks": ["taken_at", "place"]}
    broken = replace(PHOTO, taken_at=None, state=PhotoState.QUARANTINED)
    assert f.no_metadata(broken) is None
    assert kind(f.unreadable(broken)) is FindingKind.UNREADABLE


def test_the_most_alike_is_named_and_a_before_only_for_an_after() -> None:
    alike = [
        Alike(9, "b" * 64, "YH-2", Stage.AFTER),
        Alike(3, "c" * 64, "YH-1", Stage.BEFORE),
        Alike(11, "d" * 64, "YH-3", Stage.BEFORE),
    ]
    noted = f.look_alike(PHOTO, alike, LIMITS)
    assert noted is not None
    assert noted.numbers == {"bits": 3, "hazard": "YH-1", "other": "c" * 64}
    assert f.look_alike(PHOTO, alike[2:], LIMITS) is None
    after = replace(PHOTO, stage=Stage.AFTER)
    assert f.after_like_before(PHOTO, alike, LIMITS) is None
    assert f.after_like_before(after, alike[:1], LIMITS) is None
    assert kind(f.after_like_before(after, alike, LIMITS)) is FindingKind.AFTER_LIKE_BEFORE


def accepted(number: int, minutes: float = 0, place: Point | None = HERE) -> Accepted:
    return Accepted(f"YH-{number}", NOW + timedelta(minutes=minutes), place)


def test_a_batch_is_many_within_minutes_from_one_place() -> None:
    nine = [accepted(number, number / 2) for number in range(1, 10)]
    noted = f.batch_acceptance(accepted(0), nine, LIMITS)
    assert noted is not None
    assert noted.numbers["count"] == 10
    assert f.batch_acceptance(accepted(0), nine[1:], LIMITS) is None
    later = [*nine[1:], accepted(99, minutes=11)]
    assert f.batch_acceptance(accepted(0), later, LIMITS) is None
    elsewhere = [*nine[1:], accepted(99, place=north(1000))]
    assert f.batch_acceptance(accepted(0), elsewhere, LIMITS) is None
    unknown = [*nine[1:], accepted(99, place=None)]
    assert f.batch_acceptance(accepted(0), unknown, LIMITS) is not None
    nowhere = f.batch_acceptance(accepted(0, place=None), elsewhere, LIMITS)
    assert nowhere is not None
    assert nowhere.numbers["place_known"] is False


def test_a_recurrence_names_the_last_one_struck_off() -> None:
    found_on = date(2026, 11, 23)
    closed = [
        Closed("YH-1", date(2026, 10, 1)),
        Closed("YH-2", date(2026, 11, 1)),
        Closed("YH-3", date(2020, 1, 1)),
        Closed("YH-4", date(2026, 12, 1)),
    ]
    noted = f.recurrence(found_on, closed, LIMITS)
    assert noted is not None
    assert noted.numbers == {"hazard": "YH-2", "days": 22}
    assert f.recurrence(found_on, closed[2:], LIMITS) is None


NUMBERS = {
    FindingKind.PHOTO_TIME: {"minutes": 4000, "limit_minutes": 120},
    FindingKind.CLOCK_SKEW: {"seconds": -900, "limit_seconds": 300},
    FindingKind.NO_METADATA: {"lacks": ["taken_at", "place"]},
    FindingKind.UNREADABLE: {"why": Quarantine.DAMAGED.value},
    FindingKind.SAME_PHOTO: {"hazards": ["YH-1", "YH-2"]},
    FindingKind.EDITED: {"software": "{0.__class__}"},
}


def test_numbers_become_sentences() -> None:
    def said(of: FindingKind) -> str:
        return sentence(of.value, NUMBERS[of])

    assert said(FindingKind.PHOTO_TIME) == "拍摄时间比办理时间早 3 天（提示界限 120 分钟）。"
    assert said(FindingKind.CLOCK_SKEW) == "发送时手机时钟比服务器慢 15 分钟。"
    assert said(FindingKind.NO_METADATA) == "照片没有拍摄时间、拍摄位置信息，无法核对。"
    assert said(FindingKind.UNREADABLE).startswith("照片不完整或已损坏")
    assert said(FindingKind.SAME_PHOTO) == "同一张照片也是 YH-1、YH-2 的照片。"
    # What a camera wrote is text, whatever it looks like.
    assert said(FindingKind.EDITED) == "照片文件由“{0.__class__}”写出。"
