"""Which hazards, in SQL: the permission table's scope, and what may be asked of a hazard."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from ..glossary import CAN_BE_OVERDUE, Action, State
from ..people.permissions import ANY_LEVEL, Actor, Asked, Grant, Permission, Permissions, Reach
from ..photos.models import Photo, PhotoUpload
from ..places.codes import within
from .models import Event, Hazard, HazardPhoto

Condition = ColumnElement[bool]

# 回头看: how long after it was struck off a hazard waits for somebody to go back and look.
RECHECK_DAYS = 30
LOOKS = (Action.RECHECK.value, Action.VISIT.value)


def visible_to(actor: Actor, asked: Asked, permissions: Permissions) -> Condition:
    """The hazards of which the permission table lets the actor ask this, as a condition."""
    return or_(false(), *(_scope(grant, actor) for grant in permissions.grants(actor, asked)))


def _scope(grant: Grant, actor: Actor) -> Condition:
    reach = _reach(grant.reach, actor)
    if grant.levels == ANY_LEVEL:
        return reach
    return and_(reach, Hazard.level.in_([level.value for level in grant.levels]))


def _reach(reach: Reach, actor: Actor) -> Condition:
    match reach:
        case Reach.AREA:
            return within(Hazard.area_code, actor.area_code)
        case Reach.SECTORS:
            in_sectors = Hazard.sector.in_(actor.sectors)
            return and_(within(Hazard.area_code, actor.area_code), in_sectors)
        case Reach.OWN:
            return Hazard.reporter_id == actor.id
        case Reach.SITES:
            responsible = Hazard.responsible_site_id.in_(actor.site_ids)
            return or_(Hazard.site_id.in_(actor.site_ids), responsible)
        case Reach.RESPONSIBLE:
            return Hazard.responsible_site_id.in_(actor.site_ids)


def photos_usable_by(actor: Actor, permissions: Permissions) -> Condition:
    """The photos that an actor may see and name: those they brought, those of their hazards."""
    brought = exists().where(PhotoUpload.sha256 == Photo.sha256, PhotoUpload.user_id == actor.id)
    of_hazard = exists().where(
        HazardPhoto.sha256 == Photo.sha256,
        HazardPhoto.hazard_id == Hazard.id,
        visible_to(actor, Permission.READ_HAZARDS, permissions),
    )
    return or_(brought, of_hazard)


def overdue_on(today: date) -> Condition:
    """Past its deadline, while it is the responsible unit's turn (`today` in Asia/Shanghai)."""
    states = [state.value for state in CAN_BE_OVERDUE]
    passed = and_(Hazard.deadline.is_not(None), Hazard.deadline < today)
    return and_(Hazard.state.in_(states), passed)


def due_within(today: date, days: int) -> Condition:
    """To be put right by the responsible unit within so many days from `today`, not late yet."""
    states = [state.value for state in CAN_BE_OVERDUE]
    last = today + timedelta(days=days)
    return and_(Hazard.state.in_(states), Hazard.deadline.between(today, last))


def under_listing() -> Condition:
    """挂牌督办, and not taken off it."""
    return and_(Hazard.listing.is_not(None), not_(Hazard.delisted))


def mine(actor: Actor) -> Condition:
    """Reported by the actor, or the actor's sites' to put right."""
    return or_(
        Hazard.reporter_id == actor.id,
        and_(
            Hazard.responsible_site_id.is_not(None),
            Hazard.responsible_site_id.in_(actor.site_ids),
        ),
    )


# The metres of a degree: of latitude, in the middle, and of longitude, at the equator (WGS-84).
METRES_A_DEGREE = 111_132.0
METRES_A_DEGREE_EAST = 111_320.0


def metres_a_degree(latitude: float) -> tuple[float, float]:
    """How many metres a degree is there, northward and eastward (never none)."""
    angle = math.radians(latitude)
    north = METRES_A_DEGREE - 559 * math.cos(2 * angle)
    return north, max(METRES_A_DEGREE_EAST * math.cos(angle), 1.0)


def around(latitude: float, longitude: float, within_m: float) -> Condition:
    """Places within so many metres of a point (WGS-84), in plain arithmetic that both databases do.

    On the flat: within 5 km, at the latitudes of China, off by less than 1 %.
    """
    north, east = metres_a_degree(latitude)
    high, wide = within_m / north, within_m / east
    up = (Hazard.latitude - latitude) * north
    across = (Hazard.longitude - longitude) * east
    return and_(
        Hazard.latitude.between(latitude - high, latitude + high),
        Hazard.longitude.between(longitude - wide, longitude + wide),
        up * up + across * across <= within_m * within_m,
    )


def to_recheck_on(today: date) -> Condition:
    """Struck off within the last days, and nobody has been back to look (`today` in Shanghai)."""
    rechecked = exists().where(Event.hazard_id == Hazard.id, Event.action.in_(LOOKS))
    lately = Hazard.closed_on >= today - timedelta(days=RECHECK_DAYS)
    return and_(
        Hazard.state == State.CLOSED.value, Hazard.closed_on.is_not(None), lately, ~rechecked
    )


def duplicates_of(session: Session, number: str) -> Sequence[str]:
    """The numbers of the hazards that were found to be this one reported again."""
    query = select(Hazard.number).where(Hazard.duplicate_of == number).order_by(Hazard.id)
    return session.scalars(query).all()


def hazards(condition: Condition, *, before_id: int | None = None) -> Select[Hazard]:
    """Newest first, with what their facts need loaded along."""
    query = select(Hazard).where(condition).order_by(Hazard.id.desc())
    query = query.options(selectinload(Hazard.current_plan), selectinload(Hazard.photos))
    return query if before_id is None else query.where(Hazard.id < before_id)


def page(
    session: Session, condition: Condition, *, before_id: int | None, limit: int
) -> Sequence[Hazard]:
    """Up to `limit + 1` hazards, so that the caller knows whether there are more."""
    return session.scalars(hazards(condition, before_id=before_id).limit(limit + 1)).all()
