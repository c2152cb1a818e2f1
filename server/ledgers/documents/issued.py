"""The documents that were issued, of all hazards that somebody may see, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Row, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...hazards.models import Hazard
from ...places.codes import within
from ..statistics.period import Period
from .models import IssuedDocument

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Sought:
    """What the list is narrowed to; nothing given narrows nothing.

    `period` is the month (Asia/Shanghai) of issuing; `text` is looked for in the document's number,
    its office, its issuer's name, the hazard's number and its site's name.
    """

    kinds: Sequence[str] = field(default=())
    period: Period | None = None
    area_code: str | None = None
    text: str | None = None

    @property
    def condition(self) -> Condition:
        conditions: list[Condition] = [IssuedDocument.event_id.is_not(None)]
        if self.kinds:
            conditions.append(IssuedDocument.kind.in_(self.kinds))
        if self.period:
            conditions.append(IssuedDocument.issued_at >= self.period.began_at)
            conditions.append(IssuedDocument.issued_at < self.period.ends_at)
        if self.area_code:
            conditions.append(within(Hazard.area_code, self.area_code))
        if self.text:
            searched = (
                *(IssuedDocument.number, IssuedDocument.office, IssuedDocument.issuer_name),
                *(Hazard.number, Hazard.site_name),
            )
            found = (column.icontains(self.text, autoescape=True) for column in searched)
            conditions.append(or_(*found))
        return and_(*conditions)


def page(
    session: Session, scope: Condition, sought: Sought, *, after: str | None, limit: int
) -> Sequence[Row[IssuedDocument, Hazard]]:
    """Up to `limit + 1` documents with their hazards.

    Args:
        scope: the hazards that whoever asks may see.
        after: the id of the document that the page before ended with.

    Raises:
        InvalidInput: no document has that id.
    """
    place = (IssuedDocument.issued_at, IssuedDocument.event_id)
    query = (
        select(IssuedDocument, Hazard)
        .join(Hazard, Hazard.id == IssuedDocument.hazard_id)
        .where(scope, sought.condition)
        .order_by(*(column.desc() for column in place))
        .limit(limit + 1)
    )
    if after is not None:
        last = session.execute(select(*place).where(IssuedDocument.event_id == after)).first()
        if last is None:
            message = "不是有效的翻页标记，请从第一页重新开始。"
            raise InvalidInput("invalid_input", message, errors={"cursor": [message]})
        query = query.where(tuple_(*place) < tuple_(last.issued_at, last.event_id))
    return session.execute(query).all()
