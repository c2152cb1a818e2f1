"""Photos on the wire."""

from marshmallow import fields, validate

from ..fields import Schema


class PhotoSchema(Schema):
    sha256 = fields.String()
    size = fields.Integer(metadata={"description": "字节"})
    media_type = fields.String(allow_none=True, metadata={"description": "空：无法识别的格式"})
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)


class PhotoQuery(Schema):
    size = fields.String(
        load_default="original",
        validate=validate.OneOf(["original"], error="目前只提供 original。"),
    )
