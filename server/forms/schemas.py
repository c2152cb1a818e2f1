"""Forms on the wire."""

from marshmallow import fields

from ..fields import Schema


class FormFileSchema(Schema):
    name = fields.String()
    url = fields.String()


class FormSchema(Schema):
    id = fields.String(attribute="form_id")
    title = fields.String()
    version = fields.String()
    md5 = fields.String(metadata={"description": "XForm 字节的 md5"})
    published_at = fields.AwareDateTime(format="iso")
    xform_url = fields.String()
    files = fields.List(
        fields.Nested(FormFileSchema), metadata={"description": "表单所附的名单等文件"}
    )


class FormsSchema(Schema):
    items = fields.List(fields.Nested(FormSchema))
