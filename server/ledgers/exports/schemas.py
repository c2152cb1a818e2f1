"""What exports are asked for by, and what is told of them."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ...fields import FROM_FIRST_DAY, Choice, Day, Schema, Text
from ...hazards.schemas import HazardQuery
from ...web.paging import PageQuery
from .kinds import Format

FLAG: dict[str, Any] = {"invalid": "应为 true 或 false。"}


class GeoJsonQuery(HazardQuery):
    """The list's filters, whole: an export has no pages."""

    class Meta(Schema.Meta):
        exclude = ("cursor", "limit")

    as_of = Day(
        validate=FROM_FIRST_DAY,
        metadata={"description": "YYYY-MM-DD：这一天结束时的状态（北京时间）"},
    )

    @validates_schema
    def of_one_moment(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "desk" in data and "as_of" in data:
            raise ValidationError("待办是此刻的，不能与 as_of 同用。", "desk")


class LedgerQuery(GeoJsonQuery):
    phones = fields.Boolean(
        error_messages=FLAG, metadata={"description": "电话号码不打码（须有权限，记入导出日志）"}
    )
    photos = fields.Boolean(
        error_messages=FLAG, metadata={"description": "带整改前后照片（只限 .xlsx，至多 500 行）"}
    )


class ExportRequestSchema(Schema):
    """A ledger to be exported in the background."""

    kind = Text(
        32,
        required=True,
        metadata={
            "description": "ledger 整改，shown 清单，listed 挂牌督办，closures 销号，"
            "houses 自建房，f1、f2 月报"
        },
    )
    format = Choice((Format.XLSX, Format.CSV), required=True)
    query = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "与直接下载相同的查询参数"},
        error_messages={"invalid": "应为一个对象。"},
    )


class ExportSchema(Schema):
    """A background export: how far it is, and since when."""

    id = fields.String()
    kind = fields.String()
    name = fields.String(metadata={"description": "台账名称"})
    format = fields.String()
    query = fields.Dict()
    state = fields.String(metadata={"description": "queued、running、ready、failed"})
    state_name = fields.String()
    rows_done = fields.Integer()
    rows_total = fields.Integer(allow_none=True, metadata={"description": "未知时为 null"})
    problem = fields.String(metadata={"description": "failed 时：为什么，怎么办"})
    size = fields.Integer(allow_none=True, metadata={"description": "文件字节数"})
    created_at = fields.AwareDateTime(format="iso")
    finished_at = fields.AwareDateTime(format="iso", allow_none=True)
    expires_at = fields.AwareDateTime(format="iso", allow_none=True)


class ExportsSchema(Schema):
    items = fields.List(fields.Nested(ExportSchema))


class ExportLogQuery(PageQuery):
    phones = fields.Boolean(
        error_messages=FLAG, metadata={"description": "只看（或不看）电话号码未打码的"}
    )


class ExportLogEntrySchema(Schema):
    """That somebody took a ledger out of the house."""

    id = fields.Integer()
    at = fields.AwareDateTime(format="iso")
    user = fields.Integer(attribute="user_id")
    user_name = fields.String()
    role = fields.String(attribute="user_role")
    kind = fields.String()
    kind_name = fields.String()
    format = fields.String()
    query = fields.Dict()
    lines = fields.Integer()
    phones = fields.Boolean(metadata={"description": "电话号码未打码"})
    export = fields.String(attribute="export_id", allow_none=True)


class ExportLogSchema(Schema):
    items = fields.List(fields.Nested(ExportLogEntrySchema))
    next_cursor = fields.String(allow_none=True)
