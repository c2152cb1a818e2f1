"""Rules that look at many lines together (rules.md 5: ⑪ ⑫ ⑭)."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple, Protocol, TypeVar

from ..differences import DifferenceKind as K
from ..records import Record, Standing
from .flaws import Flaw, on
from .names import normal_name
from .single import is_closed

# So many numbers are named in an explanation; the values have them all.
MOST_NAMED = 5


class Closes(Protocol):
    """A line struck off: which, by whom, when exactly."""

    @property
    def ref(self) -> str: ...
    @property
    def by(self) -> Any: ...
    @property
    def at(self) -> datetime: ...


C = TypeVar("C", bound=Closes)


def batches(closings: Iterable[C], least: int, minutes: int) -> Iterator[Sequence[C]]:
    """⑪ Runs of at least so many lines that one person struck off within so many minutes.

    The closings come ordered by person and time. A run goes on for as long as every line of it is
    in a window of that length with enough others.
    """
    span = timedelta(minutes=minutes)
    for _, group in groupby(closings, key=lambda each: each.by):
        own, first, run = list(group), 0, range(0)
        for last, closing in enumerate(own):
            while closing.at - own[first].at > span:
                first += 1
            if last - first + 1 < least:
                continue
            if run and first > run[-1]:
                yield own[run.start : run.stop]
                run = range(first, last + 1)
            run = range(run.start if run else first, last + 1)
        if run:
            yield own[run.start : run.stop]


def batch_closure(who: str, batch: Sequence[Closes], of: int) -> Flaw:
    """A run of `of` closings in words, or the part of it that one township is told of."""
    took = (batch[-1].at - batch[0].at).total_seconds() / 60
    part = f"（这一批共 {of} 条）" if of > len(batch) else ""
    refs = [each.ref for each in batch]
    return Flaw(
        K.BATCH_CLOSURE,
        "closed_in_batch",
        f"{who} 在 {took:.0f} 分钟内连续销号 {len(batch)} 条{part}，难以逐条核对：{named(refs)}。",
        {"销号人": who, "隐患编号": "、".join(refs)},
        "抽取若干条到现场复查，核对整改后照片；属集中补录的，写明原因。",
    )


def same_text(column: str, text: str, refs: Sequence[str]) -> Flaw:
    """⑪ The same words on many lines."""
    return Flaw(
        K.BATCH_CLOSURE,
        "same_text",
        f"{len(refs)} 条隐患的{column}一字不差：“{text[:60]}”，像是复制填写：{named(refs)}。",
        {column: text, "隐患编号": "、".join(refs)},
        "逐条核对现场情况，按实际情况补正；属同一次检查的同类问题，写明原因。",
    )


def same_texts(records: Sequence[Record], least: int, length: int) -> Iterator[Flaw]:
    """⑪ Descriptions and summaries of at least `length` signs that so many lines share."""
    texts: tuple[tuple[str, Sequence[str]], ...] = (
        ("隐患描述", [record.description.strip() for record in records]),
        ("整改完成情况", [record.finish_summary.strip() for record in records]),
    )
    for column, said in texts:
        often = {
            text for text, count in Counter(said).items() if count >= least and len(text) >= length
        }
        for text in sorted(often):
            refs = [each.ref for each, own in zip(records, said, strict=True) if own == text]
            yield same_text(column, text, refs)


class Occurrence(NamedTuple):
    """A hazard at a place: the site by whatever tells it from others, and the spot in it."""

    ref: str
    place: str
    spot: str
    found_on: date
    closed_on: date | None


class Again(NamedTuple):
    """A hazard, and the one that was struck off at the same spot shortly before."""

    later: Occurrence
    earlier: Occurrence

    @property
    def flaw(self) -> Flaw:
        """⑫ 销号后反弹 in words."""
        earlier, later = self.earlier, self.later
        assert earlier.closed_on is not None
        days = (later.found_on - earlier.closed_on).days
        return Flaw(
            K.RECURRENCE,
            "recurrence",
            f"同一场所同一部位（{later.spot}）的 {earlier.ref} 于 {earlier.closed_on} 销号，"
            f"{days} 天后（{later.found_on}）又发现隐患，原整改可能没有到位。",
            {
                "隐患部位": later.spot,
                "检查日期": on(later.found_on),
                "原隐患编号": earlier.ref,
                "原销号日期": on(earlier.closed_on),
            },
            "核对原隐患的整改和验收，查清反弹原因；本条按新隐患整改，注明原编号。",
        )


def recurrences(occurrences: Iterable[Occurrence], days: int) -> Iterator[Again]:
    """⑫ Hazards found within so many days after one at the same place and spot was struck off.

    The occurrences come ordered by place. Each hazard is named once, with the last one before it.
    """
    for _, here in groupby(occurrences, key=lambda each: each.place):
        of_spot: dict[str, list[Occurrence]] = {}
        for each in here:
            of_spot.setdefault(normal_name(each.spot), []).append(each)
        for spot, same in of_spot.items():
            if spot:
                yield from _again(same, days)


def _again(same: Sequence[Occurrence], days: int) -> Iterator[Again]:
    closed = sorted((each.closed_on, each.ref, each) for each in same if each.closed_on is not None)
    for later in same:
        before = [
            each
            for day, ref, each in closed
            if ref != later.ref and 0 <= (later.found_on - day).days <= days
        ]
        if before:
            yield Again(later, before[-1])


def occurrence(record: Record) -> Occurrence | None:
    """A line as an occurrence; None where it doesn't say where, or was taken back."""
    place = normal_name(record.credit_code) or normal_name(record.site_name)
    if record.standing is Standing.VOID or record.found_on is None or not place:
        return None
    closed_on = record.closed_on if is_closed(record) else None
    return Occurrence(record.ref, place, record.spot, record.found_on, closed_on)


def recurrences_in(records: Iterable[Record], days: int) -> Iterator[Again]:
    """The same, within another office's ledger."""
    known = (occurrence(record) for record in records)
    there = sorted((each for each in known if each is not None), key=lambda each: each.place)
    return recurrences(there, days)


def number_gap(series: str, first: int, last: int) -> Flaw:
    """⑭ Serials of a series that were given, and have no line."""
    one, other = f"{series}-{first:04d}", f"{series}-{last:04d}"
    which = one if first == last else f"{one} 至 {other}（共 {last - first + 1} 个）"
    return Flaw(
        K.NUMBER_GAP,
        "number_gap",
        f"编号 {which} 已经用过，台账中没有这一行。编号不得空缺，作废的也要保留。",
        {"缺失编号": which},
        "查明去向：误删的从备份恢复，并运行 flask audit verify 核对操作链。",
    )


def numbers_in_series(numbers: Iterable[str]) -> Mapping[str, set[int]]:
    """The serials by their series: `YH-141181-001-202611-0007` is 7 of `YH-141181-001-202611`."""
    found: dict[str, set[int]] = {}
    for number in numbers:
        series, _, serial = unicodedata.normalize("NFKC", number).strip().rpartition("-")
        if series and serial.isdecimal():
            found.setdefault(series, set()).add(int(serial))
    return found


def named(refs: Sequence[str]) -> str:
    """The first few of many, and how many there are."""
    some = "、".join(refs[:MOST_NAMED])
    return some if len(refs) <= MOST_NAMED else f"{some} 等 {len(refs)} 条"
