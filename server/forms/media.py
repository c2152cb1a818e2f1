"""The files that forms name: lists of choices, pictures and sounds of questions."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import md5
from io import StringIO
from pathlib import PurePath

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput, NotFound, TooLarge
from ..fields import FORBIDDEN
from .conversion import ENTITY_LISTS
from .models import Form, FormMedia

MOST_BYTES = 5 * 1024 * 1024
MOST_NAME_LENGTH = 100

# What a client can do with, by the ending of the name, and how each begins.
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
}
BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}


def media_of(session: Session, form_id: str) -> Sequence[FormMedia]:
    """A form's files, by name."""
    query = select(FormMedia).where(FormMedia.form_id == form_id).order_by(FormMedia.name)
    return session.scalars(query).all()


def files_by_form(session: Session) -> Mapping[str, set[str]]:
    """The names of the files that there are, by form id; none for any other form."""
    names: dict[str, set[str]] = defaultdict(set)
    for form_id, name in session.execute(select(FormMedia.form_id, FormMedia.name)):
        names[form_id].add(name)
    return names


def find_media(session: Session, form_id: str, name: str) -> FormMedia | None:
    """One of them."""
    return None if FORBIDDEN.search(form_id + name) else session.get(FormMedia, (form_id, name))


def put_media(
    session: Session, form: Form, name: str, content: bytes, by: int, at: datetime
) -> FormMedia:
    """Keep a file of a form, in the place of an earlier one of this name.

    Raises:
        InvalidInput: it is of no kind that clients can do with, or not what its name says.
        TooLarge: over `MOST_BYTES`.
    """
    suffix = PurePath(name).suffix.lower()
    _check(name, suffix, content)
    media = FormMedia(
        form_id=form.form_id,
        name=name,
        media_type=TYPES[suffix],
        content=content,
        md5=md5(content, usedforsecurity=False).hexdigest(),
        updated_by=by,
        updated_at=at,
    )
    return session.merge(media)


def remove_media(session: Session, form_id: str, name: str) -> None:
    """Remove a file of a form.

    Raises:
        NotFound: it has none of this name.
    """
    found = find_media(session, form_id, name)
    if found is None:
        raise NotFound("form_file_not_found", "这个表单没有这个文件。")
    session.execute(
        delete(FormMedia).where(FormMedia.form_id == form_id, FormMedia.name == found.name)
    )


def _check(name: str, suffix: str, content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise TooLarge("form_file_too_large", f"文件超过 {MOST_BYTES // 1024 // 1024} MB。")
    if suffix not in TYPES or len(name) > MOST_NAME_LENGTH or FORBIDDEN.search(name):
        raise _refused(f"只能上传 {'、'.join(sorted(TYPES))} 文件，名称不超过 100 字。")
    if name in ENTITY_LISTS:
        raise _refused(f"{name} 由系统按每个人的范围生成，不用上传。")
    if not content.startswith(BEGINNINGS.get(suffix, b"")):
        raise _refused("文件内容与名称的后缀不符。")
    if suffix == ".csv":
        _check_csv(content)


def _check_csv(content: bytes) -> None:
    try:
        header = next(csv.reader(StringIO(content.decode("utf-8-sig"))), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused("选项文件应存为“CSV UTF-8”。") from error
    if not {"name", "label"} <= {column.strip() for column in header}:
        raise _refused("选项文件的第一行应有 name 和 label 两列。")


def _refused(message: str) -> InvalidInput:
    return InvalidInput("form_file_invalid", message, errors={"file": [message]})
