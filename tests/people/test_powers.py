"""The permission table in words."""

from __future__ import annotations

from config import Settings
from server.glossary import Role
from server.people.permissions import Permission, Permissions
from server.people.powers import TITLES, Ground, powers_over_application, powers_over_hazards
from tests.factories import an_actor

GROUND = Ground("孝义市", ["消防"], ["演示餐馆"])


def test_every_permission_has_a_name_of_its_own() -> None:
    assert set(TITLES) == set(Permission)
    assert len(set(TITLES.values())) == len(TITLES)


def test_what_is_told_is_what_is_held() -> None:
    permissions = Permissions(Settings().township_actions)
    for role in Role:
        actor = an_actor(role)
        told = {
            name for power in powers_over_hazards(permissions, actor, GROUND) for name in power.may
        }
        told |= set(powers_over_application(actor))
        held = {TITLES[each] for each in Permission if permissions.holds(actor, each)} - {"登录"}
        assert told & set(TITLES.values()) == held, role


def test_a_township_is_told_that_some_powers_reach_general_hazards_only() -> None:
    permissions = Permissions({"close", "register"})
    actor = an_actor(Role.TOWNSHIP_OFFICE)
    told = powers_over_hazards(permissions, actor, GROUND)
    assert [(power.levels, "销号" in power.may, "登记" in power.may) for power in told] == [
        ("各等级", False, True),
        ("一般", True, False),
        ("各等级", False, False),
    ]
