"""What the map asks for, and what it is given."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from ...fields import Choice, Schema
from ...hazards.schemas import HazardQuery
from ..statistics.schemas import RateSchema
from .areas import By
from .points import FINEST_ZOOM, Box


class BoxField(fields.Field[Box]):
    """`west,south,east,north` in WGS-84 degrees, as a query parameter carries it (RFC 7946 §5)."""

    def __init__(self, **kwargs: Any) -> None:
        words: dict[str, Any] = {"required": "必填。", "null": "必填。"}
        metadata = {"type": "string"} | kwargs.pop("metadata", {})
        super().__init__(error_messages=words, metadata=metadata, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Box:
        try:
            box = Box(*(float(part) for part in str(value).split(",")))
        except (TypeError, ValueError):
            raise ValidationError("应为“西,南,东,北”，例如 111.3,36.9,112.0,37.3。") from None
        on_earth = -180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90
        if not on_earth:
            raise ValidationError("西应小于东、南应小于北，且在经纬度的范围之内。")
        return box


class _FiltersQuery(HazardQuery):
    """The list's filters: a map has no pages."""

    class Meta(Schema.Meta):
        exclude = ("cursor", "limit")


class MapAreasQuery(_FiltersQuery):
    by = Choice(By, metadata={"description": "每行是什么；默认：市里看乡镇，乡镇里看村（社区）"})


class MapPointsQuery(_FiltersQuery):
    bbox = BoxField(required=True, metadata={"description": "西,南,东,北（WGS-84）：看得见的范围"})
    zoom = fields.Integer(
        required=True,
        validate=validate.Range(min=0, max=FINEST_ZOOM, error=f"应为 0–{FINEST_ZOOM}。"),
        error_messages={"required": "必填。", "null": "必填。", "invalid": "应为整数。"},
        metadata={"description": "缩放级别，定聚合的粗细"},
    )


def _number(description: str) -> fields.Integer:
    return fields.Integer(metadata={"description": description})


class MapFiguresSchema(Schema):
    open = _number("未销号")
    overdue = _number("其中逾期未改")
    majors = _number("其中重大隐患")
    found = _number("本月新增（检查日期在本月，作废的不计）")
    closed = _number("本月销号")
    closure_rate = fields.Nested(RateSchema, metadata={"description": "1月至今新增的当中已销号的"})


class MapAreaSchema(MapFiguresSchema):
    area = fields.String()
    name = fields.String()
    is_itself = fields.Boolean(
        metadata={"description": "true：上一级本级的（没有落到下级的），没有自己的边界"}
    )


class MapAreasSchema(Schema):
    """How the areas of a scope stand, worst first."""

    by = fields.String()
    month = fields.String()
    area = fields.String()
    area_name = fields.String()
    totals = fields.Nested(MapFiguresSchema)
    without_place = _number("未销号的当中没有坐标、不在图上的")
    items = fields.List(fields.Nested(MapAreaSchema))


class GivenMapAreasSchema(MapAreasSchema):
    """The areas, and when they were counted."""

    as_of = fields.AwareDateTime(format="iso", metadata={"description": "数据截至"})
    refreshing = fields.Boolean(metadata={"description": "此后有变动，正在重新统计；过几秒再取"})
