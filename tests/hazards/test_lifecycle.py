"""The table of the lifecycle, held against the glossary's."""

import pytest

from server.glossary import OPEN_STATES, Action, State
from server.hazards.actions import DATA
from server.hazards.lifecycle import LIFECYCLE, edge_from, edges_from
from server.hazards.replay import EFFECTS
from server.people.permissions import BY_HAND

# The glossary's table, state by state; None: the state stays.
GLOSSARY: dict[str, dict[str, str | None]] = {
    "reported": {
        "register": "registered",
        "return_report": "returned",
        "void": "void",
        "fix_on_spot": "awaiting_acceptance",
        "hand_over": "reported",
    },
    "returned": {"resubmit": "reported", "void": "void"},
    "registered": {"assign": "assigned", "void": "void", "hand_over": "reported"},
    "assigned": {"submit_plan": "plan_review", "decline": "registered", "remind": None},
    "plan_review": {"approve_plan": "rectifying", "return_plan": "assigned", "remind": None},
    "rectifying": {
        "remind": None,
        "report_progress": None,
        "request_extension": None,
        "grant_extension": None,
        "refuse_extension": None,
        "finish": "awaiting_acceptance",
    },
    "awaiting_acceptance": {"accept": "awaiting_closure", "refuse_acceptance": "rectifying"},
    "awaiting_closure": {"close": "closed", "refuse_closure": "rectifying"},
    "closed": {"recheck": None},
    "void": {},
}
ANY_OPEN_STATE = (
    "regrade",
    "list",
    "delist",
    "dual_report",
    "suspend",
    "resume",
    "transfer",
    "comment",
)
# A new unit answers for a plan of its own, so reassigning begins again at `assigned`.
REASSIGN_FROM = {"assigned", "plan_review", "rectifying", "awaiting_acceptance", "awaiting_closure"}


def legal(state: str, action: str) -> tuple[bool, str | None]:
    """Whether the glossary has this edge, and where it leads."""
    if action in GLOSSARY[state]:
        return True, GLOSSARY[state][action]
    if action in ANY_OPEN_STATE and State(state) in OPEN_STATES:
        return True, None
    if action == "reassign" and state in REASSIGN_FROM:
        return True, "assigned"
    return False, None


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", sorted(DATA))
def test_the_table_has_the_edges_of_the_glossary_and_no_others(
    state: State, action: Action
) -> None:
    edge = edge_from(state, action)
    exists, target = legal(state, action)
    assert (edge is not None) == exists
    if edge is not None:
        assert edge.target == target


def test_an_action_has_one_edge_from_a_state() -> None:
    for state in State:
        actions = [edge.action for edge in edges_from(state)]
        assert len(actions) == len(set(actions))


def test_every_action_has_data_and_an_effect_and_an_edge() -> None:
    assert set(DATA) == BY_HAND
    assert set(EFFECTS) == set(Action)
    assert {edge.action for edge in LIFECYCLE} == set(Action) - {Action.REPORT}
