"""From an entity of a filled form to a hazard as it was found.

The form says by `save_to` what becomes which property; nothing here knows a form. A property that
can't be understood never loses the hazard: it is left out, and the hazard needs review.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from lxml import etree
from sqlalchemy import bindparam, or_, select
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
SITES = "sites"

# A phone without signal sends late; a date further back than this is a phone whose clock is wrong.
OFFLINE_DAYS = 90

NO_DESCRIPTION = "（未填写描述）"
MAX_ID = 2**63 - 1
ENTITY_ID_LENGTH = 36

TAKEN = select(Hazard.entity_id).where(Hazard.entity_id.in_(bindparam("given", expanding=True)))


@dataclass
class Doubts:
    """Whether anything about a draft could not be taken as it was given."""

    any: bool = field(default=False)


class Place(NamedTuple):
    """A registered site, as a hazard needs it."""

    id: int
    name: str
    area_code: str


@dataclass(frozen=True)
class References:
    """What of that which forms name is there; `taken` are the ids of hazards that are."""

    sites: Mapping[str, Place]
    sectors: frozenset[str]
    areas: frozenset[str]
    taken: set[UUID]


@dataclass(frozen=True)
class Draft:
    """An entity of a filled form on its way to a hazard."""

    form: FormDefinition
    instance: Instance
    entity: EntityDraft
    actor: Actor
    at: datetime
    sent_at: datetime | None = None

    @property
    def values(self) -> Mapping[str, str]:
        return {key: text.strip() for key, text in self.entity.values.items()}

    def said(self, name: str) -> str:
        """A property of the entity, or else a field of that name anywhere in the form."""
        return self.entity.values.get(name, "").strip() or _leaf(self.instance.root, name)

    @property
    def derived_id(self) -> UUID:
        """The id that follows from where the entity stands."""
        return self.id_in(self.instance.instance_id)

    def id_in(self, instance_id: str) -> UUID:
        """The id that would follow from the same position in another filling of the form."""
        return derive_entity_id(instance_id, self.entity.dataset, self.entity.position)

    @property
    def site(self) -> str:
        """The number or the entity id of the site that the form names."""
        return (self.entity.values.get("site", "").strip() or self.said("site_id")).lower()

    @property
    def sector(self) -> str:
        return self.values.get("sector", "").upper()[:32]

    @property
    def area(self) -> str:
        """The area that the form names, where it is one within the worker's own."""
        code = self.said("area")
        return code if _is_own(code, self.actor) else ""


def references(session: Session, drafts: Iterable[Draft]) -> References:
    """Look up whatever these drafts name: a statement for each kind, however many they are."""
    drafts = list(drafts)
    given = {str(id) for each in drafts for id in (each.entity.id, each.derived_id) if id}
    sectors = {each.sector for each in drafts} - {""}
    areas = {each.area for each in drafts} - {""}
    return References(
        sites=_sites(session, {each.site for each in drafts} - {""}),
        sectors=frozenset(
            session.scalars(select(Sector.code).where(Sector.code.in_(sectors))) if sectors else ()
        ),
        areas=frozenset(
            session.scalars(select(Area.code).where(Area.code.in_(areas))) if areas else ()
        ),
        taken={UUID(each) for each in session.scalars(TAKEN, {"given": given})} if given else set(),
    )


def hazard_found(known: References, draft: Draft, entity_id: UUID | None = None) -> Found:
    """What was found, from an entity draft and, for where and when, from the whole instance.

    It is found under `entity_id` where it is known already. Else it takes the id that it uses, so
    that the next draft can't have it too.
    """
    doubts = Doubts()
    values, instance = draft.values, draft.instance
    site = _site(known, draft, doubts)
    point = _point(values, draft.form, instance)
    description = values.get("description") or draft.entity.label.strip()
    doubts.any |= not description
    found = Found(
        entity_id=entity_id or _entity_id(known, draft, doubts),
        description=description or NO_DESCRIPTION,
        level=_level(values.get("level", ""), doubts),
        area_code=_area_code(known, draft, site),
        found_on=_found_on(instance, draft.at),
        sector=_sector(known, draft, doubts),
        site_id=site.id if site else None,
        site_name=site.name if site else draft.said("site_name"),
        spot=values.get("spot", ""),
        item=values.get("item", ""),
        category=values.get("category", ""),
        basis=values.get("basis", ""),
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        accuracy_m=point.accuracy_m if point else None,
        suggested_deadline=_day(values.get("suggested_deadline", ""), doubts),
        filled_at=filled_at(instance),
        sent_at=draft.sent_at,
    )
    return replace(found, needs_review=doubts.any)


def area_said(instance: Instance, actor: Actor) -> str:
    """The area that a filled form as a whole names, where it is one within the worker's own."""
    code = _leaf(instance.root, "area")
    return code if _is_own(code, actor) else ""


def _is_own(code: str, actor: Actor) -> bool:
    return bool(AREA_CODE.fullmatch(code)) and is_within(code, actor.area_code)


def _entity_id(known: References, draft: Draft, doubts: Doubts) -> UUID:
    """The client's id where it gave one that is free; else it follows from the instance's."""
    used = draft.entity.id or draft.derived_id
    if used in known.taken:
        doubts.any = True
        used = draft.derived_id
    while used in known.taken:
        # Somebody gave the very id that would follow from this instance's.
        used = uuid5(used, "taken")
    known.taken.add(used)
    return used


def _level(text: str, doubts: Doubts) -> Level:
    """Whoever fills a form may only suspect: grading a hazard as major is an act of its own."""
    if text in (Level.MAJOR, Level.SUSPECTED_MAJOR):
        return Level.SUSPECTED_MAJOR
    doubts.any |= text != Level.GENERAL
    return Level.GENERAL


def _sector(known: References, draft: Draft, doubts: Doubts) -> str | None:
    if not draft.sector:
        return None
    doubts.any |= draft.sector not in known.sectors
    return draft.sector if draft.sector in known.sectors else None


def _site(known: References, draft: Draft, doubts: Doubts) -> Place | None:
    """The registered site that the form names, anywhere in the worker's county."""
    if not draft.site:
        return None
    site = known.sites.get(draft.site)
    county = draft.actor.area_code[: ENDS[2]] + "0" * 6
    if site is not None and not is_within(site.area_code, county):
        site = None
    doubts.any |= site is None
    return site


def _sites(session: Session, named: set[str]) -> dict[str, Place]:
    """The sites of these numbers, or of these entity ids, which phones gave them."""
    entity_ids = {text for text in named if len(text) == ENTITY_ID_LENGTH}
    ids = {text: number for text in named - entity_ids if (number := _number(text))}
    if not entity_ids and not ids:
        return {}
    query = select(Site.id, Site.name, Site.area_code, Site.entity_id).where(
        or_(Site.id.in_(ids.values()), Site.entity_id.in_(entity_ids))
    )
    rows = session.execute(query).all()
    by_id = {row.id: Place(row.id, row.name, row.area_code) for row in rows}
    by_entity = {row.entity_id: by_id[row.id] for row in rows}
    numbered = {text: by_id[number] for text, number in ids.items() if number in by_id}
    return numbered | {text: by_entity[text] for text in entity_ids if text in by_entity}


def _number(text: str) -> int:
    """A number that a row can have; else 0, which none has."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    return number if number <= MAX_ID else 0


def _area_code(known: References, draft: Draft, site: Place | None) -> str:
    """Where the site is; else the area that the form names in the worker's own; else that."""
    if site is not None:
        return site.area_code
    return draft.area if draft.area in known.areas else draft.actor.area_code


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


def filled_at(instance: Instance) -> datetime | None:
    """When the form was finished, by the phone's clock."""
    return _moment(_leaf(instance.root, "end"))


def _moment(text: str) -> datetime | None:
    """A form's metadata, in the phone's time; what has no zone, or no sense, says nothing."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _leaf(root: etree._Element, name: str) -> str:
    for element in root.iter(name):
        if len(element) == 0 and (text := (element.text or "").strip()):
            return text
    return ""
