"""The self-audit on the wire."""

from marshmallow import fields, validate

from ...fields import Choice, Choices, Schema, Text
from ...places.codes import AREA_CODE
from ...web.paging import PageQuery
from ..differences import DifferenceKind, DifferenceStatus
from .settling import Decision


class AuditFilters(Schema):
    """What the list, its counts and its file are narrowed to."""

    kind = Choices(DifferenceKind, metadata={"description": "类别，逗号分隔"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "区划编码：这个区划及其下级"},
    )
    month = fields.String(
        validate=validate.Regexp(r"\d{4}-(0[1-9]|1[0-2])\Z", error="月份应写作 2026-11 这样。"),
        metadata={"description": "到这个月为止（yyyy-mm）"},
    )
    number = Text(40, metadata={"description": "隐患编号"})


class AuditQuery(AuditFilters, PageQuery):
    status = Choices(
        DifferenceStatus,
        load_default=[DifferenceStatus.OPEN.value],
        metadata={"description": "状态，逗号分隔；默认 open 待处理"},
    )


class AuditFileQuery(AuditFilters):
    status = Choices(
        DifferenceStatus,
        load_default=[DifferenceStatus.OPEN.value],
        metadata={"description": "状态，逗号分隔；默认 open 待处理"},
    )


class SuggestionSchema(Schema):
    action = fields.String(allow_none=True, metadata={"description": "可直接办理的操作，没有为空"})
    action_name = fields.String(allow_none=True)
    data = fields.Dict(metadata={"description": "操作内容中已知的部分"})
    words = fields.String()


class AuditDifferenceSchema(Schema):
    """Something wrong with our own ledger."""

    id = fields.Integer()
    kind = fields.String()
    kind_name = fields.String()
    rule = fields.String(metadata={"description": "哪一条规则发现的"})
    number = fields.String(allow_none=True, metadata={"description": "隐患编号；涉及多条的为空"})
    month = fields.String()
    area = fields.String(attribute="area_code")
    sector = fields.String(allow_none=True)
    explanation = fields.String()
    values = fields.Dict()
    suggestion = fields.Nested(SuggestionSchema)
    status = fields.String()
    status_name = fields.String()
    found_at = fields.AwareDateTime(format="iso")
    settled_at = fields.AwareDateTime(format="iso", allow_none=True)
    settled_by = fields.String(allow_none=True, metadata={"description": "处理人"})
    reason = fields.String(metadata={"description": "处理时写明的理由"})
    event = fields.String(allow_none=True, metadata={"description": "办理的操作编号"})


class AuditDifferencesSchema(Schema):
    items = fields.List(fields.Nested(AuditDifferenceSchema))
    next_cursor = fields.String(allow_none=True)


class AuditKindSchema(Schema):
    kind = fields.String()
    name = fields.String()
    open = fields.Integer()
    acted = fields.Integer()
    theirs_wrong = fields.Integer()
    explained = fields.Integer()
    resolved = fields.Integer()


class AuditTownshipSchema(Schema):
    area = fields.String()
    name = fields.String()
    open = fields.Integer()


class AuditRunQuery(Schema):
    """Nothing to choose: a run looks at the whole ledger."""


class AuditRunSchema(Schema):
    """One look at the whole ledger."""

    id = fields.Integer()
    state = fields.String(metadata={"description": "waiting、running、done、failed"})
    night = fields.Date(allow_none=True, metadata={"description": "哪一夜的例行自查"})
    asked_by = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime(format="iso")
    started_at = fields.AwareDateTime(format="iso", allow_none=True)
    finished_at = fields.AwareDateTime(format="iso", allow_none=True)
    lines_total = fields.Integer()
    lines_done = fields.Integer()
    found = fields.Integer(metadata={"description": "发现的问题数"})
    opened = fields.Integer(metadata={"description": "其中新出现或再次出现的"})
    resolved = fields.Integer(metadata={"description": "上次有、这次已不存在的"})


class AuditRunsSchema(Schema):
    items = fields.List(fields.Nested(AuditRunSchema))


class AuditCountsSchema(Schema):
    """How many of each kind in each status, and how many are open in each township."""

    open = fields.Integer()
    kinds = fields.List(fields.Nested(AuditKindSchema))
    townships = fields.List(fields.Nested(AuditTownshipSchema))
    last_run = fields.Nested(AuditRunSchema, allow_none=True)


class SettlementSchema(Schema):
    id = fields.UUID(
        required=True,
        metadata={"description": "客户端生成的 UUID；重发同一个不会重做"},
        error_messages={"required": "必填。", "invalid_uuid": "应为 UUID。"},
    )
    decision = Choice(Decision, required=True)
    reason = Text(required=True)
    data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "补全建议操作的内容"},
        error_messages={"invalid": "应为一个对象。"},
    )
