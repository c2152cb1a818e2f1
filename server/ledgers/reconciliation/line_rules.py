"""The rules about one line alone: what their ledger says of a hazard can be wrong by itself; and
what it means when only one of the two ledgers has the line.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ...glossary import Action
from ..differences import DifferenceKind
from ..records import Record, Standing
from ..rules.flaws import Flaw
from ..rules.names import Registry, credit_code_flaw, name_flaw, name_mismatch
from ..rules.single import (
    closed_without_evidence,
    dates_out_of_order,
    five_incomplete,
    overdue_without_extension,
    void_without_reason,
    wants_five,
)
from .noted import IDENTIFYING, Held, Noted, Suggestion, TheirLine, comment, of_flaw, shown
from .ours import OurLine

K = DifferenceKind
EXTENDED_TIMES = re.compile(
    r"(?:已)?延期\s*([0-9一二两三四五六七八九十]+)\s*次|第\s*([0-9一二两三四五六七八九十]+)\s*次延期"
)
DIGITS = {each: number for number, each in enumerate("零一二三四五六七八九十")} | {"两": 2}


def findings(
    line: TheirLine, held: Held, registry: Registry, ours: OurLine | None
) -> Iterator[Noted]:
    """All that is to be said of a line of theirs by itself (③ ④ ⑤ ⑦ ⑧ ⑨ ⑭ ⑮).

    `ours` is the hazard that it is, where that is known: its site tells the unit's right name.
    """
    flaws = (*_flaws(line.record, held), *_names(line, registry, ours))
    yield from (of_flaw(flaw, line.record) for flaw in flaws)
    if often := extended_too_often(line, held):
        yield often


def _flaws(record: Record, held: Held) -> Iterator[Flaw]:
    """What is wrong by the rules for any ledger. What the file has no column for is not held
    against it, and an extension that is spoken of is no silent one."""
    asked = _as_if_said(record, held.columns)
    no_acceptance = not held.columns & {"acceptors", "accepted_on", "acceptance_opinion"}
    for flaw in closed_without_evidence(record):
        if not (no_acceptance and flaw.rule == "closed_not_accepted"):
            yield flaw
    yield from dates_out_of_order(record, held.today)
    if "延期" not in record.remarks + record.finish_summary:
        yield from overdue_without_extension(record, held.until)
    if wants_five(record) and not FIXED_AT_ONCE.search(record.finish_summary + record.remarks):
        yield from five_incomplete(asked)
    yield from void_without_reason(record)


def _as_if_said(record: Record, columns: frozenset[str]) -> Record:
    """A line with something in the five where its file has no column for it."""
    unasked: dict[str, Any] = {
        "responsible_unit": "（无此列）",
        "responsible_person": "（无此列）",
        "measures": "（无此列）",
        "amount_yuan": Decimal(1),
        "deadline": record.found_on or date.max,
        "contingency": "（无此列）",
    }
    return replace(
        record, **{name: value for name, value in unasked.items() if name not in columns}
    )


def _names(line: TheirLine, registry: Registry, ours: OurLine | None) -> Iterator[Flaw]:
    record = replace(line.record, site_name=line.written_name or line.record.site_name)
    if ours is None or not ours.registered_name:
        yield from name_mismatch(record, registry)
        return
    for flaw in (
        credit_code_flaw(record.credit_code, record.site_name),
        name_flaw("单位（场所）名称", record.site_name, ours.registered_name),
    ):
        if flaw is not None:
            yield flaw


FIXED_AT_ONCE = re.compile(r"立查立改|当场整改|现场整改|立行立改|边查边改")


def only_ours(line: OurLine, area: str) -> Noted | None:
    """① We have it and they don't; what is void here need not be there."""
    record = line.record
    if record.standing is Standing.VOID:
        return None
    if line.came_from:
        note = "对账：本条由外区划划入，接收方台账没有登记。"
        return Noted(
            K.TRANSFER_ONE_SIDED,
            "received",
            f"本条由其他区划划入{area}，对方台账没有接收登记，划转只出不进。",
            comment(line, note, "请对方登记接收；不应由其接收的，办理划转退回。"),
            shown(record, *IDENTIFYING[1:]),
        )
    note = "对账：对方台账没有此条。"
    return Noted(
        K.ONLY_OURS,
        "",
        "我方台账有这条隐患，对方台账没有，也没有相似的记录。",
        comment(line, note, "请对方核实补登；属于我方重报、误报的，按程序作废。"),
        shown(record, *IDENTIFYING[1:], "level", "deadline"),
    )


def only_theirs(line: TheirLine, elsewhere: OurLine | None) -> Noted:
    """① They have it and we don't, or have it somewhere else than this ledger is of (⑬)."""
    record = line.record
    if elsewhere is not None:
        return _elsewhere(record, elsewhere)
    theirs = shown(record, *IDENTIFYING, "level", "deadline")
    if record.standing in (Standing.CLOSED, Standing.VOID):
        words = "对方已销号或作废：请核实当时为何没有报我方；属实的写明说明，不属实的答复对方。"
        return Noted(K.ONLY_THEIRS, "", _ABSENT, Suggestion(words), theirs=theirs)
    words = "现场核实确有此隐患的，一键补报进我方台账（标为待核，随后登记、交办）；没有的答复对方。"
    return Noted(K.ONLY_THEIRS, "", _ABSENT, Suggestion(words, Action.REPORT), theirs=theirs)


_ABSENT = "对方台账有这条隐患，您的范围内我方台账没有，也没有相似的记录。"


def _elsewhere(theirs: Record, ours: OurLine) -> Noted:
    handed = "已划出" if ours.came_from else "登记在其他区划或行业"
    return Noted(
        K.TRANSFER_ONE_SIDED,
        "elsewhere",
        f"这条隐患我方{handed}（{ours.record.township} {ours.record.sector}），对方仍列在本台账。",
        Suggestion("请对方移出并由接收方登记；不应划出的，由接收方办理划转退回。"),
        shown(ours.record, "number", "site_name", "township", "sector", "standing"),
        shown(theirs, "ref", "number", "township", "sector", "standing"),
    )


def extended_too_often(line: TheirLine, held: Held) -> Noted | None:
    """⑧ Extended more often than is allowed here."""
    record = line.record
    times = _times_extended(record.remarks + " " + record.finish_summary)
    if times <= held.limits.extension_limit:
        return None
    return Noted(
        K.EXTENSION_IRREGULAR,
        "often",
        f"对方注明延期 {times} 次，超过上限 {held.limits.extension_limit} 次。",
        Suggestion("超过次数的延期无效：请按逾期处理，必要时挂牌督办或移送执法。"),
        theirs=shown(record, "ref", "number", "site_name", "deadline", "remarks")
        | {"延期次数": str(times)},
    )


def _times_extended(text: str) -> int:
    times = 0
    for match in EXTENDED_TIMES.finditer(text):
        said = match[1] or match[2]
        times = max(times, int(said) if said.isdigit() else DIGITS.get(said, 0))
    return times
