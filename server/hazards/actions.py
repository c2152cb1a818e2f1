"""What each action carries: the `data` of an event, checked for its shape.

Whether an action may be done is `lifecycle`'s to say; what is missing from a plan is `five`'s.
Photos are the sha256 names of originals that were put before.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ..fields import Choice, Day, Degrees, Id, Schema, Text
from ..glossary import Action, Level
from ..places.codes import AREA_CODE

SHA256 = validate.Regexp(r"^[0-9a-f]{64}\Z", error="应为照片的 sha256（64 位小写十六进制）。")


def _photos(least: int = 0) -> fields.List[str]:
    message = "至少一张照片。" if least else "照片过多。"
    return fields.List(
        fields.String(validate=SHA256),
        required=least > 0,
        validate=validate.Length(min=least, max=50, error=message),
        error_messages={"required": "至少一张照片。", "invalid": "应为照片列表。"},
    )


class NoData(Schema):
    """Nothing but, perhaps, a word."""

    note = Text()


class WithNote(Schema):
    note = Text(required=True)
    photos = _photos()


class OnSite(Schema):
    """Where and when the phone says that something was done: WGS-84 degrees, metres."""

    latitude = Degrees(90)
    longitude = Degrees(180)
    accuracy_m = fields.Float(
        allow_nan=False,
        allow_none=True,
        validate=validate.Range(min=0, max=1e6, error="应为米数。"),
        error_messages={"invalid": "应为米数。", "special": "应为米数。"},
    )
    done_at = fields.AwareDateTime(
        format="iso", error_messages={"invalid": "时间应写作 2026-11-23T09:58:00+08:00 这样。"}
    )


def _on_site() -> fields.Nested:
    return fields.Nested(OnSite, metadata={"description": "手机所在位置和时间"})


class Answer(Schema):
    """A written word on a serious finding: what somebody who looked into it says."""

    finding = Id(required=True)
    word = Text(500, required=True)


def _answers() -> fields.List[dict[str, Any]]:
    return fields.List(
        fields.Nested(Answer),
        validate=validate.Length(max=200, error="说明过多。"),
        metadata={"description": "对每一项须说明的证据提示，逐项写明核实情况"},
    )


class Recheck(WithNote):
    on_site = _on_site()


class WithReason(Schema):
    reason = Text(required=True)


class Register(Schema):
    level = Choice(Level, required=True)
    sector = Text(32, required=True)
    site = Id()
    basis = Text(metadata={"description": "判定依据：条款"})
    note = Text()


class Resubmit(Schema):
    note = Text()
    description = Text(4000)
    level = Choice([Level.GENERAL, Level.SUSPECTED_MAJOR])
    photos = _photos()


class VoidData(Schema):
    reason = Text(required=True)
    duplicate_of = Text(40)


class Assign(Schema):
    responsible_unit = Id(required=True, metadata={"description": "责任单位（监管对象）的编号"})
    deadline = Day(required=True)
    instructions = Text()


class Reassign(Assign):
    reason = Text(required=True)


class Responsibility(Schema):
    person = Text(64, least=0)
    unit = Text(100, least=0)
    phone = Text(20, least=0)


class Funds(Schema):
    amount_yuan = fields.Decimal(
        places=2,
        as_string=True,
        allow_none=True,
        validate=validate.Range(
            min=Decimal(0), max=Decimal("999999999999.99"), error="金额应为 0 至 9999 亿元。"
        ),
        error_messages={"invalid": "金额应为数字（元）。", "special": "金额应为数字（元）。"},
    )
    source = Text(200, least=0, load_default="")


class Plan(Schema):
    """Any part may be absent here: which of the five are in place is for `five` to say."""

    responsibility = fields.Nested(Responsibility, allow_none=True)
    measures = Text(4000, least=0, allow_none=True)
    funds = fields.Nested(Funds, allow_none=True)
    deadline = Day(allow_none=True)
    contingency = Text(4000, least=0, allow_none=True)


class SubmitPlan(Schema):
    plan = fields.Nested(Plan, required=True, error_messages={"required": "必填。"})


class RequestExtension(Schema):
    deadline = Day(required=True)
    reason = Text(required=True)
    interim_measures = Text(required=True)


class Finish(Schema):
    summary = Text(4000, required=True)
    photos = _photos(1)
    on_site = _on_site()


class Accept(Schema):
    opinion = Text(required=True)
    acceptors = fields.List(Text(64), validate=validate.Length(max=20, error="验收人过多。"))
    photos = _photos()
    answers = _answers()
    on_site = _on_site()


class RefuseAcceptance(Schema):
    reason = Text(required=True)
    deadline = Day(required=True)
    photos = _photos()


class Close(Schema):
    opinion = Text(required=True)
    answers = _answers()


class Regrade(Schema):
    level = Choice(Level, required=True)
    basis = Text(required=True)


class ListData(Schema):
    rank = Text(20, required=True, metadata={"description": "挂牌级别：市、吕梁、省"})
    supervisor_unit = Text(100, required=True)
    deadline = Day(required=True)
    document_no = Text(50)


class Delist(Schema):
    document_no = Text(50)
    note = Text()


class OneReport(Schema):
    when = Day(required=True)
    how = Text(200, required=True)
    photo = fields.String(validate=SHA256)


class DualReport(Schema):
    """Each of the two may be reported by itself; a major hazard needs both."""

    to_regulator = fields.Nested(OneReport)
    to_employees = fields.Nested(OneReport)

    @validates_schema
    def at_least_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("请填写向监管部门或向职工的报告。")


class Suspend(Schema):
    reason = Text(required=True)
    document_no = Text(50)


class HandOver(Schema):
    """To the area that a hazard really lies in."""

    area = fields.String(
        required=True,
        validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"),
        error_messages={"required": "必填。", "null": "必填。", "invalid": "应为 12 位区划编码。"},
    )
    reason = Text(required=True)


class Transfer(Schema):
    to = Text(100, required=True)
    reason = Text(required=True)
    document_no = Text(50)


DATA: Mapping[Action, type[Schema]] = {
    Action.REGISTER: Register,
    Action.RETURN_REPORT: WithReason,
    Action.RESUBMIT: Resubmit,
    Action.VOID: VoidData,
    Action.FIX_ON_SPOT: Finish,
    Action.ASSIGN: Assign,
    Action.DECLINE: WithReason,
    Action.SUBMIT_PLAN: SubmitPlan,
    Action.APPROVE_PLAN: NoData,
    Action.RETURN_PLAN: WithReason,
    Action.REPORT_PROGRESS: WithNote,
    Action.REQUEST_EXTENSION: RequestExtension,
    Action.GRANT_EXTENSION: NoData,
    Action.REFUSE_EXTENSION: WithReason,
    Action.FINISH: Finish,
    Action.ACCEPT: Accept,
    Action.REFUSE_ACCEPTANCE: RefuseAcceptance,
    Action.CLOSE: Close,
    Action.REFUSE_CLOSURE: WithReason,
    Action.RECHECK: Recheck,
    Action.REGRADE: Regrade,
    Action.LIST: ListData,
    Action.DELIST: Delist,
    Action.DUAL_REPORT: DualReport,
    Action.SUSPEND: Suspend,
    Action.RESUME: WithReason,
    Action.TRANSFER: Transfer,
    Action.HAND_OVER: HandOver,
    Action.REASSIGN: Reassign,
    Action.COMMENT: WithNote,
    Action.REMIND: NoData,
}


def photos_in(action: Action, data: Mapping[str, Any]) -> list[str]:
    """The sha256 of every photo that an action's data names, each once, in order."""
    named = list(data.get("photos", ()))
    if action is Action.DUAL_REPORT:
        named += [report["photo"] for report in data.values() if "photo" in report]
    return list(dict.fromkeys(named))
