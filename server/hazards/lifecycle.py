"""The lifecycle of a hazard: one table.

Each edge says: which action, from which states, to which state (None: it stays), and what it
requires. Who may is the permission table's to say (`people.permissions`), by the action's name.
What follows from an event for the hazard's other fields is in `replay`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..glossary import CAN_BE_OVERDUE, OPEN_STATES, Action, State
from . import guards as g
from .guards import Carried, Obstacle, Standing

S = State
A = Action


@dataclass(frozen=True)
class Edge:
    action: Action
    sources: frozenset[State]
    target: State | None
    standing: tuple[Callable[[Standing], Obstacle | None], ...] = ()
    carried: tuple[Callable[[Carried], Obstacle | None], ...] = ()


def _edge(
    action: Action,
    sources: State | frozenset[State],
    target: State | None,
    standing: tuple[Callable[[Standing], Obstacle | None], ...] = (),
    carried: tuple[Callable[[Carried], Obstacle | None], ...] = (),
) -> Edge:
    states = frozenset({sources}) if isinstance(sources, State) else sources
    return Edge(action, states, target, standing, carried)


# Where there is, or was, a responsible unit to take the hazard from.
REASSIGNABLE = OPEN_STATES - {S.REPORTED, S.RETURNED, S.REGISTERED}
UNASSIGNED = frozenset({S.REPORTED, S.RETURNED, S.REGISTERED})

LIFECYCLE: tuple[Edge, ...] = (
    # The report
    _edge(
        A.REGISTER,
        S.REPORTED,
        S.REGISTERED,
        carried=(g.major_by_department, g.lowered_with_reason),
    ),
    _edge(A.RETURN_REPORT, S.REPORTED, S.RETURNED),
    _edge(A.RESUBMIT, S.RETURNED, S.REPORTED),
    _edge(A.VOID, UNASSIGNED, S.VOID, carried=(g.not_own_report_as_false, g.duplicate_stands)),
    # To the area that it really lies in, whose office registers it.
    _edge(A.HAND_OVER, frozenset({S.REPORTED, S.REGISTERED}), S.REPORTED, carried=(g.elsewhere,)),
    _edge(
        A.FIX_ON_SPOT,
        S.REPORTED,
        S.AWAITING_ACCEPTANCE,
        standing=(g.is_general,),
        carried=(g.after_is_not_before,),
    ),
    # The plan: five in place
    _edge(A.ASSIGN, S.REGISTERED, S.ASSIGNED, carried=(g.deadline_ahead,)),
    _edge(A.DECLINE, S.ASSIGNED, S.REGISTERED),
    _edge(
        A.SUBMIT_PLAN,
        S.ASSIGNED,
        S.PLAN_REVIEW,
        carried=(g.plan_in_five, g.plan_within_deadline),
    ),
    _edge(A.RETURN_PLAN, S.PLAN_REVIEW, S.ASSIGNED),
    _edge(
        A.APPROVE_PLAN,
        S.PLAN_REVIEW,
        S.RECTIFYING,
        standing=(
            g.five_in_place,
            g.graded,
            g.dual_reported_if_major,
            g.listed_if_major,
            g.not_planner,
        ),
    ),
    # Rectification
    _edge(A.REPORT_PROGRESS, S.RECTIFYING, None),
    _edge(
        A.REQUEST_EXTENSION,
        S.RECTIFYING,
        None,
        standing=(g.can_be_extended,),
        carried=(g.extension_within_reach,),
    ),
    _edge(A.GRANT_EXTENSION, S.RECTIFYING, None, standing=(g.extension_pending, g.not_asker)),
    _edge(A.REFUSE_EXTENSION, S.RECTIFYING, None, standing=(g.extension_pending, g.not_asker)),
    _edge(
        A.FINISH,
        S.RECTIFYING,
        S.AWAITING_ACCEPTANCE,
        standing=(g.plan_approved,),
        carried=(g.after_is_not_before,),
    ),
    # Acceptance and closure
    _edge(
        A.ACCEPT,
        S.AWAITING_ACCEPTANCE,
        S.AWAITING_CLOSURE,
        # Once more, for a hazard that was found to be a major one along the way.
        standing=(
            g.has_after_photo,
            g.not_rectifier,
            g.dual_reported_if_major,
            g.listed_if_major,
        ),
        carried=(g.accepted_by_others, g.two_acceptors_if_major, g.findings_answered),
    ),
    _edge(
        A.REFUSE_ACCEPTANCE,
        S.AWAITING_ACCEPTANCE,
        S.RECTIFYING,
        standing=(g.not_rectifier,),
        carried=(g.deadline_ahead,),
    ),
    _edge(
        A.CLOSE,
        S.AWAITING_CLOSURE,
        S.CLOSED,
        # What a major hazard needs is asked to the last: it may have been graded after acceptance.
        standing=(
            g.rectified_on_five,
            g.has_after_photo,
            g.graded,
            g.dual_reported_if_major,
            g.listed_if_major,
            g.accepted_by_two_if_major,
            g.delisted_if_listed,
            g.not_accepter,
            g.not_rectifier,
        ),
        carried=(g.findings_answered,),
    ),
    _edge(A.REFUSE_CLOSURE, S.AWAITING_CLOSURE, S.RECTIFYING),
    _edge(A.RECHECK, S.CLOSED, None),
    # In any open state
    _edge(A.REGRADE, OPEN_STATES, None, carried=(g.grade_differs,)),
    _edge(A.LIST, OPEN_STATES, None, standing=(g.is_major, g.not_listed)),
    _edge(A.DELIST, OPEN_STATES, None, standing=(g.can_be_delisted,)),
    _edge(A.DUAL_REPORT, OPEN_STATES, None, standing=(g.may_be_major,)),
    _edge(A.SUSPEND, OPEN_STATES, None, standing=(g.is_not_suspended,)),
    _edge(A.RESUME, OPEN_STATES, None, standing=(g.is_suspended,)),
    _edge(A.TRANSFER, OPEN_STATES, None),
    _edge(A.REASSIGN, REASSIGNABLE, S.ASSIGNED, carried=(g.deadline_ahead,)),
    _edge(A.COMMENT, OPEN_STATES, None),
    # While somebody else than the office can be late
    _edge(A.REMIND, CAN_BE_OVERDUE, None, standing=(g.has_responsible_unit,)),
    # What the intake writes by itself
    _edge(A.ATTACH_PHOTO, frozenset(State), None),
    _edge(A.AMEND, frozenset(State), None),
    _edge(A.VISIT, frozenset(State), None),
    # What the documents' room writes
    _edge(A.ISSUE_DOCUMENT, frozenset(State) - {S.VOID}, None),
)


def edge_from(state: State, action: Action) -> Edge | None:
    """The edge that an action takes from a state, if there is one."""
    return next(
        (edge for edge in LIFECYCLE if edge.action is action and state in edge.sources), None
    )


def edges_from(state: State) -> tuple[Edge, ...]:
    return tuple(edge for edge in LIFECYCLE if state in edge.sources)
