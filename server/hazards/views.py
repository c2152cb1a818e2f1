"""A hazard as its reader sees it: plain values for the schemas, made for one actor at one time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ..clock import local_date
from ..glossary import CAN_BE_OVERDUE, Level, State
from ..people.permissions import Actor
from .acts import Rules, openings
from .facts import Facts
from .five import CHINESE, Part, missing_parts
from .models import Hazard

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
    photo_url: str,
    submission: Mapping[str, Any],
) -> dict[str, Any]:
    """One hazard whole. `photo_url` is a photo's address with `{}` for its sha256; `submission`
    says what is still expected of it and what in it broke its form's rules."""
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
            "photos": [
                {
                    "sha256": photo.sha256,
                    "stage": photo.stage,
                    "url": photo_url.format(photo.sha256),
                }
                for photo in facts.photos
            ],
        }
        | vars(openings(facts, actor, at, rules))
        | dict(submission)
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
