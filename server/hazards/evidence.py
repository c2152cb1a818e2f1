"""Looking at the evidence that a hazard's events brought, and writing down what is found.

What is due follows from the rows: events beyond the hazard's `evidence_seq`. Their photos must have
been examined; whoever cannot wait has it done there and then (`Examiner.bring_up_to_date`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ..database import Database
from ..glossary import Action, FindingKind, PhotoState
from ..photos.darkroom import Darkroom
from ..photos.models import Photo
from .findings import (
    Noted,
    Thresholds,
    after_elsewhere,
    after_like_before,
    area_place,
    batch_acceptance,
    clock_skew,
    edited,
    from_gallery,
    hand_set,
    look_alike,
    no_metadata,
    photo_place,
    photo_time,
    recurrence,
    same_photo,
    site_place,
    unreadable,
    weak_fix,
)
from .marks import mark_of
from .material import Gathered, gather
from .models import Event, Finding, Hazard, HazardPhoto

BATCH = 100


@dataclass(frozen=True)
class Examiner:
    """Looks at evidence: in the background, and at once for whoever is about to decide."""

    database: Database
    darkroom: Darkroom
    thresholds: Thresholds
    # The address that watermarks lead to; empty: it is known only when somebody asks.
    public_url: str = ""

    def examine_due(self, at: datetime, rest: Callable[[], None]) -> int:
        """Look at the evidence of some hazards that wait for it; gives how many.

        Calls `rest` after each.
        """
        with self.database.reading() as session:
            query = select(Hazard.id).where(Hazard.evidence_seq < Hazard.version)
            due = session.scalars(query.order_by(Hazard.id).limit(BATCH)).all()
        for hazard_id in due:
            self._examine(hazard_id, at)
            if self.public_url:
                self._develop(hazard_id)
            rest()
        return len(due)

    def bring_up_to_date(self, number: str, at: datetime) -> None:
        """Look at whatever of a hazard's evidence has not been looked at."""
        with self.database.reading() as session:
            query = select(Hazard.id).where(
                Hazard.number == number, Hazard.evidence_seq < Hazard.version
            )
            hazard_id = session.scalar(query)
        if hazard_id is not None:
            self._examine(hazard_id, at)

    def _develop(self, hazard_id: int) -> None:
        """Make the views of a hazard's photos before somebody waits for them."""
        query = (
            select(Hazard, HazardPhoto, Photo)
            .join(HazardPhoto, HazardPhoto.hazard_id == Hazard.id)
            .join(Photo, Photo.sha256 == HazardPhoto.sha256)
            .where(Hazard.id == hazard_id, Photo.state == PhotoState.SOUND.value)
        )
        with self.database.reading() as session:
            wanted = [
                (photo, mark_of(session, hazard, of, self.public_url))
                for hazard, of, photo in session.execute(query)
            ]
        for photo, mark in wanted:
            self.darkroom.view(photo, mark, "image/webp")

    def _examine(self, hazard_id: int, at: datetime) -> None:
        with self.database.reading() as session:
            waiting = select(Photo.sha256).where(
                Photo.state == PhotoState.NEW.value,
                exists().where(
                    HazardPhoto.sha256 == Photo.sha256, HazardPhoto.hazard_id == hazard_id
                ),
            )
            new = session.scalars(waiting).all()
        for sha256 in new:
            self.darkroom.examine(sha256)
        with self.database.writing() as session:
            write_findings(session, hazard_id, self.thresholds, at)


def write_findings(session: Session, hazard_id: int, limits: Thresholds, at: datetime) -> None:
    """Write down what is found about the events that were not looked at yet.

    Stops at an event whose photo has not been examined: its turn comes.
    """
    hazard = session.get_one(Hazard, hazard_id, with_for_update=True)
    query = select(Event).where(Event.hazard_id == hazard_id, Event.seq > hazard.evidence_seq)
    for event in session.scalars(query.order_by(Event.seq)).all():
        gathered = gather(session, hazard, event, limits)
        if gathered is None:
            return
        for noted in findings_of(gathered, limits):
            session.add(_row(hazard.id, event.id, noted, limits, at))
        _mark_batch(session, gathered, limits, at)
        hazard.evidence_seq = event.seq
        session.flush()


def findings_of(gathered: Gathered, limits: Thresholds) -> Iterator[Noted]:
    """All that is to be said about an event's evidence."""
    about_photos = (
        noted
        for each in gathered.photos
        for noted in (
            unreadable(each.photo),
            from_gallery(each.photo),
            edited(each.photo, limits),
            no_metadata(each.photo),
            photo_place(each.photo, gathered.place, limits),
            photo_time(each.photo, gathered.moments, limits),
            same_photo(each.photo, each.also_of),
            look_alike(each.photo, each.alike_elsewhere, limits),
            after_like_before(each.photo, each.alike_here, limits),
            after_elsewhere(each.photo, gathered.hazard_place, limits),
        )
    )
    about_the_act = (
        site_place(gathered.place, gathered.site_place, limits),
        area_place(gathered.outside_m, gathered.place, gathered.own_area, limits),
        weak_fix(gathered.place, limits),
        hand_set(gathered.place),
        clock_skew(gathered.device_time, gathered.at, limits),
        batch_acceptance(gathered.accepted, gathered.accepted_too, limits)
        if gathered.accepted
        else None,
        recurrence(gathered.found_on, gathered.closed_before, limits),
    )
    yield from (each for each in (*about_photos, *about_the_act) if each is not None)


def findings_about(session: Session, hazard_id: int) -> Sequence[Finding]:
    """What was found about a hazard, serious things first, then in order."""
    query = select(Finding).where(Finding.hazard_id == hazard_id)
    return session.scalars(query.order_by(Finding.serious.desc(), Finding.id)).all()


def _mark_batch(session: Session, gathered: Gathered, limits: Thresholds, at: datetime) -> None:
    """A batch shows when its last line is accepted: the earlier lines are marked as well."""
    this = gathered.accepted
    noted = batch_acceptance(this, gathered.accepted_too, limits) if this else None
    if noted is None:
        return
    numbers = [each.number for each in gathered.accepted_too]
    marked = exists().where(
        Finding.event_id == Event.id, Finding.kind == FindingKind.BATCH_ACCEPTANCE.value
    )
    query = (
        select(Event.id, Event.hazard_id)
        .join(Hazard, Hazard.id == Event.hazard_id)
        .where(Hazard.number.in_(numbers), Event.action == Action.ACCEPT.value, ~marked)
        .where(Event.seq <= Hazard.evidence_seq)
    )
    for event_id, hazard_id in session.execute(query).all():
        session.add(_row(hazard_id, event_id, noted, limits, at))


def _row(hazard_id: int, event_id: str, noted: Noted, limits: Thresholds, at: datetime) -> Finding:
    return Finding(
        hazard_id=hazard_id,
        event_id=event_id,
        sha256=noted.sha256,
        kind=noted.kind.value,
        serious=noted.kind in limits.serious,
        numbers=dict(noted.numbers),
        at=at,
    )
