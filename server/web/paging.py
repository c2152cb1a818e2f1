"""Keyset paging: a cursor says where the next page begins, and stays right as rows are added."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from marshmallow import fields, validate

from ..errors import InvalidInput
from ..fields import MAX_ID, Schema, Text


class HasId(Protocol):
    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Page:
    items: Sequence[Any]
    next_cursor: str | None


class PageQuery(Schema):
    cursor = Text(most=64, metadata={"description": "上一页的 next_cursor"})
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(min=1, max=500, error="应为 1–500。"),
        metadata={"description": "每页条数，1–500"},
    )


def read_cursor(cursor: str | None) -> int | None:
    """The row id that a page ends before.

    Raises:
        InvalidInput: not one of our cursors.
    """
    if cursor is None:
        return None
    try:
        number = int(urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii"))
    except ValueError as error:
        raise _bad_cursor() from error
    if not 0 < number <= MAX_ID:
        raise _bad_cursor()
    return number


def cursor_of(*parts: str) -> str:
    """A cursor that carries more than a row's id."""
    return urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def cursor_parts(cursor: str, patterns: Sequence[re.Pattern[str]]) -> list[str]:
    """What `cursor_of` put into a cursor, as many parts as there are patterns.

    Raises:
        InvalidInput: not one of our cursors.
    """
    try:
        parts = urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii").split("\n")
    except ValueError as error:
        raise _bad_cursor() from error
    if len(parts) != len(patterns) or not all(map(re.Pattern.match, patterns, parts)):
        raise _bad_cursor()
    return parts


def page_of(rows: Sequence[HasId], limit: int) -> Page:
    """A page from `limit + 1` rows read in descending order of id."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    cursor = urlsafe_b64encode(str(kept[-1].id).encode()).decode().rstrip("=")
    return Page(kept, cursor)


def _bad_cursor() -> InvalidInput:
    message = "不是有效的翻页标记，请从第一页重新开始。"
    return InvalidInput("invalid_input", message, errors={"cursor": [message]})
