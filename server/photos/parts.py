"""A photo that arrives in pieces: what came through before the connection broke is not lost.

The pieces are rows, so that any process may take the next one. They are put together when the last
one is here, and swept away when the phone has not come back for two weeks.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from ..database import insert_new
from ..errors import Conflict, InvalidInput, TooLarge
from ..storage import StagedFile
from .models import PhotoPart

KEPT = timedelta(days=14)

# What one account may have on its way at once, so that nobody fills the database with beginnings.
MOST_PENDING_PHOTOS = 8


def received(session: Session, user_id: int, sha256: str) -> int:
    """How many bytes of a photo are here, from its beginning on."""
    query = select(func.coalesce(func.sum(PhotoPart.size), 0)).where(*_of(user_id, sha256))
    return int(session.execute(query).scalar_one())


def append(
    session: Session,
    user_id: int,
    sha256: str,
    start: int,
    content: bytes,
    *,
    most_bytes: int,
    at: datetime,
) -> int:
    """Keep the piece that begins at byte `start`; gives how many bytes are here now.

    Raises:
        Conflict: it does not begin where the last one ended; says where that is.
        TooLarge: the photo, or all that the account has on its way, is over `most_bytes`.
    """
    here = received(session, user_id, sha256)
    if start != here:
        raise _elsewhere(here)
    pending = select(func.coalesce(func.sum(PhotoPart.size), 0)).where(PhotoPart.user_id == user_id)
    everything = session.execute(pending).scalar_one()
    if here + len(content) > most_bytes or everything > MOST_PENDING_PHOTOS * most_bytes:
        raise TooLarge("too_large", f"照片超过 {most_bytes / 1024 / 1024:.0f} MB，请缩小后重发。")
    if content:
        row = {
            "user_id": user_id,
            "sha256": sha256,
            "start": start,
            "size": len(content),
            "content": content,
            "at": at,
        }
        if not insert_new(session, PhotoPart.__table__, row):  # type: ignore[arg-type]
            raise _elsewhere(received(session, user_id, sha256))
    return here + len(content)


def assemble(session: Session, user_id: int, sha256: str, staged: StagedFile) -> None:
    """Write the pieces, in order, to a staged file.

    Raises:
        InvalidInput: together they are not the photo of this hash.
    """
    starts = session.scalars(
        select(PhotoPart.start).where(*_of(user_id, sha256)).order_by(PhotoPart.start)
    ).all()
    for start in starts:
        query = select(PhotoPart.content).where(*_of(user_id, sha256), PhotoPart.start == start)
        staged.write(session.execute(query).scalar_one())
    if staged.sha256 != sha256:
        raise InvalidInput(
            "hash_differs", f"收到的内容（{staged.size} 字节）与 sha256 不符，请从头重发。"
        )


def forget(session: Session, user_id: int, sha256: str) -> None:
    """Remove the pieces of a photo."""
    session.execute(delete(PhotoPart).where(*_of(user_id, sha256)))


def sweep(session: Session, at: datetime) -> None:
    """Remove the pieces that nobody came back for."""
    session.execute(delete(PhotoPart).where(PhotoPart.at < at - KEPT))


def _elsewhere(here: int) -> Conflict:
    return Conflict("offset_differs", f"已收到 {here} 字节，请从这里接着传。", offset=here)


def _of(user_id: int, sha256: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PhotoPart.user_id == user_id, PhotoPart.sha256 == sha256
