"""What is found becomes rows that somebody settles, and that the next run finds again."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ...places.codes import township_code, within
from ...places.models import Area
from ..differences import DifferenceStatus
from ..models import Difference, Reconciliation
from .comparing import Found
from .noted import NAMES

SETTLED = (DifferenceStatus.ACTED, DifferenceStatus.EXPLAINED)

# Where a line stands in the file may change with every upload.
WHERE = frozenset({NAMES["ref"], "涉及各行"})


def write_differences(
    session: Session,
    reconciliation: Reconciliation,
    found: Mapping[str, Found],
    looked_at: Callable[[Difference], bool],
    at: datetime,
) -> None:
    """Make the rows say what was found.

    What is found again stays as it was settled, unless what stands on both sides has changed since;
    what is not found again is gone, of what `looked_at` says was looked at. What was settled in the
    upload before holds here as well, as long as both sides say the same.
    """
    query = select(Difference).where(Difference.reconciliation_id == reconciliation.id)
    existing = {each.key: each for each in session.scalars(query)}
    for difference in existing.values():
        if difference.key not in found and looked_at(difference):
            _resolve(difference, at)
    area_of = _areas(session, reconciliation)
    before = _settled_before(session, reconciliation)
    new = []
    for key, each in found.items():
        values = _values(each, reconciliation, area_of)
        if key in existing:
            _again(existing[key], values)
        else:
            new.append(_carried(before.get(key), values | {"key": key, "found_at": at}))
    if new:
        session.execute(insert(Difference), new)
    session.flush()


def _values(
    each: Found, reconciliation: Reconciliation, area_of: Callable[[str], str]
) -> dict[str, Any]:
    ours = each.ours
    return {
        "reconciliation_id": reconciliation.id,
        "kind": each.noted.kind.value,
        "month": reconciliation.month,
        "area_code": ours.area_code if ours else area_of(each.township),
        "sector": ours.sector if ours else reconciliation.sector,
        "hazard_id": ours.hazard_id if ours else None,
        "row_key": each.row_key,
        "explanation": each.noted.explanation,
        "ours": dict(each.noted.ours),
        "theirs": dict(each.noted.theirs),
        "suggestion": each.noted.suggestion.as_json(),
    }


def _again(difference: Difference, values: Mapping[str, Any]) -> None:
    status = DifferenceStatus(difference.status)
    changed = _said(difference.ours, difference.theirs) != _said(values["ours"], values["theirs"])
    # What was done or said was about what stood there then.
    if status is DifferenceStatus.RESOLVED or changed:
        difference.status = DifferenceStatus.OPEN.value
        difference.reason = ""
        difference.settled_at = difference.settled_by = None
    for name, value in values.items():
        setattr(difference, name, value)


def _carried(before: Difference | None, values: dict[str, Any]) -> dict[str, Any]:
    """A new row, settled as the same one of the upload before was."""
    settled: dict[str, Any] = {
        "status": DifferenceStatus.OPEN.value,
        "settled_at": None,
        "settled_by": None,
        "reason": "",
        "event_id": None,
    }
    if before is not None and _said(before.ours, before.theirs) == _said(
        values["ours"], values["theirs"]
    ):
        settled = {name: getattr(before, name) for name in settled}
    return values | settled


def _said(ours: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    return tuple(
        {name: value for name, value in side.items() if name not in WHERE}
        for side in (ours, theirs)
    )


def _settled_before(session: Session, reconciliation: Reconciliation) -> dict[str, Difference]:
    if reconciliation.previous_id is None:
        return {}
    query = select(Difference).where(
        Difference.reconciliation_id == reconciliation.previous_id,
        Difference.status.in_([each.value for each in SETTLED]),
    )
    return {each.key: each for each in session.scalars(query)}


def _resolve(difference: Difference, at: datetime) -> None:
    """What was acted upon is gone because of that, and stays told as done."""
    if difference.status not in (DifferenceStatus.RESOLVED, DifferenceStatus.ACTED):
        difference.status = DifferenceStatus.RESOLVED.value
        difference.settled_at = at


def supersede(session: Session, reconciliation: Reconciliation, at: datetime) -> None:
    """What was open in the uploads that this one takes the place of is asked of this one now."""
    earlier = reconciliation.previous_id
    while earlier is not None:
        query = select(Difference).where(
            Difference.reconciliation_id == earlier,
            Difference.status == DifferenceStatus.OPEN.value,
        )
        for difference in session.scalars(query):
            _resolve(difference, at)
        earlier = session.scalar(
            select(Reconciliation.previous_id).where(Reconciliation.id == earlier)
        )
    session.flush()


def _areas(session: Session, reconciliation: Reconciliation) -> Callable[[str], str]:
    """The area that a township's name means in the part of ours that the ledger is of."""
    own = reconciliation.area_code
    if township_code(own) == own and not own[6:9].strip("0"):
        query = select(Area.name, Area.code).where(within(Area.code, own), Area.kind == "township")
        codes = dict(session.execute(query).all())
    else:
        codes = {}
    return lambda name: codes.get(name, own)


def of_lines(keys: Collection[str], hazards: Collection[int]) -> Callable[[Difference], bool]:
    """Which differences are about these lines of theirs or these hazards, by themselves."""

    def looked_at(difference: Difference) -> bool:
        if not difference.key.startswith("line/"):
            return False
        if difference.row_key is None:
            return difference.hazard_id in hazards
        return difference.row_key in keys

    return looked_at
