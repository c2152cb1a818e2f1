"""A question as a plain value: whose scope, and what of it. Who sees the same shares an answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ...glossary import Role
from ...people.permissions import Actor, Permission, Permissions, Reach
from ...version import VERSION


class Answering(Protocol):
    """An answer that is being looked for, in one view of the database."""

    def etag(self) -> str:
        """Changes whenever the answer may; takes milliseconds."""
        ...

    def value(self) -> dict[str, Any]:
        """The answer, as JSON has it; takes seconds where hazards are very many."""
        ...


class Maker(Protocol):
    def __call__(
        self,
        session: Session,
        actor: Actor,
        query: Mapping[str, Any],
        permissions: Permissions,
        today: date,
    ) -> Answering:
        """Begin to answer a parsed query. Raises InvalidInput where it makes no sense."""
        ...


@dataclass(frozen=True)
class Question:
    """What is asked, of which scope; `query` is a parsed one, of plain JSON values.

    Where the query names the running month, or none, it has no `month`: tomorrow it is the same
    question, and next month as well.
    """

    kind: str
    sight: Mapping[str, Any]
    query: Mapping[str, Any]

    @property
    def key(self) -> str:
        return sha256(
            json.dumps(self.as_dict() | {"by": VERSION}, sort_keys=True).encode()
        ).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "sight": dict(self.sight), "query": dict(self.query)}

    @property
    def actor(self) -> Actor:
        """Somebody who sees the same."""
        sight = self.sight
        return Actor(
            id=sight["id"],
            username="",
            name="",
            role=Role(sight["role"]),
            area_code=sight["area"],
            sectors=frozenset(sight["sectors"]),
            site_ids=frozenset(sight["sites"]),
        )


def question_of(
    kind: str, actor: Actor, query: Mapping[str, Any], permissions: Permissions, today: date
) -> Question:
    """The question that an actor asks by a query."""
    current = query.get("month") == f"{today:%Y-%m}"
    kept = {name: query[name] for name in query if not (current and name == "month")}
    return Question(kind, sight_of(actor, permissions), kept)


def sight_of(actor: Actor, permissions: Permissions) -> dict[str, Any]:
    """What an actor's view of the ledger follows from: who has the same sees the same.

    The account itself, only where it sees what it reported.
    """
    own = any(
        grant.reach is Reach.OWN for grant in permissions.grants(actor, Permission.READ_HAZARDS)
    )
    return {
        "id": actor.id if own else 0,
        "role": actor.role.value,
        "area": actor.area_code,
        "sectors": sorted(actor.sectors),
        "sites": sorted(actor.site_ids),
    }
