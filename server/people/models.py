"""Accounts and what they show to be let in; organisations and the sectors they answer for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, Moment
from ..glossary import Term
from ..places.models import Site

user_sectors = Table(
    "user_sectors",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("sector_code", ForeignKey("sectors.code"), primary_key=True),
)

user_sites = Table(
    "user_sites",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", ForeignKey("sites.id"), primary_key=True),
)


class Organisation(Base):
    """An office: a department of the city, or a coordinating body (安委办、专委会)."""

    __tablename__ = "organisations"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    aliases: Mapped[list[str]] = mapped_column(JSON)


class Sector(Base):
    """A trade or field (行业领域), and who gets its hazards where nobody says otherwise."""

    __tablename__ = "sectors"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    default_department: Mapped[str | None] = mapped_column(ForeignKey("organisations.code"))


class DutyKind(StrEnum):
    """How a department is named for a sector in the division of tasks."""

    LEAD = "lead"
    CO_RESPONSIBLE = "co_responsible"
    ASSIST = "assist"


class SectorDuty(Base):
    """A department's part in a sector."""

    __tablename__ = "sector_duties"

    sector_code: Mapped[str] = mapped_column(ForeignKey("sectors.code"), primary_key=True)
    organisation_code: Mapped[str] = mapped_column(
        ForeignKey("organisations.code"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16))


class User(Base):
    """An account. It is closed, never deleted: events name it for ever."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(String(256))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    organisation_code: Mapped[str | None] = mapped_column(ForeignKey("organisations.code"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    # Since when every earlier sign-in is over, a remembered HTTP Basic one too.
    signed_out_at: Mapped[datetime | None] = mapped_column(Moment)

    sectors: Mapped[list[Sector]] = relationship(secondary=user_sectors)
    sites: Mapped[list[Site]] = relationship(secondary=user_sites)


class Token(Base):
    """A sign-in. Only the hash of the secret is kept."""

    __tablename__ = "tokens"
    __table_args__ = (Index(None, "user_id"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    # From where, by what its browser or app calls itself, and when it was last used (to the hour);
    # not known of sign-ins from before this was kept.
    address: Mapped[str | None] = mapped_column(String(45))
    client: Mapped[str | None] = mapped_column(String(200))
    seen_at: Mapped[datetime | None] = mapped_column(Moment)


class AppKey(Base):
    """Lets a client such as ODK Collect act for a person over OpenRosa, and nothing else.

    It is part of the address that the client is given. Only its hash is kept; revoked, it is gone.
    """

    __tablename__ = "app_keys"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(50))
    created_at: Mapped[datetime] = mapped_column(Moment)


class AccountDeed(Term):
    """What is done to an account."""

    OPENED = "opened", "开通账号"
    CHANGED = "changed", "修改账号"
    PASSWORD_GIVEN = "password_given", "重置密码"
    PASSWORD_CHANGED = "password_changed", "修改自己的密码"
    CLOSED = "closed", "停用账号"
    REOPENED = "reopened", "恢复账号"
    SIGNED_OUT = "signed_out", "全部退出登录"


class AccountLogEntry(Base):
    """Who did what to whose account, in the words of that day; never altered."""

    __tablename__ = "account_log"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    deed: Mapped[str] = mapped_column(String(24))
    # What an account was and is, field by field: `{"field", "before", "after"}`, in Chinese.
    changes: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(200))
