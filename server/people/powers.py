"""What an account may do and where, told in words from the permission table itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..glossary import Action, Level
from .permissions import (
    ANY_LEVEL,
    GENERAL_PERMISSIONS,
    Actor,
    Asked,
    Permission,
    Permissions,
    Reach,
)

TITLES: Mapping[Permission, str] = {
    Permission.SIGNED_IN: "登录",
    Permission.SUBMIT: "填报检查表、登记监管对象",
    Permission.READ_FORMS: "查看表单",
    Permission.MANAGE_FORMS: "管理表单",
    Permission.READ_PLACES: "查看区划和监管对象",
    Permission.PUT_PHOTOS: "上传照片",
    Permission.READ_HAZARDS: "查看隐患",
    Permission.READ_EVIDENCE: "查看证据疑点",
    Permission.READ_SUBMISSIONS: "查看填报记录",
    Permission.EXPORT_LEDGER: "导出台账",
    Permission.ENFORCE: "出具执法文书",
    Permission.READ_PHONES: "查看完整电话号码",
    Permission.READ_EXPORT_LOG: "查看导出记录",
    Permission.READ_TRAIL: "查看操作审计",
    Permission.READ_BALANCE: "查看月度平衡",
    Permission.CONFIRM_BALANCE: "确认月度平衡",
    Permission.CLOSE_MONTH: "月结",
    Permission.RECONCILE: "与其他台账对账",
    Permission.AUDIT_LEDGER: "查看台账自查",
    Permission.RUN_AUDIT: "启动台账自查",
    Permission.SETTLE_DIFFERENCES: "处理差异",
    Permission.READ_ACCOUNTS: "查看账号",
    Permission.MANAGE_ACCOUNTS: "管理账号",
    Permission.MANAGE_PLACES: "管理区划",
    Permission.MANAGE_SITES: "修改监管对象",
    Permission.IMPORT: "导入人员和监管对象",
}

# What everybody may who is signed in goes without saying.
UNSAID = frozenset({Permission.SIGNED_IN})


@dataclass(frozen=True)
class Ground:
    """The names of what an account stands on."""

    area: str
    sectors: Sequence[str]
    sites: Sequence[str]


class Power(NamedTuple):
    """Things that an account may do to the same hazards."""

    where: str
    levels: str
    may: Sequence[str]


def powers_over_hazards(permissions: Permissions, actor: Actor, ground: Ground) -> list[Power]:
    """What an account may do to hazards: to which, of what level, and what; in Chinese."""
    grouped: dict[tuple[Reach, frozenset[Level]], frozenset[Asked]] = {}
    for grant in permissions.all_grants(actor.role):
        key = grant.reach, grant.levels
        grouped[key] = grouped.get(key, frozenset()) | grant.asked
    # What somebody reported themself comes last: it is the exception.
    order = sorted(grouped, key=lambda key: key[0] is Reach.OWN)
    return [
        Power(_where(reach, ground), _levels(levels), titles(grouped[reach, levels]))
        for reach, levels in order
        if grouped[reach, levels]
    ]


def powers_over_application(actor: Actor) -> list[str]:
    """What an account may do besides, in Chinese."""
    return titles(GENERAL_PERMISSIONS[actor.role] - UNSAID)


def titles(asked: frozenset[Asked]) -> list[str]:
    """The Chinese names, permissions first, each in the order of its own list."""
    permissions = [TITLES[each] for each in Permission if each in asked]
    return permissions + [each.chinese for each in Action if each in asked]


def _where(reach: Reach, ground: Ground) -> str:
    sites = "、".join(ground.sites)
    match reach:
        case Reach.AREA:
            return f"{ground.area}范围内的隐患"
        case Reach.SECTORS:
            return f"{ground.area}范围内、属于{'、'.join(ground.sectors)}的隐患"
        case Reach.OWN:
            return "本人上报的隐患，在哪里都算"
        case Reach.SITES:
            return f"在{sites}发现的，或由其整改的隐患"
        case Reach.RESPONSIBLE:
            return f"由{sites}整改的隐患"


def _levels(levels: frozenset[Level]) -> str:
    if levels == ANY_LEVEL:
        return "各等级"
    return "、".join(level.chinese for level in Level if level in levels)
