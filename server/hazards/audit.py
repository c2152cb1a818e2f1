"""Showing that nothing was altered, removed or re-ordered: chains, columns, movements,
numbers and digests."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..clock import LOCAL, local_date
from ..database import insert_new
from .acts import happened
from .chain import GENESIS, event_hash, text_hash
from .facts import Facts
from .models import Digest, Event, Hazard, Movement
from .movements import replayed_movements
from .numbers import last_serials, missing_ranges
from .replay import Happened, format_moment, parse_moment, replayed

BATCH = 200

# A day is sealed when no transaction that began in it can still be open.
SETTLED_AFTER = timedelta(hours=1)


class Fault(NamedTuple):
    """Something that is not as it was written.

    `where` names the event, hazard, series or day and `message` what is wrong, for whoever runs
    the server; `chinese` says both to an auditor. `number` is that of the hazard, if it is one's.
    """

    where: str
    message: str
    chinese: str
    number: str | None = None


class Count(NamedTuple):
    """What was walked."""

    hazards: int
    events: int


def no_report(_hazards: int) -> None:
    """For whoever waits for the result."""


def verify(session: Session, passed: Callable[[int], None] = no_report) -> Iterator[Fault | Count]:
    """Walk all that there is; every fault as it is found, and the count at the end.

    `passed` is told, now and then, of how many more hazards the walk is past.
    """
    hazards = events = 0
    serials: dict[str, set[int]] = {}
    for hazard, chain, moved in _chains(session, passed):
        hazards += 1
        events += len(chain)
        series, _, serial = hazard.number.rpartition("-")
        serials.setdefault(series, set()).add(int(serial) if serial.isdigit() else 0)
        yield from _verify_chain(hazard, chain, moved)
    yield from _verify_orphans(session)
    yield from _verify_numbers(session, serials)
    yield from _verify_digests(session)
    yield Count(hazards, events)


def seal(session: Session, now: datetime) -> list[date]:
    """Write the digest of every settled day that has none yet; gives those days.

    A day (Asia/Shanghai) without events is not sealed: there is nothing in it to protect.
    """
    newest = session.scalar(select(Digest).order_by(Digest.day.desc()).limit(1))
    previous = newest.hash if newest else GENESIS
    before = _start(local_date(now - SETTLED_AFTER))
    query = select(Event.at, Event.hazard_id, Event.hash, Event.seq).where(
        Event.at < format_moment(before)
    )
    if newest:
        query = query.where(Event.at >= format_moment(_start(newest.day + timedelta(days=1))))
    heads: dict[date, dict[int, str]] = {}
    for at, hazard_id, head, _ in session.execute(query.order_by(Event.at, Event.seq)):
        heads.setdefault(local_date(parse_moment(at)), {})[hazard_id] = head
    sealed = []
    for day, of_day in sorted(heads.items()):
        text = "\n".join(sorted(of_day.values()))
        digest = text_hash(day.isoformat(), text, previous)
        row = {"day": day, "heads": text, "previous_hash": previous, "hash": digest}
        if not insert_new(session, Digest.__table__, row):  # type: ignore[arg-type]
            break  # another process is sealing the same days
        previous = digest
        sealed.append(day)
    return sealed


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _chains(
    session: Session, passed: Callable[[int], None]
) -> Iterator[tuple[Hazard, list[Event], list[Movement]]]:
    last_id = 0
    while True:
        query = (
            select(Hazard)
            .where(Hazard.id > last_id)
            .order_by(Hazard.id)
            .limit(BATCH)
            .options(selectinload(Hazard.current_plan), selectinload(Hazard.photos))
        )
        hazards = session.scalars(query).all()
        if not hazards:
            return
        chains: dict[int, list[Event]] = {hazard.id: [] for hazard in hazards}
        events = select(Event).where(Event.hazard_id.in_(chains))
        for event in session.scalars(events.order_by(Event.hazard_id, Event.seq)):
            chains[event.hazard_id].append(event)
        moved: dict[int, list[Movement]] = {hazard.id: [] for hazard in hazards}
        for row in session.scalars(select(Movement).where(Movement.hazard_id.in_(moved))):
            moved[row.hazard_id].append(row)
        for hazard in hazards:
            yield hazard, chains[hazard.id], moved[hazard.id]
        last_id = hazards[-1].id
        session.expunge_all()
        passed(len(hazards))


def _verify_chain(hazard: Hazard, chain: list[Event], moved: list[Movement]) -> Iterator[Fault]:
    number = hazard.number
    if fault := _broken_link(number, chain):
        yield fault
        return
    if hazard.version != len(chain) or hazard.head_hash != (chain[-1].hash if chain else GENESIS):
        chinese = f"{number} 最后的操作记录缺失。"
        yield Fault(f"hazard {number}", "its last events are missing", chinese, number)
        return
    told = [happened_of(event) for event in chain]
    yield from _verify_columns(hazard, told)
    yield from _verify_movements(hazard, told, moved)


def _broken_link(number: str, chain: list[Event]) -> Fault | None:
    """The first event of a hazard that does not follow from those before it."""
    previous, state = GENESIS, None
    for position, event in enumerate(chain, start=1):
        where = f"event {event.id} ({number} #{event.seq})"
        said = f"{number} 第 {event.seq} 步"
        if event.seq != position:
            message = f"event #{position} of the hazard is missing"
            return Fault(where, message, f"{number} 缺少第 {position} 步的操作记录。", number)
        if event.previous_hash != previous or event.from_state != state:
            message = "does not follow from the event before it"
            return Fault(where, message, f"{said}与上一步接不上。", number)
        if event.hash != event_hash(number, event):
            message = "was altered: its hash does not match"
            return Fault(where, message, f"{said}的记录被改动过，校验值不符。", number)
        previous, state = event.hash, event.to_state
    return None


def _verify_columns(hazard: Hazard, events: list[Happened]) -> Iterator[Fault]:
    """The columns must say what the events say."""
    said, told = hazard.facts(), replayed(events)
    number = hazard.number
    for each in fields(Facts):
        if getattr(said, each.name) != getattr(told, each.name):
            message = f"column {each.name} differs from what its events say"
            chinese = f"{number} 台账上的内容（{each.name}）与操作记录不一致。"
            yield Fault(f"hazard {number}", message, chinese, number)


def _verify_movements(
    hazard: Hazard, events: list[Happened], moved: list[Movement]
) -> Iterator[Fault]:
    """The movements must be those that the events make, no more and no fewer."""
    told = {(row["seq"], row["position"]): row for row in replayed_movements(events)}
    said = {(row.seq, row.position): row for row in moved}

    def fault(key: tuple[int, int], message: str, chinese: str) -> Fault:
        where, place = f"hazard {hazard.number}", f"movement {key[1]} of event #{key[0]}"
        step = f"{hazard.number} 第 {key[0]} 步的月度增减"
        return Fault(where, f"{place}{message}", f"{step}{chinese}", hazard.number)

    for key in sorted(told.keys() - said.keys()):
        yield fault(key, " is missing", "缺失。")
    for key in sorted(said.keys() - told.keys()):
        yield fault(key, " is not what the event says", "是多出来的。")
    for key in sorted(told.keys() & said.keys()):
        for name, value in told[key].items():
            if getattr(said[key], name) != value:
                message = f": {name} differs from what the event says"
                yield fault(key, message, f"（{name}）与操作记录不一致。")


def happened_of(event: Event) -> Happened:
    """An event's row as replay needs it."""
    return happened(event, parse_moment(event.at), json.loads(event.data))


def _verify_orphans(session: Session) -> Iterator[Fault]:
    hazards = select(Hazard.id)
    for event_id in session.scalars(select(Event.id).where(Event.hazard_id.not_in(hazards))):
        chinese = f"操作记录 {event_id} 所属的隐患不见了。"
        yield Fault(f"event {event_id}", "its hazard is missing", chinese)
    gone = select(Movement.hazard_id).where(Movement.hazard_id.not_in(hazards)).distinct()
    for hazard_id in session.scalars(gone):
        chinese = f"内部编号 {hazard_id} 的隐患不见了，它的月度增减还在。"
        yield Fault(f"movements of hazard id {hazard_id}", "their hazard is missing", chinese)


def _verify_numbers(session: Session, serials: dict[str, set[int]]) -> Iterator[Fault]:
    """A number is given once, for ever: every serial up to the last has its hazard."""
    last = last_serials(session)
    for series, found in sorted(serials.items()):
        for first, end in missing_ranges(found, last.get(series, 0)):
            for serial in range(first, end + 1):
                number = f"{series}-{serial:04d}"
                chinese = f"{number} 不见了，这个编号已经给出过。"
                yield Fault(f"hazard {number}", "is missing: its number was given", chinese)
        if max(found) > last.get(series, 0):
            chinese = f"编号 {series} 之下有超出已给编号的隐患。"
            yield Fault(f"series {series}", "has hazards beyond the last number given", chinese)
    for series in sorted(last.keys() - serials.keys()):
        chinese = f"编号 {series} 之下的隐患全都不见了。"
        yield Fault(f"series {series}", "has no hazards any more", chinese)


def _verify_digests(session: Session) -> Iterator[Fault]:
    previous = GENESIS
    for digest in session.scalars(select(Digest).order_by(Digest.day)):
        where = f"digest of {digest.day}"
        text = text_hash(digest.day.isoformat(), digest.heads, digest.previous_hash)
        if digest.previous_hash != previous or digest.hash != text:
            chinese = f"{digest.day} 的日封存被改动过，或者前一天的封存缺失。"
            yield Fault(where, "was altered, or the digest before it is missing", chinese)
            return
        previous = digest.hash
        for head in _gone(session, sorted(digest.heads.split("\n"))):
            chinese = f"{digest.day} 封存过的一条操作记录不见了（校验值 {head}）。"
            yield Fault(where, f"an event that it sealed is gone (hash {head})", chinese)


def _gone(session: Session, heads: list[str]) -> Iterator[str]:
    """Those of these hashes that no event has any more."""
    for start in range(0, len(heads), BATCH):
        batch = heads[start : start + BATCH]
        present = set(session.scalars(select(Event.hash).where(Event.hash.in_(batch))))
        yield from (head for head in batch if head not in present)
