"""A line of a ledger as a plain value, ours or another office's, so that both are judged alike."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..glossary import Level, State, Term


class Standing(Term):
    """What a ledger says of a line: still open, struck off, or taken back."""

    OPEN = "open", "未销号"
    CLOSED = "closed", "已销号"
    VOID = "void", "作废"

    @classmethod
    def of(cls, state: State) -> "Standing":
        """What our own state comes to."""
        return {State.CLOSED: cls.CLOSED, State.VOID: cls.VOID}.get(state, cls.OPEN)


@dataclass(frozen=True)
class Record:
    """What a ledger says of one hazard. None and empty text are what it does not say.

    Attributes:
        ref: where it stands: our number, or sheet and row of another's file.
        township, sector: by their names, as ledgers have them.
        standing: None where the ledger has no column for it.
    """

    ref: str
    number: str = ""
    found_on: date | None = None
    township: str = ""
    village: str = ""
    site_name: str = ""
    credit_code: str = ""
    address: str = ""
    sector: str = ""
    spot: str = ""
    description: str = ""
    category: str = ""
    level: Level | None = None
    basis: str = ""
    reporter: str = ""
    responsible_unit: str = ""
    responsible_person: str = ""
    measures: str = ""
    amount_yuan: Decimal | None = None
    deadline: date | None = None
    contingency: str = ""
    supervisor: str = ""
    finish_summary: str = ""
    finished_on: date | None = None
    acceptors: tuple[str, ...] = ()
    acceptance_opinion: str = ""
    accepted_on: date | None = None
    standing: Standing | None = None
    closed_on: date | None = None
    remarks: str = ""
