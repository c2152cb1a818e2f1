"""Issuing documents: the number, the bytes, the row and the event are one transaction.

A document is never changed. What was wrong in one is put right by issuing another: with a number
of its own, as the next version. The chain names the hash of each, so it proves the bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...database import Database
from ...errors import Conflict, Forbidden, NotFound
from ...fields import checked
from ...glossary import Action, Stage
from ...hazards.acts import Requested, append, hold
from ...hazards.codes import spaced
from ...hazards.lifecycle import edge_from
from ...hazards.models import Event, Hazard, HazardPhoto
from ...hazards.queries import visible_to
from ...people.permissions import Actor, Permissions, Subject
from ...photos.darkroom import Darkroom
from ...photos.models import Photo
from ...storage import Storage
from .filling import NOT_ISSUED, document_fields
from .kinds import MANNERS, DocumentKind
from .material import Material, material_of
from .models import IssuedDocument
from .offices import Office, office_of, take_number
from .prerequisites import missing_for
from .rendering import Picture, find_template, rendered
from .schemas import DATA

# What documents are kept with.
ENDING = "docx"
MOST_PICTURES = 4  # of each stage, the newest

PHOTO_FIELDS: Mapping[Stage, str] = {
    Stage.BEFORE: "整改前照片",
    Stage.AFTER: "整改后照片",
    Stage.RECHECK: "复查照片",
}

Pictures = Mapping[str, list[Picture]]


@dataclass(frozen=True)
class Desk:
    """What documents are made with: stores of photos and documents, templates, offices' marks."""

    database: Database
    storage: Storage
    darkroom: Darkroom
    permissions: Permissions
    templates_dir: str
    marks: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """A document that somebody asks for; `id` is the caller's own, so that it may be sent again."""

    id: UUID
    kind: DocumentKind
    data: Mapping[str, Any]

    @property
    def as_act(self) -> Requested:
        data = {"kind": self.kind.value, "data": self.data}
        return Requested(self.id, Action.ISSUE_DOCUMENT, data)


@dataclass(frozen=True)
class Content:
    """What a document says besides the hazard's own story: the issuer's data, and photos."""

    kind: DocumentKind
    data: Mapping[str, Any]
    pictures: Pictures


@dataclass(frozen=True)
class Opening:
    """A kind that somebody may issue, and what is missing for it now."""

    kind: DocumentKind
    missing: str


def may_issue(permissions: Permissions, actor: Actor, kind: DocumentKind, subject: Subject) -> bool:
    """Whether the actor may issue this kind about this hazard."""
    asked = (Action.ISSUE_DOCUMENT, MANNERS[kind].asked)
    return all(permissions.may(actor, each, subject) for each in asked)


def openings(known: Material, actor: Actor, permissions: Permissions) -> Iterator[Opening]:
    """The kinds that the actor may issue, each with what is missing."""
    for kind in DocumentKind:
        if may_issue(permissions, actor, kind, known.facts):
            yield Opening(kind, _state_missing(known) or missing_for(kind, known))


def issue(
    desk: Desk,
    number: str,
    wanted: Wanted,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> IssuedDocument:
    """Issue a document. Asked again with the same id, it gives the first and issues nothing.

    Raises:
        NotFound: no hazard of this number that the actor may see.
        Forbidden: the actor may not issue this kind about it.
        Conflict: something has to come first (says what); the template is broken; the id was used.
        Stale: the hazard is past `expected_version`.
        InvalidInput: the data does not have the kind's shape.
    """
    version, pictures = _pictures_of(desk, number, wanted.kind, actor)
    with desk.database.writing() as session:
        hazard, earlier = hold(
            session, number, wanted.as_act, actor, desk.permissions, expected_version
        )
        if earlier is not None:
            return session.get_one(IssuedDocument, earlier.id)
        _require_permission(desk, actor, wanted.kind, hazard)
        if hazard.version != version:
            raise Conflict("conflict_retry", "这条隐患刚有改动，请重试。")
        data = checked(DATA[wanted.kind](), dict(wanted.data))
        known = material_of(session, hazard)
        if missing := _state_missing(known) or missing_for(wanted.kind, known):
            part = {"part": wanted.kind.value, "name": wanted.kind.chinese, "message": missing}
            raise Conflict("document_not_due", missing, missing=[part])
        content = Content(wanted.kind, data, pictures)
        return _issued(desk, session, hazard, known, wanted, content, actor, at)


def draft(
    desk: Desk,
    session: Session,
    hazard: Hazard,
    kind: DocumentKind,
    raw: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> bytes:
    """The document as it would be, without a number, marked as not issued; nothing is kept.

    Raises:
        Forbidden, Conflict, InvalidInput: as `issue`; what has to come first may still come.
    """
    _require_permission(desk, actor, kind, hazard)
    data = checked(DATA[kind](), dict(raw))
    known = material_of(session, hazard)
    _, pictures = _pictures_of(desk, hazard.number, kind, actor)
    office = office_of(session, actor, desk.marks)
    return made(desk.templates_dir, office, known, Content(kind, data, pictures), at, None)


def find_issued(
    session: Session, hazard: Hazard, kind: DocumentKind, version: int | None
) -> IssuedDocument:
    """A document of a hazard: the newest of its kind, or this version of it.

    Raises:
        NotFound: there is none.
    """
    query = select(IssuedDocument).where(
        IssuedDocument.hazard_id == hazard.id, IssuedDocument.kind == kind.value
    )
    if version is not None:
        query = query.where(IssuedDocument.version == version)
    found = session.scalar(query.order_by(IssuedDocument.version.desc()).limit(1))
    if found is None:
        raise NotFound("document_not_found", f"还没有出具过这份{kind.chinese}。")
    return found


def bytes_of(storage: Storage, document: IssuedDocument) -> bytes:
    """The very bytes that were issued.

    Raises:
        Conflict: they are gone, or are not what they were.
    """
    content = storage.document(document.sha256, ENDING)
    if content is None or sha256(content).hexdigest() != document.sha256:
        raise Conflict(
            "document_damaged", f"{document.number} 的存档缺失或已被改动，请联系管理员从备份恢复。"
        )
    return content


def _issued(
    desk: Desk,
    session: Session,
    hazard: Hazard,
    known: Material,
    wanted: Wanted,
    content: Content,
    actor: Actor,
    at: datetime,
) -> IssuedDocument:
    kind = wanted.kind
    office = office_of(session, actor, desk.marks)
    number = take_number(session, office, kind, at)
    file = made(desk.templates_dir, office, known, content, at, number)
    earlier = known.newest(kind)
    document = IssuedDocument(
        hazard_id=hazard.id,
        kind=kind.value,
        version=earlier.version + 1 if earlier else 1,
        number=number,
        office=office.name,
        sha256=desk.storage.keep_document(file, ENDING),
        size=len(file),
        issued_by=actor.id,
        issuer_name=actor.name,
        issued_at=at,
    )
    document.event_id = _told(session, hazard, document, wanted, actor, at).id
    session.add(document)
    return document


def _told(
    session: Session,
    hazard: Hazard,
    document: IssuedDocument,
    wanted: Wanted,
    actor: Actor,
    at: datetime,
) -> Event:
    facts = hazard.facts()
    edge = edge_from(facts.state, Action.ISSUE_DOCUMENT)
    assert edge is not None, "asked before"
    data = {
        "kind": document.kind,
        "kind_name": wanted.kind.chinese,
        "document_no": document.number,
        "version": document.version,
        "sha256": document.sha256,
    }
    return append(session, hazard, facts, wanted.as_act, edge, data, actor, at)


def made(
    templates: str,
    office: Office,
    known: Material,
    content: Content,
    at: datetime,
    number: str | None,
) -> bytes:
    """The document's bytes; without a number it is a draft.

    Raises:
        Conflict: its template is broken.
    """
    kind = content.kind
    values = document_fields(kind, known, office, content.data, at) | dict(content.pictures)
    values["文号"] = number or NOT_ISSUED
    return rendered(
        find_template(templates, office.key, kind.value),
        values,
        title=f"{kind.chinese} {number or ''}".strip(),
        author=office.name,
        at=at,
        draft=number is None,
        must=["文号"],
    )


def _require_permission(desk: Desk, actor: Actor, kind: DocumentKind, hazard: Hazard) -> None:
    if not may_issue(desk.permissions, actor, kind, hazard.facts()):
        raise Forbidden("action_forbidden", f"您没有对这条隐患出具{kind.chinese}的权限。")


def _state_missing(known: Material) -> str:
    if edge_from(known.facts.state, Action.ISSUE_DOCUMENT):
        return ""
    return f"隐患{known.facts.state.chinese}，不能出具文书。"


def _pictures_of(desk: Desk, number: str, kind: DocumentKind, actor: Actor) -> tuple[int, Pictures]:
    """The photos for a document, and the version of the hazard that they were read at.

    Read before the transaction begins: one that nobody looked at yet is examined first.
    """
    stages = MANNERS[kind].stages
    query = (
        select(Hazard.version, HazardPhoto, Photo)
        .outerjoin(
            HazardPhoto,
            (HazardPhoto.hazard_id == Hazard.id)
            & HazardPhoto.stage.in_([each.value for each in stages]),
        )
        .outerjoin(Photo, Photo.sha256 == HazardPhoto.sha256)
        .where(Hazard.number == number)
        .where(visible_to(actor, Action.ISSUE_DOCUMENT, desk.permissions))
        .order_by(HazardPhoto.seq, HazardPhoto.position)
    )
    with desk.database.reading() as session:
        rows = session.execute(query).all()
    found: dict[str, list[Picture]] = {name: [] for name in PHOTO_FIELDS.values()}
    for stage in stages:
        newest = [(of, photo) for _, of, photo in rows if of is not None and of.stage == stage]
        found[PHOTO_FIELDS[stage]] = _developed(desk.darkroom, newest[-MOST_PICTURES:])
    return (rows[0].version if rows else 0), found


def _developed(darkroom: Darkroom, photos: Sequence[tuple[HazardPhoto, Photo]]) -> list[Picture]:
    pictures = []
    for of, photo in photos:
        try:
            content = darkroom.thumb(darkroom.sound(photo), "image/jpeg")
        except Conflict:
            # Quarantined, or removed: a document does without, its story tells of it.
            continue
        pictures.append(Picture(content, spaced(of.code)))
    return pictures
