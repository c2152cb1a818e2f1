"""Taking originals in: what they are is read off their bytes, never off their name.

Nothing is decoded here: that is done later, in a process of its own (`darkroom`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, and_, select, update
from sqlalchemy.orm import Session

from ..database import insert_all_new
from ..glossary import Capture, PhotoState
from ..storage import StagedFile, Storage
from .models import Photo, PhotoUpload

PHOTOS = cast(Table, Photo.__table__)
UPLOADS = cast(Table, PhotoUpload.__table__)

# Brands of the first box of an ISO base media file (ISO/IEC 23008-12 annex B) that phones write.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def media_type_of(head: bytes) -> str | None:
    """What picture the first 16 bytes of a file begin; None where it is none that we take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "image/heic"
    return None


@dataclass(frozen=True)
class Original:
    """A photo whose bytes are in their place. `size` is in bytes."""

    sha256: str
    size: int
    media_type: str | None


def store(storage: Storage, staged: StagedFile) -> Original:
    """Put a photo's bytes in their place; do this before `record_all`.

    What is no picture is kept too, without a media type, and never shown.
    """
    media_type = media_type_of(staged.head)
    return Original(storage.keep(staged), staged.size, media_type)


class Upload(NamedTuple):
    """Somebody brought an original."""

    original: Original
    user_id: int
    at: datetime
    capture: Capture = Capture.UNKNOWN


def record_all(session: Session, uploads: Sequence[Upload]) -> frozenset[str]:
    """Write the rows of stored originals, and who brought them; gives those that are new here.

    The bytes came first, so a row never lacks its bytes. The rows are written in one order for
    everybody, so that two transactions don't wait for each other.
    """
    if not uploads:
        return frozenset()
    ordered = sorted(uploads, key=lambda each: (each.original.sha256, each.user_id))
    photos = {each.original.sha256: _photo(each) for each in ordered}
    inserted = insert_all_new(session, PHOTOS, list(photos.values()))
    new = frozenset(row.sha256 for row in inserted)
    if known := photos.keys() - new:
        # One whose time was over, and that somebody brings again, is here again.
        removed = and_(Photo.sha256.in_(known), Photo.state == PhotoState.REMOVED.value)
        session.execute(
            update(Photo).where(removed).values(state=PhotoState.NEW.value, claimed_at=None)
        )
    insert_all_new(session, UPLOADS, [_brought(each) for each in ordered])
    return new


def _photo(upload: Upload) -> dict[str, Any]:
    return {
        "sha256": upload.original.sha256,
        "size": upload.original.size,
        "media_type": upload.original.media_type,
        "state": PhotoState.NEW.value,
        "camera": "",
        "software": "",
        "uploaded_by": upload.user_id,
        "created_at": upload.at,
    }


def _brought(upload: Upload) -> dict[str, Any]:
    return {
        "sha256": upload.original.sha256,
        "user_id": upload.user_id,
        "capture": upload.capture.value,
        "at": upload.at,
    }


def brought_by(session: Session, user_id: int, sha256s: Iterable[str]) -> dict[str, Photo]:
    """The photos among these that a person brought, by hash."""
    query = select(Photo).join(PhotoUpload, PhotoUpload.sha256 == Photo.sha256)
    query = query.where(PhotoUpload.user_id == user_id, Photo.sha256.in_(list(sha256s)))
    return {photo.sha256: photo for photo in session.scalars(query)}
