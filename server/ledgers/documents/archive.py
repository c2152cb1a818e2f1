"""One hazard's archive as a zip: a cover, and a folder for each of the thirteen documents.

The cover and the sheets are made before the first byte goes out, so that what is wrong is told and
not half sent; photos and issued documents are read as the zip grows, one at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...errors import Conflict
from ...forms.library import Library
from ...glossary import Action, PhotoState, Stage
from ...hazards.codes import spaced
from ...hazards.marks import mark_of
from ...hazards.models import Event, Hazard, HazardPhoto
from ...people.permissions import Actor
from ...photos.models import Photo
from ...submissions.exports import Sink
from ...submissions.models import Submission
from .answers import answered
from .filling import Fields, day, of_hazard
from .issuing import Desk, bytes_of
from .items import THIRTEEN, Item, Presence, Story
from .kinds import DocumentKind
from .material import Material, material_of
from .models import IssuedDocument
from .offices import Office, office_of
from .rendering import find_template, rendered
from .sheets import row, section

COVER = "00 卷宗封面.docx"


@dataclass(frozen=True)
class Archive:
    """What goes into the zip, in order: small files as they are, and what is yet to be read."""

    files: Sequence[tuple[str, bytes]]
    documents: Sequence[tuple[str, IssuedDocument]]
    photos: Sequence[tuple[str, str, str]]  # name, event id, sha256


@dataclass(frozen=True)
class _Shot:
    of: HazardPhoto
    state: PhotoState
    action: Action


def compiled(
    desk: Desk, library: Library, session: Session, hazard: Hazard, actor: Actor, at: datetime
) -> Archive:
    """Judge the thirteen, and make the cover and the sheets.

    Raises:
        Conflict: an office's template is broken.
    """
    shots = _shots(desk, session, hazard)
    inspection, originals = _inspections(library, desk, session, hazard)
    known = material_of(session, hazard)
    story = Story(known, _codes(shots), inspection)
    items = [entry.judge(story) for entry in THIRTEEN]
    maker = Maker(desk.templates_dir, known, office_of(session, actor, desk.marks), at)
    files = [(COVER, maker.cover(items, actor.name, hazard.version, hazard.head_hash))]
    documents: list[tuple[str, IssuedDocument]] = []
    photos: list[tuple[str, str, str]] = []
    for number, (entry, item) in enumerate(zip(THIRTEEN, items, strict=True), start=1):
        folder = f"{number:02d} {entry.title}"
        if item.sections:
            files.append((f"{folder}/{entry.title}.docx", maker.sheet(entry.title, item)))
        if item.presence in (Presence.MISSING, Presence.NOT_NEEDED):
            # A folder to put the paper's scan into, which says what it is for.
            note = f"{item.presence.chinese}：{item.words}"
            files.append((f"{folder}/（{item.presence.chinese}）说明.txt", note.encode()))
        documents += [
            (f"{folder}/{DocumentKind(each.kind).chinese}{each.number}.docx", each)
            for each in reversed(known.issued)
            if each.kind in item.kinds
        ]
        photos += [
            (f"{folder}/照片/{_name(each)}", each.of.event_id, each.of.sha256)
            for each in shots
            if _belongs(each, item) and each.state is PhotoState.SOUND
        ]
        if number == 1:
            files += [(f"{folder}/{name}", xml) for name, xml in originals]
    return Archive(files, documents, photos)


def zipped(desk: Desk, archive: Archive, site: str) -> Iterator[bytes]:
    """The zip as it grows; `site` is the address that the photos' watermarks lead to.

    What can't be read any more has a note in its place: nothing is left out without a word.
    """
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as package:
        for name, content in archive.files:
            package.writestr(name, content)
            yield sink.taken()
        for name, document in archive.documents:
            _write(package, name, partial(bytes_of, desk.storage, document))
            yield sink.taken()
        for name, event_id, sha256 in archive.photos:
            _write(package, name, partial(_view, desk, event_id, sha256, site))
            yield sink.taken()
    yield sink.taken()


def _write(package: ZipFile, name: str, read: Callable[[], bytes]) -> None:
    try:
        package.writestr(name, read())
    except Conflict as error:
        package.writestr(f"{name}（缺）.txt", error.detail)


def _view(desk: Desk, event_id: str, sha256: str, site: str) -> bytes:
    """The photo with its watermark, by whose code the original is found."""
    query = (
        select(Hazard, HazardPhoto, Photo)
        .join(HazardPhoto, HazardPhoto.hazard_id == Hazard.id)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .where(HazardPhoto.event_id == event_id, HazardPhoto.sha256 == sha256)
    )
    with desk.database.reading() as session:
        hazard, of, photo = session.execute(query.limit(1)).one()
        mark = mark_of(session, hazard, of, site)
    return desk.darkroom.view(photo, mark, "image/jpeg")


class Maker:
    """Makes the cover and the sheets from their templates."""

    def __init__(self, templates: str, known: Material, office: Office, at: datetime) -> None:
        self._templates, self._known, self._office, self._at = templates, known, office, at
        today = local_date(at)
        self._common = of_hazard(known, today) | {"出具机关": office.name, "出具日期": day(today)}

    def cover(self, items: Sequence[Item], by: str, version: int, head: str) -> bytes:
        """Which of the thirteen are there, and what the others lack; and the end of the chain."""
        needed = [each for each in items if each.presence is not Presence.NOT_NEEDED]
        whole = [each for each in needed if each.presence is Presence.WHOLE]
        level = self._known.facts.level.chinese
        return self._made(
            "archive_cover",
            f"{level}事故隐患档案",
            {
                "档案名称": f"{level}事故隐患档案",
                "应有": len(needed),
                "齐全": len(whole),
                "缺": len(needed) - len(whole),
                "目录": [
                    {
                        "序号": number,
                        "名称": entry.title,
                        "情况": item.presence.chinese,
                        "说明": item.words,
                    }
                    for number, (entry, item) in enumerate(
                        zip(THIRTEEN, items, strict=True), start=1
                    )
                ],
                "制档单位": self._office.name,
                "制档人": by,
                "版本": version,
                "校验值": head,
            },
        )

    def sheet(self, title: str, item: Item) -> bytes:
        """What the hazard's events say for one of the thirteen."""
        return self._made("archive_record", title, {"标题": title, "各节": list(item.sections)})

    def _made(self, name: str, title: str, values: Fields) -> bytes:
        return rendered(
            find_template(self._templates, self._office.key, name),
            self._common | values,
            title=f"{title} {self._known.facts.number}",
            author=self._office.name,
            at=self._at,
        )


def _shots(desk: Desk, session: Session, hazard: Hazard) -> list[_Shot]:
    """The hazard's photos; one that nobody looked at yet is examined first."""
    query = (
        select(HazardPhoto, Photo.state, Event.action)
        .join(Photo, Photo.sha256 == HazardPhoto.sha256)
        .join(Event, Event.id == HazardPhoto.event_id)
        .where(HazardPhoto.hazard_id == hazard.id)
        .order_by(HazardPhoto.seq, HazardPhoto.position)
    )
    for of, state, _ in session.execute(query):
        if state == PhotoState.NEW:
            desk.darkroom.examine(of.sha256)
    with desk.database.reading() as fresh:
        return [
            _Shot(of, PhotoState(state), Action(action))
            for of, state, action in fresh.execute(query)
        ]


def _codes(shots: Sequence[_Shot]) -> dict[str, list[str]]:
    """What the sheets say of an event's photos: their codes, and why one can't be shown."""
    codes: dict[str, list[str]] = {}
    for each in shots:
        why = "" if each.state is PhotoState.SOUND else f"（{each.state.chinese}）"
        codes.setdefault(each.of.event_id, []).append(spaced(each.of.code) + why)
    return codes


def _belongs(shot: _Shot, item: Item) -> bool:
    return shot.of.stage in item.stages or (
        shot.of.stage == Stage.PROOF and shot.action in item.proofs_of
    )


def _name(shot: _Shot) -> str:
    stage = Stage(shot.of.stage).chinese
    return f"{shot.of.seq:03d}-{shot.of.position + 1:02d} {stage} {spaced(shot.of.code)}.jpg"


def _inspections(
    library: Library, desk: Desk, session: Session, hazard: Hazard
) -> tuple[list[Fields], list[tuple[str, bytes]]]:
    """The filled form that found the hazard, and those that corrected it: as read, as they came."""
    sections: list[Fields] = []
    originals: list[tuple[str, bytes]] = []
    submission = session.get(Submission, hazard.submission_id or 0)
    while submission is not None:
        form = library.find(desk.database, submission.form_id, submission.form_version)
        which = "检查表" if not originals else f"检查表（第 {len(originals)} 次更正）"
        title = f"{which}　{form.title}　{day(local_date(submission.received_at))}"
        rows = [row(each.question, each.answer) for each in answered(form, submission.xml)]
        sections.append(section(title, rows))
        originals.append((f"{which}原文.xml", submission.xml))
        later = select(Submission).where(Submission.supersedes_id == submission.id)
        submission = session.scalar(later.order_by(Submission.id).limit(1))
    return sections, originals
