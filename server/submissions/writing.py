"""Writing filled forms that were read: many new ones in one transaction, each once.

The rows are written in one order for everybody (by instance id, by hash, by series), so that two
transactions never wait for each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from ..database import insert_all, insert_all_new
from ..errors import Conflict
from ..hazards.followups import attach_photo, hold
from ..hazards.models import Hazard
from ..hazards.reports import Report, Reported, report_all
from ..people.permissions import Actor, Permissions
from ..photos.originals import Original, Upload, brought_by, record_all
from .corrections import Corrected, amend_hazards, find_corrected
from .drafts import References, hazard_found, references
from .models import Submission, SubmissionFile
from .reading import Read
from .sites import write_sites
from .visits import record_visits, visited

SUBMISSIONS = cast(Table, Submission.__table__)
FILES = cast(Table, SubmissionFile.__table__)


@dataclass(frozen=True)
class Receipt:
    """What is stored and what is still expected: the phone deletes on nothing less."""

    form_id: str
    form_version: str
    instance_id: str
    received_at: datetime
    hazards: Sequence[str]
    stored: Mapping[str, str]
    expected: Sequence[str]
    findings: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Ready:
    """A filled form that was read, and its files, whose bytes are in their place by now."""

    read: Read
    originals: Mapping[str, Original]


@dataclass
class _New:
    """A submission that is being written: its row's id, its files, and its hazards with theirs."""

    ready: Ready
    id: int
    originals: Mapping[str, Original]
    hazards: list[Reported] = field(default_factory=list)
    # The hazards that its files belong to, by row, with the files' names.
    owners: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stored(self) -> dict[str, str]:
        return {name: each.sha256 for name, each in sorted(self.originals.items())}

    @property
    def is_doubtful(self) -> bool:
        return bool(self.ready.read.findings or self.remarks)

    @property
    def findings(self) -> list[dict[str, Any]]:
        return [*(asdict(finding) for finding in self.ready.read.findings), *self.remarks]


def write_new(
    session: Session, batch: Sequence[Ready], permissions: Permissions
) -> list[Receipt | None]:
    """Write those that are new, with what they found; None for each that is not.

    One that corrects another comes alone, because the other has to be there.
    """
    ids = _insert(session, batch)
    # Of two with the same id, the first is written, and the other is not new.
    taken = [(each, ids.pop(each.read.instance.instance_id, None)) for each in batch]
    record_all(session, [upload for each, id in taken if id for upload in _uploads(each)])
    news = [
        _New(each, id, {**put_before(session, each), **each.originals}) if id else None
        for each, id in taken
    ]
    written = [each for each in news if each]
    _write_sites(session, written)
    _link(session, written, permissions)
    insert_all(session, FILES, [row for each in written for row in _files(each)])
    return [_receipt_of(each) if each else None for each in news]


def put_before(session: Session, ready: Ready) -> dict[str, Original]:
    """The photos that the post names by hash and its sender has put; others stay expected."""
    wanted = ready.read.put_before
    if not wanted:
        return {}
    brought = brought_by(session, ready.read.actor.id, wanted.values())
    return {
        name: Original(hash, brought[hash].size, brought[hash].media_type)
        for name, hash in wanted.items()
        if hash in brought
    }


def _insert(session: Session, batch: Sequence[Ready]) -> dict[str, int]:
    """The rows of those that nobody has written; gives their ids by instance id."""
    rows: dict[str, dict[str, Any]] = {}
    for each in batch:
        rows.setdefault(each.read.instance.instance_id, _row(each.read))
    ordered = [rows[instance_id] for instance_id in sorted(rows)]
    inserted = insert_all_new(session, SUBMISSIONS, ordered)
    return {row.instance_id: row.id for row in inserted}


def _row(read: Read) -> dict[str, Any]:
    point = read.point
    return {
        "instance_id": read.instance.instance_id,
        "form_id": read.form.form_id,
        "form_version": read.form.version,
        "xml": read.xml,
        "xml_sha256": read.xml_sha256,
        "submitter_id": read.actor.id,
        "area_code": read.area_code,
        "device_id": read.device_id,
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
        "accuracy_m": point.accuracy_m if point else None,
        "findings": [asdict(finding) for finding in read.findings],
        "received_at": read.at,
    }


def _uploads(ready: Ready) -> Iterator[Upload]:
    for original in set(ready.originals.values()):
        yield Upload(original, ready.read.actor.id, ready.read.at)


def _write_sites(session: Session, news: Sequence[_New]) -> None:
    of = {id(draft): new for new in news for draft in new.ready.read.sites}
    drafts = [draft for new in news for draft in new.ready.read.sites]
    for draft, remarks in write_sites(session, drafts):
        of[id(draft)].remarks += remarks


def _link(session: Session, news: Sequence[_New], permissions: Permissions) -> None:
    """What new submissions say of hazards, known ones and new ones."""
    corrected = Corrected({})
    for new in news:
        if new.ready.read.instance.deprecated_id:
            assert len(news) == 1, "a correction comes alone"
            corrected, remarks = find_corrected(session, new.ready.read, new.id)
            new.remarks += remarks
    wanted = {id for new in news for id in visited(new.ready.read)}
    held = hold(session, wanted, corrected.ids.values())
    known = references(session, [draft for new in news for draft, _ in new.ready.read.drafts])
    for new in news:
        if corrected.ids:
            new.owners += amend_hazards(session, new.ready.read, corrected, held, known, new.stored)
        owners, remarks = record_visits(session, new.ready.read, held, new.stored, permissions)
        new.owners += owners
        new.remarks += remarks
    _raise_hazards(session, news, corrected, held, known)
    for new in news:
        if new.remarks:
            noted = update(Submission).where(Submission.id == new.id)
            session.execute(noted.values(findings=new.findings))


def _raise_hazards(
    session: Session,
    news: Sequence[_New],
    corrected: Corrected,
    held: Mapping[UUID, Hazard],
    known: References,
) -> None:
    """The hazards that new submissions report."""
    found = [
        (new, draft, names)
        for new in news
        for draft, names in new.ready.read.drafts
        if corrected.hazard_of(draft, held) is None
    ]
    reports = []
    for new, draft, names in found:
        photos = dict.fromkeys(new.stored[name] for name in names if name in new.stored)
        reports.append(
            Report(
                hazard_found(known, draft).with_photos(tuple(photos), new.is_doubtful),
                draft.actor,
                draft.at,
                new.id,
                new.ready.read.instance.instance_id,
            )
        )
    for (new, _, names), reported in zip(found, report_all(session, reports), strict=True):
        new.hazards.append(reported)
        new.owners.append((reported.id, names))


def _files(new: _New) -> Iterator[dict[str, Any]]:
    """The files that a new submission names, and those that came though no field names them."""
    read = new.ready.read
    owners = {name: hazard_id for hazard_id, names in new.owners for name in names}
    for name in dict.fromkeys((*read.named, *new.originals)):
        original = new.originals.get(name)
        yield {
            "submission_id": new.id,
            "name": name,
            "path": read.named.get(name, ""),
            "hazard_id": owners.get(name),
            "sha256": original.sha256 if original else None,
            "arrived_at": read.at if original else None,
        }


def _receipt_of(new: _New) -> Receipt:
    read = new.ready.read
    return Receipt(
        form_id=read.form.form_id,
        form_version=read.form.version,
        instance_id=read.instance.instance_id,
        received_at=read.at,
        hazards=[hazard.number for hazard in new.hazards],
        stored=new.stored,
        expected=sorted(name for name in read.named if name not in new.originals),
        findings=new.findings,
    )


def write_again(session: Session, ready: Ready) -> Receipt:
    """Add to a submission that is there what of its files arrived with this copy of it.

    Raises:
        Conflict: it is there with other XML, or a file with other bytes.
    """
    read = ready.read
    query = select(Submission).where(Submission.instance_id == read.instance.instance_id)
    submission = session.scalars(query).one()
    if submission.xml_sha256 != read.xml_sha256:
        raise different(submission.instance_id)
    record_all(session, list(_uploads(ready)))
    originals = {**put_before(session, ready), **ready.originals}
    for name, original in originals.items():
        _attach(session, submission, name, original, read.actor, read.at)
    session.flush()
    return _receipt(session, submission)


def different(instance_id: str) -> Conflict:
    """What refuses a submission whose id another one has."""
    return Conflict(
        "instance_differs",
        f"编号为 {instance_id} 的表单已收到过，但内容不同；请作为新的一份重新提交。",
    )


def _attach(
    session: Session,
    submission: Submission,
    name: str,
    original: Original,
    actor: Actor,
    at: datetime,
) -> None:
    """Note that a file arrived; one that no field names is kept as well."""
    file = session.get(SubmissionFile, (submission.id, name), with_for_update=True)
    if file is None:
        file = SubmissionFile(submission_id=submission.id, name=name, path="")
        session.add(file)
    elif file.sha256 == original.sha256:
        return
    elif file.sha256 is not None:
        raise Conflict(
            "photo_differs",
            f"照片 {name} 已收到过，但内容不同；先到的已保留，请换一个文件名重新提交。",
        )
    file.sha256, file.arrived_at = original.sha256, at
    if file.hazard_id is not None:
        hazard = session.get_one(Hazard, file.hazard_id, with_for_update=True)
        # Of the report itself, or of the form that corrects it; else of a visit.
        own = hazard.submission_id in (submission.id, submission.supersedes_id)
        visit = "" if own else submission.instance_id
        attach_photo(session, hazard, name, original.sha256, actor, at, visit=visit)


def _receipt(session: Session, submission: Submission) -> Receipt:
    files = session.scalars(
        select(SubmissionFile)
        .where(SubmissionFile.submission_id == submission.id)
        .order_by(SubmissionFile.name)
    ).all()
    numbers = session.scalars(
        select(Hazard.number).where(Hazard.submission_id == submission.id).order_by(Hazard.id)
    ).all()
    return Receipt(
        form_id=submission.form_id,
        form_version=submission.form_version,
        instance_id=submission.instance_id,
        received_at=submission.received_at,
        hazards=numbers,
        stored={file.name: file.sha256 for file in files if file.sha256 is not None},
        expected=[file.name for file in files if file.sha256 is None],
        findings=submission.findings,
    )
