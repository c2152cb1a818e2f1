"""Answers that a browser saves as a file."""

from urllib.parse import quote

from flask import Response


def attached(response: Response, name: str, ascii_name: str = "") -> Response:
    """A response that is saved under this name; `ascii_name` is for programs that know no other.

    RFC 6266: `filename*` says the name whatever its letters.
    """
    plain = f'filename="{ascii_name}"; ' if ascii_name else ""
    response.headers["Content-Disposition"] = (
        f"attachment; {plain}filename*=UTF-8''{quote(name, safe='')}"
    )
    return response
