"""Areas and sites on the wire."""

from marshmallow import fields, validate

from ..fields import Choice, Degrees, Schema, Text
from ..glossary import Datum, SiteKind
from ..web.paging import PageQuery
from .codes import AREA_CODE


class AreaSchema(Schema):
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    parent = fields.String(attribute="parent_code", allow_none=True)


class AreasSchema(Schema):
    items = fields.List(fields.Nested(AreaSchema))


class SiteQuery(PageQuery):
    q = Text(100, metadata={"description": "名称或地址中的文字"})


class DatumQuery(Schema):
    datum = Choice(
        Datum,
        load_default=Datum.WGS84.value,
        metadata={"description": "坐标系：wgs84、gcj02（高德、腾讯）、bd09（百度）"},
    )


class LocateQuery(DatumQuery):
    latitude = Degrees(90, required=True)
    longitude = Degrees(180, required=True)


class LocatedSchema(Schema):
    """Which area a place lies in; no area where it is in none, nor near one."""

    area = fields.String(allow_none=True)
    names = fields.List(fields.String(), metadata={"description": "从市到网格的名称"})
    how = fields.String(
        allow_none=True, metadata={"description": "inside 界内，edge 界线上，gap 界外归最近的"}
    )
    distance_m = fields.Float(allow_none=True)


class NewSiteSchema(Schema):
    """A place that somebody found under no name yet."""

    id = fields.UUID(
        required=True,
        metadata={"description": "客户端生成的 UUID；重发同一个不会重复登记"},
        error_messages={"required": "必填。", "invalid_uuid": "应为 UUID。"},
    )
    name = Text(100, required=True)
    kind = Choice(SiteKind, required=True)
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "所在区划；不填为本人的区划"},
    )
    sector = Text(32)
    credit_code = Text(18, metadata={"description": "统一社会信用代码"})
    address = Text(200, least=0, load_default="")
    latitude = Degrees(90)
    longitude = Degrees(180)
    datum = Choice(
        Datum, load_default=Datum.WGS84.value, metadata={"description": "经纬度所用的坐标系"}
    )


class SiteSchema(Schema):
    id = fields.Integer()
    entity_id = fields.String(metadata={"description": "UUID，表单中可用它代替编号"})
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
