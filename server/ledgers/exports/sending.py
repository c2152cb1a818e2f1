"""A file on its way to who asked for it, under a name that says what it is."""

import os
from collections.abc import Iterator
from datetime import date
from typing import IO

from flask import Response

from ...web.attachments import attached

CHUNK_BYTES = 256 * 1024


def send_file(file: IO[bytes], media_type: str, name: str, day: date, suffix: str) -> Response:
    """An open file, in pieces; it is closed when the last one was sent, whatever happens."""
    response = Response(_chunks(file), content_type=media_type)
    response.content_length = os.fstat(file.fileno()).st_size
    response.call_on_close(file.close)
    return named(response, name, day, suffix)


def named(response: Response, name: str, day: date, suffix: str) -> Response:
    """Call what is sent `{name}-{day}.{suffix}`; for programs that know no Chinese, `ledger-…`."""
    of = f"{day:%Y%m%d}.{suffix}"
    return attached(response, f"{name}-{of}", f"ledger-{of}")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
