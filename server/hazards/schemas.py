"""Hazards and events on the wire."""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, pre_dump, validate

from ..fields import Choice, Choices, Day, Id, Month, Schema, Text
from ..glossary import Action, Level, State
from ..places.codes import AREA_CODE
from ..web.paging import PageQuery
from .desk import Bucket


class Place(fields.Field[tuple[float, float]]):
    """`latitude,longitude` in WGS-84 degrees, as a query parameter carries it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"metadata": {"type": "string"} | kwargs.get("metadata", {})})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[float, float]:
        try:
            latitude, longitude = (float(part) for part in str(value).split(","))
        except ValueError:
            raise ValidationError("应为“纬度,经度”，例如 37.146,111.779。") from None
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ValidationError("纬度应在 ±90 度、经度应在 ±180 度之内。")
        return latitude, longitude


class HazardQuery(PageQuery):
    """The filters of lists and exports."""

    state = Choices(State)
    level = Choices(Level)
    sector = Text(200, metadata={"description": "行业领域编码，逗号分隔"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码（12 位，网格更长）：这个区划及其下级"},
    )
    overdue = fields.Boolean(metadata={"description": "只看（或不看）逾期未改的"})
    needs_review = fields.Boolean(metadata={"description": "只看（或不看）填报有疑问的"})
    mine = fields.Boolean(metadata={"description": "只看（或不看）本人上报、本单位整改的"})
    to_recheck = fields.Boolean(
        metadata={"description": "只看（或不看）近 30 天销号、还没有人回头看的"}
    )
    listed = fields.Boolean(metadata={"description": "只看（或不看）正在挂牌督办的"})
    due_within = fields.Integer(
        validate=validate.Range(min=0, max=366, error="应为 0–366 天。"),
        error_messages={"invalid": "应为 0–366 天。"},
        metadata={"description": "这么多天之内到期、还没有逾期的"},
    )
    desk = Choice(Bucket, metadata={"description": "本人待办中的一类"})
    site = Id(metadata={"description": "在这个场所发现的，或由它整改的"})
    period = Month(metadata={"description": "YYYY-MM：这个月检查发现的"})
    found_from = Day(metadata={"description": "YYYY-MM-DD：这一天起检查发现的"})
    found_to = Day(metadata={"description": "YYYY-MM-DD：到这一天为止检查发现的"})
    closed_in = Month(metadata={"description": "YYYY-MM：这个月销号的"})
    q = Text(100, metadata={"description": "编号、描述、场所、部位中的文字"})
    near = Place(metadata={"description": "纬度,经度（WGS-84）附近的；与 within 同用"})
    within = fields.Integer(
        load_default=50,
        validate=validate.Range(min=1, max=5000, error="应为 1–5000 米。"),
        error_messages={"invalid": "应为 1–5000 米。"},
        metadata={"description": "米"},
    )


class WaitingSchema(Schema):
    """What waits for the caller, in numbers, and the month so far."""

    returned = fields.Integer(metadata={"description": "本人上报、被退回补正的"})
    to_recheck = fields.Integer(metadata={"description": "近 30 天销号、还没有人回头看的"})
    overdue = fields.Integer(metadata={"description": "逾期未改的"})
    to_rectify = fields.Integer(metadata={"description": "本单位要写方案或要整改的"})
    reported_this_month = fields.Integer(metadata={"description": "本人本月上报"})
    closed_this_month = fields.Integer(metadata={"description": "本人上报、本月销号"})


class PersonSchema(Schema):
    id = fields.Integer()
    name = fields.String()


class HazardSummarySchema(Schema):
    """A line of the list."""

    number = fields.String()
    state = fields.String()
    state_name = fields.String()
    level = fields.String()
    level_name = fields.String()
    description = fields.String()
    area = fields.String(attribute="area_code")
    sector = fields.String(allow_none=True)
    site = fields.Integer(attribute="site_id", allow_none=True)
    site_name = fields.String()
    spot = fields.String()
    responsible_unit = fields.String()
    found_on = fields.Date()
    suggested_deadline = fields.Date(allow_none=True)
    deadline = fields.Date(allow_none=True)
    overdue = fields.Boolean()
    needs_review = fields.Boolean()
    listed = fields.Boolean()
    suspended = fields.Boolean()
    version = fields.Integer()
    created_at = fields.AwareDateTime(format="iso")
    updated_at = fields.AwareDateTime(format="iso")


class HazardsSchema(Schema):
    items = fields.List(fields.Nested(HazardSummarySchema))
    next_cursor = fields.String(allow_none=True)


class LocationSchema(Schema):
    latitude = fields.Float()
    longitude = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    datum = fields.String()


class FivePartSchema(Schema):
    part = fields.String()
    name = fields.String()
    in_place = fields.Boolean()
    message = fields.String(metadata={"description": "不到位时缺什么"})


class PhotoOfSchema(Schema):
    sha256 = fields.String()
    stage = fields.String()
    stage_name = fields.String()
    url = fields.String(metadata={"description": "原件（附件）"})
    thumb = fields.String(metadata={"description": "320 像素"})
    view = fields.String(metadata={"description": "1600 像素，带水印"})
    code = fields.String(metadata={"description": "水印上的编码"})
    event = fields.String(metadata={"description": "带来它的操作的编号"})
    state = fields.String(metadata={"description": "quarantined：无法识别，只能下载"})
    capture = fields.String(metadata={"description": "camera 现场拍摄，gallery 相册选取"})
    taken_at = fields.AwareDateTime(format="iso", allow_none=True)


class FindingSchema(Schema):
    """A fact about the evidence that somebody should look at."""

    id = fields.Integer()
    kind = fields.String()
    name = fields.String()
    sentence = fields.String()
    serious = fields.Boolean(metadata={"description": "验收、销号时须写明核实情况"})
    numbers = fields.Dict()
    sha256 = fields.String(allow_none=True)
    event = fields.String()
    at = fields.AwareDateTime(format="iso")


class EvidenceSchema(Schema):
    """What was found about a hazard's evidence, serious things first."""

    items = fields.List(fields.Nested(FindingSchema))


class CodeSchema(Schema):
    """What the code on a watermark stands for."""

    number = fields.String()
    sha256 = fields.String()
    stage = fields.String()


class HazardSchema(HazardSummarySchema):
    """One hazard, with what the caller may do next."""

    item = fields.String()
    category = fields.String()
    basis = fields.String()
    reporter = fields.Nested(PersonSchema)
    location = fields.Nested(LocationSchema, allow_none=True)
    responsible_site = fields.Integer(attribute="responsible_site_id", allow_none=True)
    supervisor = fields.String()
    plan = fields.Dict(allow_none=True)
    plan_approved = fields.Boolean()
    five = fields.List(fields.Nested(FivePartSchema))
    extensions = fields.Integer()
    extension_requested = fields.Date(allow_none=True)
    fixed_on_spot = fields.Boolean()
    finish_summary = fields.String()
    finished_on = fields.Date(allow_none=True)
    acceptors = fields.List(fields.String())
    acceptance_opinion = fields.String()
    accepted_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    listing = fields.Dict(allow_none=True)
    dual_report = fields.Dict()
    transferred = fields.Boolean()
    void_reason = fields.String()
    duplicate_of = fields.String(allow_none=True)
    duplicates = fields.List(
        fields.String(), metadata={"description": "作为重复并入本条的隐患编号"}
    )
    photos = fields.List(fields.Nested(PhotoOfSchema))
    photos_expected = fields.List(fields.String())
    findings = fields.List(fields.Dict(), metadata={"description": "填报时不符合表单规则之处"})
    allowed = fields.List(fields.String(), metadata={"description": "您现在可做的操作"})
    blocked = fields.Dict(metadata={"description": "有权限但条件不足的操作，及原因"})


class EventRequestSchema(Schema):
    id = fields.UUID(
        required=True,
        metadata={"description": "客户端生成的 UUID；重发同一个不会重做"},
        error_messages={"required": "必填。", "invalid_uuid": "应为 UUID。"},
    )
    action = Choice(Action, required=True)
    data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "各操作的内容，见 docs/api.md"},
        error_messages={"invalid": "应为一个对象。"},
    )


class EventSchema(Schema):
    id = fields.String()
    seq = fields.Integer()
    action = fields.String()
    action_name = fields.String()
    from_state = fields.String(allow_none=True)
    to_state = fields.String()
    actor = fields.Nested(PersonSchema)
    actor_role = fields.String()
    at = fields.String(metadata={"description": "服务器时间，UTC"})
    data = fields.Dict()
    previous_hash = fields.String()
    hash = fields.String()

    @pre_dump
    def described(self, event: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: getattr(event, name) for name in PLAIN} | {
            "action_name": Action(event.action).chinese,
            "actor": {"id": event.actor_id, "name": event.actor_name},
            "data": json.loads(event.data),
        }


PLAIN = (
    "id",
    "seq",
    "action",
    "from_state",
    "to_state",
    "actor_role",
    "at",
    "previous_hash",
    "hash",
)


class EventsSchema(Schema):
    items = fields.List(fields.Nested(EventSchema))


class EventResultSchema(Schema):
    event = fields.Nested(EventSchema)
    hazard = fields.Nested(HazardSchema)
