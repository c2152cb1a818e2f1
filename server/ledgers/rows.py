"""The lines of the ledger, streamed from the database."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, raiseload

from ..hazards.models import Hazard, Plan
from ..people.models import Sector
from ..places.models import Site
from ..places.queries import area_names
from .columns import Line

BATCH = 500


def lines(session: Session, condition: ColumnElement[bool]) -> Iterator[Line]:
    """The matching hazards in the order of their numbers' making, a batch in memory at a time."""
    areas = area_names(session)
    sectors = dict(session.execute(select(Sector.code, Sector.name)).all())
    site = aliased(Site)
    query = (
        select(Hazard, Plan, site)
        .outerjoin(Plan, (Plan.hazard_id == Hazard.id) & Plan.current)
        .outerjoin(site, site.id == Hazard.site_id)
        .where(condition)
        .order_by(Hazard.id)
        .options(raiseload(Hazard.photos), raiseload(Hazard.current_plan))
        .execution_options(yield_per=BATCH)
    )
    for serial, (hazard, plan, place) in enumerate(session.execute(query), start=1):
        yield Line(serial, hazard, plan, place, areas, sectors)
        session.expunge(hazard)


def count(session: Session, condition: ColumnElement[bool]) -> int:
    """How many lines there are to come."""
    return session.scalar(select(func.count()).select_from(Hazard).where(condition)) or 0
