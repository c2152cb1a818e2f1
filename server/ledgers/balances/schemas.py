"""Balances, confirmations and closings on the wire."""

from datetime import UTC, datetime

from marshmallow import fields, validate

from ...fields import Choice, Schema, Text
from ...places.codes import AREA_CODE
from .balance import By

SEEN = "看到的数字的校验码（balance 的 figures_hash）"


def _seen_at() -> fields.AwareDateTime:
    """The `as_of` of the figures that were seen."""
    wrong = "时间应写作 2026-12-01T09:58:00+08:00 这样。"
    years = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
    return fields.AwareDateTime(
        format="iso",
        validate=validate.Range(*years, error=wrong),
        error_messages={"invalid": wrong, "awareness": wrong},
        metadata={"description": "看到时的 as_of；数字变了就说明此后记入了什么"},
    )


class BalanceQuery(Schema):
    by = Choice(By, load_default=By.TOWNSHIP.value, metadata={"description": "每行是什么"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码：这个区划及其下级"},
    )


class BalanceMonthSchema(Schema):
    month = fields.String()
    is_over = fields.Boolean(metadata={"description": "已过月末，可以确认和关账"})
    confirmed = fields.Boolean(
        allow_none=True, metadata={"description": "您负责的都已确认；不由您确认的为空"}
    )
    closed_at = fields.AwareDateTime(allow_none=True, metadata={"description": "关账时间"})


class BalanceMonthsSchema(Schema):
    items = fields.List(
        fields.Nested(BalanceMonthSchema), metadata={"description": "从有数据的月份起，最近的在前"}
    )


class FiguresSchema(Schema):
    """opening + added + adjusted − closed = ending."""

    opening = fields.Integer(metadata={"description": "上期结转未销号"})
    added = fields.Integer(metadata={"description": "本期新增"})
    late = fields.Integer(metadata={"description": "本期新增中，以前月份发现、本期才记入的"})
    regraded = fields.Integer(metadata={"description": "等级变更，净额"})
    reclassified = fields.Integer(metadata={"description": "行业调整，净额"})
    handed_over = fields.Integer(metadata={"description": "区划间划转，净额"})
    voided = fields.Integer(metadata={"description": "误报、重复核减，零或负数"})
    adjusted = fields.Integer(metadata={"description": "以上四项之和"})
    closed = fields.Integer(metadata={"description": "本期销号"})
    ending = fields.Integer(metadata={"description": "期末未销号"})


class BalanceRowSchema(FiguresSchema):
    code = fields.String()
    name = fields.String()


class DeviationSchema(Schema):
    """A cell of a closed month that the events don't bear out."""

    name = fields.String()
    closed = fields.Nested(FiguresSchema, metadata={"description": "关账时的数字"})
    now = fields.Nested(FiguresSchema, metadata={"description": "按事件记录重算的数字"})


class BalanceSchema(Schema):
    month = fields.String()
    area_code = fields.String()
    area_name = fields.String()
    by = fields.String()
    rows = fields.List(fields.Nested(BalanceRowSchema))
    total = fields.Nested(FiguresSchema)
    as_of = fields.AwareDateTime(metadata={"description": "数字截至的时刻"})
    figures_hash = fields.String(
        allow_none=True, metadata={"description": "确认、关账时带上；只看一部分时为空"}
    )
    is_closed = fields.Boolean()
    deviations = fields.List(
        fields.Nested(DeviationSchema), metadata={"description": "关账后与事件记录不符的，应为空"}
    )


class ConfirmingSchema(Schema):
    figures_hash = Text(64, required=True, metadata={"description": SEEN})
    seen_at = _seen_at()
    note = Text(500, least=0, load_default="", metadata={"description": "备注"})


class ClosingRequestSchema(Schema):
    figures_hash = Text(64, required=True, metadata={"description": SEEN})
    seen_at = _seen_at()
    reason = Text(
        1000,
        least=0,
        load_default="",
        metadata={"description": "有单位没有确认、有差异没有处理时必须写明的关账理由"},
    )


class ConfirmationSchema(Schema):
    area_code = fields.String()
    area_name = fields.String()
    sector = fields.String(metadata={"description": "空：乡镇对全部行业的确认"})
    sector_name = fields.String()
    unit = fields.String()
    name = fields.String()
    confirmed_at = fields.AwareDateTime()
    note = fields.String()
    figures_hash = fields.String()


class ConfirmationsSchema(Schema):
    items = fields.List(fields.Nested(ConfirmationSchema))


class PartySchema(Schema):
    area_code = fields.String()
    sector = fields.String()
    name = fields.String()


class OpenDifferencesSchema(Schema):
    area_code = fields.String()
    sector = fields.String(allow_none=True)
    name = fields.String()
    count = fields.Integer()


class ClosedSchema(Schema):
    closed_at = fields.AwareDateTime()
    closed_by = fields.String()
    unit = fields.String()
    reason = fields.String()
    hash = fields.String(metadata={"description": "快照全文的 SHA-256"})
    previous_hash = fields.String(metadata={"description": "上月快照的 SHA-256"})
    signature = fields.String(metadata={"description": "本系统对快照的签名（HMAC-SHA256）"})
    is_signed = fields.Boolean(metadata={"description": "签名经本系统核对无误"})


class StandingSchema(Schema):
    """How far a month is on its way to being closed."""

    month = fields.String()
    is_over = fields.Boolean(metadata={"description": "已过月末，可以确认和关账"})
    confirmations = fields.List(fields.Nested(ConfirmationSchema))
    missing = fields.List(
        fields.Nested(PartySchema), metadata={"description": "有数字而没有确认的乡镇、行业"}
    )
    open_differences = fields.List(
        fields.Nested(OpenDifferencesSchema), metadata={"description": "没有处理完的差异"}
    )
    closing = fields.Nested(ClosedSchema, allow_none=True)
