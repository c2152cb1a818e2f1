"""Areas and sites as a desk keeps them: villages and grids added, names and sites put right.

What is changed is written down with who changed it. Areas are never removed: hazards name them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Conflict, InvalidInput, NotFound, Stale
from ..glossary import AreaKind, Datum
from ..ledgers.rules.names import credit_code_flaw, normal_name
from ..people.models import Sector
from ..people.permissions import Actor
from .codes import AREA_CODE, ENDS, is_within, prefix
from .datum import to_wgs84
from .models import Area, PlaceChange, Site
from .queries import find_site

LONGEST_CODE = 18
# A village's own three digits, a grid's two.
VILLAGE_DIGITS, GRID_DIGITS = 3, 2

# What a desk may change of a site, by the name that the API gives it.
COLUMNS = {
    "name": "name",
    "kind": "kind",
    "area": "area_code",
    "sector": "sector_code",
    "credit_code": "credit_code",
    "address": "address",
    "latitude": "latitude",
    "longitude": "longitude",
}


def add_area(session: Session, actor: Actor, given: Mapping[str, Any], at: datetime) -> Area:
    """Add a village to a township, or a grid to a village or grid.

    `given` has `name` and `parent`, and perhaps `code`: without it, a grid gets the next free one.

    Raises:
        InvalidInput: the parent is not there, out of the actor's area, or has no areas of its own;
            the code is not one of the parent's.
        Conflict: the code or, in this parent, the name is taken.
    """
    parent = session.get(Area, given["parent"], with_for_update=True)
    if parent is None or not is_within(parent.code, actor.area_code):
        raise _invalid("parent", "请选择您辖区内的上级区划。")
    kind = _kind_in(parent)
    _require_free_name(session, parent.code, given["name"], apart_from=None)
    code = given.get("code") or _next_code(session, parent, kind)
    _require_code_of(code, parent, kind)
    if session.get(Area, code) is not None:
        raise Conflict("area_code_used", f"编码 {code} 已经是别的区划，请换一个。")
    area = Area(code=code, name=given["name"], kind=kind.value, parent_code=parent.code)
    session.add(area)
    session.flush()
    after = {"name": area.name, "kind": area.kind, "parent": parent.code}
    _note(session, actor, at, {}, after, area_code=code)
    return area


def rename_area(session: Session, actor: Actor, code: str, name: str, at: datetime) -> Area:
    """Give an area another name.

    Raises:
        NotFound: it is not there, or out of the actor's area.
        Conflict: another one in the same area has the name.
    """
    known = AREA_CODE.match(code)
    area = session.get(Area, code, with_for_update=True) if known else None
    if area is None or not is_within(area.code, actor.area_code):
        raise NotFound("area_not_found", "没有这个区划，或不在您的辖区内。")
    if area.name != name:
        _require_free_name(session, area.parent_code, name, apart_from=code)
        _note(session, actor, at, {"name": area.name}, {"name": name}, area_code=code)
        area.name = name
        session.flush()
    return area


def edit_site(
    session: Session,
    actor: Actor,
    site_id: int,
    given: Mapping[str, Any],
    *,
    expected: int | None,
    at: datetime,
) -> Site:
    """Change what is given of a site, within the actor's area; None takes a value away.

    Raises:
        NotFound: the actor knows of no such site.
        Stale: it is no longer as it was in version `expected`; tells what it is now.
        InvalidInput: the area is out of the actor's, there is no such sector, the credit code
            can't be right, or a place has only one of its coordinates.
        Conflict: another site has the credit code.
    """
    find_site(session, actor, site_id)
    site = session.get_one(Site, site_id, with_for_update=True, populate_existing=True)
    if expected is not None and expected != site.version:
        raise Stale(
            "site_changed",
            "别人刚改过这个监管对象，请核对现在的内容后再保存。",
            current=shown(site),
            version=site.version,
        )
    wanted = _checked(session, actor, site, given)
    changed = {name: value for name, value in wanted.items() if shown(site)[name] != value}
    if changed:
        _note(
            session,
            actor,
            at,
            {name: shown(site)[name] for name in changed},
            changed,
            site_id=site.id,
        )
        for name, value in changed.items():
            setattr(site, COLUMNS[name], value)
        site.version += 1
        session.flush()
    return site


def shown(site: Site) -> dict[str, Any]:
    """A site's values by the names that the API gives them."""
    return {name: getattr(site, column) for name, column in COLUMNS.items()}


def _checked(
    session: Session, actor: Actor, site: Site, given: Mapping[str, Any]
) -> dict[str, Any]:
    wanted = {name: given[name] for name in COLUMNS if name in given}
    if area := wanted.get("area"):
        known = is_within(area, actor.area_code) and session.get(Area, area) is not None
        if not known:
            raise _invalid("area", "请选择您辖区内的区划。")
    if (sector := wanted.get("sector")) and session.get(Sector, sector) is None:
        raise _invalid("sector", "没有这个行业领域编码。")
    if code := wanted.get("credit_code"):
        wanted["credit_code"] = code.upper()
        if code.upper() != site.credit_code:
            name = wanted.get("name", site.name)
            require_credit_code(session, code.upper(), name, site.entity_id)
    if ("latitude" in wanted) != ("longitude" in wanted) or (
        (wanted.get("latitude") is None) != (wanted.get("longitude") is None)
    ):
        raise _invalid("longitude", "经度和纬度要一起填写，或一起清空。")
    if wanted.get("latitude") is not None:
        datum = Datum(given.get("datum", Datum.WGS84))
        place = to_wgs84(wanted["latitude"], wanted["longitude"], datum)
        wanted |= place._asdict()
    return wanted


def require_credit_code(session: Session, code: str, name: str, entity_id: str) -> None:
    """Hold a credit code against its check sign (GB 32100-2015) and the other sites.

    Raises:
        InvalidInput: it can't be right.
        Conflict: it is another site's.
    """
    if flaw := credit_code_flaw(code, name):
        raise _invalid("credit_code", flaw.explanation)
    others = select(Site).where(Site.credit_code == code, Site.entity_id != entity_id)
    if (other := session.scalars(others).first()) is not None:
        message = f"统一社会信用代码 {code} 已登记在“{other.name}”（编号 {other.id}）名下。"
        raise Conflict("credit_code_used", message, errors={"credit_code": [message]})


def _kind_in(parent: Area) -> AreaKind:
    match parent.kind:
        case AreaKind.TOWNSHIP:
            return AreaKind.VILLAGE
        case AreaKind.VILLAGE | AreaKind.GRID if len(parent.code) < LONGEST_CODE:
            return AreaKind.GRID
    raise _invalid("parent", "只能在乡镇（街道）下新增村（社区），在村（社区）或网格下新增网格。")


def _require_code_of(code: str, parent: Area, kind: AreaKind) -> None:
    own = code.removeprefix(prefix(parent.code))
    if kind is AreaKind.VILLAGE:
        right = len(code) == ENDS[-1] and len(own) == VILLAGE_DIGITS and bool(own.strip("0"))
        form = f"{prefix(parent.code)}+3 位"
    else:
        right = len(code) == len(parent.code) + GRID_DIGITS and len(own) == GRID_DIGITS
        form = f"{parent.code}+2 位"
    if not right or not AREA_CODE.fullmatch(code):
        raise _invalid("code", f"编码应为上级区划的编码加自己的数字：{form}。")


def _next_code(session: Session, parent: Area, kind: AreaKind) -> str:
    if kind is AreaKind.VILLAGE:
        raise _invalid("code", "村（社区）请填写国家统计局公布的 12 位区划编码。")
    taken = set(session.scalars(select(Area.code).where(Area.parent_code == parent.code)))
    for number in range(1, 100):
        code = f"{parent.code}{number:02}"
        if code not in taken:
            return code
    raise Conflict("area_full", f"{parent.name}下已有 99 个网格，不能再新增。")


def _require_free_name(
    session: Session, parent_code: str | None, name: str, *, apart_from: str | None
) -> None:
    siblings = select(Area.code, Area.name).where(Area.parent_code == parent_code)
    for code, other in session.execute(siblings):
        if code != apart_from and normal_name(other) == normal_name(name):
            message = f"同一上级下已有“{other}”（{code}）。"
            raise Conflict("area_name_used", message, errors={"name": [message]})


def _note(
    session: Session,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    area_code: str | None = None,
    site_id: int | None = None,
) -> None:
    session.add(
        PlaceChange(
            at=at,
            user_id=actor.id,
            user_name=actor.name,
            area_code=area_code,
            site_id=site_id,
            before=dict(before),
            after=dict(after),
        )
    )


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})
