"""The entity lists of follow-up forms, as CSV files: what the caller may see, and nothing else.

`name` is the entity's id and `__version` its version (ODK Entities 2025.1), so that a client that
updates an entity says which it had.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import OPEN_STATES, Level, SiteKind, State
from ..hazards.models import Hazard
from ..hazards.queries import visible_to
from ..people.permissions import Actor, Permission, Permissions
from ..places.models import Site
from ..places.queries import areas_within, sites_seen_by

# What a phone can search through; the newest are kept. Beyond it, an office is too large a list.
MOST_ROWS = 20_000
LABEL_LENGTH = 40

Rows = Iterator[Sequence[Any]]

HAZARD_COLUMNS = (
    *("name", "label", "__version", "number", "state", "level", "site_name", "area", "description"),
    *("spot", "deadline", "geometry"),
)
SITE_COLUMNS = ("name", "label", "__version", "number", "kind", "area", "address", "geometry")
AREA_COLUMNS = ("name", "label", "__version", "kind", "parent")


def _hazards(session: Session, actor: Actor, permissions: Permissions) -> Rows:
    query = (
        select(Hazard)
        .where(
            visible_to(actor, Permission.READ_HAZARDS, permissions),
            Hazard.state.in_([state.value for state in OPEN_STATES]),
        )
        .order_by(Hazard.id.desc())
        .limit(MOST_ROWS)
    )
    for each in session.scalars(query):
        what = " ".join(each.description.split())
        yield (
            each.entity_id,
            f"{each.number[-11:]} {each.site_name or '未登记场所'}：{what[:LABEL_LENGTH]}",
            each.version,
            each.number,
            State(each.state).chinese,
            Level(each.level).chinese,
            each.site_name,
            each.area_code,
            what,
            each.spot,
            each.deadline.isoformat() if each.deadline else "",
            _geometry(each),
        )


def _sites(session: Session, actor: Actor, permissions: Permissions) -> Rows:
    query = select(Site).where(sites_seen_by(actor))
    for each in session.scalars(query.order_by(Site.id.desc()).limit(MOST_ROWS)):
        kind = SiteKind(each.kind).chinese
        label = f"{each.name}（{each.address}）" if each.address else each.name
        yield (
            each.entity_id,
            label,
            each.version,
            each.id,
            kind,
            each.area_code,
            each.address,
            _geometry(each),
        )


def _areas(session: Session, actor: Actor, permissions: Permissions) -> Rows:
    for each in areas_within(session, actor.area_code):
        yield each.code, each.name, 1, each.kind, each.parent_code or ""


Made = Callable[[Session, Actor, Permissions], Rows]
LISTS: Mapping[str, tuple[Sequence[str], Made]] = {
    "hazards.csv": (HAZARD_COLUMNS, _hazards),
    "sites.csv": (SITE_COLUMNS, _sites),
    "areas.csv": (AREA_COLUMNS, _areas),
}


def entity_list(session: Session, name: str, actor: Actor, permissions: Permissions) -> bytes:
    """One of `LISTS` for this actor. The same bytes as long as nothing in it changes."""
    columns, made = LISTS[name]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(made(session, actor, permissions))
    return text.getvalue().encode()


def _geometry(row: Hazard | Site) -> str:
    if row.latitude is None or row.longitude is None:
        return ""
    return f"{row.latitude} {row.longitude} 0 0"
