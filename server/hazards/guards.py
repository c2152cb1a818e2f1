"""The guards of the lifecycle: what must be true before an action may be done.

A guard is a plain function from what is known to an `Obstacle`, or None. *Standing* guards look at
the hazard and the actor alone, so that the actions open to somebody can be told beforehand;
*carried* guards look at what the action carries as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from ..glossary import Level, Stage, State
from ..people.permissions import Actor
from .facts import Facts
from .five import missing_parts


@dataclass(frozen=True)
class Limits:
    """The limits of extensions, which differ by locality (settings)."""

    extension_limit: int
    extension_max_days: int
    extension_notice_days: int


@dataclass(frozen=True)
class Standing:
    """What is known before the action's data: the hazard, who asks, and the day (Asia/Shanghai)."""

    facts: Facts
    actor: Actor
    today: date
    limits: Limits
    may_grade: bool


class Serious(NamedTuple):
    """A serious finding about the hazard's evidence, in words."""

    id: int
    name: str
    sentence: str


@dataclass(frozen=True)
class Carried(Standing):
    """And with it: `data` as its schema parsed it, and the other hazard that it names, if any.

    `serious` are the serious findings about the evidence so far, None where it has not all been
    looked at.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    other: Facts | None = None
    serious: Sequence[Serious] | None = ()


@dataclass(frozen=True)
class Obstacle:
    """Why not: a stable code, a sentence that says what to do, and what exactly is missing."""

    code: str
    message: str
    missing: tuple[Mapping[str, str], ...] = ()


# Standing guards


def five_in_place(known: Standing) -> Obstacle | None:
    """五到位 before rectification begins (孝安办函〔2023〕1号 任务20(1))."""
    return _five(known.facts.plan, known.today)


def plan_approved(known: Standing) -> Obstacle | None:
    if known.facts.plan is not None and known.facts.plan_approved:
        return None
    message = "没有经批准的整改方案，请先由安委办改派，再报五到位方案。"
    return Obstacle("plan_not_approved", message)


def graded(known: Standing) -> Obstacle | None:
    """Whether a hazard is a major one is for the department to say, before the plan is approved."""
    if known.facts.level is not Level.SUSPECTED_MAJOR:
        return None
    message = "疑似重大隐患须先由行业主管部门判定等级（等级变更）。"
    return Obstacle("not_graded", message)


def dual_reported_if_major(known: Standing) -> Obstacle | None:
    """重大隐患双报告: to the regulator and to the employees (《安全生产法》第41条第2款)."""
    facts = known.facts
    if facts.level is not Level.MAJOR or facts.dual_reported:
        return None
    missing = [
        {"part": "to_regulator", "name": "向监管部门报告", "message": "尚未报告"}
        for done in [facts.reported_to_regulator]
        if done is None
    ] + [
        {"part": "to_employees", "name": "向职工报告", "message": "尚未报告"}
        for done in [facts.reported_to_employees]
        if done is None
    ]
    return Obstacle("not_dual_reported", "重大隐患须先完成双报告。", tuple(missing))


def listed_if_major(known: Standing) -> Obstacle | None:
    """挂牌督办 of a major hazard before its plan is approved (任务16(2)、20(2))."""
    if known.facts.level is not Level.MAJOR or known.facts.listing is not None:
        return None
    return Obstacle("not_listed", "重大隐患须先挂牌督办。")


def is_major(known: Standing) -> Obstacle | None:
    if known.facts.level is Level.MAJOR:
        return None
    return Obstacle("not_major", "只有重大隐患才挂牌督办，请先变更等级。")


def may_be_major(known: Standing) -> Obstacle | None:
    if known.facts.level is not Level.GENERAL:
        return None
    return Obstacle("not_major", "一般隐患不需要双报告。")


def is_general(known: Standing) -> Obstacle | None:
    if known.facts.level is Level.GENERAL:
        return None
    return Obstacle("not_general", "疑似重大、重大隐患不能立查立改，请登记后按程序整改。")


def not_listed(known: Standing) -> Obstacle | None:
    if known.facts.listing is None or known.facts.delisted:
        return None
    return Obstacle("already_listed", "已经挂牌督办。")


def can_be_delisted(known: Standing) -> Obstacle | None:
    """摘牌 comes after acceptance, or when the hazard turns out not to be a major one."""
    facts = known.facts
    if facts.listing is None or facts.delisted:
        return Obstacle("not_listed", "没有挂牌，不需要摘牌。")
    if facts.state is State.AWAITING_CLOSURE or facts.level is not Level.MAJOR:
        return None
    return Obstacle("not_accepted", "验收通过后才能摘牌。")


def delisted_if_listed(known: Standing) -> Obstacle | None:
    if known.facts.listing is None or known.facts.delisted:
        return None
    return Obstacle("not_delisted", "挂牌督办的隐患须先摘牌，再销号。")


def rectified_on_five(known: Standing) -> Obstacle | None:
    """No line is struck off whose five were not in place; a fix on the spot needed no plan.

    The plan's own deadline may have passed by now: it was met, so the parts are judged as of it.
    """
    facts = known.facts
    if facts.fixed_on_spot:
        return None
    deadline = (facts.plan or {}).get("deadline")
    return _five(facts.plan, date.fromisoformat(deadline) if deadline else known.today)


def has_after_photo(known: Standing) -> Obstacle | None:
    if known.facts.sha256s(Stage.AFTER):
        return None
    return Obstacle("no_after_photo", "没有整改后的现场照片，不能验收。")


def accepted_by_two_if_major(known: Standing) -> Obstacle | None:
    """A hazard that was graded as major after its acceptance is accepted anew, by two."""
    facts = known.facts
    if facts.level is not Level.MAJOR or len(facts.acceptors) >= 2:
        return None
    message = "重大隐患验收至少两人，请退回（不予销号）后重新验收。"
    return Obstacle("too_few_acceptors", message)


def not_rectifier(known: Standing) -> Obstacle | None:
    """整改人≠验收人; nor does who put it right strike it off."""
    if known.actor.id != known.facts.rectifier_id:
        return None
    return Obstacle("same_person", "整改人不能验收或销号自己整改的隐患，请由他人办理。")


def not_accepter(known: Standing) -> Obstacle | None:
    """验收人≠销号审批人."""
    if known.actor.id not in known.facts.acceptor_ids:
        return None
    return Obstacle("same_person", "验收人不能销号，请由他人办理。")


def not_planner(known: Standing) -> Obstacle | None:
    if known.actor.id != known.facts.plan_by:
        return None
    return Obstacle("same_person", "不能审批自己上报的方案，请由他人办理。")


def not_asker(known: Standing) -> Obstacle | None:
    if known.actor.id != known.facts.extension_by:
        return None
    return Obstacle("same_person", "不能审批自己提出的延期，请由他人办理。")


def extension_pending(known: Standing) -> Obstacle | None:
    if known.facts.extension_requested is not None:
        return None
    return Obstacle("no_extension_requested", "没有待审批的延期申请。")


def can_be_extended(known: Standing) -> Obstacle | None:
    """An extension is asked before the deadline, and so often only."""
    facts, limits = known.facts, known.limits
    if facts.extension_requested is not None:
        return Obstacle("extension_pending", "已有一项延期申请待审批。")
    if facts.extensions >= limits.extension_limit:
        message = f"已延期 {facts.extensions} 次，达到上限，不能再申请。"
        return Obstacle("extension_limit", message)
    if facts.deadline is None:
        return Obstacle("no_deadline", "还没有整改期限，不需要延期。")
    if (facts.deadline - known.today).days < limits.extension_notice_days:
        notice = limits.extension_notice_days
        ahead = f"期满前 {notice} 天" if notice else "期满前"
        return Obstacle("extension_too_late", f"延期须在{ahead}申请，现在已晚。")
    return None


def is_suspended(known: Standing) -> Obstacle | None:
    if known.facts.suspended:
        return None
    return Obstacle("not_suspended", "没有停产停用，不需要恢复。")


def is_not_suspended(known: Standing) -> Obstacle | None:
    return Obstacle("already_suspended", "已经停产停用。") if known.facts.suspended else None


def has_responsible_unit(known: Standing) -> Obstacle | None:
    """A fix on the spot that was not accepted goes on without a unit, until it is reassigned."""
    if known.facts.responsible_site_id is not None:
        return None
    return Obstacle("no_responsible_unit", "还没有责任单位，没有可以催办的对象，请先改派。")


# Carried guards


def plan_in_five(known: Carried) -> Obstacle | None:
    return _five(known.data["plan"], known.today)


def plan_within_deadline(known: Carried) -> Obstacle | None:
    planned, limit = known.data["plan"].get("deadline"), known.facts.deadline
    if planned is None or limit is None or planned <= limit:
        return None
    return Obstacle(
        "plan_after_deadline",
        f"方案期限 {planned} 晚于交办期限 {limit}，请提前，或在批准后申请延期。",
        ({"part": "deadline", "name": "时限", "message": f"不能晚于 {limit}"},),
    )


def deadline_ahead(known: Carried) -> Obstacle | None:
    if known.data["deadline"] >= known.today:
        return None
    missing = {"part": "deadline", "name": "期限", "message": "不能早于今天"}
    return Obstacle("deadline_past", "期限不能早于今天。", (missing,))


def extension_within_reach(known: Carried) -> Obstacle | None:
    asked, current = known.data["deadline"], known.facts.deadline
    assert current is not None
    if asked <= current:
        return Obstacle("extension_not_later", f"申请的期限须晚于现期限 {current}。")
    if (asked - current).days > known.limits.extension_max_days:
        message = f"一次延期最多 {known.limits.extension_max_days} 天。"
        return Obstacle("extension_too_long", message)
    return None


def lowered_with_reason(known: Carried) -> Obstacle | None:
    """A suspicion of a major hazard is not dropped without a word."""
    lowered = known.facts.level is not Level.GENERAL and known.data["level"] == Level.GENERAL
    if not lowered or known.data.get("note"):
        return None
    missing = {"part": "note", "name": "说明", "message": "请写明降为一般的理由"}
    return Obstacle("reason_missing", "上报为疑似重大，登记为一般须写明理由（note）。", (missing,))


def major_by_department(known: Carried) -> Obstacle | None:
    if known.data["level"] != Level.MAJOR or known.may_grade:
        return None
    return Obstacle("may_not_grade", "重大隐患由行业主管部门判定，请登记为疑似重大。")


def grade_differs(known: Carried) -> Obstacle | None:
    if known.data["level"] != known.facts.level:
        return None
    return Obstacle("same_level", f"等级已经是“{known.facts.level.chinese}”。")


def not_own_report_as_false(known: Carried) -> Obstacle | None:
    """本人不得审批本人上报的误报; one's own duplicate, which names the other, is no such thing."""
    if known.other is not None or known.actor.id != known.facts.reporter_id:
        return None
    return Obstacle("same_person", "不能把自己上报的隐患作为误报作废，请由他人办理。")


def duplicate_stands(known: Carried) -> Obstacle | None:
    other = known.other
    if other is None or (other.state is not State.VOID and other.number != known.facts.number):
        return None
    return Obstacle("duplicate_void", "重复项须指向另一条未作废的隐患。")


def after_is_not_before(known: Carried) -> Obstacle | None:
    same = known.facts.sha256s(Stage.BEFORE) & set(known.data["photos"])
    if not same:
        return None
    missing = {"part": "photos", "name": "整改后照片", "message": "与整改前照片是同一张"}
    return Obstacle("after_is_before", "整改后照片与整改前是同一张，请重新拍摄。", (missing,))


def findings_answered(known: Carried) -> Obstacle | None:
    """Nothing serious about the evidence is passed over without a written word."""
    if known.serious is None:
        return Obstacle("evidence_pending", "照片证据正在核对，请稍候几秒再办理。")
    answered = {each["finding"] for each in known.data.get("answers", ())}
    missing = tuple(
        {"part": f"answers.{each.id}", "name": each.name, "message": each.sentence}
        for each in known.serious
        if each.id not in answered
    )
    if not missing:
        return None
    message = f"有 {len(missing)} 项证据提示，请逐项写明核实情况。"
    return Obstacle("findings_unanswered", message, missing)


def elsewhere(known: Carried) -> Obstacle | None:
    """A hazard is handed over to another area than its own."""
    if known.data["area"] != known.facts.area_code:
        return None
    return Obstacle("same_area", "隐患已经在这个区划，不需要划转。")


def accepted_by_others(known: Carried) -> Obstacle | None:
    """Nor is the rectifier one of the acceptors that somebody else names."""
    rectifier = known.facts.rectifier_id in known.data["acceptor_ids"]
    if not rectifier and known.facts.rectifier_name not in known.data["acceptors"]:
        return None
    return Obstacle("same_person", "验收人中有整改人，请更换。")


def two_acceptors_if_major(known: Carried) -> Obstacle | None:
    """重大隐患 is accepted by two persons at least."""
    if known.facts.level is not Level.MAJOR or len(set(known.data["acceptors"])) >= 2:
        return None
    missing = {"part": "acceptors", "name": "验收人", "message": "至少两人"}
    return Obstacle("too_few_acceptors", "重大隐患验收至少两人。", (missing,))


def _five(plan: Mapping[str, Any] | None, today: date) -> Obstacle | None:
    missing = missing_parts(plan, today)
    if not missing:
        return None
    message = "五到位缺：" + "；".join(f"{each.name}（{each.message}）" for each in missing) + "。"
    details = tuple(
        {"part": f"plan.{each.part}", "name": each.name, "message": each.message}
        for each in missing
    )
    return Obstacle("five_not_in_place", message, details)
