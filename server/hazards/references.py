"""What an action's data refers to: photos, sites, other hazards, acceptors.

References are looked up once, and what they say now is put into the event's data (a name beside
an id), so that the event tells the whole story by itself for ever.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..glossary import Action
from ..people.models import Sector, User
from ..people.permissions import Actor, Permission, Permissions
from ..photos.models import Photo
from ..places.codes import ENDS, is_within, township_code
from ..places.models import Area, Site
from .actions import DATA, photos_in
from .facts import Facts
from .models import Hazard
from .queries import photos_usable_by, visible_to

Data = dict[str, Any]

# What the server adds to what the caller said, so that replay needs nothing but the event.
ADDED = (
    "site_name",
    "responsible_unit_name",
    "supervisor",
    "acceptors",
    "acceptor_ids",
    "answered",
)


def completed(
    session: Session,
    facts: Facts,
    action: Action,
    data: Mapping[str, Any],
    actor: Actor,
    permissions: Permissions,
) -> tuple[Data, Facts | None]:
    """The data with what its references say, and the facts of the other hazard that it names.

    Raises:
        InvalidInput: something that it names is not there; says which field.
    """
    result = dict(data)
    require_photos(session, photos_in(action, data), actor, permissions)
    if action is Action.REGISTER:
        _complete_registration(session, facts, result)
    elif action in (Action.ASSIGN, Action.REASSIGN):
        site = _site(session, facts, result["responsible_unit"], "responsible_unit")
        result["responsible_unit_name"] = site.name
        result["supervisor"] = f"{actor.unit} {actor.name}".strip()
    elif action is Action.ACCEPT:
        result["acceptors"] = _acceptors(result.get("acceptors", []), actor)
        result["acceptor_ids"] = _account_ids(session, result["acceptors"], actor)
    elif action is Action.HAND_OVER:
        _require_area(session, facts, result["area"])
    elif action is Action.VOID and "duplicate_of" in result:
        return result, _other(session, result["duplicate_of"], actor, permissions)
    return result, None


def as_json(action: Action, data: Mapping[str, Any]) -> Data:
    """Completed data as the event keeps it: plain JSON, with what the server added."""
    plain: Data = DATA[action]().dump(data)
    return plain | {name: data[name] for name in ADDED if name in data}


def require_photos(
    session: Session, sha256s: Sequence[str], actor: Actor, permissions: Permissions
) -> None:
    """Raises InvalidInput where a photo has not arrived, or is not the actor's to name."""
    if not sha256s:
        return
    usable = photos_usable_by(actor, permissions)
    query = select(Photo.sha256).where(Photo.sha256.in_(sha256s), usable)
    absent = set(sha256s) - set(session.scalars(query))
    if absent:
        message = "这些照片还没有上传：" + "、".join(sorted(absent))
        raise InvalidInput("photo_missing", message, errors={"data.photos": [message]})


def _complete_registration(session: Session, facts: Facts, data: Data) -> None:
    if session.get(Sector, data["sector"]) is None:
        raise _not_there("sector", "没有这个行业领域编码。")
    if "site" in data:
        data["site_name"] = _site(session, facts, data["site"], "site").name


def _site(session: Session, facts: Facts, site_id: int, field: str) -> Site:
    """A site in the hazard's own township; for one reported city-wide, anywhere in the city."""
    site = session.get(Site, site_id)
    if site is None or not is_within(site.area_code, township_code(facts.area_code)):
        raise _not_there(field, "本辖区没有这个监管对象，请先登记。")
    return site


def _require_area(session: Session, facts: Facts, code: str) -> None:
    """An area of the hazard's own county."""
    county = facts.area_code[: ENDS[2]] + "0" * 6
    if not is_within(code, county) or session.get(Area, code) is None:
        raise _not_there("area", "没有这个区划，请重新选择。")


def _acceptors(named: Sequence[str], actor: Actor) -> list[str]:
    """Who acts is an acceptor, named or not; each once."""
    others = [name for name in named if name not in (actor.name, actor.username)]
    return list(dict.fromkeys([actor.name, *others]))


def _account_ids(session: Session, named: Sequence[str], actor: Actor) -> list[int]:
    """The accounts that these names may mean, by account name or by own name."""
    query = select(User.id).where(or_(User.username.in_(named), User.name.in_(named)))
    return sorted({actor.id, *session.scalars(query)})


def _other(session: Session, number: str, actor: Actor, permissions: Permissions) -> Facts:
    query = select(Hazard).where(
        Hazard.number == number, visible_to(actor, Permission.READ_HAZARDS, permissions)
    )
    other = session.scalar(query)
    if other is None:
        raise _not_there("duplicate_of", f"没有编号为 {number} 的隐患，或不在您的范围内。")
    return other.facts()


def _not_there(field: str, message: str) -> InvalidInput:
    return InvalidInput("reference_not_found", message, errors={f"data.{field}": [message]})
