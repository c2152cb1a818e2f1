"""Versions as ETags, so that nobody acts on a view that has changed since (RFC 9110 §13.1.1)."""

import re

from flask import request

from ..errors import Malformed

_ETAG = re.compile(r'(?:W/)?"v([0-9]{1,9})"')  # a proxy that compresses makes it weak


def etag(version: int) -> str:
    return f'"v{version}"'


def expected_version() -> int | None:
    """The version that the caller's `If-Match` names; None where there is no such header or `*`.

    Raises:
        Malformed: the header is not an ETag of ours.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    found = _ETAG.fullmatch(header)
    if not found:
        raise Malformed("if_match_malformed", "If-Match 应为读取时得到的 ETag。")
    return int(found[1])
