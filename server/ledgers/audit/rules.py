"""What can be wrong with a line of ours, beyond what any ledger's line shows by itself.

The guards of the lifecycle prevent much of this. The audit looks all the same: rows that somebody
changed by hand, rows from another system, and the evidence that people accepted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ...clock import local_date
from ...glossary import CAN_BE_OVERDUE, Action, FindingKind, Stage, State, VisitResult
from ...hazards.wording import sentence
from ..differences import DifferenceKind as K
from ..rules import single
from ..rules.flaws import Flaw, on
from ..rules.names import Registry, name_flaw
from ..rules.together import Again
from .lines import Line


@dataclass(frozen=True)
class Limits:
    """From where on something is a flaw (settings)."""

    extension_limit: int
    batch_count: int
    batch_minutes: int
    same_text_count: int
    same_text_length: int
    recurrence_days: int
    transfer_days: int


@dataclass(frozen=True)
class Known:
    """What a rule may look at besides the line: the day (Asia/Shanghai), limits, the registry, and
    the hazards that came back, by number."""

    today: date
    limits: Limits
    registry: Registry
    again: Mapping[str, Again] = field(default_factory=dict)


def closed_without_evidence(line: Line, known: Known) -> Iterator[Flaw]:
    """④ As for any line; and no photo of after, or one person in two of the three parts."""
    found = {flaw.rule: flaw for flaw in single.closed_without_evidence(line.record)}
    if line.state is not State.CLOSED:
        return
    record = line.record
    if record.accepted_on is None or not record.acceptors:
        found.setdefault("closed_not_accepted", single.not_accepted(record))
    if _is_rectifier_among_acceptors(line):
        flaw = single.accepted_by_rectifier(line.rectifier_name, record)
        found.setdefault(flaw.rule, flaw)
    yield from found.values()
    if not line.after_photos:
        yield _closing_flaw(
            line,
            "closed_without_after_photo",
            "已销号，但没有整改后的现场照片，无法证明隐患已经消除。",
            {"整改后照片": "无"},
        )
    yield from _closed_by(line)
    yield from _after_closure(line)


def _is_rectifier_among_acceptors(line: Line) -> bool:
    by_account = line.rectifier_id is not None and line.rectifier_id in line.acceptor_ids
    by_name = bool(line.rectifier_name) and line.rectifier_name in line.record.acceptors
    return by_account or by_name


def _closed_by(line: Line) -> Iterator[Flaw]:
    """Who struck it off: neither who accepted it nor who put it right (职责分离)."""
    close = line.last(Action.CLOSE)
    closer = close.actor_id if close else None
    for rule, other, ids, names in (
        ("closed_by_acceptor", "验收人", line.acceptor_ids, line.record.acceptors),
        ("closed_by_rectifier", "整改人", [line.rectifier_id], [line.rectifier_name]),
    ):
        by_name = bool(line.closer_name) and line.closer_name in names
        if by_name if closer is None else closer in ids:
            yield _closing_flaw(
                line,
                rule,
                f"销号人 {line.closer_name} 就是{other}：{other}不得审批销号。",
                {"销号人": line.closer_name, other: "、".join(names)},
            )


def _after_closure(line: Line) -> Iterator[Flaw]:
    close = line.last(Action.CLOSE)
    if close is None:
        return
    late = line.last(Action.FINISH, Action.ACCEPT, Action.REQUEST_EXTENSION)
    if late is not None and late.seq > close.seq:
        name = Action(late.action).chinese
        yield _closing_flaw(
            line,
            "acted_after_closure",
            f"销号之后又有“{name}”（{on(late.day)}）：销号时手续还没有办完。",
            {name: on(late.day)},
        )


def _closing_flaw(line: Line, rule: str, explanation: str, values: dict[str, str]) -> Flaw:
    closed = {"销号日期": on(line.record.closed_on)}
    advice = "派其他人员到现场复查并拍照；确未整改的按新隐患上报，注明原编号。"
    return Flaw(K.CLOSED_WITHOUT_EVIDENCE, rule, explanation, closed | values, advice)


def dates_out_of_order(line: Line, known: Known) -> Iterator[Flaw]:
    """⑤ As for any line; and finished before it was assigned to whoever finished it."""
    yield from single.dates_out_of_order(line.record, known.today)
    finished_on = line.record.finished_on
    assigned = line.last(Action.ASSIGN, Action.REASSIGN)
    assigned_on = assigned.day if assigned else None
    if finished_on is None or assigned_on is None or line.fixed_on_spot:
        return
    if finished_on < assigned_on:
        yield single.out_of_order(
            "finished_before_assigned", "交办日期", assigned_on, "整改完成日期", finished_on
        )


def photo_evidence(line: Line, known: Known) -> Iterator[Flaw]:
    """⑥ What was found about the photos when they came, and photos taken after the closure."""
    if line.state is State.VOID:
        return
    for kind in dict.fromkeys(each.kind for each in line.findings):
        said = dict.fromkeys(
            sentence(each.kind, each.numbers) for each in line.findings if each.kind is kind
        )
        yield Flaw(
            K.PHOTO_EVIDENCE,
            kind.value,
            f"{kind.chinese}：{''.join(said)}{_answer(line, kind)}",
            {"照片": "".join(said)},
            "调取原件核对拍摄时间、地点；不能证明整改到位的，退回重新拍照或复查。",
        )
    yield from _taken_after_closure(line)


def _answer(line: Line, kind: FindingKind) -> str:
    """What was said to it in writing by whoever accepted or struck off."""
    words = [
        str(each["word"])
        for told in line.story
        for each in told.data.get("answered", ())
        if each["name"] == kind.chinese
    ]
    return f"办理时的说明：{'；'.join(dict.fromkeys(words))}" if words else ""


def _taken_after_closure(line: Line) -> Iterator[Flaw]:
    closed_on, found_on = line.record.closed_on, line.record.found_on
    if closed_on is None or (found_on is not None and closed_on < found_on):
        return  # such a closing day is wrong by itself
    for stage in (Stage.BEFORE, Stage.AFTER):
        days = {local_date(each.taken_at) for each in line.taken_late if each.stage is stage}
        late = "、".join(on(day) for day in sorted(days) if day > closed_on)
        if late:
            yield Flaw(
                K.PHOTO_EVIDENCE,
                f"{stage}_taken_after_closure",
                f"{stage.chinese}照片拍摄于 {late}，晚于销号日期 {closed_on}："
                "销号时还没有这张照片。",
                {"销号日期": on(closed_on), "拍摄日期": late},
                "核对相机时间；照片确为销号后补拍的，到现场复查并说明原因。",
            )


def overdue_without_extension(line: Line, known: Known) -> Iterator[Flaw]:
    """⑦ While it is the responsible unit's turn."""
    if line.state in CAN_BE_OVERDUE:
        yield from single.overdue_without_extension(line.record, known.today)


def extension_irregular(line: Line, known: Known) -> Iterator[Flaw]:
    """⑧ Extended more often than allowed, or asked for when the deadline had passed already."""
    granted = sum(told.action == Action.GRANT_EXTENSION for told in line.story)
    times, limit = max(line.extensions, granted), known.limits.extension_limit
    if times > limit:
        yield Flaw(
            K.EXTENSION_IRREGULAR,
            "extended_too_often",
            f"已延期 {times} 次，超过规定的 {limit} 次。",
            {"延期次数": str(times)},
            "不得再延期；到期未完成的提级督办、移送执法或停产停用。",
        )
    late = list(_late_requests(line))
    if late:
        said = "；".join(
            f"{asked_on} 申请时，整改时限 {deadline} 已过" for asked_on, deadline in late
        )
        yield Flaw(
            K.EXTENSION_IRREGULAR,
            "asked_too_late",
            f"延期须在期满前申请，而{said}。",
            {
                "申请日期": "、".join(on(asked_on) for asked_on, _ in late),
                "整改时限": "、".join(on(deadline) for _, deadline in late),
            },
            "未批准的予以驳回；已批准的由批准人说明理由。",
        )


def _late_requests(line: Line) -> Iterator[tuple[date, date]]:
    """The days on which an extension was asked for after the deadline of then, and that deadline.

    Only the deadline follows from the events here; a damaged event says none.
    """
    deadline = planned = asked = None
    for told in line.story:
        match told.action:
            case Action.ASSIGN | Action.REASSIGN | Action.REFUSE_ACCEPTANCE:
                deadline = _day(told.data.get("deadline")) or deadline
            case Action.SUBMIT_PLAN:
                planned = _day((told.data.get("plan") or {}).get("deadline"))
            case Action.APPROVE_PLAN:
                deadline = planned or deadline
            case Action.DECLINE:
                deadline = None
            case Action.GRANT_EXTENSION:
                deadline = asked or deadline
            case Action.REQUEST_EXTENSION:
                asked = _day(told.data.get("deadline"))
                asked_on = told.day
                if deadline is not None and asked_on is not None and asked_on > deadline:
                    yield asked_on, deadline


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


# From the plan's approval on, all five are there.
ON_PLAN = frozenset(
    {State.RECTIFYING, State.AWAITING_ACCEPTANCE, State.AWAITING_CLOSURE, State.CLOSED}
)


def five_incomplete(line: Line, known: Known) -> Iterator[Flaw]:
    """⑨ Once rectification has begun; what was put right on the spot needed no plan."""
    if line.state in ON_PLAN and not line.fixed_on_spot:
        yield from single.five_incomplete(line.record)


def balance_broken(line: Line, known: Known) -> Iterator[Flaw]:
    """⑩ What the columns count is not what the events tell: the month's balance can't be right."""
    last = line.story[-1] if line.story else None
    said = State(last.to_state).chinese if last else "没有记录"
    if last is None or last.to_state != line.state:
        yield Flaw(
            K.BALANCE_BROKEN,
            "state_against_events",
            f"台账上是“{line.state.chinese}”，操作记录却是“{said}”，结转必然不平。",
            {"状态": line.state.chinese, "操作记录": said},
            "运行 flask audit verify 查明哪一处被改动，按操作记录恢复。",
        )
    close, closed_on = line.last(Action.CLOSE), line.record.closed_on
    told_on = close.day if close else None
    if told_on is None or closed_on is None or f"{told_on:%Y-%m}" == f"{closed_on:%Y-%m}":
        return
    yield Flaw(
        K.BALANCE_BROKEN,
        "closed_in_other_month",
        f"台账上 {closed_on} 销号，操作记录是 {told_on} 销号，算进了不同的月份。",
        {"销号日期": on(closed_on), "操作记录": on(told_on)},
        "运行 flask audit verify 查明哪一处被改动，按操作记录恢复。",
    )


def recurrence(line: Line, known: Known) -> Iterator[Flaw]:
    """⑫"""
    again = known.again.get(line.record.number)
    if again is not None:
        yield again.flaw


def transfer_one_sided(line: Line, known: Known) -> Iterator[Flaw]:
    """⑬ Handed over to another area, whose office has not taken it up."""
    handed = line.last(Action.HAND_OVER)
    handed_on = handed.day if handed else None
    if handed_on is None or line.state is not State.REPORTED:
        return
    days = (known.today - handed_on).days
    if days > known.limits.transfer_days:
        yield Flaw(
            K.TRANSFER_ONE_SIDED,
            "handed_over_not_taken_up",
            f"{handed_on} 划转到本辖区，{days} 天来没有登记：一边已转出，另一边没有接收。",
            {"划转日期": on(handed_on)},
            "接收单位登记并交办；不属本辖区的，写明理由划转到应在的辖区。",
        )


def void_without_reason(line: Line, known: Known) -> Iterator[Flaw]:
    """⑭"""
    yield from single.void_without_reason(line.record)


def name_mismatch(line: Line, known: Known) -> Iterator[Flaw]:
    """⑮ The names on the line and in the registry; a site that was not chosen may be found there.

    Credit codes are the registry's: a wrong one is told once, and not on every line.
    """
    if line.state is State.VOID:
        return
    record = line.record
    site = line.site or getattr(known.registry.named(record.site_name), "name", None)
    for which, column, said, registered in (
        ("site", "单位（场所）名称", record.site_name, site),
        ("responsible", "整改责任单位", record.responsible_unit, line.responsible_site),
    ):
        flaw = name_flaw(column, said, registered) if registered else None
        if flaw is not None:
            yield replace(flaw, rule=f"{which}_{flaw.rule}")


def sampling_contradicted(line: Line, known: Known) -> Iterator[Flaw]:
    """⑯ Struck off, and the last to go and look found it not fixed, or worse."""
    close = line.last(Action.CLOSE)
    if line.state is not State.CLOSED or close is None:
        return
    said = [
        told
        for told in line.story
        if told.action == Action.VISIT and told.seq > close.seq and told.data.get("result")
    ]
    if not said or said[-1].data["result"] not in (VisitResult.NOT_FIXED, VisitResult.WORSE):
        return
    result = VisitResult(said[-1].data["result"]).chinese
    yield Flaw(
        K.SAMPLING_CONTRADICTED,
        "visit_contradicts_closure",
        f"{line.record.closed_on} 已销号，{on(said[-1].day)} 现场回访却是“{result}”。",
        {"销号日期": on(line.record.closed_on), "回访日期": on(said[-1].day), "回访": result},
        "派人复查；确未整改的按新隐患上报，注明原编号，并倒查验收、销号人员。",
    )


RULES: tuple[Callable[[Line, Known], Iterator[Flaw]], ...] = (
    closed_without_evidence,
    dates_out_of_order,
    photo_evidence,
    overdue_without_extension,
    extension_irregular,
    five_incomplete,
    balance_broken,
    recurrence,
    transfer_one_sided,
    void_without_reason,
    name_mismatch,
    sampling_contradicted,
)


def flaws_of(line: Line, known: Known) -> Iterator[Flaw]:
    """All that is wrong with one line of ours."""
    for rule in RULES:
        yield from rule(line, known)
