"""Doing something to a hazard: the guard is inside the act, and the event is written with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..clock import local_date
from ..errors import Conflict, Forbidden, NotFound, Stale
from ..fields import checked
from ..glossary import Action, FindingKind, State
from ..people.permissions import Actor, Permission, Permissions
from .actions import DATA, photos_in
from .chain import canonical, event_hash, request_hash
from .codes import short_code
from .facts import Facts
from .guards import Carried, Limits, Obstacle, Serious, Standing
from .lifecycle import Edge, edge_from, edges_from
from .models import Event, Finding, Hazard, HazardPhoto, Movement, Plan
from .movements import movement_rows
from .queries import visible_to
from .references import as_json, completed
from .replay import Happened, evolve, format_moment
from .wording import sentence


@dataclass(frozen=True)
class Rules:
    """What the settings say about who may do what, and how far."""

    permissions: Permissions
    limits: Limits


@dataclass(frozen=True)
class Requested:
    """What a caller asks for; `id` is the caller's own, so that it may be sent again."""

    id: UUID
    action: Action
    data: Mapping[str, Any]

    @property
    def hash(self) -> str:
        return request_hash(self.action, self.data)


@dataclass(frozen=True)
class Openings:
    """What an actor may do to a hazard now, and what stands in the way of the rest."""

    allowed: list[str]
    blocked: dict[str, str]


def act(
    session: Session,
    number: str,
    requested: Requested,
    actor: Actor,
    *,
    at: datetime,
    rules: Rules,
    expected_version: int | None = None,
) -> tuple[Hazard, Event]:
    """Do an action: check it, append its event, and write what follows from it.

    Asked again with the same id, it gives the first result and changes nothing.

    Raises:
        NotFound: no hazard of this number that the actor may see.
        Conflict: the id was used for something else; no such edge from this state; a guard.
        Stale: the hazard is past `expected_version`; says what happened since.
        Forbidden: the permission table does not allow it.
        InvalidInput: the data does not have the action's shape, or names what is not there.
    """
    hazard, earlier = hold(session, number, requested, actor, rules.permissions, expected_version)
    if earlier is not None:
        return hazard, earlier
    facts = hazard.facts()
    edge = _permitted_edge(facts, requested.action, actor, rules)
    data = checked(DATA[requested.action](), dict(requested.data))
    data, other = completed(session, facts, requested.action, data, actor, rules.permissions)
    known = _standing(facts, actor, at, rules)
    serious = _serious(session, hazard, requested.action)
    if serious:
        data["answered"] = _answered(data, serious)
    carried = Carried(**vars(known), data=data, other=other, serious=serious)
    obstacles = [guard(known) for guard in edge.standing]
    obstacles += [guard(carried) for guard in edge.carried]
    if found := [each for each in obstacles if each is not None]:
        raise _refused(found, facts, actor, at, rules)
    plain = as_json(requested.action, data)
    event = append(session, hazard, facts, requested, edge, plain, actor, at)
    return hazard, event


def hold(
    session: Session,
    number: str,
    requested: Requested,
    actor: Actor,
    permissions: Permissions,
    expected_version: int | None,
) -> tuple[Hazard, Event | None]:
    """The hazard, held until the transaction ends, and the event where this was done before.

    Raises:
        NotFound: no hazard of this number that the actor may see.
        Conflict: the id was used for something else.
        Stale: the hazard is past `expected_version`; says what happened since.
    """
    hazard = session.scalar(select(Hazard).where(Hazard.number == number).with_for_update())
    earlier = session.get(Event, str(requested.id))
    if hazard is not None and earlier is not None and _asks(requested, actor, hazard, earlier):
        # Also when the first time moved the hazard out of the actor's own sight.
        return hazard, earlier
    if hazard is None or not permissions.may(actor, Permission.READ_HAZARDS, hazard.facts()):
        raise _not_found(number)
    if earlier is not None:
        raise Conflict("event_id_used", "这个操作编号（id）已用于别的操作，请换一个新的。")
    if expected_version is not None and expected_version != hazard.version:
        raise _stale(session, hazard, expected_version)
    return hazard, None


def find(
    session: Session,
    number: str,
    actor: Actor,
    permissions: Permissions,
    asked: Permission = Permission.READ_HAZARDS,
) -> Hazard:
    """The hazard of this number, if the actor may see it, or may ask this of it.

    Raises:
        NotFound: there is none, or none that they may know of.
    """
    query = select(Hazard).where(Hazard.number == number, visible_to(actor, asked, permissions))
    hazard = session.scalar(query)
    if hazard is None:
        raise _not_found(number)
    return hazard


def append(
    session: Session,
    hazard: Hazard,
    facts: Facts,
    requested: Requested,
    edge: Edge,
    data: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> Event:
    """Append an event to the chain and write the columns, movements, plan and photos that
    follow from it.

    A hazard's first event, its report, is written by `reports`.
    """
    event = new_event(
        requested,
        data,
        actor,
        at,
        states=(facts.state, edge.target or facts.state),
        behind=(hazard.version, hazard.head_hash),
    )
    event.hazard_id = hazard.id
    told = happened(event, at, data)
    after = evolve(facts, told)
    hazard.write(after)
    event.hash = event_hash(after.number, event)
    hazard.version, hazard.head_hash, hazard.updated_at = event.seq, event.hash, at
    session.add(event)
    session.flush()
    for row in movement_rows(facts, after, told, event.seq):
        session.add(Movement(hazard_id=hazard.id, **row))
    _write_parts(session, hazard, event, data, facts, after)
    return event


def new_event(
    requested: Requested,
    data: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    *,
    states: tuple[State | None, State],
    behind: tuple[int, str],
) -> Event:
    """An event that leads from one state to another, behind the one with this number and hash.

    Its own hash, and its hazard, are still to be filled in.
    """
    source, target = states
    seq, previous_hash = behind
    return Event(
        id=str(requested.id),
        seq=seq + 1,
        action=requested.action.value,
        from_state=source.value if source else None,
        to_state=target.value,
        actor_id=actor.id,
        actor_name=actor.name,
        actor_role=actor.role.value,
        at=format_moment(at),
        data=canonical(data),
        request_hash=requested.hash,
        previous_hash=previous_hash,
    )


def happened(event: Event, at: datetime, data: Mapping[str, Any]) -> Happened:
    return Happened(
        id=event.id,
        action=Action(event.action),
        to_state=State(event.to_state),
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        at=at,
        data=data,
    )


def openings(facts: Facts, actor: Actor, at: datetime, rules: Rules) -> Openings:
    """The actions open to an actor now; for those that only a guard holds back, why."""
    known = _standing(facts, actor, at, rules)
    result = Openings([], {})
    for edge in edges_from(facts.state):
        if edge.action not in DATA or not rules.permissions.may(actor, edge.action, facts):
            continue
        obstacle = next(filter(None, (guard(known) for guard in edge.standing)), None)
        if obstacle:
            result.blocked[edge.action.value] = obstacle.message
        else:
            result.allowed.append(edge.action.value)
    return result


def _serious(session: Session, hazard: Hazard, action: Action) -> list[Serious] | None:
    """The serious findings that an acceptance or closure has to answer."""
    if action not in (Action.ACCEPT, Action.CLOSE):
        return []
    if hazard.evidence_seq < hazard.version:
        return None
    query = select(Finding).where(Finding.hazard_id == hazard.id, Finding.serious)
    return [
        Serious(each.id, FindingKind(each.kind).chinese, sentence(each.kind, each.numbers))
        for each in session.scalars(query.order_by(Finding.id))
    ]


def _answered(data: Mapping[str, Any], serious: Sequence[Serious]) -> list[dict[str, Any]]:
    """What was found and what was said to it, so that the event tells the whole story."""
    words = {each["finding"]: each["word"] for each in data.get("answers", ())}
    return [
        {"finding": each.id, "name": each.name, "sentence": each.sentence, "word": words[each.id]}
        for each in serious
        if each.id in words
    ]


def _permitted_edge(facts: Facts, action: Action, actor: Actor, rules: Rules) -> Edge:
    if action not in DATA or not rules.permissions.may(actor, action, facts):
        raise Forbidden("action_forbidden", f"您没有对这条隐患“{action.chinese}”的权限。")
    edge = edge_from(facts.state, action)
    if edge is None:
        raise Conflict(
            "not_in_this_state",
            f"隐患现在是“{facts.state.chinese}”，不能“{action.chinese}”。",
            state=facts.state.value,
        )
    return edge


def _standing(facts: Facts, actor: Actor, at: datetime, rules: Rules) -> Standing:
    may_grade = rules.permissions.may(actor, Action.REGRADE, facts)
    return Standing(facts, actor, local_date(at), rules.limits, may_grade)


def _refused(
    obstacles: list[Obstacle], facts: Facts, actor: Actor, at: datetime, rules: Rules
) -> Conflict:
    missing = [dict(each) for obstacle in obstacles for each in obstacle.missing]
    errors: dict[str, list[str]] = {}
    for each in missing:
        errors.setdefault(each["part"], []).append(each["message"])
    return Conflict(
        obstacles[0].code,
        " ".join(obstacle.message for obstacle in obstacles),
        errors=errors,
        missing=missing,
        obstacles=[{"code": each.code, "message": each.message} for each in obstacles],
        allowed=openings(facts, actor, at, rules).allowed,
        state=facts.state.value,
    )


def _asks(requested: Requested, actor: Actor, hazard: Hazard, event: Event) -> bool:
    """Whether an event is what is asked for again."""
    return (event.hazard_id, event.request_hash, event.actor_id) == (
        hazard.id,
        requested.hash,
        actor.id,
    )


def _not_found(number: str) -> NotFound:
    return NotFound("hazard_not_found", f"没有编号为 {number[:40]} 的隐患，或不在您的范围内。")


def _stale(session: Session, hazard: Hazard, expected_version: int) -> Stale:
    query = (
        select(Event)
        .where(Event.hazard_id == hazard.id, Event.seq > expected_version)
        .order_by(Event.seq)
    )
    changed = [
        {"action": event.action, "to_state": event.to_state, "by": event.actor_name, "at": event.at}
        for event in session.scalars(query)
    ]
    steps = "、".join(f"{each['by']}“{Action(each['action']).chinese}”" for each in changed)
    return Stale(
        "stale_view",
        f"您打开之后，这条隐患已被改动：{steps or '（版本不符）'}。请刷新后再办理。",
        changed=changed,
        state=hazard.state,
        version=hazard.version,
    )


def _write_parts(
    session: Session,
    hazard: Hazard,
    event: Event,
    data: Mapping[str, Any],
    before: Facts,
    after: Facts,
) -> None:
    if before.plan is not after.plan:
        session.execute(update(Plan).where(Plan.hazard_id == hazard.id).values(current=False))
        if after.plan is not None:
            session.add(Plan.submitted(hazard.id, event.id, event.actor_id, after.plan))
    for row in photo_rows(event, data, after):
        session.add(HazardPhoto(hazard_id=hazard.id, **row))
    session.flush()
    session.expire(hazard, ["current_plan", "photos"])


def photo_rows(event: Event, data: Mapping[str, Any], after: Facts) -> Iterator[dict[str, Any]]:
    """The photos that an event brought, as rows that only lack their hazard."""
    stages = {photo.sha256: photo.stage for photo in after.photos if photo.event_id == event.id}
    for position, sha256 in enumerate(photos_in(Action(event.action), data)):
        yield {
            "event_id": event.id,
            "position": position,
            "seq": event.seq,
            "stage": stages[sha256].value,
            "sha256": sha256,
            "code": short_code(event.id, position),
        }
