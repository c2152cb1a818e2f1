"""Examining originals and making what is shown of them.

What is due follows from the rows alone: whatever is `new` waits to be examined. A photo that is
asked for before its turn is examined there and then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import Conflict
from ..glossary import PhotoState, Quarantine
from ..storage import Storage
from . import decoding, sandbox
from .decoding import Examined, Limits, Unreadable
from .looks import bands
from .models import Photo
from .watermark import Mark

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

SUFFIXES = {"image/jpeg": "jpg", "image/webp": "webp"}

# A process that began to examine a photo and died leaves it to the others after so long.
CLAIM_LASTS = timedelta(minutes=2)
BATCH = 20


@dataclass(frozen=True)
class Darkroom:
    """Where pictures are developed. `seconds` is the most that decoding one may take."""

    database: Database
    storage: Storage
    limits: Limits
    seconds: float

    def examine_due(self, at: datetime, rest: Callable[[], None]) -> int:
        """Examine the oldest photos that nobody is examining; gives how many.

        Calls `rest` after each.
        """
        with self.database.writing() as session:
            mine = _claim(session, at)
        for sha256 in mine:
            self.examine(sha256)
            rest()
        return len(mine)

    def examine(self, sha256: str) -> None:
        """Examine a photo, once: write down what was found, and keep its thumbs."""
        try:
            found = self._decoded(decoding.examine, sha256)
        except Unreadable as error:
            log.warning("photo_quarantined", sha256=sha256, why=error.why.value)
            values: dict[str, object] = {
                "state": PhotoState.QUARANTINED.value,
                "quarantine": error.why.value,
                "media_type": None,
            }
        else:
            for media_type, thumb in found.thumbs.items():
                self.storage.keep_rendition(sha256, _name("thumb", media_type), thumb)
            values = _row(found)
        with self.database.writing() as session:
            still_new = and_(Photo.sha256 == sha256, Photo.state == PhotoState.NEW.value)
            session.execute(update(Photo).where(still_new).values(**values))

    def sound(self, photo: Photo) -> Photo:
        """The photo's row once it has been examined, at once if need be.

        Raises:
            Conflict: it is one that is not shown.
        """
        if photo.state == PhotoState.NEW:
            self.examine(photo.sha256)
            with self.database.reading() as session:
                photo = session.get_one(Photo, photo.sha256)
        if photo.state == PhotoState.REMOVED:
            raise Conflict("photo_removed", "这张照片保存期满，已清除。")
        if photo.state != PhotoState.SOUND:
            raise _not_shown(Quarantine(photo.quarantine or Quarantine.DAMAGED))
        return photo

    def thumb(self, photo: Photo, media_type: str) -> bytes:
        """A sound photo at 320 px.

        Raises:
            Conflict: its bytes are not what they were.
        """
        name = _name("thumb", media_type)
        content = self.storage.rendition(photo.sha256, name)
        if content is None:
            content = self._shown(decoding.examine, photo.sha256).thumbs[media_type]
            self.storage.keep_rendition(photo.sha256, name, content)
        return content

    def view(self, photo: Photo, mark: Mark | None, media_type: str) -> bytes:
        """A sound photo at 1600 px, with its watermark; made when first asked for.

        Raises:
            Conflict: its bytes are not what they were.
        """
        name = _name(f"view-{mark.code}" if mark else "view", media_type)
        content = self.storage.rendition(photo.sha256, name)
        if content is None:
            content = self._shown(decoding.view, photo.sha256, mark, media_type)
            self.storage.keep_rendition(photo.sha256, name, content)
        return content

    def _shown(self, function: Callable[..., T], sha256: str, *args: object) -> T:
        try:
            return self._decoded(function, sha256, *args)
        except Unreadable as error:
            raise _not_shown(error.why) from error

    def _decoded(self, function: Callable[..., T], sha256: str, *args: object) -> T:
        try:
            with self.storage.open(sha256) as file:
                return sandbox.run(self.seconds, function, file.name, self.limits, *args)
        except FileNotFoundError:
            raise Unreadable(Quarantine.MISSING) from None
        except sandbox.TooCostly:
            raise Unreadable(Quarantine.TOO_COSTLY) from None


def _claim(session: Session, at: datetime) -> list[str]:
    free = or_(Photo.claimed_at.is_(None), Photo.claimed_at < at - CLAIM_LASTS)
    due = (
        select(Photo.sha256)
        .where(Photo.state == PhotoState.NEW.value, free)
        .order_by(Photo.created_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    mine = list(session.scalars(due))
    session.execute(update(Photo).where(Photo.sha256.in_(mine)).values(claimed_at=at))
    return mine


def _row(found: Examined) -> dict[str, object]:
    said, look = found.metadata, found.look
    row: dict[str, object] = {
        "state": PhotoState.SOUND.value,
        "media_type": found.media_type,
        "width": found.width,
        "height": found.height,
        "taken_at": said.taken_at,
        "taken_latitude": said.latitude,
        "taken_longitude": said.longitude,
        "camera": said.camera,
        "software": said.software,
    }
    if look:
        row |= {"look_rows": look.rows, "look_columns": look.columns}
        row |= {f"look_band_{each}": band for each, band in enumerate(bands(look.rows))}
    return row


def _name(kind: str, media_type: str) -> str:
    return f"{kind}.{SUFFIXES[media_type]}"


def _not_shown(why: Quarantine) -> Conflict:
    detail = f"{why.chinese}，原件已隔离保存，只能作为附件下载。"
    return Conflict("photo_quarantined", detail, quarantine=why.value)
