"""Both ledgers as they are before they are matched, and what the rules know of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ...hazards.queries import visible_to
from ...people.accounts import find_account
from ...people.models import User
from ...people.permissions import Actor, Permission, Permissions
from ...places.codes import is_within, within
from ...places.models import Area, Site
from ..models import Reconciliation
from ..rules.names import Registered, Registry
from .keys import our_number
from .models import CandidateDecision, MatchDecision, ReconciliationRow
from .months import Month
from .noted import Held, Limits, TheirLine
from .ours import OurLine, known_as, numbered, of_month, our_lines
from .values import of_json


@dataclass(frozen=True)
class Sides:
    """Both ledgers, before they are matched.

    Attributes:
        window: the hazards that their ledger should have, by number.
        known: these, and others that it names or that people said are in it.
        elsewhere: hazards that it names, but that are of another area or sector.
        confirmed, refused: what people said, as pairs of our number and their `ref`.
        rows: the id of each line's row, by its key.
    """

    window: Mapping[str, OurLine]
    known: Mapping[str, OurLine]
    elsewhere: Mapping[str, OurLine]
    theirs: Sequence[TheirLine]
    confirmed: frozenset[tuple[str, str]]
    refused: frozenset[tuple[str, str]]
    rows: Mapping[str, int]
    stated: Mapping[str, Mapping[str, int]]
    before: Mapping[str, int]
    area: str


def gather(session: Session, reconciliation: Reconciliation, permissions: Permissions) -> Sides:
    """Read both sides; of ours what whoever uploaded the ledger may hold against it."""
    month = Month.of(reconciliation.month)
    actor = uploader(session, reconciliation)
    scope = visible_to(actor, Permission.RECONCILE, permissions)
    mine = of_month(month, reconciliation.area_code, reconciliation.sector)
    window = _by_number(our_lines(session, and_(scope, mine), month))
    theirs, rows = their_lines(session, reconciliation)
    decided = _decisions(session, reconciliation)
    numbers = {our_number(line.record.number) for line in theirs}
    named = {number for number in numbers if number is not None and number not in window}
    others: dict[str, OurLine] = {}
    ids = {hazard_id for _, hazard_id, _ in decided} - {each.hazard_id for each in window.values()}
    for condition in (*numbered(named), *known_as(ids)):
        others |= _by_number(our_lines(session, and_(scope, condition), month))
    here = {number: line for number, line in others.items() if _is_here(line, reconciliation)}
    known = {**window, **here}
    return Sides(
        window=window,
        known=known,
        elsewhere={number: line for number, line in others.items() if number not in here},
        theirs=theirs,
        **_said(decided, known.values(), theirs),
        rows=rows,
        stated=reconciliation.stated,
        before=_stated_before(session, reconciliation),
        area=session.get_one(Area, reconciliation.area_code).name,
    )


def uploader(session: Session, reconciliation: Reconciliation) -> Actor:
    """Who uploaded it, as they stand now: what they may see bounds what it is held against."""
    username = session.get_one(User, reconciliation.created_by).username
    account = find_account(session, username)
    assert account is not None
    return account.actor


def their_lines(
    session: Session, reconciliation: Reconciliation
) -> tuple[list[TheirLine], dict[str, int]]:
    """Their lines in the order of the file, and the id of each one's row by its key."""
    query = (
        select(ReconciliationRow.id, ReconciliationRow.key, ReconciliationRow.record)
        .where(ReconciliationRow.reconciliation_id == reconciliation.id)
        .order_by(ReconciliationRow.id)
    )
    lines, rows = [], {}
    for row_id, key, record in session.execute(query):
        lines.append(their_line(key, record))
        rows[key] = row_id
    return lines, rows


def their_line(key: str, record: Mapping[str, Any]) -> TheirLine:
    """A line from its row."""
    said = dict(record)
    written_name = said.pop("written_name", "")
    return TheirLine(key, of_json(said), written_name)


def _by_number(lines: Iterable[OurLine]) -> dict[str, OurLine]:
    return {line.record.number: line for line in lines}


def _is_here(line: OurLine, reconciliation: Reconciliation) -> bool:
    in_sector = reconciliation.sector in (None, line.sector)
    return in_sector and is_within(line.area_code, reconciliation.area_code)


Decided = Sequence[tuple[str, int, str]]


def _decisions(session: Session, reconciliation: Reconciliation) -> Decided:
    query = select(MatchDecision.row_key, MatchDecision.hazard_id, MatchDecision.decision).where(
        MatchDecision.area_code == reconciliation.area_code,
        MatchDecision.source == reconciliation.source,
    )
    return [(each[0], each[1], each[2]) for each in session.execute(query)]


def _said(
    decided: Decided, ours: Iterable[OurLine], theirs: Sequence[TheirLine]
) -> dict[str, frozenset[tuple[str, str]]]:
    numbers = {line.hazard_id: line.record.ref for line in ours}
    refs = {line.key: line.record.ref for line in theirs}
    said: dict[str, set[tuple[str, str]]] = {each.value: set() for each in CandidateDecision}
    for key, hazard_id, decision in decided:
        if key in refs and hazard_id in numbers:
            said[decision].add((numbers[hazard_id], refs[key]))
    return {
        "confirmed": frozenset(said[CandidateDecision.SAME]),
        "refused": frozenset(said[CandidateDecision.DIFFERENT]),
    }


def _stated_before(session: Session, reconciliation: Reconciliation) -> Mapping[str, int]:
    """What the same source's ledger of the month before said of its sums."""
    query = (
        select(Reconciliation.stated)
        .where(
            Reconciliation.source == reconciliation.source,
            Reconciliation.area_code == reconciliation.area_code,
            Reconciliation.month == Month.of(reconciliation.month).before,
            Reconciliation.sector.is_not_distinct_from(reconciliation.sector),
        )
        .order_by(Reconciliation.created_at.desc())
        .limit(1)
    )
    stated: Mapping[str, Mapping[str, int]] = session.scalar(query) or {}
    return next(iter(stated.values()), {}) if len(stated) == 1 else {}


def held_by(reconciliation: Reconciliation, today: date, limits: Limits) -> Held:
    """What the rules know of a ledger."""
    columns = frozenset(
        name
        for sheet in reconciliation.sheets
        for column in sheet["columns"]
        for name in _attributes(column["field"])
    )
    return Held(Month.of(reconciliation.month), today, columns, limits)


# Columns that say several things at once, or one in another unit.
SEVERAL = {
    "finished": ("finish_summary", "finished_on"),
    "accepted": ("acceptors", "accepted_on", "acceptance_opinion"),
    "closed": ("standing", "closed_on"),
    "amount_10k": ("amount_yuan",),
}


def _attributes(name: str | None) -> tuple[str, ...]:
    return () if name is None else SEVERAL.get(name, (name,))


def registry_of(session: Session, area_code: str) -> Registry:
    """The sites of an area, by the names that offices may give them."""
    query = select(Site.name, Site.credit_code).where(within(Site.area_code, area_code))
    return Registry(Registered(name, code or "") for name, code in session.execute(query))
