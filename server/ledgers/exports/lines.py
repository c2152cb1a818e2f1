"""The lines of ledger A: which hazards are wanted, and what is said of each, streamed.

Columns are selected, not objects, and by the connection, not by the session: a line costs a few
microseconds, and no more than a batch of them is in memory.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, Select, String, and_, cast, func, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import false

from ...hazards.filters import Filters, matching
from ...hazards.models import Hazard, Plan
from ...hazards.queries import visible_to
from ...people.models import Sector
from ...people.permissions import Actor, Permission, Permissions
from ...places.codes import township_code
from ...places.models import Site
from ...places.queries import area_names

BATCH = 1_000

Condition = ColumnElement[bool]


class Line(NamedTuple):
    """What the ledger says of one hazard, much as it is stored.

    Areas, sectors, level and state are codes; days that are only told in a sentence are ISO text;
    acceptors and the listing are JSON, which few lines have to be read of.
    The three of the site are the register's of today; those of the plan are None where none is in
    force or under review.
    """

    id: int
    number: str
    state: str
    level: str
    area_code: str
    sector: str | None
    latitude: float | None
    longitude: float | None
    found_on: date
    site_name: str
    spot: str
    description: str
    category: str
    basis: str
    reporter_name: str
    responsible_unit: str
    supervisor: str
    deadline: date | None
    extensions: int
    needs_review: bool
    finish_summary: str
    acceptance_opinion: str
    delisted: bool
    suspended: bool
    transferred: bool
    void_reason: str
    duplicate_of: str | None
    person: str | None
    phone: str | None
    measures: str | None
    amount_yuan: float | None
    contingency: str | None
    credit_code: str | None
    address: str | None
    shows_phone: bool
    finished_on: str | None
    accepted_on: str | None
    closed_on: str | None
    acceptors: str
    listing: str | None


# The line's fields that are the hazard's own columns, in order.
OWN = Line._fields[: Line._fields.index("person")]


@dataclass(frozen=True)
class Wanted:
    """Which hazards somebody asks for, and whether with their whole telephone numbers.

    `filters.today` is the day whose ledger it is.
    """

    actor: Actor
    permissions: Permissions
    filters: Filters
    phones: bool = False

    @property
    def condition(self) -> Condition:
        """What the actor may export of what the filters leave."""
        scope = visible_to(self.actor, Permission.EXPORT_LEDGER, self.permissions)
        return and_(scope, matching(self.filters, self.permissions))

    @property
    def shows_phone(self) -> Condition:
        """Of which hazards the telephone numbers are shown whole."""
        if not self.phones:
            return false()
        return visible_to(self.actor, Permission.READ_PHONES, self.permissions)


def lines(
    session: Session, condition: Condition, shows_phone: Condition
) -> Generator[Line, None, None]:
    """The hazards in the order of their making, a batch in memory at a time.

    To be closed before the session is, where it was not read to its end.
    """
    query = _query(condition, shows_phone).execution_options(yield_per=BATCH)
    with session.connection().execute(query) as result:
        for batch in result.partitions():
            yield from map(Line._make, batch)


def count(session: Session, condition: Condition) -> int:
    """How many lines there are to come."""
    return session.scalar(select(func.count()).select_from(Hazard).where(condition)) or 0


def _query(condition: Condition, shows_phone: Condition) -> Select[Any]:
    site = aliased(Site)
    return (
        select(
            *(getattr(Hazard, name) for name in OWN),
            *(Plan.person, Plan.phone, Plan.measures, type_coerce(Plan.amount_yuan, Float)),
            *(Plan.contingency, site.credit_code, site.address, shows_phone.label("shows_phone")),
            *(cast(day, String) for day in (Hazard.finished_on, Hazard.accepted_on)),
            cast(Hazard.closed_on, String),
            *(cast(Hazard.acceptors, String), cast(Hazard.listing, String)),
        )
        .outerjoin(Plan, (Plan.hazard_id == Hazard.id) & Plan.current)
        .outerjoin(site, site.id == Hazard.site_id)
        .where(condition)
        .order_by(Hazard.id)
    )


@dataclass(frozen=True)
class Names:
    """What areas and sectors are called."""

    areas: Mapping[str, str]
    sectors: Mapping[str, str]
    _places: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session) -> "Names":
        sectors = dict(session.execute(select(Sector.code, Sector.name)).all())
        return cls(area_names(session), sectors)

    def township(self, code: str) -> str:
        """The name of the township that an area lies in; blank for the city itself."""
        return self._place(code)[0]

    def village_or_grid(self, code: str) -> str:
        """The name of a village, or of a grid after its village's; blank for what is above."""
        return self._place(code)[1]

    def place(self, code: str) -> str:
        """The township and what is below it, in a row; blank for the city itself."""
        return " ".join(filter(None, self._place(code)))

    def sector(self, code: str | None) -> str:
        """The name of a sector; blank for none."""
        return self.sectors.get(code or "", "")

    def _place(self, code: str) -> tuple[str, str]:
        # Of a hundred thousand lines, most lie in one of a few hundred grids.
        if code not in self._places:
            township = self.areas.get(township_code(code), "")
            self._places[code] = township, self._below_township(code)
        return self._places[code]

    def _below_township(self, code: str) -> str:
        if code == township_code(code):
            return ""
        village, own = self.areas.get(code[:12], ""), self.areas.get(code, "")
        return own if len(code) == 12 else f"{village} {own}".strip()
