"""Files of a reconciliation on their way in and out over HTTP."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkstemp
from typing import cast

from flask import Response, current_app, request

from ...errors import InvalidInput, NotFound, TooLarge
from ...storage import Storage
from ...web.attachments import attached
from ..models import Reconciliation
from .opening import Limits
from .reading import Sheets, read

# What an outside ledger's file is kept with, whatever format it has.
ENDING = "ledger"
CHUNK_BYTES = 256 * 1024


def posted_file() -> tuple[str, bytes]:
    """The name and the bytes of the file that was posted.

    Raises:
        InvalidInput, TooLarge: there is none, or it has too many bytes.
    """
    most = _setting("max_ledger_bytes")
    file = request.files.get("file")
    if file is None or not file.filename:
        message = "请选择台账文件（.xlsx、.xls 或 .csv）。"
        raise InvalidInput("invalid_input", message, errors={"file": [message]})
    content = file.stream.read(most + 1)
    if len(content) > most:
        raise TooLarge("file_too_large", f"文件超过 {most // 1024 // 1024} MB，请拆分后分别上传。")
    return _file_name(file.filename), content


def _file_name(given: str) -> str:
    """A file's name without folders and control characters, and short enough to stand in a cell."""
    name = given.replace("\\", "/").rpartition("/")[2]
    name = "".join(each for each in name if each.isprintable()) or "ledger"
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:60]}{dot}{suffix[:10]}" if dot and stem else name[:60]


def sheets_of(name: str, content: bytes) -> Sheets:
    """A file's sheets, within the limits of the settings; raises what `reading.read` raises."""
    limits = Limits(bytes=_setting("max_ledger_bytes"), rows=_setting("max_ledger_rows"))
    return read(name, content, limits)


def keep_original(content: bytes) -> str:
    """Keep a file as it came; gives its sha256."""
    return cast(Storage, current_app.extensions["storage"]).keep_document(content, ENDING)


def original_of(reconciliation: Reconciliation) -> bytes:
    """The file as it came.

    Raises:
        NotFound: the store has lost it.
    """
    storage = cast(Storage, current_app.extensions["storage"])
    content = storage.document(reconciliation.sha256, ENDING)
    if content is None:
        raise NotFound("file_missing", "原件缺失，请重新上传，或联系管理员。")
    return content


def written(write: Callable[[Path], str], suffix: str, media_type: str) -> Response:
    """A file that `write` writes at a path and names: sent whole, and gone when it is."""
    descriptor, name = mkstemp(suffix=f".{suffix}")
    os.close(descriptor)
    path = Path(name)
    try:
        title = write(path)
        file = path.open("rb")
    finally:
        path.unlink()

    def chunks() -> Iterator[bytes]:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

    response = Response(chunks(), content_type=media_type)
    response.content_length = os.fstat(file.fileno()).st_size
    response.call_on_close(file.close)
    return attached(response, f"{title}.{suffix}", f"reconciliation.{suffix}")


def _setting(name: str) -> int:
    return int(getattr(current_app.extensions["settings"], name))
