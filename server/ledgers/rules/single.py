"""Rules that look at one line by itself (rules.md 5: ④ ⑤ ⑦ ⑨ ⑭)."""

import re
from collections.abc import Iterator
from datetime import date

from ...glossary import Level
from ...hazards.five import says_nothing
from ..differences import DifferenceKind as K
from ..records import Record, Standing
from .flaws import Flaw, on

# Work that somebody has to be paid for.
CONSTRUCTION = re.compile(
    "施工|安装|加装|更换|改造|加固|拆除|新建|修建|重建|翻修|增设|铺设|敷设|购置|采购|浇筑|砌筑|硬化|焊接|土建"
)

# A name as a ledger has it; a telephone number, a day or a word in brackets may follow.
PERSON = re.compile(r"[^\d\s（(，,、；;：:*+]+")


def person(text: str) -> str:
    """The name that a cell begins with: `赵六 138****1234` → `赵六`."""
    found = PERSON.search(text)
    return found.group() if found else ""


def is_closed(record: Record) -> bool:
    """Whether the ledger says that the line is struck off."""
    return record.standing is Standing.CLOSED or (
        record.standing is None and record.closed_on is not None
    )


def closed_without_evidence(record: Record) -> Iterator[Flaw]:
    """④ Struck off without an acceptance, or one by who put it right, or before the work was done.

    A closing day before the day of finding is wrong by itself (`dates_out_of_order`): nothing
    else is read into it.
    """
    if not is_closed(record):
        return
    closed = {"销号日期": on(record.closed_on)}
    if not record.acceptors and record.accepted_on is None and not record.acceptance_opinion:
        yield not_accepted(record)
    yield from _own_acceptance(record)
    if record.closed_on is None or record.closed_on < (record.found_on or record.closed_on):
        return
    for name, day in (("整改完成", record.finished_on), ("验收", record.accepted_on)):
        if day is not None and day > record.closed_on:
            yield Flaw(
                K.CLOSED_WITHOUT_EVIDENCE,
                "finished_after_closure" if name == "整改完成" else "accepted_after_closure",
                f"{name}日期 {day} 晚于销号日期 {record.closed_on}：销号时还没有{name}。",
                closed | {f"{name}日期": on(day)},
                f"核对{name}日期和销号日期；确属先销号后{name}的，说明原因并补正台账。",
            )


def not_accepted(record: Record) -> Flaw:
    """Struck off, and the acceptance is not told, or not all of it."""
    return Flaw(
        K.CLOSED_WITHOUT_EVIDENCE,
        "closed_not_accepted",
        f"已销号（{on(record.closed_on) or '日期未填'}），但验收人、验收日期不全："
        "未经验收不得销号。",
        {
            "销号日期": on(record.closed_on),
            "验收人": "、".join(record.acceptors),
            "验收日期": on(record.accepted_on),
        },
        "补充验收资料；没有验收过的，现场复查，未整改到位的按新隐患上报并注明原编号。",
    )


def _own_acceptance(record: Record) -> Iterator[Flaw]:
    rectifiers = {person(record.responsible_person)} - {""}
    same = sorted(rectifiers & {person(each) for each in record.acceptors})
    if same:
        yield accepted_by_rectifier(same[0], record)


def accepted_by_rectifier(name: str, record: Record) -> Flaw:
    """整改人≠验收人 (rules.md 4)."""
    return Flaw(
        K.CLOSED_WITHOUT_EVIDENCE,
        "accepted_by_rectifier",
        f"验收人 {name} 就是整改责任人：自己整改、自己验收，验收无效。",
        {"整改责任人": name, "验收人": "、".join(record.acceptors)},
        "由整改人以外的人员重新到现场验收、复查。",
    )


def dates_out_of_order(record: Record, today: date) -> Iterator[Flaw]:
    """⑤ Days that contradict each other, or lie ahead (`today` in Asia/Shanghai)."""
    found, finished = ("检查日期", record.found_on), ("整改完成日期", record.finished_on)
    accepted, closed = ("验收日期", record.accepted_on), ("销号日期", record.closed_on)
    for rule, earlier, later in (
        ("closed_before_found", found, closed),
        ("finished_before_found", found, finished),
        ("accepted_before_found", found, accepted),
        ("deadline_before_found", found, ("整改时限", record.deadline)),
        ("accepted_before_finished", finished, accepted),
    ):
        if earlier[1] is not None and later[1] is not None and later[1] < earlier[1]:
            yield out_of_order(rule, earlier[0], earlier[1], later[0], later[1])
    for rule, (name, day) in (
        ("found_in_future", found),
        ("finished_in_future", finished),
        ("accepted_in_future", accepted),
        ("closed_in_future", closed),
    ):
        if day is not None and day > today:
            yield Flaw(
                K.DATES_OUT_OF_ORDER,
                rule,
                f"{name} {day} 还没有到。",
                {name: on(day)},
                f"核对并改正{name}。",
            )


def out_of_order(rule: str, before: str, first: date, after: str, second: date) -> Flaw:
    """Two days by their columns' names, of which the second should not come before the first."""
    return Flaw(
        K.DATES_OUT_OF_ORDER,
        rule,
        f"{after} {second} 早于{before} {first}，先后矛盾。",
        {before: on(first), after: on(second)},
        f"核对原始记录，改正{before}或{after}。",
    )


def overdue_without_extension(record: Record, today: date) -> Iterator[Flaw]:
    """⑦ Past its deadline and neither finished nor extended (`today` in Asia/Shanghai)."""
    if record.standing is Standing.VOID or is_closed(record):
        return
    done = record.finished_on or record.accepted_on
    if record.deadline is None or done is not None or record.deadline >= today:
        return
    days = (today - record.deadline).days
    yield Flaw(
        K.OVERDUE_WITHOUT_EXTENSION,
        "overdue",
        f"整改时限 {record.deadline} 已过 {days} 天，没有延期，也没有整改完成。",
        {"整改时限": on(record.deadline)},
        "督促责任单位立即整改；拒不整改的，移送执法或停产停用。",
    )


def wants_five(record: Record) -> bool:
    """Whether all five have to be in place by what the ledger says of the line.

    Not before anything was planned, and not for what was put right there and then (立查立改).
    """
    if record.standing is Standing.VOID:
        return False
    on_spot = record.finished_on is not None and record.finished_on == record.found_on
    if on_spot and record.level is not Level.MAJOR and not record.measures:
        return False
    done = record.finished_on or record.accepted_on or record.finish_summary
    planned = record.measures or record.contingency or record.amount_yuan is not None
    return bool(is_closed(record) or done or planned)


def five_incomplete(record: Record) -> Iterator[Flaw]:
    """⑨ Of the five (责任、措施、资金、时限、预案) one is missing, or says nothing.

    Ask `wants_five` first, or know better.
    """
    lacks = dict(_lacking(record))
    if not lacks:
        return
    parts = "；".join(f"{part}（{why}）" for part, (why, _) in lacks.items())
    yield Flaw(
        K.FIVE_INCOMPLETE,
        "five_incomplete",
        f"五到位缺项：{parts}。",
        {part: value for part, (_, value) in lacks.items()},
        "由责任单位补齐责任、措施、资金、时限、预案五项，报安委办审查。",
    )


def _lacking(record: Record) -> Iterator[tuple[str, tuple[str, str]]]:
    """The part, what it lacks, and what stands there."""
    blank = [
        name
        for name, value in (
            ("责任单位", record.responsible_unit),
            ("责任人", person(record.responsible_person)),
        )
        if says_nothing(value)
    ]
    if blank:
        yield "责任", ("没有写明" + "、".join(blank), record.responsible_unit)
    if says_nothing(record.measures):
        yield "措施", ("没有写明整改措施", record.measures)
    if record.amount_yuan is None:
        yield "资金", ("没有写明金额", "")
    elif record.amount_yuan == 0 and (works := CONSTRUCTION.findall(record.measures)):
        words = "、".join(f"“{word}”" for word in dict.fromkeys(works))
        yield "资金", (f"写的是 0，而措施中有{words}", "0")
    if record.deadline is None:
        yield "时限", ("没有整改时限", "")
    if says_nothing(record.contingency):
        yield "预案", ("没有写明应急预案或临时管控措施", record.contingency)


def void_without_reason(record: Record) -> Iterator[Flaw]:
    """⑭ A number that was taken back, and nobody says why."""
    if record.standing is Standing.VOID and says_nothing(record.remarks):
        yield Flaw(
            K.NUMBER_GAP,
            "void_without_reason",
            "编号已作废，没有写明理由。作废编号须保留并说明原因。",
            {"是否销号": Standing.VOID.chinese, "备注": record.remarks},
            "补充作废理由；重复上报的写明保留的编号。",
        )


def flaws_of(record: Record, today: date) -> Iterator[Flaw]:
    """All that is wrong with a line of another office's ledger by itself."""
    yield from closed_without_evidence(record)
    yield from dates_out_of_order(record, today)
    yield from overdue_without_extension(record, today)
    if wants_five(record):
        yield from five_incomplete(record)
    yield from void_without_reason(record)
