"""Taking originals in: what they are is read off their bytes, never off their name."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import insert_new
from ..glossary import Capture
from ..storage import StagedFile, Storage
from .models import Photo, PhotoUpload

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@dataclass(frozen=True)
class Picture:
    """What a file's header says it is. Sizes in pixels."""

    media_type: str
    width: int
    height: int


def describe(path: Path, max_pixels: int) -> Picture | None:
    """What picture a file is, by its header alone; None where it is none that we can show.

    The pixels are not decoded here, so a decompression bomb costs nothing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=list(FORMATS)) as image:
                width, height = image.size
                media_type = FORMATS[image.format or ""]
    except Exception:  # Pillow's plugins raise nearly anything on a hostile header.
        return None
    if width * height > max_pixels:
        return None
    return Picture(media_type, width, height)


@dataclass(frozen=True)
class Original:
    """A photo whose bytes are in their place. `size` is in bytes."""

    sha256: str
    size: int
    picture: Picture | None


def store(storage: Storage, staged: StagedFile, max_pixels: int) -> Original:
    """Put a photo's bytes in their place; do this before `record`.

    What can't be read as a picture is kept too, without a media type, and never shown inline.
    """
    staged.flush()
    picture = describe(staged.path, max_pixels)
    return Original(storage.keep(staged), staged.size, picture)


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
    picture = original.picture
    row = {
        "sha256": original.sha256,
        "size": original.size,
        "media_type": picture.media_type if picture else None,
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "uploaded_by": uploaded_by,
        "created_at": at,
    }
    is_new = insert_new(session, Photo.__table__, row)  # type: ignore[arg-type]
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
