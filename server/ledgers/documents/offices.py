"""Which office issues a document, and the number that the document gets.

A number reads `（孝义）应急责改〔2026〕1号`: the county, what stands for the office (机关代字) and
for the kind, the year in 六角括号, and a serial that begins at 1 each year. Whatever two offices
may be called, numbers are unique: offices with the same mark share a series.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ...clock import local_date
from ...glossary import Role
from ...hazards.numbers import take_serials
from ...people.models import Organisation, User
from ...people.permissions import Actor
from ...places.codes import ENDS, township_code
from ...places.models import Area
from .kinds import MANNERS, DocumentKind
from .models import DocumentSeries

SERIES = cast(Table, DocumentSeries.__table__)

# A mark is part of a number, which is part of a file's name.
MARK = re.compile(r"\w{1,20}")

IN_BRACKETS = re.compile(r"（.*?）|\(.*?\)")
WHAT_IT_IS = re.compile(r"(管理局|大队|分局|局)$")


class Office(NamedTuple):
    """An office as its documents name it.

    Attributes:
        key: its organisation's code, or the area that it is the office of.
        mark: what stands for it in numbers.
        county: the short name of its county.
    """

    key: str
    name: str
    mark: str
    county: str


def read_marks(pairs: list[str]) -> dict[str, str]:
    """The setting DOCUMENT_MARKS: `code=mark` each.

    Raises:
        ValueError: a pair is none, or its mark is no word of 1–20 letters.
    """
    marks = {}
    for pair in pairs:
        key, _, mark = (part.strip() for part in pair.partition("="))
        if not key or not MARK.fullmatch(mark):
            raise ValueError(f"{pair!r} should be a code, =, and a word of 1 to 20 letters")
        marks[key] = mark
    return marks


def office_of(session: Session, actor: Actor, marks: Mapping[str, str]) -> Office:
    """The office that the actor speaks for."""
    organisation = session.get(
        Organisation, session.get_one(User, actor.id).organisation_code or ""
    )
    county = session.get(Area, actor.area_code[: ENDS[2]] + "0" * 6)
    short = county.name.rstrip("市县区") if county else ""
    if organisation is not None:
        key, mark = organisation.code, organisation_mark(organisation.name)
    elif actor.role is Role.TOWNSHIP_OFFICE:
        key = township_code(actor.area_code)
        mark = township_mark(session.get_one(Area, key).name)
    else:
        key, mark = actor.area_code, "安委办"
    return Office(key, actor.unit, marks.get(key, mark), short)


def organisation_mark(name: str) -> str:
    """`市应急管理局` → `应急`, `市交通局（交通运输局）` → `交通`."""
    plain = IN_BRACKETS.sub("", name).strip().removeprefix("市")
    return _word(WHAT_IT_IS.sub("", plain).replace("局", "")) or _word(plain) or "安"


def township_mark(name: str) -> str:
    """`梧桐镇` → `梧桐安`, `新义街道` → `新义安`."""
    return _word(re.sub(r"(街道|镇|乡)$", "", name)) + "安"


def _word(text: str) -> str:
    return "".join(re.findall(r"\w", text))[:19]


def take_number(session: Session, office: Office, kind: DocumentKind, at: datetime) -> str:
    """The next number of the office, kind and year; takes it in the caller's transaction.

    When that fails, the number was never given: there are no gaps, and none is given twice.
    """
    county = f"（{office.county}）" if office.county else ""
    series = f"{county}{office.mark}{MANNERS[kind].word}〔{local_date(at).year}〕"
    [serial] = take_serials(session, SERIES, series, 1)
    return f"{series}{serial}号"
