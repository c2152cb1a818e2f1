"""Photos on the wire."""

from enum import StrEnum

from marshmallow import fields, validate

from ..fields import MAX_ID, Choice, Schema, Text
from ..glossary import Capture


class Size(StrEnum):
    THUMB = "thumb"
    VIEW = "view"
    ORIGINAL = "original"


class PhotoSchema(Schema):
    sha256 = fields.String()
    size = fields.Integer(metadata={"description": "字节"})
    media_type = fields.String(allow_none=True, metadata={"description": "空：无法识别的格式"})
    width = fields.Integer(allow_none=True, metadata={"description": "像素；检查之后才有"})
    height = fields.Integer(allow_none=True)
    state = fields.String(metadata={"description": "new 待检查，sound 正常，quarantined 已隔离"})


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
    size = Choice(
        Size,
        load_default=Size.ORIGINAL.value,
        metadata={"description": "thumb 320 像素，view 1600 像素带水印，original 原件（附件）"},
    )
    code = Text(20, metadata={"description": "水印上的编码：这张照片作为哪条隐患的哪张"})
