"""Accounts and sign-ins on the wire."""

from marshmallow import fields, validate

from ..fields import Schema, Text
from .passwords import MOST_LENGTH


class CredentialsSchema(Schema):
    username = Text(64, required=True)
    password = fields.String(
        required=True,
        validate=validate.Length(min=1, max=MOST_LENGTH, error="密码不能为空。"),
        error_messages={"required": "必填。", "invalid": "应为文字。"},
    )


class AccountSchema(Schema):
    id = fields.Integer()
    username = fields.String()
    name = fields.String()
    role = fields.String()
    role_name = fields.String(attribute="role.chinese")
    unit = fields.String()
    area = fields.String(attribute="area_code")
    sectors = fields.List(fields.String())
    sites = fields.List(fields.Integer(), attribute="site_ids")


class SessionSchema(Schema):
    token = fields.String(metadata={"description": "Authorization: Bearer 之后的内容"})
    csrf_token = fields.String(metadata={"description": "浏览器改动数据时放入 X-CSRF-Token"})
    expires_at = fields.AwareDateTime(format="iso")
    user = fields.Nested(AccountSchema)


class MeSchema(AccountSchema):
    csrf_token = fields.String(allow_none=True)
    permissions = fields.List(
        fields.String(), metadata={"description": "本账号可用的权限和操作（各在其管辖范围之内）"}
    )


class SectorSchema(Schema):
    code = fields.String()
    name = fields.String()


class SectorsSchema(Schema):
    items = fields.List(fields.Nested(SectorSchema))
