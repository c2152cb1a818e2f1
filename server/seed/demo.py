"""A demo's accounts, villages, grids and sites: plainly invented, one account for each role."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import AreaKind, Datum, Role, SiteKind
from ..people.accounts import find_account, open_account
from ..places.boundaries import current_set
from ..places.importing import import_boundaries
from ..places.models import Area, Site
from .demo_boundaries import SOURCE, demo_boundaries

CITY = "141181000000"
TOWNSHIP = "141181001000"
VILLAGE = "141181001991"
GRID = VILLAGE + "01"

AREAS = (
    Area(code=VILLAGE, name="演示社区", kind=AreaKind.VILLAGE.value, parent_code=TOWNSHIP),
    Area(code=GRID, name="第1网格", kind=AreaKind.GRID.value, parent_code=VILLAGE),
    Area(code=VILLAGE + "02", name="第2网格", kind=AreaKind.GRID.value, parent_code=VILLAGE),
    Area(
        code="141181100991",
        name="演示村",
        kind=AreaKind.VILLAGE.value,
        parent_code="141181100000",
    ),
)


class DemoSite(NamedTuple):
    name: str
    kind: SiteKind
    area_code: str
    sector_code: str
    address: str
    credit_code: str | None
    latitude: float
    longitude: float


SITES = (
    DemoSite(
        "演示餐馆", SiteKind.PUBLIC_PLACE, GRID, "FIRE", "演示路1号",
        "91141181MA0DEMQ01T", 37.1462, 111.7791,
    ),
    DemoSite(
        "演示超市", SiteKind.PUBLIC_PLACE, GRID, "FIRE", "演示路2号", None, 37.1465, 111.7797
    ),
    DemoSite(
        "演示燃气站", SiteKind.ENTERPRISE, VILLAGE + "02", "GAS", "演示路9号",
        "91141181MA0DEMQ02X", 37.1480, 111.7820,
    ),
    DemoSite(
        "演示自建房", SiteKind.SELF_BUILT_HOUSE, "141181100991", "SELFBUILT", "演示村1号",
        None, 37.0710, 111.6020,
    ),
)  # fmt: skip


class DemoAccount(NamedTuple):
    username: str
    name: str
    role: Role
    area_code: str
    sectors: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    organisation_code: str | None = None


ACCOUNTS = (
    DemoAccount("grid01", "张三", Role.GRID_WORKER, GRID),
    DemoAccount("town01", "李四", Role.TOWNSHIP_OFFICE, TOWNSHIP),
    DemoAccount("town02", "王五", Role.TOWNSHIP_OFFICE, TOWNSHIP),
    DemoAccount("unit01", "赵六", Role.RESPONSIBLE_UNIT, TOWNSHIP, sites=("演示餐馆", "演示超市")),
    DemoAccount("dept01", "孙七", Role.DEPARTMENT, CITY, ("FIRE",), organisation_code="xfdd"),
    DemoAccount("city01", "周八", Role.CITY_OFFICE, CITY, organisation_code="awb"),
    DemoAccount("audit01", "吴九", Role.AUDITOR, CITY),
    DemoAccount("admin01", "郑十", Role.ADMINISTRATOR, CITY),
)


def missing_accounts(session: Session) -> list[DemoAccount]:
    """The demo accounts that are not there yet."""
    return [each for each in ACCOUNTS if find_account(session, each.username) is None]


def seed_demo(
    session: Session, accounts: Iterable[DemoAccount], password: str, at: datetime
) -> None:
    """Add the demo's areas and sites, and these accounts with this password."""
    for area in AREAS:
        session.merge(area)
        session.flush()
    if current_set(session) is None:
        content = json.dumps(demo_boundaries(session)).encode()
        import_boundaries(session, content, source=SOURCE, datum=Datum.WGS84, at=at, demo=True)
    for site in SITES:
        if session.scalar(select(Site).where(Site.name == site.name)) is None:
            session.add(Site(**site._asdict() | {"kind": site.kind.value}, created_at=at))
    session.flush()
    for account in accounts:
        sites = session.scalars(select(Site.id).where(Site.name.in_(account.sites))).all()
        open_account(
            session,
            account.username,
            account.role,
            password,
            at=at,
            area_code=account.area_code,
            name=account.name,
            sectors=account.sectors,
            site_ids=sites,
            organisation_code=account.organisation_code,
        )
