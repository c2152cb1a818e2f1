"""A hazard's story made by hand, every text of it chosen by the test; no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from server.glossary import Action, Level, Role, State
from server.hazards.facts import Facts
from server.hazards.replay import Happened
from server.ledgers.documents.filling import document_fields
from server.ledgers.documents.issuing import PHOTO_FIELDS
from server.ledgers.documents.kinds import MANNERS, DocumentKind
from server.ledgers.documents.material import Material
from server.ledgers.documents.models import IssuedDocument
from server.ledgers.documents.offices import Office
from server.ledgers.documents.rendering import Picture, find_template, rendered
from server.places.models import Site
from tests.conftest import NOW
from tests.pictures import saved, scene

OFFICE = Office("yjj", "市应急管理局", "应急", "孝义")


def facts(text: str, **changes: Any) -> Facts:
    """A major hazard at the end of its way, in which every text says the same."""
    plan = {
        "responsibility": {"person": text, "unit": text, "phone": text},
        "measures": text,
        "funds": {"amount_yuan": "1500.00", "source": text},
        "deadline": "2026-12-10",
        "contingency": text,
    }
    day = date(2026, 11, 23)
    plain: dict[str, Any] = {
        "number": "YH-141181-001-202611-0001",
        "state": State.AWAITING_CLOSURE,
        "level": Level.MAJOR,
        "area_code": "141181001000",
        "reporter_id": 1,
        "found_on": day,
        "sector": "FIRE",
        "deadline": day + timedelta(days=20),
        "plan": plan,
        "plan_approved": True,
        "extensions": 1,
        "finished_on": day,
        "accepted_on": day,
        "acceptors": (text, text),
        "listing": {"rank": "市", "supervisor_unit": text, "deadline": "2026-12-30"},
    }
    texts = (
        *("reporter_name", "description", "site_name", "spot", "item", "category", "basis"),
        *("responsible_unit", "supervisor", "finish_summary", "rectifier_name"),
        *("acceptance_opinion", "closer_name"),
    )
    return Facts(**plain | dict.fromkeys(texts, text) | changes)


def material(text: str, **changes: Any) -> Material:
    """The story around those facts: reported, extended, accepted, with its documents."""
    known = facts(text, **changes)
    report = {
        "number": known.number, "level": "major", "area_code": known.area_code,
        "description": text, "found_on": "2026-11-23", "suggested_deadline": None,
    }  # fmt: skip
    told = [
        (Action.REPORT, State.REPORTED, report),
        (Action.REPORT_PROGRESS, State.RECTIFYING, {"note": text}),
        (
            Action.REQUEST_EXTENSION,
            State.RECTIFYING,
            {"deadline": "2026-12-15", "reason": text, "interim_measures": text},
        ),
        (Action.REFUSE_EXTENSION, State.RECTIFYING, {"reason": text}),
        (Action.ACCEPT, State.AWAITING_CLOSURE, ACCEPTED | {"opinion": text}),
    ]
    events = [
        Happened(str(at), action, state, 1, text, NOW, data)
        for at, (action, state, data) in enumerate(told)
    ]
    issued = [
        IssuedDocument(kind=kind.value, number=f"（孝义）应急{MANNERS[kind].word}〔2026〕7号",
                       issued_at=NOW, version=1)
        for kind in DocumentKind
    ]  # fmt: skip
    site = Site(name=text, kind="enterprise", area_code=known.area_code, address=text)
    roles = {each.id: Role.DEPARTMENT for each in events}
    return Material(known, [text], text, site, events, roles, issued)


ACCEPTED = {"acceptors": [], "acceptor_ids": []}

# At one time or another, what people put into a field.
PICTURES = [Picture(saved(scene(seed, 320, 240)), f"ABCD-EFGH-JKM{seed}") for seed in (1, 2, 3)]


def values_of(
    kind: DocumentKind,
    data: Mapping[str, Any],
    *,
    text: str = "演示",
    number: str = "（孝义）应急责改〔2026〕1号",
    at: datetime = NOW,
    **changes: Any,
) -> dict[str, Any]:
    """Every field of a document of this story."""
    photos = {
        name: PICTURES if stage in MANNERS[kind].stages else []
        for stage, name in PHOTO_FIELDS.items()
    }
    fields = document_fields(kind, material(text, **changes), OFFICE, data, at)
    return fields | photos | {"文号": number}


def made(kind: DocumentKind, data: Mapping[str, Any], folder: str = "", **given: Any) -> bytes:
    """A document of this story, from the template that is found."""
    return rendered(
        find_template(folder, OFFICE.key, kind.value),
        values_of(kind, data, **given),
        title=kind.chinese,
        author=OFFICE.name,
        at=NOW,
        must=["文号"],
    )
