"""Reconciliations on the wire."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from ...fields import Choice, Choices, Id, Schema, Text
from ...hazards.schemas import PersonSchema
from ...places.codes import AREA_CODE
from ...web.paging import PageQuery
from ..differences import DifferenceKind, DifferenceStatus
from .fields import Field
from .models import Asked, CandidateDecision, Change, RowState, Settling
from .months import Month


class MonthOf(Text):
    """A month, `yyyy-mm`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(7, metadata={"description": "月份，写作 2026-11"}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            Month.of(text)
        except ValueError:
            raise ValidationError("月份应写作 2026-11 这样。") from None
        return text


def _area(**kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        error_messages={"invalid": "应为 12 位区划编码。", "null": "应为 12 位区划编码。"},
        **kwargs,
    )


class UploadSchema(Schema):
    """What is said of an uploaded ledger, beside the file itself."""

    source = Text(100, required=True, metadata={"description": "谁的台账，如“市住建局”"})
    month = MonthOf(required=True)
    area = _area(metadata={"description": "与我方哪个区划对账；默认为本人的辖区"})
    sector = Text(32, metadata={"description": "只与这个行业领域对账；主管部门默认为本行业"})


class ReconciliationQuery(PageQuery):
    month = MonthOf()
    source = Text(100, metadata={"description": "谁的台账"})


class LedgerFieldSchema(Schema):
    field = fields.String()
    name = fields.String()


class LedgerFieldsSchema(Schema):
    items = fields.List(fields.Nested(LedgerFieldSchema))


class ColumnAlternativeSchema(Schema):
    field = fields.String()
    field_name = fields.String()
    confidence = fields.Float()


class TheirColumnSchema(Schema):
    """A column of theirs, and what it seems to be of."""

    index = fields.Integer()
    column = fields.String(metadata={"description": "Excel 中的列号"})
    heading = fields.String()
    field = fields.String(allow_none=True)
    field_name = fields.String()
    confidence = fields.Float()
    alternatives = fields.List(fields.Nested(ColumnAlternativeSchema))
    remembered = fields.Boolean(metadata={"description": "以前有人这样指定过"})
    doubt = fields.String(metadata={"description": "为什么需要人看一看"})
    samples = fields.List(fields.String())


class LeftOutRowSchema(Schema):
    row = fields.Integer()
    reason = fields.String()
    text = fields.String()


class TheirSheetSchema(Schema):
    name = fields.String()
    rows = fields.Integer()
    left_out = fields.List(fields.Nested(LeftOutRowSchema))
    columns = fields.List(fields.Nested(TheirColumnSchema))


class CellErrorSchema(Schema):
    """A cell that could not be read; the rest of its line counts."""

    sheet = fields.String()
    row = fields.Integer()
    column = fields.String()
    heading = fields.String()
    value = fields.String()
    expected = fields.String()
    message = fields.String()


class ReconciliationSummarySchema(Schema):
    id = fields.String()
    source = fields.String()
    file_name = fields.String()
    month = fields.String()
    area = fields.String()
    area_name = fields.String()
    sector = fields.String(allow_none=True)
    state = fields.String()
    state_name = fields.String()
    message = fields.String()
    rows_done = fields.Integer()
    rows_total = fields.Integer()
    created_by = fields.Nested(PersonSchema)
    created_at = fields.AwareDateTime(format="iso")
    finished_at = fields.AwareDateTime(format="iso", allow_none=True)
    previous = fields.String(allow_none=True, metadata={"description": "同一台账的上一次上传"})


class ReconciliationsSchema(Schema):
    items = fields.List(fields.Nested(ReconciliationSummarySchema))
    next_cursor = fields.String(allow_none=True)


class DifferenceKindCountSchema(Schema):
    kind = fields.String()
    name = fields.String()
    open = fields.Integer()
    total = fields.Integer()


class DifferenceChangesSchema(Schema):
    """Held against the upload before."""

    still = fields.Integer(metadata={"description": "仍然存在"})
    solved = fields.Integer(metadata={"description": "已经解决"})
    new = fields.Integer(metadata={"description": "新出现"})


class ReconciliationFiguresSchema(Schema):
    ours = fields.Integer(metadata={"description": "我方条数"})
    theirs = fields.Integer(metadata={"description": "对方条数"})
    matched = fields.Integer()
    agreeing = fields.Integer(metadata={"description": "对上且没有差异"})
    pending = fields.Integer(metadata={"description": "待确认"})
    unmatched = fields.Integer(metadata={"description": "我方没有"})
    differences = fields.Integer()
    open = fields.Integer(metadata={"description": "待处理的差异"})
    kinds = fields.List(fields.Nested(DifferenceKindCountSchema))
    changes = fields.Nested(DifferenceChangesSchema, allow_none=True)


class ReconciliationSchema(ReconciliationSummarySchema):
    sheets = fields.List(fields.Nested(TheirSheetSchema))
    cell_errors = fields.List(fields.Nested(CellErrorSchema))
    figures = fields.Nested(ReconciliationFiguresSchema)


class ColumnCorrectionSchema(Schema):
    sheet = Text(100, metadata={"description": "默认为第一张表"})
    index = fields.Integer(
        required=True,
        validate=validate.Range(min=0, max=10_000, error="应为列的序号（从 0 起）。"),
        error_messages={"required": "必填。", "invalid": "应为列的序号（从 0 起）。"},
    )
    field = Choice(Field, required=True, allow_none=True)


class ColumnCorrectionsSchema(Schema):
    columns = fields.List(
        fields.Nested(ColumnCorrectionSchema),
        required=True,
        validate=validate.Length(min=1, max=300, error="至少一列。"),
        error_messages={"required": "必填。", "invalid": "应为列表。"},
    )


class RowsQuery(PageQuery):
    state = Choices(RowState)


class TheirRowSchema(Schema):
    id = fields.Integer()
    ref = fields.String(metadata={"description": "表名!行号"})
    state = fields.String()
    state_name = fields.String()
    hazard = fields.String(allow_none=True, metadata={"description": "我方编号"})
    how = fields.String()
    record = fields.Dict(metadata={"description": "这一行说的，空白的略去"})
    differences = fields.Integer()


class TheirRowsSchema(Schema):
    items = fields.List(fields.Nested(TheirRowSchema))
    next_cursor = fields.String(allow_none=True)


class CandidatesQuery(PageQuery):
    decision = Choices(Asked)
    row = Id(metadata={"description": "只看这一行的"})


class ShownValueSchema(Schema):
    name = fields.String()
    value = fields.String()


class CandidateSchema(Schema):
    id = fields.Integer()
    row = fields.Integer()
    ref = fields.String()
    hazard = fields.String()
    score = fields.Float()
    reasons = fields.List(fields.String())
    likely = fields.Boolean(metadata={"description": "很可能是同一条"})
    ours = fields.List(fields.Nested(ShownValueSchema))
    theirs = fields.List(fields.Nested(ShownValueSchema))
    decision = fields.String(allow_none=True)
    reason = fields.String()
    decided_by = fields.Nested(PersonSchema, allow_none=True)
    decided_at = fields.AwareDateTime(format="iso", allow_none=True)


class CandidatesSchema(Schema):
    items = fields.List(fields.Nested(CandidateSchema))
    next_cursor = fields.String(allow_none=True)


class CandidateDecisionSchema(Schema):
    decision = Choice(CandidateDecision, required=True)
    reason = Text(500, load_default="", least=0)


class DifferencesQuery(PageQuery):
    kind = Choices(DifferenceKind)
    status = Choices(DifferenceStatus)
    change = Choices(Change)


class SuggestedActSchema(Schema):
    action = fields.String(allow_none=True)
    action_name = fields.String()
    data = fields.Dict()
    words = fields.String()


class LedgerDifferenceSchema(Schema):
    id = fields.Integer()
    kind = fields.String()
    kind_name = fields.String()
    status = fields.String()
    status_name = fields.String()
    area = fields.String()
    sector = fields.String(allow_none=True)
    hazard = fields.String(allow_none=True, metadata={"description": "我方编号"})
    ref = fields.String(allow_none=True, metadata={"description": "对方的表名!行号"})
    explanation = fields.String()
    ours = fields.List(fields.Nested(ShownValueSchema))
    theirs = fields.List(fields.Nested(ShownValueSchema))
    suggestion = fields.Nested(SuggestedActSchema)
    change = fields.String(
        allow_none=True, metadata={"description": "new 新出现，still 上一次就有"}
    )
    reason = fields.String()
    settled_by = fields.Nested(PersonSchema, allow_none=True)
    settled_at = fields.AwareDateTime(format="iso", allow_none=True)
    event = fields.String(allow_none=True)


class LedgerDifferencesSchema(Schema):
    items = fields.List(fields.Nested(LedgerDifferenceSchema))
    next_cursor = fields.String(allow_none=True)


class SettlementSchema(Schema):
    decision = Choice(Settling, required=True)
    reason = Text(1000, required=True)
    data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "操作还需要的内容，如期限；补报时可指定 area、sector"},
        error_messages={"invalid": "应为一个对象。"},
    )
