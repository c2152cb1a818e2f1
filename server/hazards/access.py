"""How many hazards an account sees, and the names of the ground that it stands on."""

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ..glossary import OPEN_STATES
from ..people.models import Sector
from ..people.permissions import Actor, Permission, Permissions
from ..people.powers import Ground
from ..places.models import Site
from ..places.queries import area_path
from .models import Hazard
from .queries import Condition, visible_to

MOST_COUNTED = 10_000


def ground_of(session: Session, actor: Actor) -> Ground:
    """The names of the area, sectors and sites that an account stands on."""
    sectors = select(Sector.name).where(Sector.code.in_(actor.sectors)).order_by(Sector.name)
    sites = select(Site.name).where(Site.id.in_(actor.site_ids)).order_by(Site.name)
    return Ground(
        " / ".join(area_path(session, actor.area_code)),
        session.scalars(sectors).all(),
        session.scalars(sites).all(),
    )


def hazards_seen_by(session: Session, actor: Actor, permissions: Permissions) -> tuple[int, int]:
    """How many hazards an account sees, and how many of them are still open.

    Neither is counted beyond `MOST_COUNTED`: of a million, an exact number would take a second, and
    say no more.
    """
    seen = visible_to(actor, Permission.READ_HAZARDS, permissions)
    is_open = Hazard.state.in_([state.value for state in OPEN_STATES])
    return _count(session, seen), _count(session, and_(seen, is_open))


def _count(session: Session, condition: Condition) -> int:
    found = select(Hazard.id).where(condition).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0
