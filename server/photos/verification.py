"""Holding rows against bytes: no row without its bytes, no bytes that are not their hash."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import file_digest
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import PhotoState
from ..storage import Storage
from .models import Photo

BATCH = 500

# Bytes come before their row: what is younger than this may still get one.
ON_ITS_WAY = timedelta(hours=1)


class Fault(NamedTuple):
    """An original that is not as it should be."""

    sha256: str
    message: str


class Orphan(NamedTuple):
    """Bytes that no row names: a request that was cut off after they were stored."""

    sha256: str


class Checked(NamedTuple):
    """How many rows were held against their bytes."""

    photos: int


def verify(session: Session, storage: Storage, at: datetime) -> Iterator[Fault | Orphan | Checked]:
    """Walk all originals and read every byte; faults as they are found, the count at the end."""
    checked = 0
    for photo in _rows(session):
        checked += 1
        if message := _fault(storage, photo):
            yield Fault(photo.sha256, message)
    for sha256 in orphans(session, storage, at):
        yield Orphan(sha256)
    yield Checked(checked)


def orphans(session: Session, storage: Storage, at: datetime) -> Iterator[str]:
    """Originals without a row that have been there for an hour or more."""
    old = (each.sha256 for each in storage.originals() if each.kept_at < at - ON_ITS_WAY)
    batch: list[str] = []
    for sha256 in old:
        batch.append(sha256)
        if len(batch) == BATCH:
            yield from _without_row(session, batch)
            batch = []
    yield from _without_row(session, batch)


def _without_row(session: Session, batch: list[str]) -> list[str]:
    known = set(session.scalars(select(Photo.sha256).where(Photo.sha256.in_(batch))))
    return [each for each in batch if each not in known]


def _rows(session: Session) -> Iterator[Photo]:
    last = ""
    while True:
        query = select(Photo).where(Photo.sha256 > last).order_by(Photo.sha256).limit(BATCH)
        rows = session.scalars(query).all()
        yield from (row for row in rows if row.state != PhotoState.REMOVED)
        if not rows:
            return
        last = rows[-1].sha256
        session.expunge_all()


def _fault(storage: Storage, photo: Photo) -> str | None:
    try:
        with storage.open(photo.sha256) as file:
            digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except FileNotFoundError:
        return "its bytes are missing"
    return None if digest == photo.sha256 else "its bytes were altered"
