"""Areas and sites on the wire."""

from typing import Any

from marshmallow import fields, validate

from ..fields import Choice, Schema, Text
from ..glossary import SiteKind
from ..web.paging import PageQuery
from .codes import AREA_CODE


class Degrees(fields.Float):
    """WGS-84 degrees, within ±`most`."""

    default_error_messages = {  # noqa: RUF012
        "invalid": "应为度数。",
        "special": "应为度数。",
        "too_large": "应为度数。",
    }

    def __init__(self, most: int, **kwargs: Any) -> None:
        within = validate.Range(min=-most, max=most, error=f"应在 ±{most} 度之内。")
        super().__init__(validate=within, allow_nan=False, **kwargs)


class AreaSchema(Schema):
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    parent = fields.String(attribute="parent_code", allow_none=True)


class AreasSchema(Schema):
    items = fields.List(fields.Nested(AreaSchema))


class SiteQuery(PageQuery):
    q = Text(100, metadata={"description": "名称或地址中的文字"})


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
