"""Filled forms on the wire."""

from datetime import date

from marshmallow import fields, validate

from ..fields import Day, Schema, Text
from ..places.codes import AREA_CODE
from ..web.paging import PageQuery

# Days that begin and end in UTC, too: the calendar's first and last don't.
FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
DAYS = validate.Range(FIRST_DAY, LAST_DAY, error=f"日期应在 {FIRST_DAY} 与 {LAST_DAY} 之间。")


class ExportQuery(Schema):
    """Which filled forms; days are those of Asia/Shanghai, both included."""

    version = Text(64)
    area = fields.String(validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"))
    submitter = Text(64, metadata={"description": "填报人的账号"})
    since = Day(validate=DAYS, metadata={"description": "收到日期从"})
    until = Day(validate=DAYS, metadata={"description": "收到日期到"})
    flagged = fields.Boolean(metadata={"description": "有（没有）不符合填写要求之处的"})


class SubmissionQuery(ExportQuery, PageQuery):
    form_id = Text(64)


class SubmitterSchema(Schema):
    username = fields.String()
    name = fields.String()


class SubmissionFileSchema(Schema):
    name = fields.String()
    path = fields.String()
    sha256 = fields.String(allow_none=True, metadata={"description": "空：还没有收到"})
    hazard = fields.String(allow_none=True)


class SummarySchema(Schema):
    instance_id = fields.String()
    form_id = fields.String()
    form_version = fields.String()
    submitter = fields.Nested(SubmitterSchema)
    area = fields.String()
    device_id = fields.String()
    received_at = fields.AwareDateTime(format="iso")
    findings = fields.List(fields.Dict(), metadata={"description": "不符合填写要求之处"})


class SubmissionsSchema(Schema):
    items = fields.List(fields.Nested(SummarySchema))
    next_cursor = fields.String(allow_none=True)


class SubmissionSchema(SummarySchema):
    answers = fields.Dict(metadata={"description": "填写的内容，按表单的分组"})
    files = fields.List(fields.Nested(SubmissionFileSchema))
    hazards = fields.List(fields.String(), metadata={"description": "由它登记的隐患编号"})
    supersedes = fields.String(allow_none=True, metadata={"description": "它所修改的那一份"})
    superseded_by = fields.List(fields.String())
