"""Statistics on the wire."""

from typing import Any

from marshmallow import fields, validate

from ...fields import Schema, Text
from ...places.codes import AREA_CODE


def _number(description: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(metadata={"description": description}, **kwargs)


def _one_decimal(description: str) -> fields.Float:
    return fields.Float(allow_none=True, metadata={"description": description})


class StatisticsQuery(Schema):
    month = Text(7, metadata={"description": "月份，例如 2026-11；默认本月"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码：这个区划及其下级"},
    )
    sector = Text(200, metadata={"description": "行业领域编码，逗号分隔"})


class RateSchema(Schema):
    """A rate; of nothing there is none."""

    numerator = fields.Integer()
    denominator = fields.Integer()
    percent = _one_decimal("百分数，一位小数；分母为 0 时为 null")


class PartCountSchema(Schema):
    part = fields.String()
    name = fields.String()
    in_place = fields.Integer()


class FiveCountsSchema(Schema):
    planned = _number("在整改（已交办、未销号）的隐患数，立查立改的不计")
    in_place = _number("其中方案五到位齐全的")
    parts = fields.List(fields.Nested(PartCountSchema))


class NationalPartsSchema(Schema):
    responsibility = fields.Integer()
    measures = fields.Integer()
    funds = fields.Integer()
    deadline = fields.Integer()
    contingency = fields.Integer()


class NationalSchema(Schema):
    """A line of the national monthly reports (F1, F2), from 1 January on."""

    units = _number("排查治理隐患的生产经营单位（家）")
    general_found = _number("一般隐患：排查（项），疑似重大未判定的计入")
    general_fixed = _number("一般隐患：已整改（验收合格）")
    general_rate = _one_decimal("一般隐患：整改率 %")
    suspected = _number("其中疑似重大、未判定的")
    major_found = _number("重大隐患：排查（项）")
    major_closed = _number("重大隐患：已整改销号")
    major_rate = _one_decimal("重大隐患：整改率 %")
    major_carried = _number("往年排查、仍未销号的重大隐患，不在以上各数内")
    planned = _number("列入治理计划的重大隐患（已交办、未销号）")
    five = _number("其中达到“五到位”要求")
    parts = fields.Nested(NationalPartsSchema)
    listed = _number("挂牌督办")
    listed_by_province = _number("其中省级挂牌督办")
    funds_10k = fields.Float(metadata={"description": "累计落实治理资金（万元）"})


class NationalLineSchema(NationalSchema):
    name = fields.String(metadata={"description": "行业和领域，最后一行为合计"})


class NationalReportSchema(Schema):
    """A national monthly report, from 1 January to the day."""

    title = fields.String()
    month = fields.String()
    year_start = fields.Date()
    until = fields.Date(metadata={"description": "截止日期"})
    lines = fields.List(fields.Nested(NationalLineSchema))


class FiguresSchema(Schema):
    open = _number("期末未销号")
    overdue = _number("其中逾期未改的；只有本月有，往月为 null", allow_none=True)
    listed = _number("其中挂牌督办的")
    found = _number("本月新增（检查日期在本月）")
    closed = _number("本月销号")
    closure_rate = fields.Nested(RateSchema, metadata={"description": "本月新增的当中已销号的"})
    year_found = _number("1月至今新增")
    year_closed = _number("1月至今新增的当中已销号的")
    year_closure_rate = fields.Nested(RateSchema)
    median_days = _one_decimal("近 12 个月销号的，从检查到销号天数的中位数")
    closures = _number("近 12 个月销号的条数")
    five = fields.Nested(FiveCountsSchema)
    funds_yuan = fields.Decimal(
        as_string=True,
        places=2,
        metadata={"description": "1月至今新增的、方案已批准的整改资金（元）"},
    )


class TotalsSchema(FiguresSchema):
    national = fields.Nested(NationalSchema)


class TownshipFiguresSchema(FiguresSchema):
    area = fields.String()
    name = fields.String()
    rank = _number("按 1月至今销号率排名，并列同名次；没有隐患的不排", allow_none=True)


class SectorFiguresSchema(TotalsSchema):
    sector = fields.String(allow_none=True)
    name = fields.String()


class TrendSchema(Schema):
    month = fields.String()
    found = fields.Integer()
    closed = fields.Integer()
    open = _number("月末未销号")


class ListedSchema(Schema):
    number = fields.String()
    area = fields.String(attribute="area_code")
    site_name = fields.String()
    description = fields.String()
    rank = fields.String()
    supervisor_unit = fields.String()
    deadline = fields.Date(allow_none=True)
    days_left = _number("离整改期限的天数，负数为已过期", allow_none=True)


class IdleWorkerSchema(Schema):
    name = fields.String()
    area = fields.String()
    area_name = fields.String()
    last_submission = fields.AwareDateTime(format="iso", allow_none=True)


class StatisticsSchema(Schema):
    """Every figure of a scope, in one view of the ledger."""

    month = fields.String()
    year_start = fields.Date()
    until = fields.Date(metadata={"description": "截止日期"})
    area = fields.String()
    area_name = fields.String()
    totals = fields.Nested(TotalsSchema)
    townships = fields.List(fields.Nested(TownshipFiguresSchema))
    sectors = fields.List(fields.Nested(SectorFiguresSchema))
    trend = fields.List(fields.Nested(TrendSchema))
    listed = fields.List(
        fields.Nested(ListedSchema),
        metadata={"description": "现在挂牌督办的，期限最近的 50 项；全部见挂牌督办台账"},
    )
    idle_workers = fields.List(
        fields.Nested(IdleWorkerSchema),
        allow_none=True,
        metadata={"description": "本月没有填报的网格员；无权看填报的人为 null"},
    )


class GivenStatisticsSchema(StatisticsSchema):
    """The figures, and when they were counted."""

    as_of = fields.AwareDateTime(format="iso", metadata={"description": "数据截至"})
    refreshing = fields.Boolean(metadata={"description": "此后有变动，正在重新统计；过几秒再取"})
