"""Sites from a file."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ..fields import FORBIDDEN
from ..glossary import Datum, SiteKind
from ..ledgers.reconciliation.normalising import credit_key
from ..ledgers.rules.names import credit_code_flaw, normal_name
from ..people.permissions import Actor
from ..places.boundaries import Outline
from ..places.codes import township_code
from ..places.datum import to_wgs84
from ..places.models import Site
from .columns import Line
from .named import BATCH, Areas, Unknown, Words, sectors
from .outcomes import Checked, Outcome

LONGEST = {"name": 100, "address": 200}
KINDS = Words("类别", {each.value: [each.chinese] for each in SiteKind})
DATUMS = Words(
    "坐标系",
    {
        Datum.WGS84.value: ["WGS-84", "WGS-84（GPS）", "GPS", "CGCS2000", "天地图"],
        Datum.GCJ02.value: ["GCJ-02", "GCJ-02（高德、腾讯）", "高德", "腾讯", "火星坐标"],
        Datum.BD09.value: ["BD-09", "BD-09（百度）", "百度"],
    },
)

# The degrees that China lies within; a place elsewhere was mistyped, or has them in each other's
# column.
LONGITUDES, LATITUDES = (73.0, 136.0), (3.0, 54.0)


def check_sites(
    session: Session, actor: Actor, lines: Sequence[Line], tick: Callable[[int], None]
) -> list[Checked]:
    """What is to become of each line: registered, known already, or wrong. Writes nothing."""
    areas, of_sectors = Areas(session, actor.area_code), sectors(session)
    outline = Outline.of(session, actor.area_code)
    checked = [Checked(line) for line in lines]
    for done, each in enumerate(checked):
        tick(done)
        _read(each, areas, of_sectors)
        if outline and each.values["latitude"] is not None:
            place = each.values["latitude"], each.values["longitude"]
            if not outline.holds(*place):
                each.wrong("longitude", "这个位置不在本市边界之内，请核对经纬度和坐标系。")
    _find_known(session, checked)
    _find_twice(checked)
    return checked


def write_sites(session: Session, actor: Actor, checked: Iterable[Checked], at: datetime) -> None:
    """Register the lines that are new."""
    rows = [
        each.values
        | {"entity_id": str(uuid4()), "created_by": actor.id, "created_at": at, "version": 1}
        for each in checked
        if each.outcome is Outcome.NEW
    ]
    if rows:
        session.execute(insert(Site), rows)


def _read(each: Checked, areas: Areas, of_sectors: Words) -> None:
    values: dict[str, Any] = {name: each.text(name) for name in LONGEST}
    for name, longest in LONGEST.items():
        if len(values[name]) > longest:
            each.wrong(name, f"不能超过 {longest} 字，现有 {len(values[name])} 字。")
        if FORBIDDEN.search(values[name]):
            each.wrong(name, "含有不能保存的控制字符，请删除。")
    for name, column, known in (
        ("kind", "kind", KINDS),
        ("area", "area_code", areas),
        ("sector", "sector_code", of_sectors),
    ):
        values[column] = None
        if text := each.text(name):
            try:
                values[column] = known.named(text)
            except Unknown as unknown:
                each.wrong(name, str(unknown))
    for name in ("name", "kind", "area"):
        if not each.text(name):
            each.wrong(name, "必填。")
    values["credit_code"] = credit_key(each.text("credit_code")) or None
    if flaw := credit_code_flaw(values["credit_code"] or "", values["name"]):
        each.wrong("credit_code", flaw.explanation)
    each.values = values | {"latitude": None, "longitude": None}
    _read_place(each)


def _read_place(each: Checked) -> None:
    said = {name: each.text(name) for name in ("longitude", "latitude")}
    if not any(said.values()):
        return
    degrees: dict[str, float] = {}
    for name, text in said.items():
        if not text:
            each.wrong(name, "经度和纬度要一起填写。")
            continue
        try:
            degrees[name] = float(text.rstrip("°EN "))
        except ValueError:
            each.wrong(name, "应为度数，如 111.7791。")
            continue
        if not isfinite(degrees[name]):
            each.wrong(name, "应为度数，如 111.7791。")
    datum = Datum.WGS84
    if text := each.text("datum"):
        try:
            datum = Datum(DATUMS.named(text))
        except Unknown as unknown:
            each.wrong("datum", str(unknown))
    if each.problems.keys() & {"longitude", "latitude", "datum"}:
        return
    longitude, latitude = degrees["longitude"], degrees["latitude"]
    if not (_among(longitude, LONGITUDES) and _among(latitude, LATITUDES)):
        swapped = _among(latitude, LONGITUDES) and _among(longitude, LATITUDES)
        each.wrong(
            "longitude", "经度和纬度填反了。" if swapped else "这个位置不在我国境内，请核对。"
        )
        return
    each.values |= to_wgs84(latitude, longitude, datum)._asdict()


def _among(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]


def _find_known(session: Session, checked: Sequence[Checked]) -> None:
    """Mark what is registered already: by its credit code, or by its name in the same township."""
    readable = [each for each in checked if not each.problems]
    for start in range(0, len(readable), BATCH):
        batch = readable[start : start + BATCH]
        codes = [each.values["credit_code"] for each in batch if each.values["credit_code"]]
        names = [each.values["name"] for each in batch]
        meant = Site.credit_code.in_(codes) | Site.name.in_(names)
        found = session.scalars(select(Site).where(meant)).all()
        by_code = {site.credit_code: site for site in found if site.credit_code}
        by_place = {_place(site.name, site.area_code): site for site in found}
        for each in batch:
            _compare(each, by_code, by_place)


def _compare(
    each: Checked, by_code: dict[str, Site], by_place: dict[tuple[str, str], Site]
) -> None:
    code, name = each.values["credit_code"], each.values["name"]
    if (same := by_code.get(code)) is not None:
        if normal_name(same.name) == normal_name(name):
            each.known_as = f"已登记（编号 {same.id}）"
        else:
            each.wrong("credit_code", f"已登记在“{same.name}”（编号 {same.id}）名下。")
        return
    there = by_place.get(_place(name, each.values["area_code"]))
    if there is None:
        return
    if code and there.credit_code:
        each.wrong("name", f"同一乡镇已有同名的监管对象（编号 {there.id}），信用代码不同，请核对。")
    else:
        each.known_as = f"已登记（编号 {there.id}）"


def _find_twice(checked: Sequence[Checked]) -> None:
    """Lines of the file that are the same site."""
    codes: dict[str, int] = {}
    places: dict[tuple[str, str], int] = {}
    for each in checked:
        if each.problems:
            continue
        number, code = each.line.number, each.values["credit_code"]
        place = _place(each.values["name"], each.values["area_code"])
        if code and (first := codes.setdefault(code, number)) != number:
            each.wrong("credit_code", f"与第 {first} 行的信用代码相同。")
        elif (first := places.setdefault(place, number)) != number:
            each.wrong("name", f"与第 {first} 行同名，又在同一乡镇。")


def _place(name: str, area_code: str) -> tuple[str, str]:
    return normal_name(name), township_code(area_code)
