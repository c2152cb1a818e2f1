"""Areas and sites on the wire."""

from typing import Any

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


def _area_code(**kwargs: Any) -> fields.String:
    right = validate.Regexp(AREA_CODE, error="应为 12 位区划编码，网格再加 2 位。")
    return fields.String(
        validate=right,
        error_messages={"required": "必填。", "null": "必填。", "invalid": "应为文字。"},
        **kwargs,
    )


class NewAreaSchema(Schema):
    """A village of a township, or a grid of a village."""

    name = Text(50, required=True)
    parent = _area_code(required=True, metadata={"description": "上级区划编码"})
    code = _area_code(metadata={"description": "村（社区）必填；网格不填则顺次编号"})


class AreaNameSchema(Schema):
    name = Text(50, required=True)


class SiteFilter(Schema):
    q = Text(100, metadata={"description": "名称或地址中的文字，或统一社会信用代码"})
    area = _area_code(metadata={"description": "区划编码，含其下级"})
    kind = Choice(SiteKind)
    sector = Text(32)
    credit_code = Text(18)


class SiteQuery(SiteFilter, PageQuery):
    pass


class SiteCountSchema(Schema):
    total = fields.Integer()


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
    area = _area_code(metadata={"description": "所在区划；不填为本人的区划"})
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


class SiteEditSchema(Schema):
    """What is to be changed of a site; null takes a value away."""

    name = Text(100)
    kind = Choice(SiteKind)
    area = _area_code()
    sector = Text(32, allow_none=True)
    credit_code = Text(18, allow_none=True)
    address = Text(200, least=0)
    latitude = Degrees(90, allow_none=True)
    longitude = Degrees(180, allow_none=True)
    datum = Choice(Datum, load_default=Datum.WGS84.value)


class PlaceChangeSchema(Schema):
    at = fields.AwareDateTime(format="iso")
    user_name = fields.String()
    before = fields.Dict(keys=fields.String(), values=fields.Raw())
    after = fields.Dict(keys=fields.String(), values=fields.Raw())


class SiteDetailSchema(SiteSchema):
    version = fields.Integer()
    created_at = fields.AwareDateTime(format="iso")
    area_names = fields.List(fields.String(), metadata={"description": "从市到网格的名称"})
    changes = fields.List(fields.Nested(PlaceChangeSchema))
