"""What is known of a hazard, read once for a document or an archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...glossary import Action, Role
from ...hazards.audit import happened_of
from ...hazards.facts import Facts
from ...hazards.models import Event, Hazard
from ...hazards.replay import Happened, replayed
from ...people.models import Sector
from ...places.models import Site
from ...places.queries import area_path
from .kinds import DocumentKind
from .models import IssuedDocument


@dataclass(frozen=True)
class Material:
    """A hazard with its story.

    Attributes:
        area: the names of its areas, from the city down.
        site: where it was found, else whose it is to put right.
        roles: who acted, by the event's id.
        issued: its documents, newest first.
    """

    facts: Facts
    area: Sequence[str]
    sector: str
    site: Site | None
    events: Sequence[Happened]
    roles: Mapping[str, Role]
    issued: Sequence[IssuedDocument]

    def last(self, *actions: Action) -> Happened | None:
        """The newest event of these actions."""
        return next((each for each in reversed(self.events) if each.action in actions), None)

    def newest(self, kind: DocumentKind) -> IssuedDocument | None:
        return next((each for each in self.issued if each.kind == kind), None)


@dataclass(frozen=True)
class Extension:
    """An extension as it was asked for, and what was decided, if it was."""

    asked: Happened
    decided: Happened | None
    original: date | None
    ordinal: int


def material_of(session: Session, hazard: Hazard) -> Material:
    """Read what documents tell of a hazard."""
    facts = hazard.facts()
    sector = session.get(Sector, facts.sector) if facts.sector else None
    site_id = facts.site_id or facts.responsible_site_id
    chain = select(Event).where(Event.hazard_id == hazard.id).order_by(Event.seq)
    events = session.scalars(chain).all()
    issued = select(IssuedDocument).where(IssuedDocument.hazard_id == hazard.id)
    newest_first = issued.order_by(IssuedDocument.issued_at.desc(), IssuedDocument.version.desc())
    return Material(
        facts=facts,
        area=area_path(session, facts.area_code),
        sector=sector.name if sector else "",
        site=session.get(Site, site_id) if site_id else None,
        events=[happened_of(event) for event in events],
        roles={event.id: Role(event.actor_role) for event in events},
        issued=session.scalars(newest_first).all(),
    )


def last_extension(events: Sequence[Happened]) -> Extension | None:
    """The newest request for an extension, with the deadline as it was before."""
    places = [at for at, each in enumerate(events) if each.action is Action.REQUEST_EXTENSION]
    if not places:
        return None
    before = replayed(events[: places[-1]])
    decisions = (Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION)
    after = events[places[-1] :]
    decided = next((each for each in after if each.action in decisions), None)
    return Extension(events[places[-1]], decided, before.deadline, before.extensions + 1)
