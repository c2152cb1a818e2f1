"""A hazard as its reader sees it: plain values for the schemas, made for one actor at one time."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ..clock import local_date
from ..glossary import CAN_BE_OVERDUE, Capture, FindingKind, Level, Stage, State
from ..people.permissions import Actor
from ..photos.models import Photo, PhotoUpload
from .acts import Rules, openings
from .facts import Facts
from .five import CHINESE, Part, missing_parts
from .models import Event, Finding, Hazard, HazardPhoto
from .wording import sentence

SUMMARY = (
    "number",
    "state",
    "level",
    "description",
    "area_code",
    "sector",
    "site_id",
    "site_name",
    "spot",
    "responsible_unit",
    "found_on",
    "suggested_deadline",
    "deadline",
    "needs_review",
    "suspended",
    "version",
    "created_at",
    "updated_at",
)

DETAIL = (
    "item",
    "category",
    "basis",
    "responsible_site_id",
    "supervisor",
    "plan_approved",
    "extensions",
    "extension_requested",
    "fixed_on_spot",
    "finish_summary",
    "finished_on",
    "acceptors",
    "acceptance_opinion",
    "accepted_on",
    "closed_on",
    "listing",
    "transferred",
    "void_reason",
    "duplicate_of",
)


def summary(hazard: Hazard, today: date) -> dict[str, Any]:
    """A line of the list; `today` is the day in Asia/Shanghai."""
    return {name: getattr(hazard, name) for name in SUMMARY} | {
        "state_name": State(hazard.state).chinese,
        "level_name": Level(hazard.level).chinese,
        "overdue": is_overdue(hazard, today),
        "listed": hazard.listing is not None and not hazard.delisted,
    }


def is_overdue(hazard: Hazard, today: date) -> bool:
    """As `queries.overdue_on` says it in SQL."""
    late = hazard.deadline is not None and hazard.deadline < today
    return late and hazard.state in CAN_BE_OVERDUE


def detail(
    hazard: Hazard,
    actor: Actor,
    at: datetime,
    rules: Rules,
    around: Mapping[str, Any],
) -> dict[str, Any]:
    """One hazard whole. `around` is what other rows say: its photos, what is still expected of its
    submission and broke the form's rules, what was found about its evidence."""
    facts, today = hazard.facts(), local_date(at)
    return (
        summary(hazard, today)
        | {name: getattr(hazard, name) for name in DETAIL}
        | {
            "reporter": {"id": facts.reporter_id, "name": facts.reporter_name},
            "location": _location(facts),
            "plan": facts.plan,
            "five": five_parts(facts, today),
            "dual_report": {
                "to_regulator": facts.reported_to_regulator,
                "to_employees": facts.reported_to_employees,
            },
        }
        | vars(openings(facts, actor, at, rules))
        | dict(around)
    )


def five_parts(facts: Facts, today: date) -> list[dict[str, Any]]:
    """The five parts, each in place or not. An approved plan is judged as of its own deadline."""
    if facts.plan_approved and facts.plan is not None:
        today = min(today, date.fromisoformat(facts.plan["deadline"]))
    lacks = {each.part: each.message for each in missing_parts(facts.plan, today)}
    return [
        {
            "part": part.value,
            "name": CHINESE[part],
            "in_place": part not in lacks,
            "message": lacks.get(part, ""),
        }
        for part in Part
    ]


def _location(facts: Facts) -> dict[str, Any] | None:
    if facts.latitude is None:
        return None
    return {
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "accuracy_m": facts.accuracy_m,
        "datum": "wgs84",
    }


def photos_of(
    session: Session, hazard: Hazard, address: Callable[..., str]
) -> list[dict[str, Any]]:
    """The photos of a hazard in order; `address` makes a photo's address from its sha256 and the
    query that asks for a size."""
    query = (
        select(HazardPhoto, Photo, PhotoUpload.capture)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .join(Event, Event.id == HazardPhoto.event_id)
        .outerjoin(
            PhotoUpload,
            and_(PhotoUpload.sha256 == Photo.sha256, PhotoUpload.user_id == Event.actor_id),
        )
        .where(HazardPhoto.hazard_id == hazard.id)
        .order_by(HazardPhoto.seq, HazardPhoto.position)
    )
    return [
        {
            "sha256": of.sha256,
            "stage": of.stage,
            "stage_name": Stage(of.stage).chinese,
            "url": address(of.sha256),
            "thumb": address(of.sha256, size="thumb"),
            "view": address(of.sha256, size="view", code=of.code),
            "code": of.code,
            "event": of.event_id,
            "state": photo.state,
            "capture": capture or Capture.UNKNOWN.value,
            "taken_at": photo.taken_at,
        }
        for of, photo, capture in session.execute(query)
    ]


def finding_view(finding: Finding) -> dict[str, Any]:
    """A finding in words and numbers."""
    return {
        "id": finding.id,
        "kind": finding.kind,
        "name": FindingKind(finding.kind).chinese,
        "sentence": sentence(finding.kind, finding.numbers),
        "serious": finding.serious,
        "numbers": finding.numbers,
        "sha256": finding.sha256,
        "event": finding.event_id,
        "at": finding.at,
    }
