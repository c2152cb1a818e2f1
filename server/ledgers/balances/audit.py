"""Showing that closed months are what was closed, and what the movements say."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...hazards.audit import Fault
from ...hazards.chain import GENESIS
from .closing import cells_of, signature
from .figures import GRID, deviations, figures, snapshot_figures, whole
from .models import BalanceClosing
from .months import following


def verify_closings(session: Session, secret_key: str) -> Iterator[Fault]:
    """Every fault of the closed months, the first month first.

    Each month's figures are held against the movements on top of the month before, and that was
    held against them on top of the one before it: so all movements are in it. Without a secret key
    signatures are left alone.
    """
    previous: BalanceClosing | None = None
    for closing in session.scalars(select(BalanceClosing).order_by(BalanceClosing.month)):
        where = f"closing of {closing.month}"
        for message in _faults(session, closing, previous, secret_key):
            yield Fault(where, message)
        previous = closing


def _faults(
    session: Session, closing: BalanceClosing, previous: BalanceClosing | None, secret_key: str
) -> Iterator[str]:
    if closing.hash != sha256(closing.snapshot.encode()).hexdigest():
        yield "was altered: its hash does not match"
        return
    said = json.loads(closing.snapshot)
    if secret_key and not is_signed(closing, secret_key):
        yield "was not signed with this installation's SECRET_KEY"
    follows = previous is None or following(previous.month) == closing.month
    if not follows or said["previous_hash"] != (previous.hash if previous else GENESIS):
        yield "does not follow from the closing before it"
    if said["cells"] != list(cells_of(session, closing.month)):
        yield "its rows differ from its snapshot"
    closed = snapshot_figures(session, closing.month, whole, GRID)
    for cell in deviations(closed, figures(session, closing.month, whole, GRID)):
        place = ", ".join(str(each) for each in cell)
        yield f"its figures for {place} differ from what the movements say"


def is_signed(closing: BalanceClosing, secret_key: str) -> bool:
    """Whether the installation that has this key closed the month."""
    return hmac.compare_digest(closing.signature, signature(secret_key, closing.hash))
