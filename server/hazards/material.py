"""Gathering what there is to hold against what, for one event: the rows behind the findings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ..glossary import Action, Capture, PhotoState, Quarantine, Stage, State
from ..people.models import User
from ..photos.look_alikes import look_alikes
from ..photos.looks import Look
from ..photos.models import Photo, PhotoUpload
from ..places.boundaries import distance_to_area_m
from ..places.models import Site
from .findings import Accepted, Alike, Closed, Point, Taken, Thresholds
from .models import Event, Hazard, HazardPhoto
from .queries import around
from .replay import format_moment, parse_moment

Data = Mapping[str, Any]

# Reports at the same place, where no site is named, within so many metres.
SAME_PLACE_M = 20


@dataclass(frozen=True)
class PhotoMaterial:
    """A photo, the other hazards that have the same one, and those that look like it."""

    photo: Taken
    also_of: Sequence[str] = ()
    alike_elsewhere: Sequence[Alike] = ()
    alike_here: Sequence[Alike] = ()


@dataclass(frozen=True)
class Gathered:
    """What an event says, and what it is held against."""

    at: datetime
    found_on: date
    moments: Sequence[datetime]
    place: Point | None = None
    hazard_place: Point | None = None
    site_place: Point | None = None
    own_area: str = ""
    outside_m: float | None = None
    device_time: datetime | None = None
    photos: Sequence[PhotoMaterial] = ()
    accepted: Accepted | None = None
    accepted_too: Sequence[Accepted] = ()
    closed_before: Sequence[Closed] = field(default=())


@dataclass(frozen=True)
class OnSite:
    """Where and when, by the phone, an event was done."""

    place: Point | None
    done_at: datetime | None
    device_time: datetime | None = None


def gather(session: Session, hazard: Hazard, event: Event, limits: Thresholds) -> Gathered | None:
    """The material of an event; None where one of its photos has not been examined yet."""
    action, at = Action(event.action), parse_moment(event.at)
    on_site = said_by_phone(event)
    photos = _photos(session, hazard, event, limits)
    if photos is None:
        return None
    is_report = action is Action.REPORT
    moments = [each for each in (on_site.done_at, at) if each is not None]
    area, outside_m = _outside(session, event, on_site.place) if is_report else ("", None)
    accepted = (
        Accepted(hazard.number, on_site.done_at or at, on_site.place)
        if action is Action.ACCEPT
        else None
    )
    return Gathered(
        at=at,
        found_on=hazard.found_on,
        moments=moments,
        place=on_site.place,
        hazard_place=place_of(hazard),
        site_place=_site_place(session, hazard) if is_report else None,
        own_area=area,
        outside_m=outside_m,
        device_time=on_site.device_time,
        photos=photos,
        accepted=accepted,
        accepted_too=_accepted_too(session, event, limits) if accepted else (),
        closed_before=_closed_before(session, hazard) if is_report else (),
    )


def place_of(row: Hazard | Site) -> Point | None:
    """Where a hazard or a site is, where that is known."""
    if row.latitude is None or row.longitude is None:
        return None
    return Point(row.latitude, row.longitude, getattr(row, "accuracy_m", None))


def said_by_phone(event: Event) -> OnSite:
    """Where and when an event was done, as far as the phone said."""
    return _on_site(Action(event.action), json.loads(event.data))


def _on_site(action: Action, data: Data) -> OnSite:
    if action is Action.REPORT:
        device = data.get("device", {})
        moments = (_moment(device.get("filled_at")), _moment(device.get("sent_at")))
        return OnSite(_point(data), *moments)
    said = data.get("on_site") or {}
    return OnSite(_point(said), _moment(said.get("done_at")))


def _point(said: Data) -> Point | None:
    if said.get("latitude") is None or said.get("longitude") is None:
        return None
    return Point(said["latitude"], said["longitude"], said.get("accuracy_m"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _outside(session: Session, event: Event, place: Point | None) -> tuple[str, float | None]:
    """The reporter's own area, and how far outside it the place is."""
    area = session.get_one(User, event.actor_id).area_code
    if place is None:
        return area, None
    return area, distance_to_area_m(session, place.latitude, place.longitude, area)


def _site_place(session: Session, hazard: Hazard) -> Point | None:
    site = session.get(Site, hazard.site_id) if hazard.site_id else None
    return place_of(site) if site else None


def _photos(
    session: Session, hazard: Hazard, event: Event, limits: Thresholds
) -> list[PhotoMaterial] | None:
    query = (
        select(HazardPhoto, Photo)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .where(HazardPhoto.event_id == event.id)
        .order_by(HazardPhoto.position)
    )
    found = session.execute(query).all()
    if any(photo.state == PhotoState.NEW for _, photo in found):
        return None
    return [_photo(session, hazard, event, of, photo, limits) for of, photo in found]


def _photo(
    session: Session,
    hazard: Hazard,
    event: Event,
    of: HazardPhoto,
    photo: Photo,
    limits: Thresholds,
) -> PhotoMaterial:
    upload = session.get(PhotoUpload, (photo.sha256, event.actor_id))
    taken = Taken(
        sha256=photo.sha256,
        stage=Stage(of.stage),
        capture=Capture(upload.capture) if upload else Capture.UNKNOWN,
        state=PhotoState(photo.state),
        quarantine=Quarantine(photo.quarantine) if photo.quarantine else None,
        taken_at=photo.taken_at,
        place=_taken_place(photo),
        software=photo.software,
    )
    also_of = session.scalars(
        _elsewhere(hazard, event)
        .with_only_columns(Hazard.number)
        .where(HazardPhoto.sha256 == of.sha256)
    )
    alike = _alike(session, photo, limits)
    return PhotoMaterial(
        taken,
        also_of=sorted(set(also_of)),
        alike_elsewhere=_whose(session, _elsewhere(hazard, event), alike),
        alike_here=_whose(session, _here(hazard, event), alike),
    )


def _taken_place(photo: Photo) -> Point | None:
    if photo.taken_latitude is None or photo.taken_longitude is None:
        return None
    return Point(photo.taken_latitude, photo.taken_longitude)


def _alike(session: Session, photo: Photo, limits: Thresholds) -> dict[str, int]:
    """The other photos that look like one: how many bits differ, by sha256."""
    if photo.look_rows is None or photo.look_columns is None:
        return {}
    found = look_alikes(session, Look(photo.look_rows, photo.look_columns), limits.look_alike_bits)
    return {each.sha256: each.bits for each in found if each.sha256 != photo.sha256}


def _whose(session: Session, photos: Select[Any], alike: Mapping[str, int]) -> list[Alike]:
    if not alike:
        return []
    columns = (HazardPhoto.sha256, Hazard.number, HazardPhoto.stage)
    query = photos.with_only_columns(*columns).where(HazardPhoto.sha256.in_(alike))
    return [
        Alike(alike[sha256], sha256, number, Stage(stage))
        for sha256, number, stage in session.execute(query)
    ]


def _elsewhere(hazard: Hazard, event: Event) -> Select[Any]:
    """Photos that came before, of other hazards: who was first copies nobody.

    What one inspection found together may share its photos.
    """
    earlier = or_(
        Event.at < event.at, and_(Event.at == event.at, HazardPhoto.hazard_id < hazard.id)
    )
    others = (
        select(HazardPhoto)
        .join(Hazard, Hazard.id == HazardPhoto.hazard_id)
        .join(Event, Event.id == HazardPhoto.event_id)
        .where(Hazard.id != hazard.id, earlier)
    )
    if hazard.submission_id is None:
        return others
    other_report = Hazard.submission_id.is_distinct_from(hazard.submission_id)
    return others.where(other_report)


def _here(hazard: Hazard, event: Event) -> Select[Any]:
    """Photos of the same hazard that earlier events brought."""
    return (
        select(HazardPhoto)
        .join(Hazard, Hazard.id == HazardPhoto.hazard_id)
        .where(Hazard.id == hazard.id, HazardPhoto.seq < event.seq)
    )


def _accepted_too(session: Session, event: Event, limits: Thresholds) -> list[Accepted]:
    """What the same person accepted in the minutes before and after."""
    at, span = parse_moment(event.at), timedelta(minutes=limits.batch_minutes)
    query = (
        select(Hazard.number, Event.at, Event.data)
        .join(Hazard, Hazard.id == Event.hazard_id)
        .where(
            Event.action == Action.ACCEPT.value,
            Event.actor_id == event.actor_id,
            Event.id != event.id,
            Event.at.between(format_moment(at - span), format_moment(at + span)),
        )
    )
    found = []
    for number, accepted_at, data in session.execute(query):
        on_site = _on_site(Action.ACCEPT, json.loads(data))
        moment = on_site.done_at or parse_moment(accepted_at)
        found.append(Accepted(number, moment, on_site.place))
    return found


def _closed_before(session: Session, hazard: Hazard) -> list[Closed]:
    """Hazards of the same site and spot that were struck off before this one was found."""
    if hazard.site_id is not None:
        same = and_(
            Hazard.site_id == hazard.site_id,
            func.lower(func.trim(Hazard.spot)) == hazard.spot.strip().lower(),
        )
    elif (place := place_of(hazard)) is not None:
        same = and_(
            around(place.latitude, place.longitude, SAME_PLACE_M), Hazard.item == hazard.item
        )
    else:
        return []
    query = select(Hazard.number, Hazard.closed_on).where(
        same,
        Hazard.id != hazard.id,
        Hazard.state == State.CLOSED.value,
        Hazard.closed_on.is_not(None),
        Hazard.closed_on <= hazard.found_on,
    )
    return [Closed(number, day) for number, day in session.execute(query) if day]
