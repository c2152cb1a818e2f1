"""Managing forms, on the wire."""

from marshmallow import fields, validate

from ..fields import Schema, Text
from ..glossary import Role
from ..places.codes import AREA_CODE


class RemarkSchema(Schema):
    severity = fields.String(metadata={"description": "error 改了才能发布，warning 供参考"})
    message = fields.String()
    sheet = fields.String()
    row = fields.Integer(allow_none=True)


class ChangeSchema(Schema):
    kind = fields.String(metadata={"description": "added、removed、changed 或 moved"})
    path = fields.String()
    label = fields.String()
    what = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "改了哪几项，各为改前和改后"},
    )


class DraftQuery(Schema):
    name = Text(200, required=True, metadata={"description": "文件名，以 .xlsx、.md 等结尾"})


class DraftSchema(Schema):
    id = fields.String()
    form_id = fields.String()
    version = fields.String()
    title = fields.String()
    file_name = fields.String()
    created_at = fields.AwareDateTime(format="iso")
    remarks = fields.List(fields.Nested(RemarkSchema))


class DraftsSchema(Schema):
    items = fields.List(fields.Nested(DraftSchema))


class OneDraftSchema(DraftSchema):
    changes = fields.List(
        fields.Nested(ChangeSchema),
        allow_none=True,
        metadata={"description": "与现用版本相比；空：新表单"},
    )


class VersionSchema(Schema):
    version = fields.String()
    published_at = fields.AwareDateTime(format="iso")
    published_by = fields.String(allow_none=True)
    has_xlsx = fields.Boolean()


class MediaSchema(Schema):
    name = fields.String()
    media_type = fields.String()
    md5 = fields.String()
    updated_at = fields.AwareDateTime(format="iso")


class ManagedFormSchema(Schema):
    id = fields.String(attribute="form_id")
    title = fields.String()
    version = fields.String()
    retired_at = fields.AwareDateTime(format="iso", allow_none=True)
    areas = fields.List(fields.String())
    roles = fields.List(fields.String())
    wanted = fields.List(fields.String(), metadata={"description": "表单用到而还没有上传的文件"})
    versions = fields.List(fields.Nested(VersionSchema))
    media = fields.List(fields.Nested(MediaSchema))


class ManagedFormsSchema(Schema):
    items = fields.List(fields.Nested(ManagedFormSchema))


class FormChangeSchema(Schema):
    """What is not given stays."""

    retired = fields.Boolean()
    areas = fields.List(
        fields.String(validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。")),
        validate=validate.Length(max=200, error="区划过多。"),
    )
    roles = fields.List(
        fields.String(
            validate=validate.OneOf([each.value for each in Role], error="没有这个角色。")
        )
    )
