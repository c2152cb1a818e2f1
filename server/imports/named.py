"""Areas, sectors, departments and sites as people name them in a cell."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..fields import FORBIDDEN
from ..ledgers.reconciliation.normalising import bare
from ..people.models import Organisation, Sector
from ..people.permissions import Actor
from ..places.codes import AREA_CODE, is_within
from ..places.models import Area, Site
from ..places.queries import areas_within, sites_seen_by

T = TypeVar("T")

# No site's number is longer, and the database takes no longer one.
NUMBER = re.compile(r"[0-9]{1,18}")

BATCH = 500


class Unknown(ValueError):
    """A name that is nothing here, or more than one thing; its text says so in Chinese."""


class Areas:
    """The areas within one, by code, by name, or by a path of names from above."""

    def __init__(self, session: Session, within: str) -> None:
        self._within = within
        self._by_code: dict[str, Area] = {each.code: each for each in areas_within(session, within)}
        self._by_name: dict[str, list[Area]] = {}
        for area in self._by_code.values():
            self._by_name.setdefault(bare(area.name), []).append(area)

    def named(self, text: str) -> str:
        """The code of the area that a cell means.

        Raises:
            Unknown: there is none, or several.
        """
        if AREA_CODE.fullmatch(text):
            if text in self._by_code:
                return text
            raise Unknown(
                f"没有编码为 {text} 的区划。"
                if is_within(text, self._within)
                else f"区划 {text} 不在您的辖区内。"
            )
        parts = [part for each in text.replace("›", "/").split("/") if (part := bare(each))]
        found = [
            area
            for area in self._by_name.get(parts[-1] if parts else "", [])
            if self._lies_in(area, parts[:-1])
        ]
        if not found:
            raise Unknown(f"没有叫“{text}”的区划，请填写模板“区划”表中的名称或编码。")
        if len(found) > 1:
            paths = "、".join(self.path(each) for each in found[:3])
            raise Unknown(f"有 {len(found)} 个“{text}”，请写全，如 {paths}，或填写编码。")
        return found[0].code

    def path(self, area: Area) -> str:
        """Its names from the township down."""
        names = [each.name for each in self._above(area) if each.parent_code]
        return "/".join([*reversed(names), area.name])

    def listed(self) -> list[tuple[str, str]]:
        """Every area's code and path, by code."""
        return [(code, self.path(area)) for code, area in self._by_code.items()]

    def _lies_in(self, area: Area, names: list[str]) -> bool:
        above = [bare(each.name) for each in self._above(area)]
        for name in reversed(names):
            if name not in above:
                return False
            above = above[above.index(name) + 1 :]
        return True

    def _above(self, area: Area) -> list[Area]:
        found: list[Area] = []
        parent = self._by_code.get(area.parent_code or "")
        while parent is not None:
            found.append(parent)
            parent = self._by_code.get(parent.parent_code or "")
        return found


class Words:
    """A closed list of things by whatever they may be called."""

    def __init__(self, what: str, names: Mapping[str, Iterable[str]]) -> None:
        self._what = what
        self._known = {bare(name): code for code, all_ in names.items() for name in (code, *all_)}

    def named(self, text: str) -> str:
        """The code of the thing that a cell means.

        Raises:
            Unknown: there is none.
        """
        code = self._known.get(bare(text))
        if code is None:
            raise Unknown(f"没有叫“{text}”的{self._what}。")
        return code


def sectors(session: Session) -> Words:
    found = session.scalars(select(Sector))
    return Words("行业领域", {each.code: [each.name] for each in found})


def organisations(session: Session) -> Words:
    found = session.scalars(select(Organisation))
    return Words("单位", {each.code: [each.name, *each.aliases] for each in found})


def known_names(session: Session, within: str) -> dict[str, list[tuple[str, str]]]:
    """Code and name of the areas within one, the sectors and the offices, by what they are."""
    of_sectors = select(Sector.code, Sector.name).order_by(Sector.code)
    offices = select(Organisation.code, Organisation.name).order_by(Organisation.code)
    return {
        "区划": Areas(session, within).listed(),
        "行业领域": [(code, name) for code, name in session.execute(of_sectors)],
        "部门": [(code, name) for code, name in session.execute(offices)],
    }


class Sites:
    """The sites that some texts may mean, of those that an actor knows of."""

    def __init__(self, session: Session, actor: Actor, texts: Iterable[str]) -> None:
        wanted = sorted(each for each in set(texts) if not FORBIDDEN.search(each))
        self._found: dict[str, set[int]] = {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            codes = [each.upper() for each in batch]
            ids = [int(each) for each in batch if NUMBER.fullmatch(each)]
            meant = Site.name.in_(batch) | Site.credit_code.in_(codes) | Site.id.in_(ids)
            query = select(Site).where(meant, sites_seen_by(actor))
            for site in session.scalars(query):
                for name in (site.name, site.credit_code or "", str(site.id)):
                    self._found.setdefault(name, set()).add(site.id)

    def named(self, text: str) -> int:
        """The number of the site that a text means.

        Raises:
            Unknown: there is none, or several.
        """
        found = self._found.get(text) or self._found.get(text.upper()) or set()
        if not found:
            raise Unknown(f"没有登记过“{text}”，请先导入监管对象，或改填统一社会信用代码、编号。")
        if len(found) > 1:
            numbers = "、".join(map(str, sorted(found)[:5]))
            raise Unknown(f"有 {len(found)} 个“{text}”（编号 {numbers}），请改填编号。")
        return next(iter(found))
