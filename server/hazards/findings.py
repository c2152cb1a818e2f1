"""Findings: what about a hazard's evidence somebody should look at, as facts with their numbers.

Each is a small function from plain values to a `Noted`, or None. They accuse nobody: a grid worker
may have every reason to report from outside the grid. People judge; a serious finding wants a
written word from whoever accepts or strikes off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from geopy.distance import geodesic

from ..glossary import Capture, FindingKind, PhotoState, Quarantine, Stage

K = FindingKind


@dataclass(frozen=True)
class Thresholds:
    """From where on something is worth noting, and which kinds are serious (settings)."""

    serious: frozenset[FindingKind]
    photo_place_m: int
    site_place_m: int
    area_place_m: int
    after_place_m: int
    fix_accuracy_m: int
    photo_minutes: int
    skew_seconds: int
    editors: tuple[str, ...]
    look_alike_bits: int
    batch_count: int
    batch_minutes: int
    batch_m: int
    recurrence_days: int


class Point(NamedTuple):
    """A place as somebody reported it: WGS-84 degrees; accuracy in metres, 0 where set by hand."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Taken:
    """A photo as evidence: what its bytes say, how it is said to have been taken, and what for."""

    sha256: str
    stage: Stage
    capture: Capture
    state: PhotoState
    quarantine: Quarantine | None = None
    taken_at: datetime | None = None
    place: Point | None = None
    software: str = ""


@dataclass(frozen=True)
class Noted:
    """A finding as a plain value; `numbers` is JSON."""

    kind: FindingKind
    numbers: Mapping[str, Any]
    sha256: str | None = None


def metres(one: Point, other: Point) -> float:
    """The distance on the ellipsoid (WGS-84)."""
    return float(geodesic(one[:2], other[:2]).meters)


# About one photo


def unreadable(photo: Taken) -> Noted | None:
    if photo.state is not PhotoState.QUARANTINED:
        return None
    why = (photo.quarantine or Quarantine.DAMAGED).value
    return Noted(K.UNREADABLE, {"why": why}, photo.sha256)


def from_gallery(photo: Taken) -> Noted | None:
    return Noted(K.GALLERY, {}, photo.sha256) if photo.capture is Capture.GALLERY else None


def edited(photo: Taken, limits: Thresholds) -> Noted | None:
    """The software that wrote the file is one that edits pictures."""
    said = photo.software.casefold()
    editor = next((each for each in limits.editors if each.casefold() in said), None)
    return Noted(K.EDITED, {"software": photo.software}, photo.sha256) if editor else None


def no_metadata(photo: Taken) -> Noted | None:
    lacks = [
        name
        for name, value in (("taken_at", photo.taken_at), ("place", photo.place))
        if value is None
    ]
    if not lacks or photo.state is not PhotoState.SOUND:
        return None
    return Noted(K.NO_METADATA, {"lacks": lacks}, photo.sha256)


def photo_place(photo: Taken, place: Point | None, limits: Thresholds) -> Noted | None:
    """The photo was taken away from where it is said to have been."""
    return _apart(K.PHOTO_PLACE, photo.place, place, limits.photo_place_m, photo.sha256)


def photo_time(photo: Taken, moments: Iterable[datetime], limits: Thresholds) -> Noted | None:
    """The photo was taken at another time than any of these: the phone's, the server's.

    A form that was filled without a network arrives late, so the nearest moment counts.
    """
    if photo.taken_at is None:
        return None
    minutes = min(
        ((each - photo.taken_at).total_seconds() / 60 for each in moments), key=abs, default=0.0
    )
    if abs(minutes) <= limits.photo_minutes:
        return None
    numbers = {"minutes": round(minutes), "limit_minutes": limits.photo_minutes}
    return Noted(K.PHOTO_TIME, numbers, photo.sha256)


def same_photo(photo: Taken, others: Sequence[str]) -> Noted | None:
    """The same bytes are evidence of other hazards (their numbers), not of the same inspection."""
    return Noted(K.SAME_PHOTO, {"hazards": sorted(others)}, photo.sha256) if others else None


class Alike(NamedTuple):
    """A photo that looks like another: how many of 128 bits differ, and whose it is."""

    bits: int
    sha256: str
    number: str
    stage: Stage


def look_alike(photo: Taken, alike: Sequence[Alike], limits: Thresholds) -> Noted | None:
    near = min((each for each in alike if each.bits <= limits.look_alike_bits), default=None)
    if near is None:
        return None
    numbers = {"bits": near.bits, "hazard": near.number, "other": near.sha256}
    return Noted(K.LOOK_ALIKE, numbers, photo.sha256)


def after_like_before(photo: Taken, alike: Sequence[Alike], limits: Thresholds) -> Noted | None:
    """An "after" that looks just like a "before" of the same hazard."""
    if photo.stage is not Stage.AFTER:
        return None
    near = min(
        (each for each in alike if each.bits <= limits.look_alike_bits and _before(each)),
        default=None,
    )
    if near is None:
        return None
    return Noted(K.AFTER_LIKE_BEFORE, {"bits": near.bits, "other": near.sha256}, photo.sha256)


def after_elsewhere(photo: Taken, hazard: Point | None, limits: Thresholds) -> Noted | None:
    """An "after" that was not taken where the hazard is."""
    if photo.stage is not Stage.AFTER:
        return None
    return _apart(K.AFTER_ELSEWHERE, photo.place, hazard, limits.after_place_m, photo.sha256)


# About where and when somebody acted


def site_place(place: Point | None, site: Point | None, limits: Thresholds) -> Noted | None:
    return _apart(K.SITE_PLACE, place, site, limits.site_place_m)


def area_place(
    outside_m: float | None, place: Point | None, area: str, limits: Thresholds
) -> Noted | None:
    """Reported from outside the reporter's own area; by how much, in metres."""
    if outside_m is None or place is None:
        return None
    if outside_m - (place.accuracy_m or 0) <= limits.area_place_m:
        return None
    numbers = {"distance_m": round(outside_m), "limit_m": limits.area_place_m, "area": area}
    return Noted(K.AREA_PLACE, numbers)


def weak_fix(place: Point | None, limits: Thresholds) -> Noted | None:
    if place is None or (place.accuracy_m or 0) <= limits.fix_accuracy_m:
        return None
    numbers = {"accuracy_m": round(place.accuracy_m or 0), "limit_m": limits.fix_accuracy_m}
    return Noted(K.WEAK_FIX, numbers)


def hand_set(place: Point | None) -> Noted | None:
    """A point that was put on the map by hand says an accuracy of exactly nought."""
    return Noted(K.HAND_SET, {}) if place is not None and place.accuracy_m == 0 else None


def clock_skew(
    device_time: datetime | None, received_at: datetime, limits: Thresholds
) -> Noted | None:
    """The phone's clock, as it sent, was ahead of ours (positive seconds) or behind."""
    if device_time is None:
        return None
    seconds = (device_time - received_at).total_seconds()
    if abs(seconds) <= limits.skew_seconds:
        return None
    return Noted(K.CLOCK_SKEW, {"seconds": round(seconds), "limit_seconds": limits.skew_seconds})


class Accepted(NamedTuple):
    """An acceptance by the same person: of which hazard, when, and from where if that is known."""

    number: str
    at: datetime
    place: Point | None


def batch_acceptance(
    this: Accepted, others: Sequence[Accepted], limits: Thresholds
) -> Noted | None:
    """Many lines accepted by one person within minutes, from one place as far as is known."""
    near = [
        each
        for each in others
        if abs((each.at - this.at).total_seconds()) <= limits.batch_minutes * 60
        and (this.place is None or each.place is None or _within(this, each, limits))
    ]
    count = len(near) + 1
    if count < limits.batch_count:
        return None
    numbers = {
        "count": count,
        "minutes": limits.batch_minutes,
        "limit_count": limits.batch_count,
        "place_known": this.place is not None,
    }
    return Noted(K.BATCH_ACCEPTANCE, numbers)


class Closed(NamedTuple):
    """A hazard struck off at the same site and spot."""

    number: str
    closed_on: date


def recurrence(found_on: date, closed: Sequence[Closed], limits: Thresholds) -> Noted | None:
    """The same spot had a hazard that was struck off not long ago (rules: 反弹)."""
    recent = [
        each for each in closed if 0 <= (found_on - each.closed_on).days <= limits.recurrence_days
    ]
    if not recent:
        return None
    last = max(recent, key=lambda each: (each.closed_on, each.number))
    numbers = {"hazard": last.number, "days": (found_on - last.closed_on).days}
    return Noted(K.RECURRENCE, numbers)


def _apart(
    kind: FindingKind,
    one: Point | None,
    other: Point | None,
    limit_m: int,
    sha256: str | None = None,
) -> Noted | None:
    if one is None or other is None:
        return None
    distance = metres(one, other)
    # A place that is known badly may be as far off as that.
    if distance - (one.accuracy_m or 0) - (other.accuracy_m or 0) <= limit_m:
        return None
    return Noted(kind, {"distance_m": round(distance), "limit_m": limit_m}, sha256)


def _within(this: Accepted, other: Accepted, limits: Thresholds) -> bool:
    assert this.place is not None
    assert other.place is not None
    return metres(this.place, other.place) <= limits.batch_m


def _before(alike: Alike) -> bool:
    return alike.stage is Stage.BEFORE
