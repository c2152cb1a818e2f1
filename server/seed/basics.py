"""The city and its townships, the departments, the sectors and who answers for them, the forms.

Run again, it adds what is missing and brings names up to date; it removes nothing.
"""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ..forms.conversion import Conversion, convert
from ..forms.library import Library, is_published
from ..glossary import AreaKind
from ..people.models import DutyKind, Organisation, Sector, SectorDuty
from ..places.models import Area

FACTS = Path(__file__).with_name("facts.json")
FORMS = Path(__file__).resolve().parents[2] / "forms"
SHARED_CHOICES = FORMS / "choices.md"


def seed_basics(session: Session) -> None:
    """Areas, organisations, sectors and their routing (孝安办函〔2023〕1号附件2)."""
    facts: dict[str, Any] = json.loads(FACTS.read_text(encoding="utf-8"))
    city = facts["city"]["code"]
    session.merge(Area(**facts["city"], kind=AreaKind.CITY.value))
    session.flush()
    for township in facts["townships"]:
        session.merge(Area(**township, kind=AreaKind.TOWNSHIP.value, parent_code=city))
    for organisation in facts["organisations"]:
        session.merge(Organisation(**organisation))
    session.flush()
    for sector in facts["sectors"]:
        duties = {kind: sector.pop(kind.value) for kind in DutyKind}
        session.merge(Sector(**sector))
        session.flush()
        for kind, codes in duties.items():
            for code in codes:
                session.merge(
                    SectorDuty(sector_code=sector["code"], organisation_code=code, kind=kind.value)
                )
    session.flush()


def seed_forms(session: Session, library: Library, at: datetime) -> list[str]:
    """Publish the forms of the library; gives the ids of those that are new versions."""
    published = []
    for path in sorted(FORMS.glob("*.md")):
        if path == SHARED_CHOICES:
            continue
        source = sha256(SHARED_CHOICES.read_bytes() + path.read_bytes()).hexdigest()
        if not is_published(session, source):
            converted = convert_file(path)
            version, _ = library.publish(
                session, converted.xform, at, source_sha256=source, xlsx=converted.xlsx
            )
            published.append(version.form_id)
    return published


def convert_file(path: Path) -> Conversion:
    """A form's file, converted with the shared choice lists.

    Raises:
        InvalidInput: it can't be converted; the message says why.
    """
    shared = SHARED_CHOICES.read_bytes()
    return convert(path.name, path.read_bytes(), shared)
