"""Taking originals in: what they are is read off their bytes, never off their name.

Nothing is decoded here: that is done later, in a process of its own (`darkroom`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from ..database import insert_new
from ..glossary import Capture, PhotoState
from ..storage import StagedFile, Storage
from .models import Photo, PhotoUpload

HEAD_BYTES = 16

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
    """Put a photo's bytes in their place; do this before `record`.

    What is no picture is kept too, without a media type, and never shown.
    """
    staged.flush()
    with staged.path.open("rb") as file:
        media_type = media_type_of(file.read(HEAD_BYTES))
    return Original(storage.keep(staged), staged.size, media_type)


def record(
    session: Session,
    original: Original,
    *,
    uploaded_by: int,
    at: datetime,
    capture: Capture = Capture.UNKNOWN,
) -> bool:
    """Write the row of a stored original, and who brought it; tells whether it is new here.

    The bytes came first, so a row never lacks its bytes.
    """
    row = {
        "sha256": original.sha256,
        "size": original.size,
        "media_type": original.media_type,
        "state": PhotoState.NEW.value,
        "camera": "",
        "software": "",
        "uploaded_by": uploaded_by,
        "created_at": at,
    }
    is_new = insert_new(session, Photo.__table__, row)  # type: ignore[arg-type]
    if not is_new:
        # One whose time was over, and that somebody brings again, is here again.
        removed = and_(Photo.sha256 == original.sha256, Photo.state == PhotoState.REMOVED.value)
        session.execute(
            update(Photo).where(removed).values(state=PhotoState.NEW.value, claimed_at=None)
        )
    brought = {
        "sha256": original.sha256,
        "user_id": uploaded_by,
        "capture": capture.value,
        "at": at,
    }
    insert_new(session, PhotoUpload.__table__, brought)  # type: ignore[arg-type]
    return is_new


def brought_by(session: Session, user_id: int, sha256s: Iterable[str]) -> dict[str, Photo]:
    """The photos among these that a person brought, by hash."""
    query = select(Photo).join(PhotoUpload, PhotoUpload.sha256 == Photo.sha256)
    query = query.where(PhotoUpload.user_id == user_id, Photo.sha256.in_(list(sha256s)))
    return {photo.sha256: photo for photo in session.scalars(query)}
