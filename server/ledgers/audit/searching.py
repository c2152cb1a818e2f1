"""Everything that is wrong with our ledger: one pass over its lines and a few set-based queries."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from ...clock import local_date
from ...glossary import Action, State
from ...hazards.models import Event, Hazard
from ...hazards.numbers import last_serials, missing_ranges
from ...hazards.replay import parse_moment
from ...places.codes import ENDS, township_code
from ...places.models import Area, Site
from ..differences import DifferenceKind as K
from ..rules.flaws import Flaw
from ..rules.names import Registered, Registry, credit_code_flaw
from ..rules.together import (
    Occurrence,
    batch_closure,
    batches,
    number_gap,
    numbers_in_series,
    recurrences,
    same_text,
)
from .lines import FINISHED, Line, batches_of_lines
from .rules import Known, Limits, flaws_of
from .suggestions import Suggestion, suggestion

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Found:
    """A flaw of our ledger: whose it is, since which month, and what could be done about it.

    `key` tells it from every other, today and whenever it is looked for again.
    """

    key: str
    flaw: Flaw
    month: str
    area_code: str
    sector: str | None
    hazard_id: int | None
    suggestion: dict[str, Any]


def search(
    session: Session, limits: Limits, today: date, passed: Callable[[int], None]
) -> Iterator[Found]:
    """All that is found (`today` in Asia/Shanghai); `passed` is told of every batch of lines."""
    registry = Registry(
        Registered(name, code or "")
        for name, code in session.execute(select(Site.name, Site.credit_code))
    )
    again = {
        each.later.ref: each for each in recurrences(_occurrences(session), limits.recurrence_days)
    }
    known = Known(today, limits, registry, again)
    numbers: dict[str, set[int]] = {}
    for lines in batches_of_lines(session):
        for line in lines:
            yield from _of_line(line, known)
        for series, serials in numbers_in_series(line.record.number for line in lines).items():
            numbers.setdefault(series, set()).update(serials)
        passed(len(lines))
    areas = frozenset(session.scalars(select(Area.code)))
    yield from _number_gaps(session, numbers, areas)
    yield from _batches(session, limits, areas)
    yield from _same_texts(session, limits, areas)
    yield from _credit_codes(session)


def _of_line(line: Line, known: Known) -> Iterator[Found]:
    flaws = {flaw.rule: flaw for flaw in flaws_of(line, known)}
    for rule, flaw in flaws.items():
        yield Found(
            key=f"{rule}:{line.record.number}",
            flaw=flaw,
            month=f"{min(_since(flaw, line), known.today):%Y-%m}",
            area_code=line.area_code,
            sector=line.sector,
            hazard_id=line.id,
            suggestion=suggestion(flaw, line, known.today).as_json(),
        )


def _since(flaw: Flaw, line: Line) -> date:
    """The day from which on it stands open."""
    record = line.record
    assert record.found_on is not None
    match flaw.kind:
        case K.CLOSED_WITHOUT_EVIDENCE | K.SAMPLING_CONTRADICTED | K.BALANCE_BROKEN:
            return record.closed_on or record.found_on
        case K.OVERDUE_WITHOUT_EXTENSION:
            return (record.deadline or record.found_on) + timedelta(days=1)
        case K.TRANSFER_ONE_SIDED:
            handed = line.last(Action.HAND_OVER)
            return (handed.day if handed else None) or record.found_on
    return record.found_on


def _occurrences(session: Session) -> Iterator[Occurrence]:
    query = (
        select(
            *(Hazard.number, Hazard.site_id, Hazard.spot, Hazard.found_on, Hazard.closed_on),
            Hazard.state,
        )
        .where(Hazard.site_id.is_not(None), Hazard.spot != "", Hazard.state != State.VOID.value)
        .order_by(Hazard.site_id, Hazard.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for number, site_id, spot, found_on, closed_on, state in session.execute(query):
        closed = closed_on if state == State.CLOSED else None
        yield Occurrence(number, str(site_id), spot, found_on, closed)


def _number_gaps(
    session: Session, numbers: Mapping[str, set[int]], areas: Set[str]
) -> Iterator[Found]:
    """⑭ Numbers that were given and have no line, as `audit verify` finds them, too."""
    for series, last in sorted(last_serials(session).items()):
        for first, end in missing_ranges(numbers.get(series, set()), last):
            # `YH-141181-001-202611` is of 141181001000 and 2026-11.
            _, county, township, month = series.split("-")
            area = _known(f"{county}{township}000", areas)
            flaw = number_gap(series, first, end)
            when = f"{month[:4]}-{month[4:]}"
            yield _together(f"{series}-{first}-{end}", flaw, when, area, None)


def _known(code: str, areas: Set[str]) -> str:
    """The area, or the city around it where it is none that is known."""
    return code if code in areas else f"{code[: ENDS[2]]}000000"


class _Closing(NamedTuple):
    """A line of ours struck off (`rules.together.Closes`)."""

    ref: str
    by: int
    at: datetime
    name: str
    event_id: str
    area_code: str
    sector: str | None


def _closings(session: Session) -> Iterator[_Closing]:
    query = (
        select(
            *(Hazard.number, Event.actor_id, Event.at, Event.actor_name, Event.id),
            *(Hazard.area_code, Hazard.sector),
        )
        .join(Hazard, Hazard.id == Event.hazard_id)
        .where(Event.action == Action.CLOSE.value, Hazard.state == State.CLOSED.value)
        .order_by(Event.actor_id, Event.at, Event.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for number, by, at, name, event_id, area_code, sector in session.execute(query):
        try:
            moment = parse_moment(at)
        except ValueError:
            continue  # somebody made it unreadable: `audit verify` tells
        yield _Closing(number, by, moment, name, event_id, area_code, sector)


def _batches(session: Session, limits: Limits, areas: Set[str]) -> Iterator[Found]:
    """⑪ What one person struck off within minutes; each township is told of its own lines."""
    for batch in batches(_closings(session), limits.batch_count, limits.batch_minutes):
        by_township: dict[str, list[_Closing]] = {}
        for each in batch:
            township = _known(township_code(each.area_code), areas)
            by_township.setdefault(township, []).append(each)
        for township, own in by_township.items():
            flaw = batch_closure(own[0].name, own, of=len(batch))
            month = f"{local_date(own[0].at):%Y-%m}"
            sector = _common(each.sector for each in own)
            yield _together(f"{own[0].event_id}:{township}", flaw, month, township, sector)


def _same_texts(session: Session, limits: Limits, areas: Set[str]) -> Iterator[Found]:
    """⑪ The same words on many lines of one township and month."""
    finished = Hazard.state.in_([state.value for state in FINISHED])
    for column, text, day, which in (
        ("隐患描述", Hazard.description, Hazard.found_on, Hazard.state != State.VOID.value),
        ("整改完成情况", Hazard.finish_summary, Hazard.finished_on, finished),
    ):
        rows = session.execute(_repeated(text, day, which, limits))
        for (township, year, month, said), group in groupby(rows, key=lambda row: row[:4]):
            own = list(group)
            when = f"{year}-{month:02}"
            digest = sha256(said.encode()).hexdigest()[:16]
            yield _together(
                f"{text.key}:{township}:{when}:{digest}",
                same_text(column, said, [row.number for row in own]),
                when,
                _known(f"{township}000", areas),
                _common(row.sector for row in own),
            )


def _repeated(
    text: InstrumentedAttribute[str],
    day: InstrumentedAttribute[Any],
    which: ColumnElement[bool],
    limits: Limits,
) -> Select[Any]:
    """The lines that share their township, month and a text, where they are enough."""
    parts = (
        func.substr(Hazard.area_code, 1, ENDS[3]),
        cast(extract("year", day), Integer),
        cast(extract("month", day), Integer),
        text,
    )
    names = ("township", "year", "month", "said")
    often = (
        select(*(part.label(name) for part, name in zip(parts, names, strict=True)))
        .where(which, day.is_not(None), func.length(func.trim(text)) >= limits.same_text_length)
        .group_by(*parts)
        .having(func.count() >= limits.same_text_count)
        .subquery()
    )
    same = [part == often.c[name] for part, name in zip(parts, names, strict=True)]
    return (
        select(often, Hazard.number, Hazard.sector)
        .join_from(Hazard, often, and_(*same))
        .where(which)
        .order_by(*often.c, Hazard.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _credit_codes(session: Session) -> Iterator[Found]:
    """⑮ Sites that our ledger names, and whose credit code can't be right: once a site."""
    named = exists().where(
        or_(Hazard.site_id == Site.id, Hazard.responsible_site_id == Site.id),
        Hazard.state != State.VOID.value,
    )
    query = select(Site).where(Site.credit_code.is_not(None), named).order_by(Site.id)
    for site in session.scalars(query.execution_options(yield_per=ROWS_AT_ONCE)):
        flaw = credit_code_flaw(site.credit_code or "", site.name)
        if flaw is not None:
            month = f"{local_date(site.created_at):%Y-%m}"
            yield _together(str(site.id), flaw, month, site.area_code, site.sector_code)


def _together(subject: str, flaw: Flaw, month: str, area_code: str, sector: str | None) -> Found:
    """A flaw of no one line."""
    words = Suggestion(None, {}, flaw.advice).as_json()
    return Found(f"{flaw.rule}:{subject}", flaw, month, area_code, sector, None, words)


def _common(sectors: Iterable[str | None]) -> str | None:
    """The sector that all of them are of, if there is one."""
    different = set(sectors)
    return different.pop() if len(different) == 1 else None
