"""Understanding a post: the instance, its form, what breaks the form's rules, what it found.

Nothing is stored here, and everything that can be refused without a look at what is stored is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from ..errors import Malformed
from ..forms.checking import Finding, check
from ..forms.definition import FormDefinition
from ..forms.entities import EntityDraft, attachments, entities, place
from ..forms.instance import Instance
from ..forms.types import Geopoint
from ..people.permissions import Actor
from ..storage import StagedFile
from .drafts import HAZARDS, SITES, Draft, area_said

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
class Read:
    """A post that was understood.

    Attributes:
        named: the files that the form's upload fields name, and the first field that names each.
        drafts: the hazards that it found, each with the names of its files.
        updates: what it says of hazards that are known, with the names of the files.
        sites: the places that it registers, or changes.
        put_before: as it arrived, but only what the form names.
    """

    instance: Instance
    form: FormDefinition
    findings: Sequence[Finding]
    named: Mapping[str, str]
    drafts: Sequence[tuple[Draft, Sequence[str]]]
    updates: Sequence[tuple[Draft, Sequence[str]]]
    sites: Sequence[Draft]
    point: Geopoint | None
    xml: bytes
    xml_sha256: str
    device_id: str
    put_before: Mapping[str, str]
    actor: Actor
    at: datetime

    @property
    def area_code(self) -> str:
        """Where it was filled in: the area that it names within the submitter's, else that."""
        return area_said(self.instance, self.actor) or self.actor.area_code


def read(
    arrived: Arrived, instance: Instance, form: FormDefinition, actor: Actor, at: datetime
) -> Read:
    """What a post says.

    Raises:
        Malformed: the instance is not of the form that it names.
    """
    if instance.root.tag != form.root_name:
        raise Malformed(
            "form_mismatch",
            f"内容不是表单 {form.form_id} 填写的（根节点应为 {form.root_name}）。",
        )
    named = _named_files(form, instance)
    drafts = [
        Draft(form, instance, entity, actor, at, arrived.sent_at)
        for entity in entities(form, instance)
    ]
    of_hazards = [
        (each, _within(named, each.entity)) for each in drafts if each.entity.dataset == HAZARDS
    ]
    return Read(
        instance=instance,
        form=form,
        findings=check(form, instance, received_at=at),
        named=named,
        drafts=[each for each in of_hazards if each[0].entity.operation == "create"],
        updates=[each for each in of_hazards if each[0].entity.operation == "update"],
        sites=[each for each in drafts if each.entity.dataset == SITES],
        point=place(form, instance),
        xml=arrived.xml,
        xml_sha256=sha256(arrived.xml).hexdigest(),
        device_id=(arrived.device_id or instance.device_id or "")[:255],
        put_before={name: hash for name, hash in arrived.put_before.items() if name in named},
        actor=actor,
        at=at,
    )


def by_name(files: Sequence[ArrivedFile], named: Mapping[str, str]) -> dict[str, StagedFile]:
    """The files under the names that the form uses for them.

    Raises:
        Malformed: a name is too long, or two different files have the same.
    """
    found: dict[str, StagedFile] = {}
    for file in files:
        name = file.part_name if file.part_name in named else file.filename
        if len(name) > MOST_NAME_LENGTH:
            raise Malformed("file_name_too_long", f"文件名过长：{name[:40]}…，请改短后重发。")
        if name in found and found[name].sha256 != file.staged.sha256:
            raise Malformed("file_twice", f"有两个不同的文件都叫 {name[:80]}，请改名后重发。")
        found[name] = file.staged
    return found


def _named_files(form: FormDefinition, instance: Instance) -> dict[str, str]:
    named: dict[str, str] = {}
    for file in attachments(form, instance):
        if len(file.filename) <= MOST_NAME_LENGTH:
            named.setdefault(file.filename, file.path)
    return named


def _within(named: Mapping[str, str], entity: EntityDraft) -> list[str]:
    """The files named within the part of the form that an entity comes from."""
    inside = f"{entity.path}/" if entity.path else ""
    return [name for name, path in named.items() if path.startswith(inside)]
