"""One table of who may do what, where: role × action × area × sector × level.

Deny by default: what no grant allows is refused. The table is used in two ways that must agree (a
test holds them against each other): `Permissions.may` asks about one hazard, and
`hazards.queries` turns the same grants into SQL, so that a list is filtered in the query.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..glossary import Action, Level, Role
from ..places.codes import is_within


class Permission(StrEnum):
    """What may be asked of the application besides an action on a hazard."""

    SIGNED_IN = "signed_in"
    SUBMIT = "submit"
    READ_FORMS = "read_forms"
    MANAGE_FORMS = "manage_forms"
    READ_PLACES = "read_places"
    PUT_PHOTOS = "put_photos"
    READ_HAZARDS = "read_hazards"
    READ_EVIDENCE = "read_evidence"
    READ_SUBMISSIONS = "read_submissions"
    EXPORT_LEDGER = "export_ledger"
    # To issue the documents of enforcement (责令限期整改指令书、整改复查意见书).
    ENFORCE = "enforce"
    READ_PHONES = "read_phones"
    READ_EXPORT_LOG = "read_export_log"
    READ_TRAIL = "read_trail"
    READ_BALANCE = "read_balance"
    CONFIRM_BALANCE = "confirm_balance"
    CLOSE_MONTH = "close_month"
    RECONCILE = "reconcile"
    AUDIT_LEDGER = "audit_ledger"
    RUN_AUDIT = "run_audit"
    SETTLE_DIFFERENCES = "settle_differences"
    READ_ACCOUNTS = "read_accounts"
    MANAGE_ACCOUNTS = "manage_accounts"
    # Villages and grids.
    MANAGE_PLACES = "manage_places"
    MANAGE_SITES = "manage_sites"
    # To take people and sites in from files.
    IMPORT = "import"


class Reach(StrEnum):
    """Which hazards a grant speaks of, from where the actor stands."""

    AREA = "area"  # in the actor's area
    SECTORS = "sectors"  # in the actor's area, of the actor's sectors
    OWN = "own"  # reported by the actor
    SITES = "sites"  # found at, or to be put right by, the actor's sites
    RESPONSIBLE = "responsible"  # to be put right by the actor's sites


@dataclass(frozen=True)
class Actor:
    """Who is asking: a plain value, taken from the account when the request begins."""

    id: int
    username: str
    name: str
    role: Role
    area_code: str
    sectors: frozenset[str] = frozenset()
    site_ids: frozenset[int] = frozenset()
    # The office or unit that the person speaks for, as documents name it.
    unit: str = ""


class Subject(Protocol):
    """What a grant is held against: a hazard, or its plain facts."""

    @property
    def area_code(self) -> str: ...
    @property
    def sector(self) -> str | None: ...
    @property
    def level(self) -> Level: ...
    @property
    def site_id(self) -> int | None: ...
    @property
    def responsible_site_id(self) -> int | None: ...
    @property
    def reporter_id(self) -> int: ...


Asked = Permission | Action

ANY_LEVEL = frozenset(Level)
GENERAL = frozenset({Level.GENERAL})


@dataclass(frozen=True)
class Grant:
    role: Role
    asked: frozenset[Asked]
    reach: Reach
    levels: frozenset[Level] = ANY_LEVEL

    def covers(self, actor: Actor, subject: Subject) -> bool:
        return subject.level in self.levels and _reaches(self.reach, actor, subject)


def _reaches(reach: Reach, actor: Actor, subject: Subject) -> bool:
    match reach:
        case Reach.AREA:
            return is_within(subject.area_code, actor.area_code)
        case Reach.SECTORS:
            in_area = is_within(subject.area_code, actor.area_code)
            return in_area and subject.sector in actor.sectors
        case Reach.OWN:
            return subject.reporter_id == actor.id
        case Reach.SITES:
            return bool({subject.site_id, subject.responsible_site_id} & actor.site_ids)
        case Reach.RESPONSIBLE:
            return subject.responsible_site_id in actor.site_ids


READ: frozenset[Asked] = frozenset({Permission.READ_HAZARDS, Permission.EXPORT_LEDGER})

# What was found about the evidence is for those who judge it, not for those whom it is about.
JUDGE: frozenset[Asked] = READ | {
    Permission.READ_EVIDENCE,
    Permission.READ_SUBMISSIONS,
    Permission.READ_BALANCE,
    Permission.AUDIT_LEDGER,
}
OWN: frozenset[Asked] = READ | {Permission.READ_SUBMISSIONS}

# What an office does beside deciding about hazards. Whole telephone numbers are for those who have
# to call.
OFFICE: frozenset[Asked] = JUDGE | {
    Permission.READ_PHONES,
    Permission.RECONCILE,
    Permission.SETTLE_DIFFERENCES,
    Action.ISSUE_DOCUMENT,
}

# Asked of the application as a whole, not of one hazard.
EVERYBODY: frozenset[Asked] = frozenset(
    {Permission.SIGNED_IN, Permission.READ_FORMS, Permission.READ_PLACES}
)
GENERAL_PERMISSIONS: dict[Role, frozenset[Asked]] = {
    Role.GRID_WORKER: EVERYBODY | {Permission.SUBMIT, Permission.PUT_PHOTOS},
    Role.TOWNSHIP_OFFICE: EVERYBODY
    | {Permission.SUBMIT, Permission.PUT_PHOTOS, Permission.MANAGE_SITES},
    Role.DEPARTMENT: EVERYBODY | {Permission.SUBMIT, Permission.PUT_PHOTOS},
    Role.CITY_OFFICE: EVERYBODY
    | {
        Permission.SUBMIT,
        Permission.PUT_PHOTOS,
        Permission.READ_EXPORT_LOG,
        Permission.RUN_AUDIT,
        Permission.READ_ACCOUNTS,
        Permission.MANAGE_SITES,
    },
    Role.RESPONSIBLE_UNIT: EVERYBODY | {Permission.PUT_PHOTOS},
    Role.AUDITOR: EVERYBODY
    | {Permission.READ_EXPORT_LOG, Permission.RUN_AUDIT, Permission.READ_ACCOUNTS},
    Role.ADMINISTRATOR: EVERYBODY
    | {
        Permission.MANAGE_FORMS,
        Permission.READ_ACCOUNTS,
        Permission.MANAGE_ACCOUNTS,
        Permission.MANAGE_PLACES,
        Permission.MANAGE_SITES,
        Permission.IMPORT,
    },
}

# Not anybody's to do by hand: the intake writes these itself.
BY_INTAKE: frozenset[Asked] = frozenset(
    {Action.REPORT, Action.ATTACH_PHOTO, Action.AMEND, Action.VISIT}
)

# Nor this: a document's room writes it together with the document.
BY_HAND = frozenset(Action) - BY_INTAKE - {Action.ISSUE_DOCUMENT}

# What a township may, where its settings give it the power, do to hazards of any level; what it
# decides beyond these reaches general hazards only. Grading is the departments' (rules: 重大判定).
TOWNSHIP_ANY_LEVEL: frozenset[Asked] = frozenset(
    {
        Action.REGISTER,
        Action.RETURN_REPORT,
        Action.ASSIGN,
        Action.REASSIGN,
        Action.RETURN_PLAN,
        Action.REFUSE_ACCEPTANCE,
        Action.TRANSFER,
        Action.HAND_OVER,
        Action.SUSPEND,
        Permission.ENFORCE,
    }
)

GRANTS: tuple[Grant, ...] = (
    # A grid worker finds, reports, mends the report, re-checks; there is no power to enforce.
    Grant(Role.GRID_WORKER, READ | {Action.COMMENT, Action.RECHECK}, Reach.AREA),
    Grant(Role.GRID_WORKER, OWN | {Action.COMMENT, Action.RECHECK}, Reach.OWN),
    Grant(Role.GRID_WORKER, frozenset({Action.RESUBMIT}), Reach.OWN),
    Grant(Role.GRID_WORKER, frozenset({Action.FIX_ON_SPOT}), Reach.OWN, GENERAL),
    Grant(
        Role.TOWNSHIP_OFFICE,
        OFFICE | {Permission.CONFIRM_BALANCE, Action.COMMENT, Action.REMIND, Action.RECHECK},
        Reach.AREA,
    ),
    Grant(Role.TOWNSHIP_OFFICE, OWN | {Action.RESUBMIT}, Reach.OWN),
    # (what else a township may is settings: `township_grants`)
    Grant(Role.DEPARTMENT, OWN | {Action.RESUBMIT}, Reach.OWN),
    Grant(
        Role.DEPARTMENT,
        OFFICE
        | {
            Permission.CONFIRM_BALANCE,
            Action.REGISTER,
            Action.RETURN_REPORT,
            Action.VOID,
            Action.ASSIGN,
            Action.REASSIGN,
            Action.APPROVE_PLAN,
            Action.RETURN_PLAN,
            Action.GRANT_EXTENSION,
            Action.REFUSE_EXTENSION,
            Action.ACCEPT,
            Action.REFUSE_ACCEPTANCE,
            Action.RECHECK,
            Action.REGRADE,
            Action.LIST,
            Action.DELIST,
            Action.SUSPEND,
            Action.RESUME,
            Action.TRANSFER,
            Action.COMMENT,
            Action.REMIND,
            Permission.ENFORCE,
        },
        Reach.SECTORS,
    ),
    Grant(
        Role.CITY_OFFICE,
        OFFICE | BY_HAND | {Permission.CLOSE_MONTH, Permission.ENFORCE, Permission.READ_TRAIL},
        Reach.AREA,
    ),
    Grant(Role.RESPONSIBLE_UNIT, READ | {Action.COMMENT}, Reach.SITES),
    Grant(
        Role.RESPONSIBLE_UNIT,
        frozenset(
            {
                Action.SUBMIT_PLAN,
                Action.DECLINE,
                Action.REPORT_PROGRESS,
                Action.REQUEST_EXTENSION,
                Action.FINISH,
                Action.DUAL_REPORT,
            }
        ),
        Reach.RESPONSIBLE,
    ),
    Grant(Role.AUDITOR, JUDGE | {Permission.READ_TRAIL}, Reach.AREA),
    # An administrator keeps accounts, areas and forms, and decides nothing about hazards.
)


def township_grants(actions: Iterable[str]) -> tuple[Grant, ...]:
    """The grants that the setting TOWNSHIP_POWERS makes.

    Raises:
        ValueError: a name in it is no action that a person can do, nor `enforce`.
    """
    powers: frozenset[Asked] = frozenset(
        Permission.ENFORCE if name == Permission.ENFORCE else Action(name) for name in actions
    )
    if by_nobody := powers - BY_HAND - {Permission.ENFORCE}:
        raise ValueError(f"{', '.join(sorted(by_nobody))} is nobody's to do")
    return (
        Grant(Role.TOWNSHIP_OFFICE, powers & TOWNSHIP_ANY_LEVEL, Reach.AREA),
        Grant(Role.TOWNSHIP_OFFICE, powers - TOWNSHIP_ANY_LEVEL, Reach.AREA, GENERAL),
    )


class Permissions:
    """The table as it is in force here, with the powers of townships from the settings."""

    def __init__(self, township_actions: Iterable[str]) -> None:
        self._grants = GRANTS + township_grants(township_actions)

    def all_grants(self, role: Role) -> tuple[Grant, ...]:
        """Everything that a role is granted of hazards, here."""
        return tuple(grant for grant in self._grants if grant.role == role)

    def grants(self, actor: Actor, asked: Asked) -> tuple[Grant, ...]:
        """The grants that let this actor ask this of some hazards; none means of no hazard."""
        return tuple(
            grant for grant in self._grants if grant.role == actor.role and asked in grant.asked
        )

    def holds(self, actor: Actor, asked: Asked) -> bool:
        """Whether the actor may ask this at all, of any hazard or of the application."""
        return asked in GENERAL_PERMISSIONS[actor.role] or bool(self.grants(actor, asked))

    def held_by(self, actor: Actor) -> list[str]:
        """The names of all that the actor may ask at all, sorted: what a client may offer."""
        everything: tuple[Asked, ...] = (*Permission, *Action)
        return sorted(asked.value for asked in everything if self.holds(actor, asked))

    def may(self, actor: Actor, asked: Asked, subject: Subject) -> bool:
        """Whether the actor may ask this of this hazard."""
        return any(grant.covers(actor, subject) for grant in self.grants(actor, asked))
