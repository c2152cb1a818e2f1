"""Which filled forms, in SQL: the permission table's scope, and the filters of lists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, false, or_, select
from sqlalchemy.orm import Session

from ..clock import LOCAL
from ..errors import NotFound
from ..fields import FORBIDDEN
from ..hazards.models import Hazard
from ..people.models import User
from ..people.permissions import Actor, Grant, Permission, Permissions, Reach
from ..places.codes import within
from .models import Submission

Condition = ColumnElement[bool]


def readable_by(actor: Actor, permissions: Permissions) -> Condition:
    """The filled forms that an actor may read, as a condition.

    A form is where it was filled in, and where a hazard that it reported is.
    """
    grants = permissions.grants(actor, Permission.READ_SUBMISSIONS)
    return or_(false(), *(_scope(grant, actor) for grant in grants))


def _scope(grant: Grant, actor: Actor) -> Condition:
    reported = exists().where(
        Hazard.submission_id == Submission.id, within(Hazard.area_code, actor.area_code)
    )
    match grant.reach:
        case Reach.AREA:
            return or_(within(Submission.area_code, actor.area_code), reported)
        case Reach.SECTORS:
            return reported.where(Hazard.sector.in_(actor.sectors))
        case Reach.OWN:
            return Submission.submitter_id == actor.id
        case _:
            return false()


def matching(query: Mapping[str, Any]) -> Condition:
    """The filters of a parsed query as a condition. Days are those of Asia/Shanghai."""
    conditions: list[Condition] = []
    if form_id := query.get("form_id"):
        conditions.append(Submission.form_id == form_id)
    if version := query.get("version"):
        conditions.append(Submission.form_version == version)
    if area := query.get("area"):
        conditions.append(within(Submission.area_code, area))
    if submitter := query.get("submitter"):
        named = select(User.id).where(User.username == submitter).scalar_subquery()
        conditions.append(Submission.submitter_id == named)
    if since := query.get("since"):
        conditions.append(Submission.received_at >= _start_of(since))
    if until := query.get("until"):
        conditions.append(Submission.received_at < _start_of(until + timedelta(days=1)))
    if (flagged := query.get("flagged")) is not None:
        sound = cast(Submission.findings, String) == "[]"
        conditions.append(~sound if flagged else sound)
    return and_(Submission.id.is_not(None), *conditions)


def newest_first(condition: Condition) -> Select[Submission, User]:
    """Filled forms with their submitters."""
    return (
        select(Submission, User)
        .join(User, User.id == Submission.submitter_id)
        .where(condition)
        .order_by(Submission.id.desc())
    )


def page(
    session: Session, condition: Condition, *, before_id: int | None, limit: int
) -> Sequence[tuple[Submission, User]]:
    """Up to `limit + 1`, so that the caller knows whether there are more."""
    query = newest_first(condition)
    if before_id is not None:
        query = query.where(Submission.id < before_id)
    return [(row[0], row[1]) for row in session.execute(query.limit(limit + 1))]


def find(session: Session, instance_id: str, condition: Condition) -> tuple[Submission, User]:
    """The filled form of this instance id, if the condition allows it.

    Raises:
        NotFound: there is none, or none that the caller may know of.
    """
    found = None
    if not FORBIDDEN.search(instance_id):
        query = newest_first(and_(condition, Submission.instance_id == instance_id))
        found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(
            "submission_not_found", f"没有编号为 {instance_id[:80]} 的填报，或不在您的范围内。"
        )
    return found[0], found[1]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
