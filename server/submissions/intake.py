"""Intake: one filled form with its photos becomes a submission and the hazards that it found.

Everything that can be refused is refused before anything is kept. The photos' bytes are put in
their place first, then one transaction writes the submission, its files, its hazards and their
first events. The instance id makes it idempotent, also when many copies arrive at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database, insert_new
from ..errors import Conflict, Malformed
from ..forms.checking import Finding, check
from ..forms.definition import FormDefinition
from ..forms.entities import EntityDraft, attachments, entities, place
from ..forms.instance import Instance, read_instance
from ..forms.library import Library
from ..hazards.models import Hazard
from ..hazards.reports import attach_photo, report
from ..people.permissions import Actor
from ..photos.originals import Original, brought_by, record, store
from ..storage import StagedFile, Storage
from .drafts import HAZARDS, hazard_found
from .models import Submission, SubmissionFile

MOST_NAME_LENGTH = 255


class ArrivedFile(NamedTuple):
    """A file of a post: the names of its part and of itself, of which the form uses either."""

    part_name: str
    filename: str
    staged: StagedFile


@dataclass(frozen=True)
class Arrived:
    """One post as it was read from the network."""

    xml: bytes
    files: Sequence[ArrivedFile]
    device_id: str
    # Photos that their sender put before: sha256 by the name that the form uses.
    put_before: Mapping[str, str] = field(default_factory=dict)
    # What time it was on the phone when it sent this.
    sent_at: datetime | None = None


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
class Read:
    """A post that was understood: the instance, its form, and what breaks the form's rules."""

    instance: Instance
    form: FormDefinition
    findings: Sequence[Finding]
    # The files that the form's upload fields name, and the first field that names each.
    named: Mapping[str, str]
    xml: bytes
    xml_sha256: str
    device_id: str
    sent_at: datetime | None


class Intake:
    """Takes filled forms in."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        library: Library,
        *,
        max_xml_bytes: int,
    ) -> None:
        self._database = database
        self._storage = storage
        self._library = library
        self._max_xml_bytes = max_xml_bytes

    def receive(self, arrived: Arrived, actor: Actor, at: datetime) -> Receipt:
        """Store a filled form and what it found, once.

        Raises:
            Malformed: the XML can't be read, is of another form than it says, or a file's name
                is too long.
            NotFound: the form or its version is not in the library.
            Conflict: the instance id is known with other XML, or a file with other bytes.
        """
        read = self._read(arrived, at)
        originals = {
            name: store(self._storage, staged)
            for name, staged in _by_name(arrived.files, read.named).items()
        }
        with self._database.writing() as session:
            # In one order for everybody, so that two transactions don't wait for each other.
            for original in sorted(set(originals.values()), key=lambda each: each.sha256):
                record(session, original, uploaded_by=actor.id, at=at)
            originals = _put_before(session, arrived, read, actor) | originals
            submission, is_new = _write(session, read, actor, at)
            if is_new:
                _raise_hazards(session, submission, read, originals, actor, at)
            _attach(session, submission, originals, actor, at)
            return _receipt(session, submission)

    def _read(self, arrived: Arrived, at: datetime) -> Read:
        instance = read_instance(arrived.xml, self._max_xml_bytes)
        digest = sha256(arrived.xml).hexdigest()
        with self._database.reading() as session:
            form = self._library.find(session, instance.form_id, instance.version)
            known = _find(session, instance.instance_id)
            if known is not None:
                _require_same(known, digest)
        if instance.root.tag != form.root_name:
            raise Malformed(
                "form_mismatch",
                f"内容不是表单 {form.form_id} 填写的（根节点应为 {form.root_name}）。",
            )
        findings = check(form, instance, received_at=at)
        named = _named_files(form, instance)
        return Read(
            instance,
            form,
            findings,
            named,
            arrived.xml,
            digest,
            arrived.device_id,
            arrived.sent_at,
        )


def _by_name(files: Sequence[ArrivedFile], named: Mapping[str, str]) -> dict[str, StagedFile]:
    """The files under the names that the form uses for them."""
    found: dict[str, StagedFile] = {}
    for file in files:
        name = file.part_name if file.part_name in named else file.filename
        if len(name) > MOST_NAME_LENGTH:
            raise Malformed("file_name_too_long", f"文件名过长：{name[:40]}…，请改短后重发。")
        if name in found and found[name].sha256 != file.staged.sha256:
            raise Malformed("file_twice", f"有两个不同的文件都叫 {name[:80]}，请改名后重发。")
        found[name] = file.staged
    return found


def _put_before(
    session: Session, arrived: Arrived, read: Read, actor: Actor
) -> dict[str, Original]:
    """The photos that the post names by hash and its sender has put; others stay expected."""
    wanted = {name: hash for name, hash in arrived.put_before.items() if name in read.named}
    if not wanted:
        return {}
    brought = brought_by(session, actor.id, wanted.values())
    return {
        name: Original(hash, brought[hash].size, brought[hash].media_type)
        for name, hash in wanted.items()
        if hash in brought
    }


def _find(session: Session, instance_id: str) -> Submission | None:
    return session.scalar(select(Submission).where(Submission.instance_id == instance_id))


def _require_same(known: Submission, xml_sha256: str) -> None:
    if known.xml_sha256 != xml_sha256:
        raise Conflict(
            "instance_differs",
            f"编号为 {known.instance_id} 的表单已收到过，但内容不同；请作为新的一份重新提交。",
        )


def _write(session: Session, read: Read, actor: Actor, at: datetime) -> tuple[Submission, bool]:
    """The submission's row; of copies that arrive at once, one writes it and the others find it."""
    point = place(read.form, read.instance)
    row = {
        "instance_id": read.instance.instance_id,
        "form_id": read.form.form_id,
        "form_version": read.form.version,
        "xml": read.xml,
        "xml_sha256": read.xml_sha256,
        "submitter_id": actor.id,
        "device_id": (read.device_id or read.instance.device_id or "")[:255],
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
        "accuracy_m": point.accuracy_m if point else None,
        "findings": [asdict(finding) for finding in read.findings],
        "received_at": at,
    }
    is_new = insert_new(session, Submission.__table__, row)  # type: ignore[arg-type]
    submission = _find(session, read.instance.instance_id)
    assert submission is not None
    _require_same(submission, read.xml_sha256)
    return submission, is_new


def _raise_hazards(
    session: Session,
    submission: Submission,
    read: Read,
    originals: Mapping[str, Original],
    actor: Actor,
    at: datetime,
) -> None:
    """The hazards of a new submission, and the files that it names."""
    owners: dict[str, int] = {}
    for draft in entities(read.form, read.instance):
        if draft.dataset != HAZARDS or draft.operation != "create":
            continue
        names = _photo_names(read, draft)
        found = hazard_found(session, read.form, read.instance, draft, actor, at, read.sent_at)
        arrived = tuple(originals[name].sha256 for name in names if name in originals)
        found = found.with_photos(tuple(dict.fromkeys(arrived)), bool(read.findings))
        hazard = report(
            session,
            found,
            actor,
            at,
            submission_id=submission.id,
            instance_id=submission.instance_id,
        )
        owners |= dict.fromkeys(names, hazard.id)
    for name, path in read.named.items():
        original = originals.get(name)
        session.add(
            SubmissionFile(
                submission_id=submission.id,
                name=name,
                path=path,
                hazard_id=owners.get(name),
                sha256=original.sha256 if original else None,
                arrived_at=at if original else None,
            )
        )
    session.flush()


def _named_files(form: FormDefinition, instance: Instance) -> dict[str, str]:
    named: dict[str, str] = {}
    for file in attachments(form, instance):
        if len(file.filename) <= MOST_NAME_LENGTH:
            named.setdefault(file.filename, file.path)
    return named


def _photo_names(read: Read, draft: EntityDraft) -> list[str]:
    """The files named within the part of the form that a hazard comes from."""
    inside = f"{draft.path}/" if draft.path else ""
    return [name for name, path in read.named.items() if path.startswith(inside)]


def _attach(
    session: Session,
    submission: Submission,
    originals: Mapping[str, Original],
    actor: Actor,
    at: datetime,
) -> None:
    """Note what arrived of what was expected; a file that no field names is kept as well."""
    for name, original in originals.items():
        file = session.get(SubmissionFile, (submission.id, name), with_for_update=True)
        if file is None:
            file = SubmissionFile(submission_id=submission.id, name=name, path="")
            session.add(file)
        elif file.sha256 == original.sha256:
            continue
        elif file.sha256 is not None:
            raise Conflict(
                "photo_differs",
                f"照片 {name} 已收到过，但内容不同；先到的已保留，请换一个文件名重新提交。",
            )
        file.sha256, file.arrived_at = original.sha256, at
        if file.hazard_id is not None:
            hazard = session.get_one(Hazard, file.hazard_id, with_for_update=True)
            attach_photo(session, hazard, name, original.sha256, actor, at)
    session.flush()


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
