"""The rules about a ledger as a whole: what shows only when its lines are seen together."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from ...glossary import Action
from ...hazards.lifecycle import UNASSIGNED
from ..differences import DifferenceKind
from ..records import Record, Standing
from ..rules.together import recurrences_in
from .normalising import bare, name_key, number_key
from .noted import IDENTIFYING, Held, Noted, Suggestion, TheirLine, comment, of_flaw, shown
from .ours import OurLine
from .pair_rules import as_of

K = DifferenceKind

ASK_THEM = Suggestion("请对方核对原始资料后更正。")


@dataclass(frozen=True)
class Ledger:
    """All that was held against each other.

    Attributes:
        duplicates: lines, by their `ref`, that seem to be one hazard under several numbers.
        twice: hazards of ours that seem to be one; the first is the one that they have.
        stated: what the file says of its own sums, by sheet.
        before: what the same source's ledger of the month before stated, if it was held here.
    """

    ours: Sequence[OurLine]
    theirs: Sequence[TheirLine]
    duplicates: Sequence[Sequence[str]]
    twice: Sequence[Sequence[OurLine]]
    stated: Mapping[str, Mapping[str, int]]
    before: Mapping[str, int]


class Placed(NamedTuple):
    """A finding, and the line of theirs or the hazard of ours that it is about, if it is one."""

    noted: Noted
    row_key: str | None = None
    ours: OurLine | None = None


LedgerRule = Callable[[Ledger, Held], Iterable[Placed]]


def findings(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """All that the ledger as a whole has to be asked about."""
    for rule in LEDGER_RULES:
        yield from rule(ledger, held)


def _digest(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


# ② 一患多号或一号多患


def one_number_on_several(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """② The same number on several lines: one hazard twice, or two under one number."""
    groups: dict[str, list[TheirLine]] = defaultdict(list)
    for line in ledger.theirs:
        if key := number_key(line.record.number):
            groups[key].append(line)
    for first, *others in groups.values():
        for other in others:
            same = _what(first.record) == _what(other.record)
            why = "同一编号重复登记" if same else "一个编号登记了两条不同的隐患"
            yield _duplicate("number", why, first, other)


def one_hazard_under_several(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """② The same hazard under several numbers, or once with and once without one."""
    groups: dict[tuple[str, ...], list[TheirLine]] = defaultdict(list)
    for line in ledger.theirs:
        what = _what(line.record)
        if line.record.standing is not Standing.VOID and all(what[:3]):
            groups[*what, str(line.record.found_on)].append(line)
    lines_of = {line.record.ref: line for line in ledger.theirs}
    seeming = [[lines_of[ref] for ref in refs if ref in lines_of] for refs in ledger.duplicates]
    for lines in (*groups.values(), *filter(None, seeming)):
        first, *others = lines
        for other in others:
            one, two = number_key(first.record.number), number_key(other.record.number)
            if (not one or one != two) and _could_be_one(first.record, other.record):
                yield _duplicate("hazard", "同一隐患登记了不同的编号", first, other)


def our_hazard_under_several(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """② One line of theirs, and two hazards of ours that read like it."""
    for first, *others in ledger.twice:
        for other in others:
            standing = {first.record.standing, other.record.standing}
            if Standing.VOID in standing or not _could_be_one(first.record, other.record):
                continue
            numbers = f"{other.record.number} 与 {first.record.number}"
            noted = Noted(
                K.DUPLICATE_NUMBER,
                "ours",
                f"我方 {numbers} 像是同一条隐患，对方只有一条。",
                _void_one(other, first),
                shown(other.record, *IDENTIFYING[1:]) | {"另一编号": first.record.number},
            )
            yield Placed(noted, ours=other)


def _void_one(other: OurLine, first: OurLine) -> Suggestion:
    number = first.record.number
    if other.state in UNASSIGNED:
        words = f"确是重复的，作废并注明与 {number} 重复；不是的，写明说明。"
        return Suggestion(words, Action.VOID, {"duplicate_of": number})
    words = "确是重复的，两条都已交办，请并案整改、分别销号；不是的，写明说明。"
    return comment(other, f"对账：与 {number} 像是同一条隐患。", words)


def _could_be_one(first: Record, other: Record) -> bool:
    """Whether neither the spot nor the day tells two lines apart that read alike."""
    spots = {bare(first.spot), bare(other.spot)} - {""}
    days = {first.found_on, other.found_on} - {None}
    return len(spots) <= 1 and len(days) <= 1


def _what(record: Record) -> tuple[str, str, str]:
    """Which hazard a line is of, by what it says of it."""
    return name_key(record.site_name), bare(record.spot), bare(record.description)


def _duplicate(about: str, why: str, first: TheirLine, other: TheirLine) -> Placed:
    noted = Noted(
        K.DUPLICATE_NUMBER,
        about,
        f"{why}：{other.record.ref} 与 {first.record.ref}。",
        Suggestion("请对方核对后合并或改正编号；作废的写明与哪一条重复。"),
        theirs=shown(other.record, *IDENTIFYING)
        | {"涉及各行": f"{first.record.ref}、{other.record.ref}"},
    )
    return Placed(noted, other.key)


# ⑩ 结转不平


def balance_broken(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """⑩ The file's own sums: opening + added ± adjusted − closed = ending; the month before's
    ending is this one's opening; the counts that it states are those of its lines."""
    for sheet, stated in ledger.stated.items():
        lines = [line.record for line in ledger.theirs if line.record.ref.startswith(f"{sheet}!")]
        yield from _identity(sheet, stated)
        yield from _counts(sheet, stated, lines)
        opening, ended = stated.get("opening"), ledger.before.get("ending")
        if len(ledger.stated) == 1 and None not in (opening, ended) and opening != ended:
            why = f"本月期初 {opening} 条，与上月期末 {ended} 条不一致。"
            yield _unbalanced(f"{sheet}/opening", why, str(opening), str(ended))


NEEDED = ("opening", "added", "closed", "ending")


def _identity(sheet: str, stated: Mapping[str, int]) -> Iterator[Placed]:
    if not all(name in stated for name in NEEDED):
        return
    given = Counter(stated)
    come = given["opening"] + given["added"] + given["moved_in"]
    come -= given["closed"] + given["reduced"] + given["moved_out"]
    if come != given["ending"]:
        why = (
            f"“{sheet}”结转不平：期初 {given['opening']} + 新增 {given['added']}"
            f" + 划入 {given['moved_in']} − 划出 {given['moved_out']} − 核减 {given['reduced']}"
            f" − 销号 {given['closed']} = {come}，所填期末为 {given['ending']}。"
        )
        yield _unbalanced(f"{sheet}/identity", why, str(given["ending"]), str(come))


def _counts(sheet: str, stated: Mapping[str, int], lines: Sequence[Record]) -> Iterator[Placed]:
    has_standing = any(line.standing is not None for line in lines)
    counted = {"lines": len(lines)}
    if has_standing:
        standings = Counter(line.standing for line in lines)
        counted["lines_closed"] = standings[Standing.CLOSED]
        counted["lines_open"] = standings[Standing.OPEN]
        counted["ending"] = standings[Standing.OPEN]
    names = {
        "lines": "合计条数",
        "lines_closed": "已销号条数",
        "lines_open": "未销号条数",
        "ending": "期末未销号",
    }
    for name, words in names.items():
        if name in stated and name in counted and stated[name] != counted[name]:
            why = f"“{sheet}”{words}填 {stated[name]}，逐行计数为 {counted[name]}。"
            yield _unbalanced(f"{sheet}/{name}", why, str(stated[name]), str(counted[name]))


def open_lines_differ(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """⑩ How many lines are open at the month's end, here and there."""
    standings = [as_of(line.record, held).standing for line in ledger.theirs]
    if not standings or all(each is None for each in standings):
        return
    ours = sum(line.record.standing is Standing.OPEN for line in ledger.ours)
    theirs = sum(each is Standing.OPEN for each in standings)
    if ours != theirs:
        noted = Noted(
            K.BALANCE_BROKEN,
            "open",
            f"月末未销号：我方 {ours} 条，对方 {theirs} 条，相差 {abs(ours - theirs)} 条。",
            Suggestion("逐条处理其他差异后会自行平衡；处理完仍不平的，请核对汇总范围。"),
            {"条数": str(ours)},
            {"条数": str(theirs)},
        )
        yield Placed(noted)


def _unbalanced(about: str, why: str, stated: str, added_up: str) -> Placed:
    theirs = {"台账所填": stated, "逐行合计": added_up}
    about = f"{_digest(about)}/{about.rpartition('/')[2]}"
    return Placed(Noted(K.BALANCE_BROKEN, about, why, ASK_THEM, theirs=theirs))


# ⑪ 批量销号或雷同描述


def closed_in_a_batch(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """⑪ Many lines struck off on one day with one wording."""
    groups: dict[tuple[str, str], list[TheirLine]] = defaultdict(list)
    for line in ledger.theirs:
        record = line.record
        wording = bare(record.finish_summary) or bare(record.acceptance_opinion)
        if record.standing is Standing.CLOSED and record.closed_on and wording:
            groups[str(record.closed_on), wording].append(line)
    for (day, wording), lines in groups.items():
        if len(lines) >= held.limits.batch_count:
            said = lines[0].record.finish_summary or lines[0].record.acceptance_opinion
            noted = Noted(
                K.BATCH_CLOSURE,
                _digest(day, wording),
                f"{day} 一天销号 {len(lines)} 条，文字全同（“{said[:40]}”），是否逐条到现场存疑。",
                Suggestion("请对方提供逐条的现场照片和验收记录；抽取其中几条现场复查。"),
                theirs={"销号日期": day, "条数": str(len(lines)), "涉及各行": _refs(lines)},
            )
            yield Placed(noted)


def _refs(lines: Sequence[TheirLine], most: int = 20) -> str:
    refs = "、".join(line.record.ref for line in lines[:most])
    return refs + (f" 等 {len(lines)} 行" if len(lines) > most else "")


# ⑫ 销号后再现


def came_back(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """⑫ The same site and spot again, soon after a line of theirs for it was struck off."""
    lines = {line.record.ref: line for line in ledger.theirs}
    records = [line.record for line in ledger.theirs]
    for again in recurrences_in(records, held.limits.recurrence_days):
        line = lines[again.later.ref]
        yield Placed(of_flaw(again.flaw, line.record), line.key)


# ⑭ 编号断号

SERIAL = re.compile(r"(.*?)(\d{1,9})\Z")
OURS = "YH"

# So many numbers make a series, so full, and so many may be missing from it.
FEWEST_IN_SERIES, LEAST_FULL, MOST_MISSING = 5, 0.8, 50


def numbers_missing(ledger: Ledger, held: Held) -> Iterator[Placed]:
    """⑭ Serials that are left out of a series of theirs. Numbers that we gave are not theirs to be
    without gaps: which of them they lack is told line by line."""
    series: dict[tuple[str, int], set[int]] = defaultdict(set)
    for line in ledger.theirs:
        match = SERIAL.match("".join(line.record.number.split()))
        if match and not match[1].upper().startswith(OURS):
            series[match[1], len(match[2])].add(int(match[2]))
    for (prefix, width), serials in series.items():
        low, high = min(serials), max(serials)
        missing = [each for each in range(low, min(high, low + 10**6)) if each not in serials]
        full = len(serials) / (high - low + 1)
        if len(serials) >= FEWEST_IN_SERIES and missing and full >= LEAST_FULL:
            numbers = [f"{prefix}{each:0{width}d}" for each in missing[:MOST_MISSING]]
            shown_numbers = "、".join(numbers)
            noted = Noted(
                K.NUMBER_GAP,
                f"gap/{_digest(prefix, width, *missing)}",
                f"编号 {prefix}… 中间缺 {len(missing)} 个：{shown_numbers}，没有说明。",
                Suggestion("请对方说明缺号的去向：作废的保留原号并写明理由，漏报的补登。"),
                theirs={"隐患编号": shown_numbers, "条数": str(len(missing))},
            )
            yield Placed(noted)


LEDGER_RULES: tuple[LedgerRule, ...] = (
    one_number_on_several,
    one_hazard_under_several,
    our_hazard_under_several,
    balance_broken,
    open_lines_differ,
    closed_in_a_batch,
    came_back,
    numbers_missing,
)
