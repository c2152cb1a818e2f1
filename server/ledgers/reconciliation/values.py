"""A `Record` as JSON and back: only what the line says, so that what is blank takes no room."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from ...glossary import Level
from ..records import Record, Standing

DAYS = frozenset({"found_on", "deadline", "finished_on", "accepted_on", "closed_on"})


def as_json(record: Record) -> dict[str, Any]:
    """What the line says, as plain JSON."""
    said = {each.name: getattr(record, each.name) for each in fields(record)}
    return {name: _plain(value) for name, value in said.items() if value not in (None, "", ())}


def of_json(said: Mapping[str, Any]) -> Record:
    """The line that `as_json` wrote down."""
    values = dict(said)
    for name in DAYS & values.keys():
        values[name] = date.fromisoformat(values[name])
    if "amount_yuan" in values:
        values["amount_yuan"] = Decimal(values["amount_yuan"])
    if "acceptors" in values:
        values["acceptors"] = tuple(values["acceptors"])
    if "level" in values:
        values["level"] = Level(values["level"])
    if "standing" in values:
        values["standing"] = Standing(values["standing"])
    return Record(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Level | Standing) else value
