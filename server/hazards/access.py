"""How many hazards an account sees, and the names of the ground that it stands on."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..glossary import OPEN_STATES
from ..people.models import Sector
from ..people.permissions import Actor, Permission, Permissions
from ..people.powers import Ground
from ..places.models import Site
from ..places.queries import area_path
from .models import Hazard
from .queries import visible_to


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
    """How many hazards an account sees, and how many of them are still open."""
    if not permissions.holds(actor, Permission.READ_HAZARDS):
        return 0, 0
    is_open = Hazard.state.in_([state.value for state in OPEN_STATES])
    counts = select(func.count(), func.count().filter(is_open)).select_from(Hazard)
    row = session.execute(
        counts.where(visible_to(actor, Permission.READ_HAZARDS, permissions))
    ).one()
    return row[0], row[1]
