"""Areas and sites on the wire."""

from marshmallow import fields

from ..fields import Schema, Text
from ..web.paging import PageQuery


class AreaSchema(Schema):
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    parent = fields.String(attribute="parent_code", allow_none=True)


class AreasSchema(Schema):
    items = fields.List(fields.Nested(AreaSchema))


class SiteQuery(PageQuery):
    q = Text(100, metadata={"description": "名称或地址中的文字"})


class SiteSchema(Schema):
    id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    area = fields.String(attribute="area_code")
    sector = fields.String(attribute="sector_code", allow_none=True)
    credit_code = fields.String(allow_none=True)
    address = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)


class SitesSchema(Schema):
    items = fields.List(fields.Nested(SiteSchema))
    next_cursor = fields.String(allow_none=True)
