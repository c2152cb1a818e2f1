"""The ledger as a long sheet, on the wire."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates

from ..fields import Choice, Id, Schema, Text, flat_errors
from .bulk import ACTIONS
from .bulk import MOST_ROWS as MOST_AT_ONCE
from .rows import MOST_OFFSET, MOST_ROWS, NEWEST_FIRST, SORT_NAMES
from .schemas import HazardQuery, HazardSummarySchema


class SheetFilters(HazardQuery):
    """The list's filters, whole: a sheet has no pages."""

    class Meta(Schema.Meta):
        exclude = ("cursor", "limit")


def _sort(**kwargs: Any) -> fields.String:
    message = "应为以下之一：" + "、".join(SORT_NAMES) + "。"
    return fields.String(
        validate=validate.OneOf(SORT_NAMES, error=message),
        metadata={"description": "排序；前面加 - 为从大到小"},
        **kwargs,
    )


class RowsQuery(HazardQuery):
    """A stretch of the sheet."""

    class Meta(Schema.Meta):
        exclude = ("cursor",)

    sort = _sort(load_default=NEWEST_FIRST)
    offset = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=MOST_OFFSET, error=f"应为 0–{MOST_OFFSET}。"),
        error_messages={"invalid": f"应为 0–{MOST_OFFSET}。"},
        metadata={"description": "从第几行起，自 0 数"},
    )
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(min=1, max=MOST_ROWS, error=f"应为 1–{MOST_ROWS}。"),
        error_messages={"invalid": f"应为 1–{MOST_ROWS}。"},
        metadata={"description": f"多少行，1–{MOST_ROWS}"},
    )
    until = Id(metadata={"description": "只到这一条为止（total 的 newest）：其间新报的不挪动各行"})


class SheetRowSchema(HazardSummarySchema):
    reporter = fields.String(attribute="reporter_name")
    responsible_site = fields.Integer(attribute="responsible_site_id", allow_none=True)
    supervisor = fields.String()
    category = fields.String()
    extensions = fields.Integer()
    finished_on = fields.Date(allow_none=True)
    accepted_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)


class SheetRowsSchema(Schema):
    items = fields.List(fields.Nested(SheetRowSchema))


class SheetTotalSchema(Schema):
    total = fields.Integer()
    newest = fields.Integer(metadata={"description": "给 rows 的 until"})
    as_of = fields.AwareDateTime(format="iso")


class BulkSchema(Schema):
    """The same to be done to many hazards, or only to see what would come of it."""

    id = fields.UUID(
        required=True,
        metadata={"description": "客户端生成的 UUID；重发同一个不会重做"},
        error_messages={"required": "必填。", "invalid_uuid": "应为 UUID。"},
    )
    action = Choice(ACTIONS, required=True)
    data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "与单条办理相同；assign 不写 responsible_unit 即交给各自的场所"},
        error_messages={"invalid": "应为一个对象。"},
    )
    numbers = fields.List(
        Text(40),
        required=True,
        validate=validate.Length(min=1, max=MOST_AT_ONCE, error=f"一次 1–{MOST_AT_ONCE} 条。"),
        error_messages={"required": "必填。", "invalid": "应为列表。"},
    )
    preview = fields.Boolean(load_default=False, metadata={"description": "只看会怎样，什么也不做"})


class OutcomeSchema(Schema):
    """What became of one of them, or would."""

    number = fields.String()
    ok = fields.Boolean()
    code = fields.String()
    reason = fields.String(metadata={"description": "没有办成时：为什么"})
    event = fields.String(allow_none=True)
    from_state = fields.String(allow_none=True)
    to_state = fields.String(allow_none=True)
    responsible_unit = fields.String()
    deadline = fields.Date(allow_none=True)
    errors = fields.Dict()


class OutcomesSchema(Schema):
    items = fields.List(fields.Nested(OutcomeSchema))


class SavedViewRequestSchema(Schema):
    name = Text(40, required=True)
    query = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=400, error="过长。")),
        load_default=dict,
        metadata={"description": "与列表相同的筛选参数"},
        error_messages={"invalid": "应为一个对象。"},
    )
    columns = fields.List(
        Text(32),
        load_default=list,
        validate=validate.Length(max=40, error="栏目过多。"),
        metadata={"description": "显示哪些栏目；空为默认"},
        error_messages={"invalid": "应为列表。"},
    )
    sort = _sort(load_default=NEWEST_FIRST)

    @validates("query")
    def is_of_the_list(self, query: dict[str, str], **kwargs: Any) -> None:
        """What is kept can be asked."""
        if errors := SheetFilters().validate(query):
            name, messages = next(iter(flat_errors(errors).items()))
            raise ValidationError(f"{name}：{messages[0]}")


class SavedViewSchema(Schema):
    id = fields.Integer()
    name = fields.String()
    query = fields.Dict()
    columns = fields.List(fields.String())
    sort = fields.String()


class SavedViewsSchema(Schema):
    items = fields.List(fields.Nested(SavedViewSchema))
