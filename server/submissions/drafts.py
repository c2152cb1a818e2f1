"""From an entity of a filled form to a hazard as it was found.

The form says by `save_to` what becomes which property; nothing here knows a form. A property that
can't be understood never loses the hazard: it is left out, and the hazard needs review.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import local_date
from ..forms.definition import FormDefinition
from ..forms.entities import EntityDraft, derive_entity_id, place
from ..forms.instance import Instance
from ..forms.types import Geopoint, parse_geopoint
from ..glossary import Level
from ..hazards.models import Hazard
from ..hazards.reports import Found
from ..people.models import Sector
from ..people.permissions import Actor
from ..places.codes import AREA_CODE, ENDS, is_within
from ..places.models import Area, Site

HAZARDS = "hazards"

# A phone without signal sends late; a date further back than this is a phone whose clock is wrong.
OFFLINE_DAYS = 90

NO_DESCRIPTION = "（未填写描述）"
MAX_ID = 2**63 - 1
ENTITY_ID_LENGTH = 36


@dataclass
class Doubts:
    """Whether anything about a draft could not be taken as it was given."""

    any: bool = field(default=False)


def hazard_found(
    session: Session,
    form: FormDefinition,
    instance: Instance,
    draft: EntityDraft,
    actor: Actor,
    at: datetime,
    sent_at: datetime | None = None,
) -> Found:
    """What was found, from an entity draft and, for where and when, from the whole instance."""
    doubts = Doubts()
    values = {key: text.strip() for key, text in draft.values.items()}
    site = _site(session, values, instance, actor, doubts)
    point = _point(values, form, instance)
    description = values.get("description") or draft.label.strip()
    doubts.any |= not description
    found = Found(
        entity_id=_entity_id(session, draft, instance, doubts),
        description=description or NO_DESCRIPTION,
        level=_level(values.get("level", ""), doubts),
        area_code=_area_code(session, values, instance, site, actor),
        found_on=_found_on(instance, at),
        sector=_sector(session, values.get("sector", ""), doubts),
        site_id=site.id if site else None,
        site_name=site.name if site else _said(values, instance, "site_name"),
        spot=values.get("spot", ""),
        item=values.get("item", ""),
        category=values.get("category", ""),
        basis=values.get("basis", ""),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        accuracy_m=point.accuracy_m if point else None,
        suggested_deadline=_day(values.get("suggested_deadline", ""), doubts),
        filled_at=_moment(_leaf(instance.root, "end")),
        sent_at=sent_at,
    )
    return replace(found, needs_review=doubts.any)


def _entity_id(session: Session, draft: EntityDraft, instance: Instance, doubts: Doubts) -> UUID:
    """The client's id where it gave one that is free; else it follows from the instance's."""
    derived = derive_entity_id(instance.instance_id, draft.dataset, draft.position)
    if draft.id is None:
        return derived
    taken = session.scalar(select(Hazard.id).where(Hazard.entity_id == str(draft.id)))
    doubts.any |= taken is not None
    return derived if taken is not None else draft.id


def _level(text: str, doubts: Doubts) -> Level:
    """Whoever fills a form may only suspect: grading a hazard as major is an act of its own."""
    if text in (Level.MAJOR, Level.SUSPECTED_MAJOR):
        return Level.SUSPECTED_MAJOR
    doubts.any |= text != Level.GENERAL
    return Level.GENERAL


def _sector(session: Session, text: str, doubts: Doubts) -> str | None:
    if not text:
        return None
    sector = session.get(Sector, text.upper()[:32])
    doubts.any |= sector is None
    return sector.code if sector else None


def _site(
    session: Session, values: Mapping[str, str], instance: Instance, actor: Actor, doubts: Doubts
) -> Site | None:
    """The registered site that the form names, anywhere in the worker's county."""
    text = values.get("site", "") or _said(values, instance, "site_id")
    if not text:
        return None
    site = _site_named(session, text)
    if site is not None and not is_within(site.area_code, actor.area_code[: ENDS[2]] + "0" * 6):
        site = None
    doubts.any |= site is None
    return site


def _site_named(session: Session, text: str) -> Site | None:
    """The site of this number, or of this entity id, which a phone gave it."""
    if len(text) == ENTITY_ID_LENGTH:
        return session.scalar(select(Site).where(Site.entity_id == text.lower()))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return session.get(Site, number) if 0 < number <= MAX_ID else None


def _area_code(
    session: Session,
    values: Mapping[str, str],
    instance: Instance,
    site: Site | None,
    actor: Actor,
) -> str:
    """Where the site is; else the area that the form names in the worker's own; else that."""
    if site is not None:
        return site.area_code
    code = _said(values, instance, "area")
    known = AREA_CODE.fullmatch(code) and is_within(code, actor.area_code)
    return code if known and session.get(Area, code) else actor.area_code


def _point(values: Mapping[str, str], form: FormDefinition, instance: Instance) -> Geopoint | None:
    own = values.get("geometry") or values.get("location") or ""
    return parse_geopoint(own) or place(form, instance)


def _found_on(instance: Instance, at: datetime) -> date:
    """The day that the phone recorded, where its clock can be believed; else the server's."""
    received = local_date(at)
    recorded = _day(_leaf(instance.root, "today"), Doubts())
    if recorded and received - timedelta(days=OFFLINE_DAYS) <= recorded <= received:
        return recorded
    return received


def _day(text: str, doubts: Doubts) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        doubts.any = True
        return None


def _moment(text: str) -> datetime | None:
    """A form's metadata, in the phone's time; what has no zone, or no sense, says nothing."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _said(values: Mapping[str, str], instance: Instance, name: str) -> str:
    """A property of the entity, or else a field of that name anywhere in the form."""
    return values.get(name, "") or _leaf(instance.root, name)


def _leaf(root: etree._Element, name: str) -> str:
    for element in root.iter(name):
        if len(element) == 0 and (text := (element.text or "").strip()):
            return text
    return ""
