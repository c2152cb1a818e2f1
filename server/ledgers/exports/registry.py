"""The ledgers that can be exported in the background, by the names that they are asked for."""

from collections.abc import Mapping
from typing import Any

from ...errors import InvalidInput
from ...fields import checked
from ..registers.kinds import REGISTERS
from ..statistics.national import NATIONAL
from .kinds import Kind
from .ledger import LEDGER
from .shown import SHOWN

# What is logged when it is taken out, without being an export that can be ordered.
LOGGED_ONLY = {"archive": "一患一档"}

KINDS: Mapping[str, Kind] = {"ledger": LEDGER, "shown": SHOWN, **REGISTERS, **NATIONAL}


def kind_of(name: str) -> Kind:
    """The ledger of this name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in KINDS:
        message = "应为以下之一：" + "、".join(KINDS) + "。"
        raise InvalidInput("invalid_input", message, errors={"kind": [message]})
    return KINDS[name]


def logged_name(name: str) -> str:
    """What the log calls that which was taken out."""
    return KINDS[name].chinese if name in KINDS else LOGGED_ONLY.get(name, name)


def parsed(kind: Kind, query: Mapping[str, Any]) -> dict[str, Any]:
    """A query as the ledger takes it.

    Raises:
        InvalidInput: it does not fit; names the fields.
    """
    found: dict[str, Any] = checked(kind.query(), dict(query))
    return found
