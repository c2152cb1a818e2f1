"""Imports on the wire."""

from marshmallow import fields

from ..fields import Choice, Schema
from .columns import ImportKind


class NewImportSchema(Schema):
    """What is said beside the file."""

    kind = Choice(ImportKind, required=True)
    dry_run = fields.Boolean(
        load_default=True, metadata={"description": "只试不写；不填即为试导入"}
    )
    skip_bad = fields.Boolean(
        load_default=False,
        metadata={"description": "正式导入时跳过有误的行；否则有一行有误就都不导入"},
    )


class TakeInSchema(Schema):
    skip_bad = fields.Boolean(load_default=False)


class ProblemSchema(Schema):
    row = fields.Integer(metadata={"description": "表格中的行号"})
    column = fields.String(metadata={"description": "列名"})
    message = fields.String()


class ImportSchema(Schema):
    id = fields.String()
    kind = fields.String()
    kind_name = fields.String()
    file_name = fields.String()
    dry_run = fields.Boolean()
    skip_bad = fields.Boolean()
    state = fields.String()
    state_name = fields.String()
    rows_done = fields.Integer()
    rows_total = fields.Integer()
    rows_new = fields.Integer()
    rows_known = fields.Integer()
    rows_bad = fields.Integer()
    message = fields.String()
    created_at = fields.AwareDateTime(format="iso")
    finished_at = fields.AwareDateTime(format="iso", allow_none=True)
    has_result = fields.Boolean()
    files_until = fields.AwareDateTime(format="iso", allow_none=True)


class ImportDetailSchema(ImportSchema):
    problems = fields.List(
        fields.Nested(ProblemSchema), metadata={"description": "前 500 个问题；全部在结果文件中"}
    )


class ImportsSchema(Schema):
    items = fields.List(fields.Nested(ImportSchema))
