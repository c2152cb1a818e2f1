"""Photos on the wire."""

from marshmallow import fields, validate

from ..fields import MAX_ID, Choice, Schema
from ..glossary import Capture


class PhotoSchema(Schema):
    sha256 = fields.String()
    size = fields.Integer(metadata={"description": "字节"})
    media_type = fields.String(allow_none=True, metadata={"description": "空：无法识别的格式"})
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)


class UploadQuery(Schema):
    capture = Choice(
        Capture,
        load_default=Capture.UNKNOWN.value,
        metadata={"description": "怎样得来的：camera 现场拍摄，gallery 相册选取"},
    )


class PartQuery(UploadQuery):
    offset = fields.Integer(
        required=True,
        validate=validate.Range(min=0, max=MAX_ID, error="应为零或正整数。"),
        metadata={"description": "这一段从第几个字节开始"},
        error_messages={"required": "必填。", "invalid": "应为零或正整数。"},
    )
    length = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=MAX_ID, error="应为正整数。"),
        metadata={"description": "整张照片的字节数"},
        error_messages={"required": "必填。", "invalid": "应为正整数。"},
    )


class PartSchema(Schema):
    offset = fields.Integer(metadata={"description": "已收到的字节数，下一段从这里开始"})
    complete = fields.Boolean(metadata={"description": "已完整保存"})


class PhotoQuery(Schema):
    size = fields.String(
        load_default="original",
        validate=validate.OneOf(["original"], error="目前只提供 original。"),
    )
