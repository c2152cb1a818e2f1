"""The fields of a document: what the hazard says, and what the issuer adds to it.

They have Chinese names, because offices write templates with them (`docs/documents.md`). A field
that nobody said anything for is blank paper, to be filled in by pen.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields

from ...clock import LOCAL, local_date
from ...fields import Choice
from ...glossary import Action, Role
from ...hazards.facts import Facts
from ...hazards.five import CHINESE
from ...hazards.views import five_parts
from .kinds import DocumentKind, ReviewResult
from .material import Material, last_extension
from .offices import Office
from .schemas import DATA, ExtensionApproval, Official, ReviewedItem

K = DocumentKind
Fields = dict[str, Any]

BLANK = "\u3000" * 8
BLANK_DAY = "\u3000\u3000年\u3000月\u3000日"
BLANK_MOMENT = "\u3000\u3000年\u3000月\u3000日\u3000时\u3000分"
LEAST_OFFICIALS = 2

NOT_ISSUED = "（未出具，没有文号）"

# What the templates say where nobody says otherwise.
FIVE = (
    "落实整改责任、整改措施、整改资金、整改时限和应急预案（五到位），逐项明确负责人，"
    "整改方案报督办单位备案。"
)
PROCEDURE = (
    "整改完成后，由隐患单位组织自评估并书面申请验收；督办单位组织不少于两人现场验收，"
    "验收合格的予以摘牌，不合格的继续挂牌督办。"
)
PUBLICITY = "挂牌、整改进展和摘牌情况在单位公示栏和门户网站公示，并向从业人员通报。"


def document_fields(
    kind: DocumentKind,
    known: Material,
    office: Office,
    data: Mapping[str, Any],
    at: datetime,
) -> Fields:
    """All fields of a document but its number, its photos and what is made of bytes.

    `data` is as the kind's schema loaded it.
    """
    given = _given(DATA[kind](), data)
    common = of_hazard(known, local_date(at)) | {
        "出具机关": office.name,
        "出具日期": day(local_date(at)),
    }
    return common | DEFAULTS[kind](known, office) | given


def day(value: date | None) -> str:
    """As official documents write it: 2026年11月23日 (GB/T 9704)."""
    return f"{value.year}年{value.month}月{value.day}日" if value else BLANK_DAY


def moment(value: datetime | None) -> str:
    if value is None:
        return BLANK_MOMENT
    local = value.astimezone(LOCAL)
    return f"{day(local.date())}{local.hour}时{local.minute:02d}分"


def _given(schema: ma.Schema, data: Mapping[str, Any]) -> Fields:
    """What the issuer said, by the names of the templates."""
    return {
        str(field.metadata["description"]): _shown(field, data[name])
        for name, field in schema.fields.items()
        if name in data
    }


def _shown(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        schema = field.inner.schema
        rows = [_blank(schema) | _given(schema, each) for each in value]
        return _padded(rows) if isinstance(schema, Official) else rows
    if isinstance(field, Choice):
        return ReviewResult(value).chinese
    if isinstance(value, datetime):
        return moment(value)
    return day(value) if isinstance(value, date) else value


def _blank(schema: ma.Schema) -> Fields:
    return {str(field.metadata["description"]): "" for field in schema.fields.values()}


def _padded(officials: Sequence[Fields]) -> list[Fields]:
    """At least two places to sign (《行政处罚法》第42条)."""
    blank = [_blank(Official()) for _ in range(LEAST_OFFICIALS)]
    return [*officials, *blank][: max(len(officials), LEAST_OFFICIALS)]


def of_hazard(known: Material, today: date) -> Fields:
    """The fields that every document has."""
    facts, site = known.facts, known.site
    plan = facts.plan or {}
    responsibility, funds = plan.get("responsibility") or {}, plan.get("funds") or {}
    unit = facts.site_name or (site.name if site else "") or facts.responsible_unit
    return {
        "隐患编号": facts.number,
        "隐患等级": facts.level.chinese,
        "隐患描述": facts.description,
        "隐患部位": facts.spot,
        "隐患类别": facts.category,
        "判定依据": facts.basis,
        "行业领域": known.sector,
        "所在地": "".join(known.area),
        "发现日期": day(facts.found_on),
        "上报人": facts.reporter_name,
        "单位名称": unit,
        "统一社会信用代码": (site.credit_code if site else "") or "",
        "地址": site.address if site else "",
        "责任单位": facts.responsible_unit or unit,
        "监管责任人": facts.supervisor,
        "整改期限": day(facts.deadline),
        "办理状态": facts.state.chinese,
        "整改责任人": responsibility.get("person", ""),
        "整改责任人电话": responsibility.get("phone", ""),
        "整改措施": plan.get("measures", ""),
        "整改资金": _money(funds),
        "应急预案": plan.get("contingency", ""),
        "五到位": _five(facts, today),
        "整改完成情况": facts.finish_summary,
        "整改完成日期": day(facts.finished_on),
        "整改人": facts.rectifier_name,
        "验收人": "、".join(facts.acceptors),
        "验收意见": facts.acceptance_opinion,
        "验收日期": day(facts.accepted_on),
        "销号人": facts.closer_name,
        "销号日期": day(facts.closed_on),
        # The templates say 级 themselves: 市, 吕梁, 省.
        "挂牌级别": (facts.listing or {}).get("rank", "").removesuffix("级"),
        "督办单位": (facts.listing or {}).get("supervisor_unit", ""),
        "延期次数": str(facts.extensions),
    }


def _money(funds: Mapping[str, Any]) -> str:
    if not funds:
        return ""
    source = funds.get("source")
    return f"{funds['amount_yuan']} 元" + (f"（{source}）" if source else "")


def _five(facts: Facts, today: date) -> list[Fields]:
    if facts.fixed_on_spot:
        return [{"名称": each, "是否到位": "—", "说明": "立查立改"} for each in CHINESE.values()]
    return [
        {
            "名称": each["name"],
            "是否到位": "是" if each["in_place"] else "否",
            "说明": each["message"],
        }
        for each in five_parts(facts, today)
    ]


def _inspection(known: Material, office: Office) -> Fields:
    facts = known.facts
    return {
        "被检查单位": facts.site_name or facts.responsible_unit,
        "负责人": "",
        "职务": "",
        "联系电话": "",
        "检查场所": facts.spot or facts.site_name,
        "检查开始时间": BLANK_MOMENT,
        "检查结束时间": BLANK_MOMENT,
        "检查机关": office.name,
        "检查人员": _padded([]),
        "检查情况": [_problem(known)],
        "拒签情况": "",
    }


def _problem(known: Material) -> str:
    facts = known.facts
    where = f"{facts.spot}：" if facts.spot else ""
    basis = f"（依据：{facts.basis}）" if facts.basis else ""
    return f"{where}{facts.description}{basis}"


def _notice(known: Material, office: Office) -> Fields:
    facts = known.facts
    return {
        "被通知单位": facts.responsible_unit or facts.site_name,
        "检查日期": day(facts.found_on),
        "检查人": facts.reporter_name,
        "隐患清单": [_problem(known)],
        "整改要求": "",
        "整改期限": day(facts.deadline or facts.suggested_deadline),
        "临时防范措施": "",
        "签收人": "",
        "联系人": "",
        "联系电话": "",
    }


def _order(known: Material, office: Office) -> Fields:
    facts = known.facts
    return {
        "被检查单位": facts.responsible_unit or facts.site_name,
        "存在问题": [_problem(known)],
        "限期整改的问题": "1",
        "整改期限": day(facts.deadline),
        "复议机关": "",
        "诉讼法院": "",
        "执法人员": _padded([]),
    } | _record(known)


def _record(known: Material) -> Fields:
    record = known.newest(K.INSPECTION_RECORD)
    return {"检查记录文号": record.number if record else ""}


def _review(known: Material, office: Office) -> Fields:
    facts, order = known.facts, known.newest(K.RECTIFICATION_ORDER)
    return {
        "被复查单位": facts.responsible_unit or facts.site_name,
        "原指令书文号": order.number if order else "",
        "原指令书日期": day(local_date(order.issued_at) if order else None),
        "复查时间": BLANK_MOMENT,
        "复查情况": [_blank(ReviewedItem()) | {"问题": _problem(known)}],
        "处理意见": "",
        "复查人员": _padded([]),
    }


def _listing(known: Material, office: Office) -> Fields:
    facts, listing = known.facts, known.facts.listing or {}
    deadline = listing.get("deadline")
    return {
        "隐患单位": facts.responsible_unit or facts.site_name,
        "督办责任人": "",
        "整改期限": day(date.fromisoformat(deadline) if deadline else None),
        "停产范围": "",
        "五到位要求": FIVE,
        "报告频次": "每周书面报告一次",
        "验收与摘牌程序": PROCEDURE,
        "公示要求": PUBLICITY,
    }


def _closure(known: Material, office: Office) -> Fields:
    facts, closed = known.facts, known.last(Action.CLOSE)
    by_department = _accepted_by(known, Role.DEPARTMENT, Role.CITY_OFFICE)
    acceptors = f"验收人：{'、'.join(facts.acceptors)}　验收日期：{day(facts.accepted_on)}"
    return {
        "自查意见": facts.finish_summary,
        "乡镇复查意见": "" if by_department else facts.acceptance_opinion,
        "乡镇验收人": "" if by_department else acceptors,
        "部门验收意见": facts.acceptance_opinion if by_department else "",
        "部门验收人": acceptors if by_department else "",
        "安委办销号意见": str(closed.data["opinion"]) if closed and facts.closed_on else "",
    }


def _accepted_by(known: Material, *roles: Role) -> bool:
    accepted = known.last(Action.ACCEPT)
    return accepted is not None and known.roles.get(accepted.id) in roles


def _extension(known: Material, office: Office) -> Fields:
    extension = last_extension(known.events)
    progress = known.last(Action.REPORT_PROGRESS)
    filled = _blank(ExtensionApproval()) | {
        "已完成进度": str(progress.data["note"]) if progress else "",
        "原期限": BLANK_DAY,
        "申请期限": BLANK_DAY,
        "申请理由": "",
        "期间防控措施": "",
        "申请日期": BLANK_DAY,
        "审批结果": "",
        "审批日期": BLANK_DAY,
        "第几次": "",
    }
    if extension is None:
        return filled
    asked, decided = extension.asked, extension.decided
    filled |= {
        "原期限": day(extension.original),
        "申请期限": day(date.fromisoformat(asked.data["deadline"])),
        "申请理由": asked.data["reason"],
        "期间防控措施": asked.data["interim_measures"],
        "申请人": asked.actor_name,
        "申请日期": day(asked.day),
        "第几次": str(extension.ordinal),
    }
    if decided is None:
        return filled
    granted = decided.action is Action.GRANT_EXTENSION
    return filled | {
        "批准人": decided.actor_name,
        "审批结果": "批准" if granted else "不批准",
        "审批意见": str(decided.data.get("note") or decided.data.get("reason") or ""),
        "审批日期": day(decided.day),
    }


DEFAULTS: Mapping[DocumentKind, Callable[[Material, Office], Fields]] = {
    K.INSPECTION_RECORD: _inspection,
    K.RECTIFICATION_NOTICE: _notice,
    K.RECTIFICATION_ORDER: _order,
    K.REVIEW_OPINION: _review,
    K.LISTING_NOTICE: _listing,
    K.CLOSURE_APPROVAL: _closure,
    K.EXTENSION_APPROVAL: _extension,
}
