"""Corrected forms: one that replaces another, which it names by `meta/deprecatedID`.

Nothing is taken back by it. What the earlier one said stays; the hazards that it reported are
amended, new ones are reported, and one that is no longer named is noted and stays open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..hazards.followups import amend, note_removed
from ..hazards.models import Hazard
from .drafts import Draft, References, hazard_found
from .models import Submission
from .reading import Read
from .remarks import Remark, remark

PATH = "meta/deprecatedID"


@dataclass(frozen=True)
class Corrected:
    """The filled forms that one corrects, the newest first: their rows' ids by instance id."""

    ids: Mapping[str, int]

    def hazard_of(self, draft: Draft, held: Mapping[UUID, Hazard]) -> Hazard | None:
        """The hazard that one of them reported and this draft says again."""
        said = [draft.entity.id, *(draft.id_in(instance_id) for instance_id in self.ids)]
        hazards = (held.get(each) for each in said if each is not None)
        own = (each for each in hazards if each and each.submission_id in self.ids.values())
        return next(own, None)


def find_corrected(
    session: Session, read: Read, submission_id: int
) -> tuple[Corrected, list[dict[str, Any]]]:
    """Link a filled form to the one that it corrects, and what is to be told of that.

    Only its own sender corrects a form: else it counts as a new one, which nothing is lost by.
    """
    earlier = session.scalar(
        select(Submission)
        .where(
            Submission.instance_id == read.instance.deprecated_id,
            Submission.form_id == read.form.form_id,
            Submission.submitter_id == read.actor.id,
            Submission.id != submission_id,
        )
        .with_for_update()
    )
    if earlier is None:
        message = "要修改的那一份没有收到过，或不是您填报的；这一份已按新填报的收下。"
        return Corrected({}), [remark(PATH, Remark.CORRECTS_UNKNOWN, message)]
    others = select(Submission.id).where(Submission.supersedes_id == earlier.id)
    remarks = []
    if session.scalar(others.limit(1)) is not None:
        message = "同一份已被修改过一次；两次修改都已保留，请核对。"
        remarks.append(remark(PATH, Remark.CORRECTED_BEFORE, message))
    session.execute(
        update(Submission).where(Submission.id == submission_id).values(supersedes_id=earlier.id)
    )
    ids = {}
    while earlier is not None and earlier.instance_id not in ids:
        ids[earlier.instance_id] = earlier.id
        earlier = session.get(Submission, earlier.supersedes_id) if earlier.supersedes_id else None
    return Corrected(ids), remarks


def amend_hazards(
    session: Session,
    read: Read,
    corrected: Corrected,
    held: Mapping[UUID, Hazard],
    known: References,
    stored: Mapping[str, str],
) -> list[tuple[int, Sequence[str]]]:
    """Write down what a corrected form says differently of the hazards that are there.

    Gives the row of each with the names of its files.
    """
    owners: list[tuple[int, Sequence[str]]] = []
    instance_id = read.instance.instance_id
    for draft, names in read.drafts:
        hazard = corrected.hazard_of(draft, held)
        if hazard is None:
            continue
        photos = dict.fromkeys(stored[name] for name in names if name in stored)
        found = hazard_found(known, draft, UUID(hazard.entity_id))
        found = found.with_photos(tuple(photos), bool(read.findings))
        amend(session, hazard, found, instance_id, read.actor, read.at)
        owners.append((hazard.id, names))
    said = {row for row, _ in owners}
    for hazard in held.values():
        if hazard.submission_id in corrected.ids.values() and hazard.id not in said:
            note_removed(session, hazard, instance_id, read.actor, read.at)
    return owners
