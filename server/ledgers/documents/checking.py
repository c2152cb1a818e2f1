"""Holding documents against what the chains say, and trying an office's templates."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Conflict
from ...glossary import Action, Level, State
from ...hazards.facts import Facts
from ...hazards.models import Event
from ...storage import Storage
from .archive import Maker
from .issuing import PHOTO_FIELDS, Content, bytes_of, made
from .items import THIRTEEN, Story
from .kinds import DocumentKind
from .material import Material
from .models import IssuedDocument
from .offices import Office

BATCH = 500


class Checked(NamedTuple):
    """What was looked at, and what is wrong with it: nothing, where `message` is empty."""

    name: str
    message: str


def verify(session: Session, storage: Storage) -> Iterator[Checked]:
    """Every issued document: its bytes are its hash's, and its event says the same of it."""
    query = (
        select(IssuedDocument, Event)
        .outerjoin(Event, Event.id == IssuedDocument.event_id)
        .order_by(IssuedDocument.issued_at)
        .execution_options(yield_per=BATCH)
    )
    for document, event in session.execute(query):
        yield Checked(document.number, _fault(document, event, storage))
    told = select(Event.data).outerjoin(IssuedDocument, IssuedDocument.event_id == Event.id)
    told = told.where(
        Event.action == Action.ISSUE_DOCUMENT.value, IssuedDocument.event_id.is_(None)
    )
    for data in session.scalars(told):
        yield Checked(json.loads(data)["document_no"], "its row is missing")


def _fault(document: IssuedDocument, event: Event | None, storage: Storage) -> str:
    said = json.loads(event.data) if event else {}
    told = (said.get("kind"), said.get("document_no"), said.get("version"), said.get("sha256"))
    if told != (document.kind, document.number, document.version, document.sha256):
        return "its row differs from what its event says"
    try:
        bytes_of(storage, document)
    except Conflict:
        return "its bytes are missing or were altered"
    return ""


def try_templates(folder: str, at: datetime) -> Iterator[Checked]:
    """Fill in each template of a folder, and of its offices' folders, with next to nothing."""
    known = _sample()
    if not folder:
        return
    for path in sorted([*Path(folder).glob("*.docx"), *Path(folder).glob("*/*.docx")]):
        key = "" if path.parent == Path(folder) else path.parent.name
        office = Office(key, "示例机关", "示例", "示例")
        name = str(path.relative_to(folder))
        fill = _ways(folder, office, known, at).get(path.stem)
        if fill is None:
            yield Checked(name, "不是任何一种文书的代码，不会用到。")
            continue
        try:
            fill()
        except Conflict as error:
            yield Checked(name, error.detail)
        else:
            yield Checked(name, "")


def _ways(
    folder: str, office: Office, known: Material, at: datetime
) -> dict[str, Callable[[], bytes]]:
    """How each template is filled in, by the name of its file."""
    maker = Maker(folder, known, office, at)
    items = [entry.judge(Story(known, {})) for entry in THIRTEEN]
    sheet = items[0]

    def document(kind: DocumentKind) -> Callable[[], bytes]:
        content = Content(kind, {}, {name: [] for name in PHOTO_FIELDS.values()})
        return lambda: made(folder, office, known, content, at, "（示例）〔2026〕1号")

    ways = {kind.value: document(kind) for kind in DocumentKind}
    return ways | {
        "archive_cover": lambda: maker.cover(items, "示例", 1, "0" * 64),
        "archive_record": lambda: maker.sheet("示例", sheet),
    }


def _sample() -> Material:
    facts = Facts(
        number="YH-示例",
        state=State.REPORTED,
        level=Level.MAJOR,
        area_code="141181000000",
        reporter_id=0,
        reporter_name="示例",
        description="示例",
        found_on=date(2026, 1, 1),
    )
    return Material(facts, ["示例"], "示例", None, [], {}, [])
