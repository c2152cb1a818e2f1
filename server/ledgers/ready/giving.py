"""A kept answer over HTTP: with its time and its tag, or 304 where the asker has it already."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, current_app, request

from ...people.access import current_actor
from ...web.adapter import json_response
from .keeping import Keeper


def given(kind: str, query: Mapping[str, Any], *, is_kept: bool = True) -> Response:
    """The answer to the caller's question of a kind.

    Raises:
        InvalidInput: the query makes no sense.
    """
    keeper = cast(Keeper, current_app.extensions["keeper"])
    known = request.if_none_match.contains_weak
    found = keeper.give(kind, current_actor(), query, known, is_kept=is_kept)
    headers = {
        "ETag": f'"{found.tag}"',
        # Kept by whoever asked, and asked for anew each time.
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if found.value is None:
        return Response(status=304, headers=headers)
    known_when = {"as_of": found.as_of.isoformat(), "refreshing": found.is_old}
    return json_response({**found.value, **known_when}, headers=headers)
