"""A difference is settled: by an act on the hazard, by an answer to the other side, or by words.

An act is an ordinary event: the same rights, guards and chain as on the hazard's own page. A line
that only they have becomes a hazard of ours as a report that somebody has yet to look at: whoever
settles it reports it, its history names the ledger and the row, and it begins where all begin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...errors import Conflict, Forbidden, InvalidInput
from ...fields import Schema, Text, checked
from ...glossary import Action, Level
from ...hazards.acts import Requested, Rules, act
from ...hazards.models import Event, Hazard
from ...hazards.reports import Found, Report, report_all
from ...people.models import Sector
from ...people.permissions import Actor, Permission
from ...places.codes import AREA_CODE, is_within
from ...places.models import Area, Site
from ..differences import DifferenceStatus
from ..models import Difference, Reconciliation
from ..records import Record
from .models import (
    CandidateDecision,
    MatchDecision,
    ReconciliationRow,
    ReconciliationState,
    RowState,
    Settling,
)
from .sides import their_line

# Where an action's data takes the reason that its settling is given.
REASON_IN: Mapping[Action, str] = {
    Action.COMMENT: "note",
    Action.REGRADE: "basis",
    Action.CLOSE: "opinion",
    Action.VOID: "reason",
    Action.REFUSE_CLOSURE: "reason",
    Action.REFUSE_ACCEPTANCE: "reason",
}


class ReportData(Schema):
    """Where a line that only they have belongs, if it does not say so itself."""

    area = fields.String(validate=validate.Regexp(AREA_CODE, error="应为 12 位区划编码。"))
    sector = Text(32)


@dataclass(frozen=True)
class Settlement:
    """What somebody decides: to act, that theirs is wrong, or that it is explained."""

    decision: Settling
    reason: str
    data: Mapping[str, Any]


def settle(
    session: Session,
    reconciliation: Reconciliation,
    difference: Difference,
    settlement: Settlement,
    actor: Actor,
    *,
    at: datetime,
    rules: Rules,
) -> Difference:
    """Settle a difference. Asked again for the same, it gives the first result.

    Raises:
        Conflict: the ledger is being run, or was read anew; an act settled the difference already;
            it is gone; nothing can be done about it by an act; or what the act itself runs against.
        Forbidden, NotFound, InvalidInput: the act's own.
    """
    if reconciliation.state != ReconciliationState.DONE:
        raise Conflict("reconciliation_not_done", "还没有对完账，请重新对账后再处理。")
    if settlement.decision is Settling.ACT:
        return _by_act(session, reconciliation, difference, settlement, actor, at, rules)
    status = DifferenceStatus(settlement.decision)
    if difference.status == DifferenceStatus.RESOLVED:
        raise Conflict("difference_gone", "这项差异已不存在，不需要处理，请刷新。")
    if difference.status == DifferenceStatus.ACTED:
        raise Conflict("difference_acted", "这项差异已经办理，不能改为说明。")
    if (difference.status, difference.reason) != (status.value, settlement.reason):
        _settled(difference, status, settlement.reason, actor, at)
        session.flush()
    return difference


def _settled(
    difference: Difference, status: DifferenceStatus, reason: str, actor: Actor, at: datetime
) -> None:
    difference.status, difference.reason = status.value, reason
    difference.settled_by, difference.settled_at = actor.id, at


def _by_act(
    session: Session,
    reconciliation: Reconciliation,
    difference: Difference,
    settlement: Settlement,
    actor: Actor,
    at: datetime,
    rules: Rules,
) -> Difference:
    if difference.status == DifferenceStatus.ACTED:
        return difference
    if difference.status == DifferenceStatus.RESOLVED:
        raise Conflict("difference_gone", "这项差异已不存在，不需要处理，请刷新。")
    suggested = difference.suggestion["action"]
    if suggested is None:
        raise Conflict(
            "no_act", "这项差异没有可以一键办理的操作，请按建议处理后选“已说明”或“对方有误”。"
        )
    if suggested == Action.REPORT:
        event_id = _report(session, reconciliation, difference, settlement, actor, at, rules)
    else:
        event_id = _act(session, difference, Action(suggested), settlement, actor, at, rules)
    difference.event_id = event_id
    _settled(difference, DifferenceStatus.ACTED, settlement.reason, actor, at)
    session.flush()
    return difference


def _act(
    session: Session,
    difference: Difference,
    action: Action,
    settlement: Settlement,
    actor: Actor,
    at: datetime,
    rules: Rules,
) -> str:
    number = session.scalar(select(Hazard.number).where(Hazard.id == difference.hazard_id))
    assert number is not None, "only what concerns a hazard has an action to suggest"
    data = dict(difference.suggestion["data"])
    field = REASON_IN[action]
    data[field] = f"{data[field]} {settlement.reason}" if data.get(field) else settlement.reason
    requested = Requested(_event_id(difference), action, data | dict(settlement.data))
    _, event = act(session, number, requested, actor, at=at, rules=rules)
    return event.id


def _event_id(difference: Difference) -> UUID:
    """The same each time that one difference is acted upon, so that a repeat is known as one.

    Where it opened again after an act, the next act follows from that one.
    """
    assert difference.reconciliation_id is not None
    before = f"/{difference.event_id}" if difference.event_id else ""
    return uuid5(UUID(difference.reconciliation_id), f"act/{difference.key}{before}")


def _report(
    session: Session,
    reconciliation: Reconciliation,
    difference: Difference,
    settlement: Settlement,
    actor: Actor,
    at: datetime,
    rules: Rules,
) -> str:
    """Report what only their ledger has, as something to be looked at."""
    row = session.scalars(
        select(ReconciliationRow).where(
            ReconciliationRow.reconciliation_id == reconciliation.id,
            ReconciliationRow.key == difference.row_key,
        )
    ).one()
    entity_id = uuid5(UUID(reconciliation.id), f"report/{row.key}")
    record = their_line(row.key, row.record).record
    said = checked(ReportData(), dict(settlement.data))
    found = _found(session, reconciliation, difference, record, said, entity_id, at)
    _require_right(actor, found, rules)
    source = f"{reconciliation.source} {reconciliation.month} {row.ref}"
    [reported] = report_all(session, [Report(found, actor, at, None, f"对账：{source}")])
    note = f"据《{reconciliation.file_name}》（{source}）补报：{settlement.reason}"
    requested = Requested(uuid5(entity_id, "comment"), Action.COMMENT, {"note": note})
    act(session, reported.number, requested, actor, at=at, rules=rules)
    difference.hazard_id = reported.id
    row.hazard_id, row.state = reported.id, RowState.MATCHED.value
    row.how = "已补报"
    session.add(
        MatchDecision(
            area_code=reconciliation.area_code,
            source=reconciliation.source,
            row_key=row.key,
            hazard_id=reported.id,
            decision=CandidateDecision.SAME.value,
            reason=settlement.reason,
            decided_by=actor.id,
            decided_at=at,
        )
    )
    query = select(Event.id).where(Event.hazard_id == reported.id, Event.seq == 1)
    return session.scalars(query).one()


def _found(
    session: Session,
    reconciliation: Reconciliation,
    difference: Difference,
    record: Record,
    said: Mapping[str, str],
    entity_id: UUID,
    at: datetime,
) -> Found:
    """Their line as what somebody found. Which level it is of is for those who register it."""
    area = said.get("area", difference.area_code)
    if session.get(Area, area) is None or not is_within(area, reconciliation.area_code):
        raise _wrong("data.area", "没有这个区划，或不在这份台账的范围内。")
    sector = said.get("sector") or reconciliation.sector
    if sector is None and record.sector:
        sector = session.scalar(select(Sector.code).where(Sector.name == record.sector))
    elif sector is not None and session.get(Sector, sector) is None:
        raise _wrong("data.sector", "没有这个行业领域。")
    site = _site(session, record)
    general = record.level in (None, Level.GENERAL)
    return Found(
        entity_id=entity_id,
        description=record.description or "（对方台账没有描述）",
        level=Level.GENERAL if general else Level.SUSPECTED_MAJOR,
        area_code=area,
        found_on=min(record.found_on or local_date(at), local_date(at)),
        sector=sector,
        site_id=site.id if site else None,
        site_name=site.name if site else record.site_name,
        spot=record.spot,
        category=record.category,
        basis=record.basis,
        suggested_deadline=record.deadline,
        needs_review=True,
    )


def _site(session: Session, record: Record) -> Site | None:
    """The registered site that the line names, where exactly one has its code or its very name."""
    for column, said in ((Site.credit_code, record.credit_code), (Site.name, record.site_name)):
        if said:
            sites = session.scalars(select(Site).where(column == said).limit(2)).all()
            if len(sites) == 1:
                return sites[0]
    return None


def _require_right(actor: Actor, found: Found, rules: Rules) -> None:
    """Whoever reports it may report, and will be able to see what becomes of it."""
    subject = _Subject(found.area_code, found.sector, found.level, found.site_id, None, actor.id)
    may = rules.permissions.may(actor, Permission.RECONCILE, subject)
    if not may or not rules.permissions.holds(actor, Permission.SUBMIT):
        raise Forbidden("action_forbidden", "这条隐患不在您的辖区或主管行业内，您不能补报。")


@dataclass(frozen=True)
class _Subject:
    area_code: str
    sector: str | None
    level: Level
    site_id: int | None
    responsible_site_id: int | None
    reporter_id: int


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput("invalid_input", message, errors={field: [message]})
