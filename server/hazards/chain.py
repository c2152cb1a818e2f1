"""The chain of events: each event's hash covers all of it and the hash of the one before.

One chain a hazard, so that writers of different hazards don't queue behind each other. What a
chain can't show, that a whole hazard is gone, the daily digest does (`audit`).
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Protocol

GENESIS = "0" * 64


class Chained(Protocol):
    """What of an event its hash covers."""

    id: Any
    seq: Any
    action: Any
    from_state: Any
    to_state: Any
    actor_id: Any
    actor_name: Any
    actor_role: Any
    at: Any
    data: Any
    request_hash: Any
    previous_hash: Any


COVERED = tuple(Chained.__annotations__)


def canonical(value: Any) -> str:
    """JSON with one spelling for one value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def event_hash(number: str, event: Chained) -> str:
    """The sha256, in hex, of a hazard's number and everything that its event says."""
    return _digest([number, *(getattr(event, name) for name in COVERED)])


def request_hash(action: str, data: Mapping[str, Any]) -> str:
    """What a caller asked, so that a replay can be told from another request with the same id."""
    return _digest([action, data])


def text_hash(*texts: str) -> str:
    return _digest(list(texts))


def _digest(value: Any) -> str:
    return sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
