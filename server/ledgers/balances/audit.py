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
        for message, chinese in _faults(session, closing, previous, secret_key):
            yield Fault(where, message, f"{closing.month} 月结{chinese}")
        previous = closing


def _faults(
    session: Session, closing: BalanceClosing, previous: BalanceClosing | None, secret_key: str
) -> Iterator[tuple[str, str]]:
    """What is wrong, for whoever runs the server and in Chinese."""
    if closing.hash != sha256(closing.snapshot.encode()).hexdigest():
        yield "was altered: its hash does not match", "被改动过，校验值不符。"
        return
    said = json.loads(closing.snapshot)
    if secret_key and not is_signed(closing, secret_key):
        message = "was not signed with this installation's SECRET_KEY"
        yield message, "的签名不是本系统签的。"
    follows = previous is None or following(previous.month) == closing.month
    if not follows or said["previous_hash"] != (previous.hash if previous else GENESIS):
        yield "does not follow from the closing before it", "与上一个月接不上。"
    if said["cells"] != list(cells_of(session, closing.month)):
        yield "its rows differ from its snapshot", "的明细与封存的不一致。"
    closed = snapshot_figures(session, closing.month, whole, GRID)
    for cell in deviations(closed, figures(session, closing.month, whole, GRID)):
        place = ", ".join(str(each) for each in cell)
        message = f"its figures for {place} differ from what the movements say"
        yield message, f"的数字（{place}）与逐条增减算出的不一致。"


def is_signed(closing: BalanceClosing, secret_key: str) -> bool:
    """Whether the installation that has this key closed the month."""
    return hmac.compare_digest(closing.signature, signature(secret_key, closing.hash))
