"""Keeping accounts, one's own and others', on the wire."""

from typing import Any

from marshmallow import fields, validate

from ..fields import Choice, Choices, Id, Schema, Text
from ..glossary import Role
from ..places.codes import AREA_CODE
from ..web.paging import PageQuery
from .passwords import LEAST_LENGTH, MOST_LENGTH
from .schemas import AccountSchema

FLAG: dict[str, Any] = {"invalid": "应为 true 或 false。"}
WRITTEN: dict[str, Any] = {"required": "必填。", "null": "必填。", "invalid": "应为文字。"}
MOST_SITES = 500


def _area(**kwargs: Any) -> fields.String:
    fits = validate.Regexp(AREA_CODE, error="应为 12 位区划编码，网格后再加两位。")
    return fields.String(validate=fits, error_messages=WRITTEN, **kwargs)


class UsersQuery(PageQuery):
    q = Text(100, metadata={"description": "账号、姓名或单位中的文字"})
    role = Choices(Role, metadata={"description": "角色，可多个，用逗号隔开"})
    area = _area(metadata={"description": "区划编码：它和下辖的"})
    closed = fields.Boolean(
        error_messages=FLAG, metadata={"description": "true 只看停用的，false 只看在用的"}
    )


class UserSchema(AccountSchema):
    area_name = fields.String()
    organisation = fields.String(allow_none=True, metadata={"description": "单位编码"})
    created_at = fields.AwareDateTime(format="iso")
    closed_at = fields.AwareDateTime(format="iso", allow_none=True)
    sign_ins = fields.Integer(metadata={"description": "现在登录着几处"})
    seen_at = fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "最近使用，至多差一小时"}
    )


class NamedSiteSchema(Schema):
    id = fields.Integer()
    name = fields.String()


class OneUserSchema(UserSchema):
    sites_named = fields.List(fields.Nested(NamedSiteSchema))


class UsersSchema(Schema):
    items = fields.List(fields.Nested(UserSchema))
    total = fields.Integer()
    next_cursor = fields.String(allow_none=True)


class ChangedUserSchema(Schema):
    """What is to be changed of an account: the sign-in name never is."""

    name = Text(64)
    role = Choice(Role)
    area = _area()
    sectors = fields.List(Text(32), validate=validate.Length(max=100, error="不能超过 100 个。"))
    sites = fields.List(
        Id(), validate=validate.Length(max=MOST_SITES, error=f"不能超过 {MOST_SITES} 个。")
    )
    organisation = Text(16, allow_none=True, metadata={"description": "单位编码，可空"})


class NewUserSchema(ChangedUserSchema):
    username = Text(64, required=True)
    name = Text(64, required=True)
    role = Choice(Role, required=True)
    area = _area(required=True)
    sectors = fields.List(
        Text(32),
        load_default=list,
        validate=validate.Length(max=100, error="不能超过 100 个。"),
    )
    sites = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=MOST_SITES, error=f"不能超过 {MOST_SITES} 个。"),
    )


class GivenPasswordSchema(Schema):
    """Told once: only a hash of it is kept."""

    user = fields.Nested(UserSchema)
    password = fields.String(metadata={"description": "随机的新密码，只显示这一次"})


class NoteSchema(Schema):
    note = Text(200, least=0, load_default="", metadata={"description": "为什么，可不填"})


class NothingSchema(Schema):
    """An empty object."""


class AccountChangeSchema(Schema):
    field = fields.String()
    before = fields.String()
    after = fields.String()


class AccountLogEntrySchema(Schema):
    id = fields.Integer()
    at = fields.AwareDateTime(format="iso")
    deed = fields.String()
    deed_name = fields.String()
    user_id = fields.Integer()
    username = fields.String()
    name = fields.String()
    by_id = fields.Integer()
    by_username = fields.String()
    by_name = fields.String()
    changes = fields.List(fields.Nested(AccountChangeSchema))
    note = fields.String()


class AccountLogQuery(PageQuery):
    user = Id(metadata={"description": "只看这个账号的"})


class AccountLogSchema(Schema):
    items = fields.List(fields.Nested(AccountLogEntrySchema))
    next_cursor = fields.String(allow_none=True)


class OrganisationSchema(Schema):
    code = fields.String()
    name = fields.String()


class OrganisationsSchema(Schema):
    items = fields.List(fields.Nested(OrganisationSchema))


class SignInSchema(Schema):
    """A browser or app that somebody is signed in by."""

    id = fields.String()
    created_at = fields.AwareDateTime(format="iso")
    seen_at = fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "最近使用，至多差一小时"}
    )
    expires_at = fields.AwareDateTime(format="iso")
    address = fields.String(allow_none=True, metadata={"description": "网络地址"})
    client = fields.String(allow_none=True, metadata={"description": "浏览器或应用的自称"})
    current = fields.Boolean(metadata={"description": "就是现在这个"})


class SignInsSchema(Schema):
    items = fields.List(fields.Nested(SignInSchema))


class ChangedPasswordSchema(Schema):
    current = fields.String(
        required=True,
        validate=validate.Length(min=1, max=MOST_LENGTH, error="请填写现在的密码。"),
        error_messages=WRITTEN,
    )
    password = fields.String(
        required=True,
        validate=validate.Length(
            min=LEAST_LENGTH, max=MOST_LENGTH, error=f"密码应为 {LEAST_LENGTH}–{MOST_LENGTH} 位。"
        ),
        error_messages=WRITTEN,
    )
