"""The ledger as it was at the end of a day: what the events say of each hazard until then.

Hazards that nothing happened to since are read from their columns, which say the same; the others
are replayed. So scope, filters and cells are those of the facts as they were: a hazard that was
handed over since stands where it stood. What the registers say of a site, an area or a sector is
today's.
"""

import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import groupby
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from ...clock import LOCAL, days_of_month
from ...errors import TooLarge
from ...glossary import CAN_BE_OVERDUE, Action, State
from ...hazards.facts import Facts
from ...hazards.filters import Filters
from ...hazards.models import Event, Hazard
from ...hazards.queries import LOOKS, RECHECK_DAYS, metres_a_degree, visible_to
from ...hazards.replay import Happened, format_moment, parse_moment, replayed
from ...people.permissions import Permission, Reach
from ...places.codes import is_within
from ...places.models import Site
from .lines import OWN, Condition, Line, Wanted, count, lines

BATCH = 200

# The actions that can take a hazard into, or out of, what a grant of this reach speaks of.
MOVING: Mapping[Reach, frozenset[Action]] = {
    Reach.AREA: frozenset({Action.HAND_OVER}),
    Reach.SECTORS: frozenset({Action.HAND_OVER, Action.REGISTER, Action.AMEND}),
    Reach.OWN: frozenset(),
    Reach.SITES: frozenset(
        {Action.REGISTER, Action.AMEND, Action.ASSIGN, Action.REASSIGN, Action.DECLINE}
    ),
    Reach.RESPONSIBLE: frozenset({Action.ASSIGN, Action.REASSIGN, Action.DECLINE}),
}

Happening = Callable[[], object]
Register = Mapping[int, tuple[str | None, str]]


@contextmanager
def lines_as_of(
    session: Session, wanted: Wanted, day: date, *, tick: Happening, most: int | None
) -> Iterator[tuple[int, Iterator[Line]]]:
    """How many lines there were at the end of `day` (Asia/Shanghai), and the lines.

    `tick` is called now and then; what is replayed lies in a temporary file meanwhile. With
    `most`, no more hazards than so many are replayed.

    Raises:
        TooLarge: there would be more to replay.
    """
    end = end_of(day)
    unchanged = and_(wanted.condition, Hazard.updated_at < end)
    changed = and_(Hazard.created_at < end, Hazard.updated_at >= end, _within_sight(wanted, end))
    if most is not None and count(session, changed) > most:
        raise TooLarge(
            "export_too_large", f"{day} 之后有改动的隐患超过 {most} 条，请改用后台导出。"
        )
    with TemporaryFile() as spool:
        replays = 0
        for line in _replayed_lines(session, wanted, changed, end, tick):
            pickle.dump(line, spool)
            replays += 1
        spool.seek(0)
        total = count(session, unchanged) + replays
        with closing(lines(session, unchanged, wanted.shows_phone)) as standing:
            yield total, merge(standing, _spooled(spool, replays), key=attrgetter("id"))


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), LOCAL)


def holds(wanted: Wanted, facts: Facts, *, looked: bool) -> bool:
    """Whether a hazard is wanted, as `Wanted.condition` says it in SQL.

    `looked`: somebody has been back to look at it.
    """
    filters = wanted.filters
    return (
        wanted.permissions.may(wanted.actor, Permission.EXPORT_LEDGER, facts)
        and _is_of_kind(filters, facts)
        and _asked(filters.overdue, _is_overdue(facts, filters.today))
        and _asked(filters.needs_review, facts.needs_review)
        and _asked(filters.mine, _is_mine(filters, facts))
        and _asked(filters.to_recheck, not looked and _closed_lately(facts, filters.today))
        and _is_around(filters, facts)
        and _says(filters.q, facts)
        and _asked(filters.listed, facts.listing is not None and not facts.delisted)
        and _is_due(filters, facts)
        and _is_of_days(filters, facts)
    )


def _within_sight(wanted: Wanted, end: datetime) -> Condition:
    """What the actor may see, or might have seen before it was moved."""
    grants = wanted.permissions.grants(wanted.actor, Permission.EXPORT_LEDGER)
    moving = frozenset[Action]().union(*(MOVING[grant.reach] for grant in grants))
    moved = exists().where(
        Event.hazard_id == Hazard.id,
        Event.at >= format_moment(end),
        Event.action.in_([action.value for action in moving]),
    )
    return or_(visible_to(wanted.actor, Permission.EXPORT_LEDGER, wanted.permissions), moved)


def _replayed_lines(
    session: Session, wanted: Wanted, changed: Condition, end: datetime, tick: Happening
) -> Iterator[Line]:
    ids = session.scalars(select(Hazard.id).where(changed).order_by(Hazard.id)).all()
    may = wanted.permissions.may
    for start in range(0, len(ids), BATCH):
        tick()
        batch = list(_replays(session, ids[start : start + BATCH], end, wanted))
        sites = _sites(session, {facts.site_id for _, facts in batch} - {None})
        for id, facts in batch:
            shows = wanted.phones and may(wanted.actor, Permission.READ_PHONES, facts)
            yield _line(id, facts, sites, shows)


def _replays(
    session: Session, ids: Sequence[int], end: datetime, wanted: Wanted
) -> Iterator[tuple[int, Facts]]:
    """The hazards of these that are wanted, with their facts at that moment."""
    columns = (Event.hazard_id, Event.id, Event.action, Event.to_state, Event.actor_id)
    query = (
        select(*columns, Event.actor_name, Event.at, Event.data)
        .where(Event.hazard_id.in_(ids), Event.at < format_moment(end))
        .order_by(Event.hazard_id, Event.seq)
    )
    for id, events in groupby(session.execute(query), key=lambda row: int(row[0])):
        history = [_happened(row) for row in events]
        facts = replayed(history)
        if holds(wanted, facts, looked=any(each.action in LOOKS for each in history)):
            yield id, facts


def _happened(row: Any) -> Happened:
    _, id, action, to_state, actor_id, actor_name, at, data = row
    moment, told = parse_moment(at), json.loads(data)
    return Happened(id, Action(action), State(to_state), actor_id, actor_name, moment, told)


def _sites(session: Session, ids: set[Any]) -> Register:
    query = select(Site.id, Site.credit_code, Site.address).where(Site.id.in_(ids))
    return {id: (credit_code, address) for id, credit_code, address in session.execute(query)}


def _line(id: int, facts: Facts, sites: Register, shows_phone: bool) -> Line:
    own = {name: getattr(facts, name) for name in OWN if name != "id"}
    plan = facts.plan
    person = plan["responsibility"] if plan else {}
    credit_code, address = sites.get(facts.site_id or 0, (None, None))
    return Line(
        id=id,
        **own,
        person=person.get("person"),
        phone=person.get("phone"),
        measures=plan["measures"] if plan else None,
        amount_yuan=float(plan["funds"]["amount_yuan"]) if plan else None,
        contingency=plan["contingency"] if plan else None,
        credit_code=credit_code,
        address=address,
        shows_phone=shows_phone,
        finished_on=_text(facts.finished_on),
        accepted_on=_text(facts.accepted_on),
        closed_on=_text(facts.closed_on),
        acceptors=json.dumps(facts.acceptors),
        listing=None if facts.listing is None else json.dumps(facts.listing),
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _spooled(spool: IO[bytes], replays: int) -> Iterator[Line]:
    for _ in range(replays):
        # Our own lines, from a file that nobody else has.
        line: Line = pickle.load(spool)  # noqa: S301
        yield line


def _asked(wanted: bool | None, is_so: bool) -> bool:
    return wanted is None or wanted == is_so


def _is_of_kind(filters: Filters, facts: Facts) -> bool:
    values = (
        (filters.state, facts.state),
        (filters.level, facts.level),
        (filters.sector, facts.sector),
    )
    in_area = filters.area is None or is_within(facts.area_code, filters.area)
    at_site = filters.site in (None, facts.site_id, facts.responsible_site_id)
    return in_area and at_site and all(value in wanted for wanted, value in values if wanted)


def _is_overdue(facts: Facts, today: date) -> bool:
    late = facts.deadline is not None and facts.deadline < today
    return late and facts.state in CAN_BE_OVERDUE


def _is_mine(filters: Filters, facts: Facts) -> bool:
    actor = filters.actor
    return facts.reporter_id == actor.id or facts.responsible_site_id in actor.site_ids


def _closed_lately(facts: Facts, today: date) -> bool:
    if facts.state != State.CLOSED or facts.closed_on is None:
        return False
    return facts.closed_on >= today - timedelta(days=RECHECK_DAYS)


def _is_around(filters: Filters, facts: Facts) -> bool:
    if filters.near is None:
        return True
    if facts.latitude is None or facts.longitude is None:
        return False
    latitude, longitude = filters.near
    north, east = metres_a_degree(latitude)
    up, across = (facts.latitude - latitude) * north, (facts.longitude - longitude) * east
    return up * up + across * across <= filters.within**2


def _says(text: str | None, facts: Facts) -> bool:
    searched = (facts.number, facts.description, facts.site_name, facts.spot)
    return not text or any(text.lower() in each.lower() for each in searched)


def _is_due(filters: Filters, facts: Facts) -> bool:
    if filters.due_within is None:
        return True
    if facts.deadline is None or facts.state not in CAN_BE_OVERDUE:
        return False
    return 0 <= (facts.deadline - filters.today).days <= filters.due_within


def _is_of_days(filters: Filters, facts: Facts) -> bool:
    from_day, to_day = filters.found_from, filters.found_to
    return (
        _in_month(filters.period, facts.found_on)
        and _in_month(filters.closed_in, facts.closed_on)
        and (from_day is None or facts.found_on >= from_day)
        and (to_day is None or facts.found_on <= to_day)
    )


def _in_month(month: str | None, day: date | None) -> bool:
    if month is None:
        return True
    first, following = days_of_month(month)
    return day is not None and first <= day < following
