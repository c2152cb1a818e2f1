"""People from a file: accounts, each with a password of its own to begin with."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..glossary import Role
from ..people.accounts import MOST_NAME_LENGTH
from ..people.models import AccountDeed, Sector, User
from ..people.passwords import hash_password, random_password
from ..people.permissions import Actor
from ..people.records import record
from ..places.models import Site
from .columns import Line, listed
from .named import BATCH, Areas, Sites, Unknown, Words, organisations, sectors
from .outcomes import Checked, Outcome

ROLES = Words(
    "角色",
    {
        Role.GRID_WORKER.value: [Role.GRID_WORKER.chinese, "网格长", "村级网格员"],
        Role.TOWNSHIP_OFFICE.value: [
            Role.TOWNSHIP_OFFICE.chinese,
            *("乡镇安委办", "街道安委办", "乡镇街道", "乡镇", "街道"),
        ],
        Role.DEPARTMENT.value: [
            Role.DEPARTMENT.chinese,
            *("行业主管部门", "行业监管部门", "部门", "行业部门"),
        ],
        Role.CITY_OFFICE.value: [Role.CITY_OFFICE.chinese],
        Role.RESPONSIBLE_UNIT.value: [Role.RESPONSIBLE_UNIT.chinese, "企业"],
        Role.AUDITOR.value: [Role.AUDITOR.chinese, "督查"],
        Role.ADMINISTRATOR.value: [Role.ADMINISTRATOR.chinese, "管理员"],
    },
)
OF_OFFICES = frozenset({Role.DEPARTMENT, Role.CITY_OFFICE, Role.AUDITOR})


def check_people(
    session: Session, actor: Actor, lines: Sequence[Line], tick: Callable[[int], None]
) -> list[Checked]:
    """What is to become of each line: an account, known already, or wrong. Writes nothing."""
    areas = Areas(session, actor.area_code)
    of_sectors, of_organisations = sectors(session), organisations(session)
    of_sites = Sites(
        session, actor, (name for line in lines for name in listed(line.texts.get("sites", "")))
    )
    checked = [Checked(line) for line in lines]
    for done, each in enumerate(checked):
        tick(done)
        _read_names(each)
        _read_place(each, areas, of_organisations)
        _read_reach(each, of_sectors, of_sites)
    _find_known(session, checked)
    _find_twice(checked)
    return checked


def give_passwords(checked: Iterable[Checked], tick: Callable[[int], None]) -> None:
    """Give every new account its password, and reckon its hash: most of an import's time."""
    for done, each in enumerate(checked):
        tick(done)
        if each.outcome is Outcome.NEW:
            each.secret = random_password()
            each.values["password_hash"] = hash_password(each.secret)


def write_people(session: Session, actor: Actor, checked: Iterable[Checked], at: datetime) -> None:
    """Open the accounts of the lines that are new, and write down that they were."""
    opened: list[tuple[User, int]] = []
    of_sectors = {each.code: each for each in session.scalars(select(Sector))}
    for each in checked:
        if each.outcome is not Outcome.NEW:
            continue
        values = dict(each.values)
        site_ids, sector_codes = values.pop("sites"), values.pop("sectors")
        user = User(
            **values,
            created_at=at,
            sectors=[of_sectors[code] for code in sector_codes],
            sites=[session.get_one(Site, site_id) for site_id in site_ids],
        )
        session.add(user)
        opened.append((user, each.line.number))
    session.flush()
    for user, line in opened:
        record(session, actor.id, user.id, AccountDeed.OPENED, at, note=f"由文件导入，第 {line} 行")


def _read_names(each: Checked) -> None:
    username, name = each.text("username"), each.text("name")
    for field, text in (("username", username), ("name", name)):
        if not text:
            each.wrong(field, "必填。")
        elif len(text) > MOST_NAME_LENGTH or not text.isprintable():
            each.wrong(field, f"应为 1–{MOST_NAME_LENGTH} 字，不含控制字符。")
    if ":" in username:
        each.wrong("username", "账号中不能有冒号。")
    each.values |= {"username": username, "name": name, "role": None}
    if not (role := each.text("role")):
        each.wrong("role", "必填。")
        return
    try:
        each.values["role"] = ROLES.named(role)
    except Unknown as unknown:
        each.wrong("role", str(unknown))
    if each.values["role"] == Role.ADMINISTRATOR:
        each.wrong("role", "系统管理员不能导入，请在“人员”页面单独新增。")


def _read_place(each: Checked, areas: Areas, of_organisations: Words) -> None:
    each.values |= {"area_code": None, "organisation_code": None}
    if area := each.text("area"):
        try:
            each.values["area_code"] = areas.named(area)
        except Unknown as unknown:
            each.wrong("area", str(unknown))
    else:
        each.wrong("area", "必填。")
    if not (organisation := each.text("organisation")):
        return
    if each.values["role"] is not None and each.values["role"] not in OF_OFFICES:
        each.wrong("organisation", "只有部门、市安委办和督查员填写所在部门，请清空这一格。")
        return
    try:
        each.values["organisation_code"] = of_organisations.named(organisation)
    except Unknown as unknown:
        each.wrong("organisation", str(unknown))


def _read_reach(each: Checked, of_sectors: Words, of_sites: Sites) -> None:
    """The sectors of a department and the sites of a responsible unit; nobody else has any."""
    for field, role, find in (
        ("sectors", Role.DEPARTMENT, of_sectors.named),
        ("sites", Role.RESPONSIBLE_UNIT, of_sites.named),
    ):
        said, each.values[field] = listed(each.text(field)), []
        if each.values["role"] == role and not said:
            each.wrong(field, f"{role.chinese}必填，至少一个。")
        if each.values["role"] not in (None, role) and said:
            each.wrong(field, f"只有{role.chinese}填写这一列，请清空这一格。")
            continue
        try:
            each.values[field] = sorted({find(text) for text in said})
        except Unknown as unknown:
            each.wrong(field, str(unknown))


def _find_known(session: Session, checked: Sequence[Checked]) -> None:
    readable = [each for each in checked if not each.problems]
    for start in range(0, len(readable), BATCH):
        batch = readable[start : start + BATCH]
        names = [each.values["username"] for each in batch]
        found = session.scalars(select(User).where(User.username.in_(names)))
        there = {user.username: user for user in found}
        for each in batch:
            user = there.get(each.values["username"])
            if user is None:
                continue
            if (user.name, user.role) == (each.values["name"], each.values["role"]):
                each.known_as = "账号已有" + ("（已停用）" if user.closed_at else "")
            else:
                each.wrong(
                    "username",
                    f"已是{Role(user.role).chinese}“{user.name}”的账号，请换一个。",
                )


def _find_twice(checked: Sequence[Checked]) -> None:
    names: dict[str, int] = {}
    for each in checked:
        if each.problems:
            continue
        first = names.setdefault(each.values["username"], each.line.number)
        if first != each.line.number:
            each.wrong("username", f"与第 {first} 行的账号相同。")
