"""How long originals are kept: as long as the settings say, and never while a hazard is open."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from ..database import Database
from ..glossary import OPEN_STATES, PhotoState
from ..hazards.models import Hazard, HazardPhoto
from ..photos.models import Photo, PhotoUpload
from ..storage import Storage
from .models import SubmissionFile

BATCH = 200


def remove_expired(
    database: Database, storage: Storage, *, kept_days: int, unused_days: int, at: datetime
) -> int:
    """Remove the originals whose time is over, and what was made of them; gives how many.

    The row stays, with its hash, so that the chain of events still names what was there. Those of
    hazards that were closed or void go after `kept_days` (0: never), those that nothing names
    after `unused_days`.
    """
    removed = 0
    while batch := _take(database, kept_days, unused_days, at):
        for sha256 in batch:
            storage.remove(sha256)
        removed += len(batch)
    return removed


def _take(database: Database, kept_days: int, unused_days: int, at: datetime) -> list[str]:
    """Mark a batch as removed. The mark is first: bytes that it is too late for are orphans."""
    expired = [_unused(at - timedelta(days=unused_days))]
    if kept_days:
        expired.append(_settled(at - timedelta(days=kept_days)))
    query = select(Photo.sha256).where(Photo.state != PhotoState.REMOVED.value, or_(*expired))
    with database.writing() as session:
        batch = list(session.scalars(query.limit(BATCH)))
        _forget(session, batch)
    return batch


def _unused(before: datetime) -> ColumnElement[bool]:
    named = or_(
        exists().where(HazardPhoto.sha256 == Photo.sha256),
        exists().where(SubmissionFile.sha256 == Photo.sha256),
    )
    lately = exists().where(PhotoUpload.sha256 == Photo.sha256, PhotoUpload.at >= before)
    return and_(Photo.created_at < before, ~named, ~lately)


def _settled(before: datetime) -> ColumnElement[bool]:
    """Of hazards only that are closed or void, and have been for so long."""
    of_hazard = and_(HazardPhoto.sha256 == Photo.sha256, HazardPhoto.hazard_id == Hazard.id)
    alive = or_(Hazard.state.in_([each.value for each in OPEN_STATES]), Hazard.updated_at >= before)
    return and_(exists().where(of_hazard), ~exists().where(of_hazard, alive))


def _forget(session: Session, sha256s: list[str]) -> None:
    """What the camera wrote goes with the bytes; the look stays, to know the picture again."""
    nothing = {"taken_at": None, "taken_latitude": None, "taken_longitude": None}
    values = {"state": PhotoState.REMOVED.value, "camera": "", "software": ""} | nothing
    session.execute(update(Photo).where(Photo.sha256.in_(sha256s)).values(**values))
