"""Any ledger, downloaded at once: within one's rights, complete or not at all, and logged."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from flask import Response, current_app, request

from ...database import Database
from ...people.access import current_actor
from .files import MEDIA_TYPES, write_table
from .kinds import Format, Kind, Office, Order, require_rights
from .log import log_export
from .sending import send_file

# What somebody waits for: a few seconds. More is made in the background.
MOST_DIRECT = 20_000


def download(name: str, kind: Kind, format: Format, query: Mapping[str, Any]) -> Response:
    """A ledger of moderate size at once, logged; complete or not at all.

    Raises what is wrong with the order (`kinds.require_rights`, `Kind.prepare`), or TooLarge.
    """
    order = order_of(format, query)
    require_rights(order, kind, office().permissions)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger.{format.value}"
        with _database().reading() as session, kind.prepare(session, order, office()) as table:
            write_table(path, kind.chinese, table, format)
        log_order(name, order, table.total)
        # Unlinked while open: it goes when the last byte was sent.
        file: IO[bytes] = path.open("rb")
    return send_file(file, MEDIA_TYPES[format], kind.chinese, order.today, format.value)


def order_of(format: Format, query: Mapping[str, Any]) -> Order:
    """What the caller of this request asks for, with what they will wait for."""
    now = cast(datetime, current_app.extensions["clock"].now())
    return Order(current_actor(), format, query, now, most=MOST_DIRECT)


def log_order(kind: str, order: Order, lines: int) -> None:
    """Write down that somebody took a ledger out."""
    with _database().writing() as session:
        log_export(
            session,
            order.actor,
            order.at,
            kind=kind,
            format=order.format.value,
            query=request.args.to_dict(),
            lines=lines,
            phones=bool(order.query.get("phones")),
        )


def office() -> Office:
    """What ledgers are made with here."""
    return cast(Office, current_app.extensions["exporter"].office)


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
