"""What an issuer adds to each kind of document, and documents on the wire.

Every field of a kind may be left out: its place in the document is then left to be filled in by
pen. A field's description is its name in the templates (`filling`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ...fields import Choice, Choices, Day, Schema, Text
from ...places.codes import AREA_CODE
from .kinds import DocumentKind, ReviewResult

K = DocumentKind


def _named(name: str) -> dict[str, str]:
    return {"description": name}


def _text(name: str, most: int = 2000) -> Text:
    return Text(most, metadata=_named(name))


def _day(name: str) -> Day:
    return Day(metadata=_named(name))


def _moment(name: str) -> fields.AwareDateTime:
    how = "时间应写作 2026-11-23T09:58:00+08:00 这样。"
    years = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
    return fields.AwareDateTime(
        format="iso",
        validate=validate.Range(*years, error=how),
        error_messages={"invalid": how, "invalid_awareness": how},
        metadata=_named(name),
    )


def _list(name: str, of: fields.Field[Any], most: int = 50) -> fields.List[Any]:
    return fields.List(
        of,
        validate=validate.Length(max=most, error=f"不能超过 {most} 项。"),
        error_messages={"invalid": "应为列表。"},
        metadata=_named(name),
    )


class Official(Schema):
    """Somebody who inspects: the law wants two, each with a certificate."""

    name = _text("姓名", 64)
    certificate = _text("证件号", 64)


class ReviewedItem(Schema):
    """One problem of the order, and what became of it."""

    item = _text("问题")
    result = Choice(ReviewResult, metadata=_named("意见"))
    note = _text("说明")


class InspectionRecord(Schema):
    unit = _text("被检查单位", 200)
    address = _text("地址", 200)
    principal = _text("负责人", 64)
    position = _text("职务", 64)
    phone = _text("联系电话", 32)
    place = _text("检查场所", 200)
    began_at = _moment("检查开始时间")
    ended_at = _moment("检查结束时间")
    authority = _text("检查机关", 100)
    officials = _list("检查人员", fields.Nested(Official), 6)
    findings = _list("检查情况", _text(""))
    refusal = _text("拒签情况")

    @validates_schema
    def ends_after_it_began(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "began_at" in data and "ended_at" in data and data["ended_at"] < data["began_at"]:
            raise ValidationError("检查结束时间不能早于开始时间。", "ended_at")


class RectificationNotice(Schema):
    unit = _text("被通知单位", 200)
    inspected_on = _day("检查日期")
    inspectors = _text("检查人", 200)
    items = _list("隐患清单", _text(""))
    requirements = _text("整改要求")
    deadline = _day("整改期限")
    precautions = _text("临时防范措施")
    receiver = _text("签收人", 64)
    contact = _text("联系人", 64)
    contact_phone = _text("联系电话", 32)


class RectificationOrder(Schema):
    unit = _text("被检查单位", 200)
    items = _list("存在问题", _text(""))
    which = _text("限期整改的问题", 100)
    deadline = _day("整改期限")
    review_authority = _text("复议机关", 200)
    court = _text("诉讼法院", 100)
    officials = _list("执法人员", fields.Nested(Official), 6)


class ReviewOpinion(Schema):
    unit = _text("被复查单位", 200)
    reviewed_at = _moment("复查时间")
    findings = _list("复查情况", fields.Nested(ReviewedItem))
    opinion = _text("处理意见")
    officials = _list("复查人员", fields.Nested(Official), 6)


class ListingNotice(Schema):
    unit = _text("隐患单位", 200)
    person = _text("督办责任人", 64)
    halt = _text("停产范围")
    five = _text("五到位要求")
    reporting = _text("报告频次", 200)
    procedure = _text("验收与摘牌程序")
    publicity = _text("公示要求")


class ClosureApproval(Schema):
    own_opinion = _text("自查意见")
    township_opinion = _text("乡镇复查意见")
    department_opinion = _text("部门验收意见")
    office_opinion = _text("安委办销号意见")


class ExtensionApproval(Schema):
    progress = _text("已完成进度")
    applicant = _text("申请人", 100)
    approver = _text("批准人", 100)
    opinion = _text("审批意见")


DATA: Mapping[DocumentKind, type[Schema]] = {
    K.INSPECTION_RECORD: InspectionRecord,
    K.RECTIFICATION_NOTICE: RectificationNotice,
    K.RECTIFICATION_ORDER: RectificationOrder,
    K.REVIEW_OPINION: ReviewOpinion,
    K.LISTING_NOTICE: ListingNotice,
    K.CLOSURE_APPROVAL: ClosureApproval,
    K.EXTENSION_APPROVAL: ExtensionApproval,
}


class DocumentRequestSchema(Schema):
    id = fields.UUID(
        required=True,
        metadata={"description": "客户端生成的 UUID；重发同一个不会再出一份"},
        error_messages={"required": "必填。", "null": "必填。", "invalid_uuid": "应为 UUID。"},
    )
    kind = Choice(DocumentKind, required=True)
    data = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "各文书的栏目，见 docs/documents.md；缺的留空待手填"},
        error_messages={"invalid": "应为一个对象。"},
    )


class DraftSchema(Schema):
    data = fields.Dict(
        keys=fields.String(), load_default=dict, error_messages={"invalid": "应为一个对象。"}
    )


class DocumentQuery(Schema):
    version = fields.Integer(
        validate=validate.Range(min=1, max=10**9, error="应为正整数。"),
        error_messages={"invalid": "应为正整数。"},
        metadata={"description": "第几次出具的；缺省为最新的"},
    )
    preview = fields.Boolean(
        load_default=False,
        error_messages={"invalid": "应为 true 或 false。"},
        metadata={"description": "草稿：没有文号，标明未出具，不保存"},
    )


class IssuerSchema(Schema):
    id = fields.Integer()
    name = fields.String()


class DocumentSchema(Schema):
    id = fields.String(metadata={"description": "出具它的操作的编号"})
    kind = fields.String()
    kind_name = fields.String()
    version = fields.Integer(metadata={"description": "本条隐患的第几份这种文书"})
    number = fields.String(metadata={"description": "文号"})
    office = fields.String()
    sha256 = fields.String()
    size = fields.Integer(metadata={"description": "字节"})
    issued_by = fields.Nested(IssuerSchema)
    issued_at = fields.AwareDateTime(format="iso")
    url = fields.String()


class OpeningSchema(Schema):
    kind = fields.String()
    name = fields.String()
    allowed = fields.Boolean(metadata={"description": "您现在可以出具"})
    reason = fields.String(metadata={"description": "有权限但条件不足时，缺什么"})


class DocumentsSchema(Schema):
    items = fields.List(fields.Nested(DocumentSchema), metadata={"description": "最新的在前"})
    kinds = fields.List(fields.Nested(OpeningSchema), metadata={"description": "您有权出具的"})


class IssuedDocumentsQuery(Schema):
    kind = Choices(DocumentKind, metadata={"description": "哪几种文书，逗号分隔"})
    month = Text(7, metadata={"description": "出具的月份，写作 2026-11"})
    area = fields.String(
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        metadata={"description": "隐患所在区划：它及其下级"},
    )
    q = Text(100, metadata={"description": "文号、出具机关、出具人、隐患编号、单位中的文字"})
    cursor = Text(36, metadata={"description": "上一页的 next_cursor"})
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(min=1, max=200, error="应为 1–200。"),
        error_messages={"invalid": "应为 1–200。"},
        metadata={"description": "每页条数，1–200"},
    )


class DocumentedHazardSchema(Schema):
    number = fields.String()
    site_name = fields.String()
    description = fields.String()
    area = fields.String()


class IssuedDocumentSchema(DocumentSchema):
    hazard = fields.Nested(DocumentedHazardSchema)


class IssuedDocumentsSchema(Schema):
    items = fields.List(fields.Nested(IssuedDocumentSchema))
    next_cursor = fields.String(allow_none=True)
