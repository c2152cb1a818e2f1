"""The ways of looking at the ledger that people keep: each has their own, by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotFound
from ..fields import MAX_ID
from ..people.permissions import Actor
from .models import SavedView

# Of one person; more can't be told apart in a list.
MOST_VIEWS = 50


def saved_views(session: Session, actor: Actor) -> Sequence[SavedView]:
    """The actor's own, in the order in which they were saved."""
    query = select(SavedView).where(SavedView.user_id == actor.id).order_by(SavedView.id)
    return session.scalars(query).all()


def save_view(session: Session, actor: Actor, given: Mapping[str, Any]) -> SavedView:
    """Keep a view.

    Raises:
        Conflict: the actor has one of this name, or too many.
    """
    _require_free(session, actor, given["name"])
    own = select(func.count()).select_from(SavedView).where(SavedView.user_id == actor.id)
    if (session.scalar(own) or 0) >= MOST_VIEWS:
        message = f"至多保存 {MOST_VIEWS} 个视图，请先删去不用的。"
        raise Conflict("too_many_views", message)
    view = SavedView(user_id=actor.id, **given)
    session.add(view)
    session.flush()
    return view


def change_view(session: Session, actor: Actor, id: int, given: Mapping[str, Any]) -> SavedView:
    """Keep something else under it.

    Raises:
        NotFound: the actor has none of this id.
        Conflict: another of theirs has this name.
    """
    view = _find(session, actor, id)
    if given["name"] != view.name:
        _require_free(session, actor, given["name"])
    for name, value in given.items():
        setattr(view, name, value)
    session.flush()
    return view


def forget_view(session: Session, actor: Actor, id: int) -> None:
    """Raises NotFound: the actor has none of this id."""
    session.delete(_find(session, actor, id))


def _find(session: Session, actor: Actor, id: int) -> SavedView:
    own = select(SavedView).where(SavedView.id == id, SavedView.user_id == actor.id)
    view = session.scalar(own) if id <= MAX_ID else None
    if view is None:
        raise NotFound("view_not_found", "没有这个视图，可能已经删除。")
    return view


def _require_free(session: Session, actor: Actor, name: str) -> None:
    taken = select(SavedView.id).where(SavedView.user_id == actor.id, SavedView.name == name)
    if session.scalar(taken) is not None:
        message = f"已有名为“{name}”的视图，请换一个名称。"
        raise Conflict("view_name_taken", message, errors={"name": [message]})
