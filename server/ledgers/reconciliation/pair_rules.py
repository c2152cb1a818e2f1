"""The rules that hold a line of theirs against the line of ours that is the same hazard.

Each is a plain function that gives what it finds, or None. None decides who is right: it says what
stands on both sides, and what somebody who knows could do about it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from ...glossary import OPEN_STATES, Action, Level, State
from ..differences import DifferenceKind
from ..records import Record, Standing
from .normalising import BRACKETED, names_in
from .noted import NAMES, Held, Noted, Pair, Suggestion, comment, shown, text_of

K = DifferenceKind
PairRule = Callable[[Pair, Held], Noted | None]

# What their remarks call a hazard that went to another office.
SAID_TO_BE_ELSEWHERE = ("划转", "转交", "移交", "划出", "转出")
SAID_TO_ENFORCEMENT = ("移交执法", "移送执法")


def findings(pair: Pair, held: Held) -> Iterator[Noted]:
    """All that the rules find between the two."""
    pair = replace(pair, theirs=replace(pair.theirs, record=as_of(pair.theirs.record, held)))
    yield from (each for each in (rule(pair, held) for rule in PAIR_RULES) if each is not None)


def as_of(record: Record, held: Held) -> Record:
    """Their line as it stood at the month's end: what was struck off later was open then."""
    if record.closed_on is None or record.closed_on <= held.month.last:
        return record
    return replace(record, closed_on=None, standing=Standing.OPEN)


def level_differs(pair: Pair, held: Held) -> Noted | None:
    """等级: graded one way here and another way there."""
    ours, theirs = pair.ours.record, pair.theirs.record
    if theirs.level is None or theirs.level is ours.level:
        return None
    words = "请核对判定依据；对方正确的，由有权部门变更等级；我方正确的，答复对方更正。"
    suggestion = Suggestion(words)
    if pair.ours.state in OPEN_STATES:
        suggestion = Suggestion(words, Action.REGRADE, {"level": Level(theirs.level).value})
    return _values(pair, "level", "等级影响督办、验收人数和统计。", suggestion)


def deadline_differs(pair: Pair, held: Held) -> Noted | None:
    """期限: another deadline than ours; one that an extension moved is another rule's."""
    ours, theirs = pair.ours.record, pair.theirs.record
    if None in (ours.deadline, theirs.deadline) or ours.deadline == theirs.deadline:
        return None
    note = f"对账：对方台账整改时限为 {theirs.deadline}，我方为 {ours.deadline}。"
    words = "以批准的方案和延期为准；确需延长的，由责任单位申请延期、审批后再改。"
    why = "逾期与否会得出两种结论。"
    return _values(pair, "deadline", why, comment(pair.ours, note, words))


def standing_differs(pair: Pair, held: Held) -> Noted | None:
    """状态: open here and struck off there, or the other way."""
    ours, theirs = pair.ours.record, pair.theirs.record
    if theirs.standing is None or theirs.standing is ours.standing:
        return None
    why = "销号与否两侧不一致，期末未销号对不上。"
    return _values(pair, "standing", why, _standing_act(pair))


def _standing_act(pair: Pair) -> Suggestion:
    ours, theirs = pair.ours, pair.theirs.record
    if ours.record.standing is Standing.CLOSED:
        return Suggestion("我方已经验收销号，请对方核对后补登；确未整改的，请派人现场复查。")
    if ours.record.standing is Standing.VOID:
        return Suggestion("我方已作废，请告知对方作废理由；对方查实存在的，请重新上报。")
    if theirs.standing is Standing.VOID:
        note = "对账：对方台账已作废此条，请核实是否属实。"
        return comment(ours, note, "请向对方索要作废理由；查实不存在的，按程序作废。")
    if ours.state is State.AWAITING_CLOSURE:
        words = "我方已验收、待销号：核对资料齐全后销号；不齐的退回。"
        return Suggestion(words, Action.CLOSE)
    note = "对账：对方台账已销号，我方尚未验收销号，请到现场核实。"
    words = "不能凭对方台账直接销号：请现场核实，整改到位的按程序验收、销号；未到位的答复对方。"
    return comment(ours, note, words)


def closing_day_differs(pair: Pair, held: Held) -> Noted | None:
    """销号日期: struck off on both sides, on different days."""
    ours, theirs = pair.ours.record, pair.theirs.record
    if None in (ours.closed_on, theirs.closed_on) or ours.closed_on == theirs.closed_on:
        return None
    words = "以销号审批日期为准，请登错的一方更正。"
    return _values(pair, "closed_on", "跨月时月度平衡会差一条。", Suggestion(words))


def person_differs(pair: Pair, held: Held) -> Noted | None:
    """责任人: another person answers for it; telephone numbers and order aside."""
    ours = frozenset(names_in(pair.ours.record.responsible_person))
    theirs = frozenset(names_in(BRACKETED.sub("", pair.theirs.record.responsible_person)))
    masked = any("*" in each or "某" in each for each in theirs)
    if not ours or not theirs or masked or ours & theirs:
        return None
    note = f"对账：对方台账整改责任人为{'、'.join(sorted(theirs))}。"
    words = "以批准的整改方案为准；责任人变动的，由责任单位重报方案或备注说明。"
    why = "责任人不一致，出了问题找不到人。"
    return _values(pair, "responsible_person", why, comment(pair.ours, note, words))


def _values(pair: Pair, name: str, why: str, suggestion: Suggestion) -> Noted:
    ours, theirs = pair.ours.record, pair.theirs.record
    values = [text_of(getattr(record, name)) for record in (ours, theirs)]
    return Noted(
        K.VALUES_DIFFER,
        name,
        f"{NAMES[name]}：我方“{values[0]}”，对方“{values[1]}”。{why}",
        suggestion,
        shown(ours, "number", "site_name", name),
        shown(theirs, "ref", "number", name),
    )


def closed_without_our_evidence(pair: Pair, held: Held) -> Noted | None:
    """④ Struck off there; here it was not accepted, or there is no photo of it put right."""
    ours, theirs = pair.ours, pair.theirs.record
    if theirs.standing is not Standing.CLOSED or ours.record.standing is Standing.VOID:
        return None
    lacking = []
    if ours.record.accepted_on is None:
        lacking.append("我方没有验收记录")
    if not ours.has_after_photo:
        lacking.append("我方没有整改后照片")
    if ours.rectifier_name and ours.rectifier_name in theirs.acceptors:
        lacking.append(f"对方所列验收人{ours.rectifier_name}就是整改人")
    if not lacking:
        return None
    note = f"对账：对方台账已销号，但{'、'.join(lacking)}。"
    return Noted(
        K.CLOSED_WITHOUT_EVIDENCE,
        "ours",
        f"对方已销号，但{'、'.join(lacking)}，销号依据不足。",
        comment(ours, note, "请对方提供验收记录和整改后照片；现场核实、验收之前不得按已销号统计。"),
        shown(ours.record, "number", "site_name", "standing", "accepted_on", "acceptors"),
        shown(theirs, "ref", "standing", "closed_on", "acceptors", "accepted_on"),
    )


def photos_doubted(pair: Pair, held: Held) -> Noted | None:
    """⑥ What was found about the photos of a hazard that they have as struck off, or we do."""
    ours, theirs = pair.ours, pair.theirs.record
    if not ours.doubts:
        return None
    return Noted(
        K.PHOTO_EVIDENCE,
        "",
        "照片证据有疑问：" + "".join(ours.doubts),
        comment(
            ours,
            "对账：照片证据有疑问，请复核。",
            "请到现场复核并重新拍照；查实有误的不予验收销号。",
        ),
        shown(ours.record, "number", "site_name", "standing") | {"照片证据": " ".join(ours.doubts)},
        shown(theirs, "ref", "standing", "closed_on"),
    )


def extension_unknown_here(pair: Pair, held: Held) -> Noted | None:
    """⑧ They say that it was extended; nobody here granted it."""
    ours, theirs = pair.ours, pair.theirs.record
    said = _extended(theirs)
    if not said or ours.extensions:
        return None
    note = "对账：对方台账注明已延期，我方没有批准的延期。"
    return Noted(
        K.EXTENSION_IRREGULAR,
        "unknown",
        "对方注明已延期，我方没有批准的延期，期限不能自行顺延。",
        comment(ours, note, "请责任单位在期满前申请延期；没有批准的，仍按原期限办理。"),
        shown(ours.record, "number", "site_name", "deadline") | {"延期次数": str(ours.extensions)},
        shown(theirs, "ref", "deadline", "remarks"),
    )


def _extended(record: Record) -> bool:
    text = record.remarks + record.finish_summary
    return "延期" in text and not any(word in text for word in ("未延期", "不延期", "申请延期"))


def handed_over_on_one_side(pair: Pair, held: Held) -> Noted | None:
    """⑬ Their remarks say that it went elsewhere; here it never left."""
    ours, theirs = pair.ours, pair.theirs.record
    said = any(word in theirs.remarks for word in SAID_TO_BE_ELSEWHERE)
    enforcement = any(word in theirs.remarks for word in SAID_TO_ENFORCEMENT)
    if not said or enforcement or ours.came_from or ours.state not in OPEN_STATES:
        return None
    note = f"对账：对方台账注明“{theirs.remarks[:60]}”，我方没有划转记录。"
    return Noted(
        K.TRANSFER_ONE_SIDED,
        "said",
        "对方注明已划转，我方没有划出记录，有可能两边都不管。",
        comment(ours, note, "请核实现在由谁负责；确应划转的，由我方办理“划转”。"),
        shown(ours.record, "number", "site_name", "township", "sector", "standing"),
        shown(theirs, "ref", "township", "sector", "remarks"),
    )


def visit_contradicts(pair: Pair, held: Held) -> Noted | None:
    """⑯ They have it as struck off; somebody of ours went there later and found it not so."""
    ours, theirs = pair.ours, pair.theirs.record
    since = theirs.closed_on or date.min
    seen = [visit for visit in ours.visits if visit.on >= since]
    if theirs.standing is not Standing.CLOSED or not seen:
        return None
    last = seen[-1]
    said = f"{last.on} {last.by}现场回访：{last.result.chinese}" + (
        f"（{last.note}）" if last.note else ""
    )
    return Noted(
        K.SAMPLING_CONTRADICTED,
        "",
        f"对方已销号，但{said}，属于应发现未发现或虚假销号。",
        _not_right(ours.state),
        shown(ours.record, "number", "site_name", "standing") | {"回访结论": said},
        shown(theirs, "ref", "standing", "closed_on", "acceptors", "acceptance_opinion"),
    )


def _not_right(state: State) -> Suggestion:
    if state is State.AWAITING_CLOSURE:
        return Suggestion("请不予销号，退回整改。", Action.REFUSE_CLOSURE)
    if state is State.AWAITING_ACCEPTANCE:
        words = "请验收不合格退回，并给出新的期限（data.deadline）。"
        return Suggestion(words, Action.REFUSE_ACCEPTANCE)
    if state is State.CLOSED:
        return Suggestion("请用随手拍新报一条并注明原编号（销号后不重开旧号），并追查原结论。")
    if state in OPEN_STATES:
        return Suggestion(
            "请通知对方撤回销号，继续整改。",
            Action.COMMENT,
            {"note": "对账：对方误销，回访未整改。"},
        )
    return Suggestion("请核实现场情况后答复对方。")


PAIR_RULES: tuple[PairRule, ...] = (
    level_differs,
    deadline_differs,
    standing_differs,
    closing_day_differs,
    person_differs,
    closed_without_our_evidence,
    photos_doubted,
    extension_unknown_here,
    handed_over_on_one_side,
    visit_contradicts,
)
