"""Ledger E, 自建房逐栋台账: one line for each self-built house.

A house is a registered site; one that is only known from filled forms has a line as well, so that
no house is missing for want of a registration. What the newest form does not say stays blank;
acceptance, closure and looking back are of the house's hazards.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session, raiseload

from ...clock import local_date
from ...forms.library import Library
from ...glossary import SiteKind, State
from ...hazards.models import Event, Hazard
from ...hazards.queries import LOOKS, visible_to
from ...hazards.replay import parse_moment
from ...people.permissions import Actor, Grant, Permission, Permissions, Reach
from ...places.codes import is_within, township_code, within
from ...places.models import Site
from ...submissions.queries import readable_by
from ..exports.tables import DAY, Column
from .house_forms import HouseForm, house_forms

NAME = "自建房逐栋台账"
BATCH = 200

Condition = ColumnElement[bool]


class Registered(NamedTuple):
    """A house that is registered as a site."""

    id: int
    entity_id: str
    name: str
    address: str
    area_code: str


@dataclass
class House:
    """A line: the site, if it is one, its newest form, if there is one, and its hazards."""

    site: Registered | None
    form: HouseForm | None
    hazards: list[Hazard] = field(default_factory=list)
    looked: str = ""

    def said(self, name: str) -> str:
        return self.form.text(name) if self.form else ""

    def chosen(self, name: str) -> str:
        return self.form.chosen(name) if self.form else ""

    def day(self, name: str) -> date | None:
        return self.form.day(name) if self.form else None

    @property
    def name(self) -> str:
        return self.site.name if self.site else self.said("site_name")

    @property
    def code(self) -> str:
        """The number of the survey; where no form says it, the site's own."""
        return self.said("house_code") or (str(self.site.id) if self.site else "")

    @property
    def address(self) -> str:
        return self.said("address") or (self.site.address if self.site else "")

    @property
    def area_code(self) -> str:
        if self.site:
            return self.site.area_code
        return self.form.area_code if self.form else ""

    @property
    def due(self) -> date | None:
        """The deadline in force: that of a hazard once there is one, else the form's."""
        set_by_office = [each.deadline for each in self.hazards if each.deadline]
        return max(set_by_office, default=None) or self.day("due")

    @property
    def accepted(self) -> Hazard | None:
        """The hazard that was accepted last."""
        accepted = [each for each in self.hazards if each.accepted_on]
        return max(accepted, key=lambda each: (each.accepted_on or date.min, each.id), default=None)

    @property
    def closed_on(self) -> date | None:
        """When the last of its hazards was struck off; blank while any is open."""
        days = [each.closed_on for each in self.hazards]
        return max((day for day in days if day), default=None) if all(days) else None


def houses(
    session: Session,
    library: Library,
    actor: Actor,
    permissions: Permissions,
    *,
    area: str | None = None,
    q: str | None = None,
) -> list[House]:
    """The houses in an actor's scope, registered ones first, in an area, whose name, address or
    number says `q`."""
    found = _known_houses(session, library, actor, permissions)
    if area:
        found = [each for each in found if is_within(each.area_code, area)]
    if q:
        wanted = q.lower()
        found = [
            each
            for each in found
            if any(wanted in text.lower() for text in (each.name, each.address, each.code))
        ]
    return found


def with_hazards(
    session: Session, found: Sequence[House], actor: Actor, permissions: Permissions
) -> Iterator[House]:
    """The same houses with what became of their hazards, batch by batch."""
    scope = visible_to(actor, Permission.EXPORT_LEDGER, permissions)
    for start in range(0, len(found), BATCH):
        # Copies, so that what a batch holds goes with it.
        batch = [replace(house, hazards=[]) for house in found[start : start + BATCH]]
        _give_hazards(session, batch, scope)
        session.expunge_all()
        yield from batch


def sites_visible_to(actor: Actor, permissions: Permissions) -> Condition:
    """The sites whose ledger an actor may export, by the grants for hazards."""
    grants = permissions.grants(actor, Permission.EXPORT_LEDGER)
    return or_(false(), *(_reached(grant, actor) for grant in grants))


def _reached(grant: Grant, actor: Actor) -> Condition:
    match grant.reach:
        case Reach.AREA:
            return within(Site.area_code, actor.area_code)
        case Reach.SECTORS:
            in_area = within(Site.area_code, actor.area_code)
            return and_(in_area, Site.sector_code.in_(actor.sectors))
        case Reach.OWN:
            return Site.created_by == actor.id
        case Reach.SITES | Reach.RESPONSIBLE:
            return Site.id.in_(actor.site_ids)


def _known_houses(
    session: Session, library: Library, actor: Actor, permissions: Permissions
) -> list[House]:
    query = (
        select(Site.id, Site.entity_id, Site.name, Site.address, Site.area_code)
        .where(Site.kind == SiteKind.SELF_BUILT_HOUSE.value, sites_visible_to(actor, permissions))
        .order_by(Site.area_code, Site.id)
    )
    registered = [House(Registered._make(row), None) for row in session.execute(query)]
    numbered, named = _by_number(registered), _by_name(registered)
    unregistered: dict[tuple[str, ...], House] = {}
    for id, form in house_forms(session, library, readable_by(actor, permissions)):
        house = numbered.get(form.text("site_id").lower()) or named.get(form.text("site_name"))
        if house is None:
            house = unregistered.setdefault(_key(form), House(None, form))
        if house.form is None:
            house.form = form
        house.form.submissions.append(id)
    return registered + sorted(unregistered.values(), key=lambda each: each.area_code)


def _by_number(houses: Sequence[House]) -> dict[str, House]:
    """The registered houses by the numbers that forms name them by: the row's, the entity's."""
    sites = [(house.site, house) for house in houses if house.site]
    by_row = {str(site.id): house for site, house in sites}
    return by_row | {site.entity_id: house for site, house in sites}


def _by_name(houses: Sequence[House]) -> dict[str, House]:
    """The registered houses whose name no other has."""
    names = Counter(house.name for house in houses)
    return {house.name: house for house in houses if names[house.name] == 1}


def _key(form: HouseForm) -> tuple[str, ...]:
    """What tells one house that is not registered from another."""
    code = form.text("house_code")
    said = (code,) if code else (form.text("site_name"), form.text("address"))
    return (township_code(form.area_code), *said)


def _give_hazards(session: Session, batch: Sequence[House], scope: Condition) -> None:
    of_site = {house.site.id: house for house in batch if house.site}
    of_form = {id: house for house in batch if house.form for id in house.form.submissions}
    query = (
        select(Hazard)
        .where(
            scope,
            Hazard.state != State.VOID.value,
            or_(Hazard.site_id.in_(of_site), Hazard.submission_id.in_(of_form)),
        )
        .options(raiseload(Hazard.photos), raiseload(Hazard.current_plan))
        .order_by(Hazard.id)
    )
    owners: dict[int, House] = {}
    for hazard in session.scalars(query):
        house = of_site.get(hazard.site_id or 0) or of_form.get(hazard.submission_id or 0)
        if house is not None:
            house.hazards.append(hazard)
            owners[hazard.id] = house
    for house, looked in _looks(session, owners):
        house.looked = looked


def _looks(session: Session, owners: Mapping[int, House]) -> Iterator[tuple[House, str]]:
    """Who went back to look, the last of each house last."""
    query = (
        select(Event.hazard_id, Event.actor_name, Event.at)
        .where(Event.hazard_id.in_(owners), Event.action.in_(LOOKS))
        .order_by(Event.at)
    )
    for hazard_id, name, at in session.execute(query):
        yield owners[hazard_id], f"{local_date(parse_moment(at))} {name}"


def _accepted_on(house: House) -> date | None:
    return house.accepted.accepted_on if house.accepted else None


def _acceptors(house: House) -> str:
    return "、".join(house.accepted.acceptors) if house.accepted else ""


COLUMNS: tuple[Column[House], ...] = (
    Column("房屋编号", 12, lambda house: house.code),
    Column("地址", 14, lambda house: house.address),
    Column("产权人", 8, lambda house: house.said("owner")),
    Column("使用人", 8, lambda house: house.said("user")),
    Column("建成年代", 6, lambda house: house.said("built_year"), group="建筑情况"),
    Column("层数", 5, lambda house: house.said("floors"), group="建筑情况"),
    Column("结构", 6, lambda house: house.chosen("structure"), group="建筑情况"),
    Column("经营业态", 8, lambda house: house.chosen("business")),
    Column("初判（严重/一定/未发现）", 11, lambda house: house.chosen("judgement")),
    Column("鉴定等级（A-D）", 6, lambda house: house.chosen("appraisal")),
    Column("通知1送达日期", 11, lambda house: house.day("owner_notice_on"), DAY),
    Column("通知2送达日期", 11, lambda house: house.day("user_notice_on"), DAY),
    Column("报告日期", 10.5, lambda house: house.day("report_on"), DAY),
    Column("整治类型（拆除/停用/加固/维修/其他）", 13, lambda house: house.chosen("remedy")),
    Column("一栋一策方案号", 11, lambda house: house.said("plan_no")),
    Column("责任人", 8, lambda house: house.said("person")),
    Column("时限", 10.5, lambda house: house.due, DAY),
    Column("管控措施", 14, lambda house: house.said("controls")),
    Column("验收日期", 10.5, _accepted_on, DAY, group="验收"),
    Column("验收人员", 9, _acceptors, group="验收"),
    Column("销号日期", 10.5, lambda house: house.closed_on, DAY),
    Column("复核", 10, lambda house: house.looked),
)
