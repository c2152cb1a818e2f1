"""What has come of a reconciliation: which of it somebody may see, its figures, and its lines."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from ...errors import NotFound
from ...glossary import Action
from ...hazards.models import Hazard
from ...hazards.queries import visible_to
from ...people.models import User
from ...people.permissions import Actor, Permission, Permissions, Reach
from ...places.codes import within
from ...places.models import Area
from ..differences import DifferenceKind, DifferenceStatus
from ..models import Difference, Reconciliation
from .fields import Field
from .models import (
    Asked,
    CandidateDecision,
    Change,
    ReconciliationCandidate,
    ReconciliationRow,
    ReconciliationState,
    RowState,
)
from .noted import IDENTIFYING, shown
from .values import of_json

Condition = ColumnElement[bool]

OPEN = DifferenceStatus.OPEN.value
GONE = DifferenceStatus.RESOLVED.value


def reconciliations_of(actor: Actor, permissions: Permissions) -> Condition:
    """The reconciliations that an actor may see: of their area, and of their sectors."""
    conditions = []
    for grant in permissions.grants(actor, Permission.RECONCILE):
        here = within(Reconciliation.area_code, actor.area_code)
        if grant.reach is Reach.SECTORS:
            here = and_(here, Reconciliation.sector.in_(actor.sectors))
        conditions.append(here)
    return or_(false(), *conditions)


def find(
    session: Session,
    reconciliation_id: str,
    actor: Actor,
    permissions: Permissions,
    *,
    hold: bool = False,
) -> Reconciliation:
    """The reconciliation of this id; `hold` keeps others from changing it meanwhile.

    Raises:
        NotFound: there is none, or none that the actor may see.
    """
    visible = reconciliations_of(actor, permissions)
    query = select(Reconciliation).where(Reconciliation.id == reconciliation_id, visible)
    reconciliation = session.scalar(query.with_for_update() if hold else query)
    if reconciliation is None:
        raise NotFound("reconciliation_not_found", "没有这次对账，或不在您的范围内。")
    return reconciliation


def differences_of(
    reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> Condition:
    """The differences of a reconciliation whose hazard, where there is one, the actor may see."""
    return and_(
        Difference.reconciliation_id == reconciliation.id,
        or_(Difference.hazard_id.is_(None), _seen(Difference.hazard_id, actor, permissions)),
    )


def _seen(hazard_id: Any, actor: Actor, permissions: Permissions) -> Condition:
    scope = visible_to(actor, Permission.RECONCILE, permissions)
    # The list joins hazards too: this one is another.
    return exists(select(Hazard.id).where(Hazard.id == hazard_id, scope).correlate(Difference))


def changed(reconciliation: Reconciliation, change: Change | str) -> Condition:
    """The differences that are new since the upload before, or that were there already."""
    before = aliased(Difference)
    there = exists().where(
        before.reconciliation_id == reconciliation.previous_id, before.key == Difference.key
    )
    return there if change == Change.STILL else ~there


# Views


def summary(session: Session, reconciliation: Reconciliation) -> dict[str, Any]:
    """A line of the list."""
    person = session.get_one(User, reconciliation.created_by)
    plain = (
        *("id", "source", "file_name", "month", "sector", "state", "message"),
        *("rows_done", "rows_total", "created_at", "finished_at"),
    )
    return {name: getattr(reconciliation, name) for name in plain} | {
        "area": reconciliation.area_code,
        "area_name": session.get_one(Area, reconciliation.area_code).name,
        "state_name": ReconciliationState(reconciliation.state).chinese,
        "created_by": {"id": person.id, "name": person.name},
        "previous": reconciliation.previous_id,
    }


def detail(
    session: Session, reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> dict[str, Any]:
    """One reconciliation: its columns, what could not be read, and its figures."""
    return summary(session, reconciliation) | {
        "sheets": [_sheet(sheet) for sheet in reconciliation.sheets],
        "cell_errors": reconciliation.cell_errors,
        "figures": figures(session, reconciliation, actor, permissions),
    }


def _sheet(sheet: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        {**column, "field_name": _field_name(column["field"])}
        | {
            "alternatives": [
                {**each, "field_name": _field_name(each["field"])}
                for each in column["alternatives"]
            ]
        }
        for column in sheet["columns"]
    ]
    return {**sheet, "columns": columns}


def _field_name(field: str | None) -> str:
    return Field(field).chinese if field else ""


def figures(
    session: Session, reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> dict[str, Any]:
    """How many lines are what, how many differences there are of each kind, and what changed."""
    by_state = (
        select(ReconciliationRow.state, func.count())
        .where(ReconciliationRow.reconciliation_id == reconciliation.id)
        .group_by(ReconciliationRow.state)
    )
    states = dict(session.execute(by_state).all())
    visible = and_(differences_of(reconciliation, actor, permissions), Difference.status != GONE)
    is_open = func.sum(case((Difference.status == OPEN, 1), else_=0))
    query = select(Difference.kind, func.count(), is_open).where(visible)
    counts = {
        kind: (total, left)
        for kind, total, left in session.execute(query.group_by(Difference.kind))
    }
    agreeing = select(func.count()).select_from(ReconciliationRow)
    return {
        "ours": reconciliation.our_lines,
        "theirs": reconciliation.rows_total,
        "matched": states.get(RowState.MATCHED.value, 0),
        "agreeing": session.scalar(agreeing.where(agreeing_rows(reconciliation))) or 0,
        "pending": states.get(RowState.PENDING.value, 0),
        "unmatched": states.get(RowState.UNMATCHED.value, 0),
        "differences": sum(total for total, _ in counts.values()),
        "open": sum(left for _, left in counts.values()),
        "kinds": [
            {
                "kind": kind.value,
                "name": kind.chinese,
                "total": counts[kind][0],
                "open": counts[kind][1],
            }
            for kind in DifferenceKind
            if kind in counts
        ],
        "changes": _changes(session, reconciliation, visible),
    }


def agreeing_rows(reconciliation: Reconciliation) -> Condition:
    """The lines that are matched, and of which nothing differs."""
    differs = exists().where(
        Difference.reconciliation_id == reconciliation.id,
        Difference.row_key == ReconciliationRow.key,
        Difference.status != GONE,
    )
    return and_(
        ReconciliationRow.reconciliation_id == reconciliation.id,
        ReconciliationRow.state == RowState.MATCHED.value,
        ~differs,
    )


def _changes(
    session: Session, reconciliation: Reconciliation, visible: Condition
) -> dict[str, int] | None:
    """How this upload's differences stand to those of the one before it."""
    if reconciliation.previous_id is None or reconciliation.finished_at is None:
        return None
    count = select(func.count()).select_from(Difference)
    still = session.scalar(count.where(visible, changed(reconciliation, Change.STILL))) or 0
    new = session.scalar(count.where(visible, changed(reconciliation, Change.NEW))) or 0
    now = aliased(Difference)
    here = exists().where(
        now.reconciliation_id == reconciliation.id, now.key == Difference.key, now.status != GONE
    )
    # What had gone before this one took its place is not its doing.
    lasted = or_(Difference.status != GONE, Difference.settled_at >= reconciliation.created_at)
    before = Difference.reconciliation_id == reconciliation.previous_id
    solved = session.scalar(count.where(before, lasted, ~here)) or 0
    return {"still": still, "solved": solved, "new": new}


def rows(
    reconciliation: Reconciliation, actor: Actor, permissions: Permissions, condition: Condition
) -> Select[Any]:
    """Lines of theirs with our number, where they are matched, and how much of them differs."""
    count = (
        select(func.count())
        .where(
            Difference.reconciliation_id == reconciliation.id,
            Difference.row_key == ReconciliationRow.key,
            Difference.status != GONE,
        )
        .scalar_subquery()
    )
    number = (
        select(Hazard.number)
        .where(
            Hazard.id == ReconciliationRow.hazard_id,
            visible_to(actor, Permission.RECONCILE, permissions),
        )
        .scalar_subquery()
    )
    return (
        select(ReconciliationRow, number.label("number"), count.label("differences"))
        .where(ReconciliationRow.reconciliation_id == reconciliation.id, condition)
        .order_by(ReconciliationRow.id)
    )


def row_view(found: Row[Any]) -> dict[str, Any]:
    row = found.ReconciliationRow
    return {name: getattr(row, name) for name in ("id", "ref", "state", "how", "record")} | {
        "state_name": RowState(row.state).chinese,
        "hazard": found.number,
        "differences": found.differences,
    }


def candidates(
    reconciliation: Reconciliation, actor: Actor, permissions: Permissions, condition: Condition
) -> Select[ReconciliationCandidate, ReconciliationRow, Hazard, str]:
    """Candidates, the line and the hazard of each, and who decided."""
    return (
        select(ReconciliationCandidate, ReconciliationRow, Hazard, User.name.label("person"))
        .join(ReconciliationRow, ReconciliationRow.id == ReconciliationCandidate.row_id)
        .join(Hazard, Hazard.id == ReconciliationCandidate.hazard_id)
        .outerjoin(User, User.id == ReconciliationCandidate.decided_by)
        .where(
            ReconciliationCandidate.reconciliation_id == reconciliation.id,
            visible_to(actor, Permission.RECONCILE, permissions),
            condition,
        )
        .order_by(ReconciliationCandidate.id)
    )


def decided(asked: str) -> Condition:
    """The candidates on which somebody said this, or of which nobody said anything yet."""
    if asked == Asked.OPEN:
        return ReconciliationCandidate.decision.is_(None)
    return ReconciliationCandidate.decision == CandidateDecision(asked).value


def candidate_view(
    found: Row[ReconciliationCandidate, ReconciliationRow, Hazard, str],
) -> dict[str, Any]:
    """A candidate with what both sides say, field against field."""
    candidate, row, hazard = found[0], found[1], found[2]
    theirs = shown(
        of_json({name: value for name, value in row.record.items() if name != "written_name"}),
        *IDENTIFYING,
    )
    plain = ("id", "score", "reasons", "likely", "decision", "reason", "decided_at")
    return {name: getattr(candidate, name) for name in plain} | {
        "row": row.id,
        "ref": row.ref,
        "hazard": hazard.number,
        "ours": listed(_our_side(hazard)),
        "theirs": listed(theirs),
        "decided_by": _person(candidate.decided_by, found.person),
    }


def _our_side(hazard: Hazard) -> dict[str, str]:
    said = {
        "隐患编号": hazard.number,
        "检查日期": str(hazard.found_on),
        "单位（场所）名称": hazard.site_name,
        "隐患部位": hazard.spot,
        "隐患描述": hazard.description,
    }
    return {name: value for name, value in said.items() if value}


def listed(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Values in their order, as JSON keeps it."""
    return [{"name": name, "value": value} for name, value in values.items()]


def _person(person_id: int | None, name: str | None) -> dict[str, Any] | None:
    return None if person_id is None else {"id": person_id, "name": name}


def differences(
    reconciliation: Reconciliation, actor: Actor, permissions: Permissions, condition: Condition
) -> Select[Any]:
    """Differences with our number, where in their file, who settled them, and what is new."""
    ref = (
        select(ReconciliationRow.ref)
        .where(
            ReconciliationRow.reconciliation_id == reconciliation.id,
            ReconciliationRow.key == Difference.row_key,
        )
        .scalar_subquery()
    )
    return (
        select(
            Difference,
            Hazard.number.label("number"),
            ref.label("ref"),
            User.name.label("person"),
            changed(reconciliation, Change.STILL).label("still"),
        )
        .outerjoin(Hazard, Hazard.id == Difference.hazard_id)
        .outerjoin(User, User.id == Difference.settled_by)
        .where(differences_of(reconciliation, actor, permissions), condition)
        .order_by(Difference.id)
    )


def difference_view(found: Row[Any], reconciliation: Reconciliation) -> dict[str, Any]:
    """A difference: what it is, both sides, what to do about it, and what was done."""
    each = found.Difference
    plain = ("id", "kind", "status", "sector", "explanation", "reason", "settled_at")
    change = Change.STILL if found.still else Change.NEW
    action = each.suggestion["action"]
    return {name: getattr(each, name) for name in plain} | {
        "kind_name": DifferenceKind(each.kind).chinese,
        "status_name": DifferenceStatus(each.status).chinese,
        "area": each.area_code,
        "hazard": found.number,
        "ref": found.ref,
        "ours": listed(each.ours),
        "theirs": listed(each.theirs),
        "suggestion": each.suggestion | {"action_name": _action_name(action)},
        "change": change.value if reconciliation.previous_id else None,
        "settled_by": _person(each.settled_by, found.person),
        "event": each.event_id,
    }


def _action_name(action: str | None) -> str:
    if action is None:
        return ""
    return "补报" if action == Action.REPORT else Action(action).chinese
