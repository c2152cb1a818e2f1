"""What the filled forms of self-built houses say: the newest of each house, as plain text.

The form is `forms/self-built-house.md`; fields are found by their names, whatever version it is, so
that one that an office took out stays blank.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...forms.definition import FormDefinition
from ...forms.library import Library, find_version
from ...forms.moments import parse_date
from ...submissions.answers import answers_of
from ...submissions.models import Submission
from ...submissions.queries import Condition

FORM = "self-built-house"
BATCH = 500

# The list of choices that a field's answers are named in.
LISTS: Mapping[str, str] = {
    "structure": "structure",
    "business": "business",
    "judgement": "house_judgement",
    "appraisal": "appraisal",
    "remedy": "remedy",
}


@dataclass
class HouseForm:
    """The newest filled form of a house, and the rows of all that were filled in of it."""

    area_code: str
    answers: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, str]]
    submissions: list[int] = field(default_factory=list)

    def text(self, name: str) -> str:
        """An answer as it was written; empty where nothing was."""
        value = self.answers.get(name)
        return "" if value is None else str(value).strip()

    def day(self, name: str) -> date | None:
        return parse_date(self.text(name)) if self.text(name) else None

    def chosen(self, name: str) -> str:
        """What was chosen, in the words of the form's own choices."""
        names = self.labels.get(name, {})
        return "、".join(names.get(each, each) for each in self.text(name).split())


def house_forms(
    session: Session, library: Library, readable: Condition
) -> Iterator[tuple[int, HouseForm]]:
    """The filled forms of houses that may be read, newest first, with the row of each."""
    query = (
        select(Submission.id, Submission.form_version, Submission.area_code, Submission.xml)
        .where(Submission.form_id == FORM, readable)
        .order_by(Submission.id.desc())
        .execution_options(yield_per=BATCH)
    )
    versions: dict[str, tuple[FormDefinition, dict[str, dict[str, str]]]] = {}
    for id, version, area_code, xml in session.execute(query):
        if version not in versions:
            published = find_version(session, FORM, version)
            assert published is not None, "what was taken in is of a version that was published"
            definition = library.compiled(published)
            versions[version] = (definition, _labels(definition))
        definition, labels = versions[version]
        yield id, HouseForm(area_code, _flat(answers_of(definition, xml)), labels)


def _flat(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of all groups by their own names, which the form uses once each."""
    flat: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, dict) and "type" not in value:
            flat |= _flat(value)
        else:
            flat[name] = value
    return flat


def _labels(definition: FormDefinition) -> dict[str, dict[str, str]]:
    """The names of the choices of each field, as far as the form itself has them."""
    labels: dict[str, dict[str, str]] = {}
    for name, list_name in LISTS.items():
        instance = definition.instances.get(list_name)
        for item in [] if instance is None else instance.iter("item"):
            label = item.findtext("label")
            if label:
                labels.setdefault(name, {})[item.findtext("name") or ""] = label.strip()
    return labels
