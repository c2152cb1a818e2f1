"""Follow-up forms: what somebody found who went back to look at hazards of the ledger.

A form says so by updating an entity of the list `hazards`. `visit_result` and `visit_note` are what
was found; every photo within the entity's part of the form belongs to the visit, and whatever else
the form saves is written down as it was said. An update never changes the hazard itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ..forms.entities import place
from ..forms.types import parse_geopoint
from ..glossary import Action, VisitResult
from ..hazards.followups import Visit, record_visit
from ..hazards.models import Hazard
from ..people.permissions import Permissions
from .drafts import Draft, filled_at
from .reading import Read
from .remarks import Remark, remark

RESULT, NOTE = "visit_result", "visit_note"
PLACES = ("geometry", "location")


def visited(read: Read) -> list[UUID]:
    """The ids of the hazards that a filled form says something of."""
    return [draft.entity.id for draft, _ in read.updates if draft.entity.id is not None]


def record_visits(
    session: Session,
    read: Read,
    held: Mapping[UUID, Hazard],
    stored: Mapping[str, str],
    permissions: Permissions,
) -> tuple[list[tuple[int, Sequence[str]]], list[dict[str, Any]]]:
    """Write down the visits of a filled form.

    Gives the row of each hazard that was visited with the names of its files, and a remark on each
    that is not there for this actor: a form that can't be linked is kept, and told.
    """
    owners: list[tuple[int, Sequence[str]]] = []
    remarks: list[dict[str, Any]] = []
    for draft, names in read.updates:
        hazard = held.get(draft.entity.id) if draft.entity.id else None
        if hazard is None or not permissions.may(read.actor, Action.RECHECK, hazard.facts()):
            remarks.append(
                remark(
                    draft.entity.path,
                    Remark.HAZARD_UNKNOWN,
                    "所选的隐患不在台账中，或不在您的范围内；填写的内容已保留，请到台账中核对。",
                )
            )
            continue
        photos = dict.fromkeys(stored[name] for name in names if name in stored)
        record_visit(session, hazard, _visit(draft, tuple(photos)), read.actor, read.at)
        owners.append((hazard.id, names))
    return owners, remarks


def _visit(draft: Draft, photos: Sequence[str]) -> Visit:
    values = dict(draft.values)
    result = values.pop(RESULT, "")
    known = result in {each.value for each in VisitResult}
    assert draft.entity.id is not None
    return Visit(
        entity_id=draft.entity.id,
        entry=f"{draft.instance.instance_id}/{draft.entity.position}",
        instance_id=draft.instance.instance_id,
        result=VisitResult(result) if known else None,
        note=values.pop(NOTE, ""),
        on_site=_on_site(draft, values),
        said=values if known or not result else values | {RESULT: result},
        photos=photos,
        based_on=draft.entity.base_version,
    )


def _on_site(draft: Draft, values: dict[str, str]) -> dict[str, Any]:
    """Where and when, by the phone; takes the place out of the values."""
    given = [values.pop(name, "") for name in PLACES]
    points = (parse_geopoint(text) for text in given if text)
    point = next(filter(None, points), None) or place(draft.form, draft.instance)
    done_at = filled_at(draft.instance)
    said: dict[str, Any] = {}
    if point is not None:
        said |= {"latitude": point.latitude, "longitude": point.longitude}
        said |= {"accuracy_m": point.accuracy_m} if point.accuracy_m is not None else {}
    return said | ({"done_at": done_at.isoformat()} if done_at else {})
