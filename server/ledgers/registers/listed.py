"""Ledger C, 挂牌督办台账: the hazards that were put under listing, with how each went on.

The history is told by the events, which are replayed a batch of hazards at a time.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...glossary import OPEN_STATES, Action, Role, State
from ...hazards.acts import happened
from ...hazards.facts import Facts
from ...hazards.five import CHINESE, Part
from ...hazards.models import Event, Hazard
from ...hazards.queries import LOOKS, Condition
from ...hazards.replay import evolve, format_moment, parse_moment
from ...hazards.views import five_parts
from ..exports.columns import masked_phone
from ..exports.tables import DAY, Column, serial

NAME = "挂牌督办台账"
BATCH = 200
LISTED = Hazard.listing.is_not(null())


@dataclass
class ListedHazard:
    """A line: what is true of the hazard, and when what was done about its listing."""

    facts: Facts
    today: date
    shows_phone: bool = False
    listed_on: date | None = None
    listed_by: str = ""
    progress: str = ""
    deadline_before: date | None = None
    accepted_by: str = ""
    delisted_on: date | None = None
    delisted_by_document: str = ""
    # Somebody has been back to look at the hazard.
    looked: bool = False

    @property
    def number(self) -> str:
        return self.facts.number

    @property
    def rank(self) -> str:
        return str((self.facts.listing or {})["rank"])

    @property
    def supervisor_unit(self) -> str:
        return str((self.facts.listing or {})["supervisor_unit"])

    @property
    def deadline(self) -> date:
        """The one that the listing set; extensions have columns of their own."""
        return date.fromisoformat((self.facts.listing or {})["deadline"])

    @property
    def deadline_now(self) -> date | None:
        return self.facts.deadline if self.facts.extensions else None

    @property
    def responsible(self) -> str:
        plan = self.facts.plan
        if plan is None:
            return ""
        given = plan["responsibility"]
        phone = given["phone"] if self.shows_phone else masked_phone(given["phone"])
        return f"{given['person']} {phone}".strip()

    @property
    def five(self) -> list[dict[str, Any]]:
        """Which of the five are in place (`views.five_parts`)."""
        return five_parts(self.facts, self.today)

    @property
    def days_left(self) -> int | None:
        """Until the deadline, negative when it is past; None for what is finished or delisted."""
        working = self.facts.state in OPEN_STATES and self.facts.finished_on is None
        if not working or self.facts.delisted:
            return None
        return ((self.facts.deadline or self.deadline) - self.today).days

    @property
    def how_it_stands(self) -> str:
        """The last progress reported, or else how far along the line it is."""
        state = State(self.facts.state).chinese
        return f"{state}；{self.progress}" if self.progress else state

    @property
    def remarks(self) -> str:
        remarks = []
        if self.days_left is not None and self.days_left < 0:
            remarks.append(f"已逾期 {-self.days_left} 天")
        elif self.days_left is not None:
            remarks.append(f"剩 {self.days_left} 天")
        if self.facts.suspended:
            remarks.append("停产停用中")
        if self.facts.transferred:
            remarks.append("已移送执法")
        return "；".join(remarks)


def listed_hazards(
    session: Session, condition: Condition, today: date, before: datetime | None = None
) -> Iterator[ListedHazard]:
    """The listed hazards of a condition, in the order of their making.

    With `before`, as they were then; what was not listed yet is left out.
    """
    ids = session.scalars(select(Hazard.id).where(condition, LISTED).order_by(Hazard.id)).all()
    for start in range(0, len(ids), BATCH):
        for events in _histories(session, ids[start : start + BATCH], before):
            line = _told(events, today)
            if line is not None:
                yield line


def _histories(
    session: Session, ids: Sequence[int], before: datetime | None
) -> Iterator[list[Event]]:
    query = select(Event).where(Event.hazard_id.in_(ids)).order_by(Event.hazard_id, Event.seq)
    if before is not None:
        query = query.where(Event.at < format_moment(before))
    for _, events in groupby(session.scalars(query), key=lambda event: event.hazard_id):
        yield list(events)


def _told(events: Sequence[Event], today: date) -> ListedHazard | None:
    line: ListedHazard | None = None
    facts: Facts | None = None
    for event in events:
        at, data = parse_moment(event.at), json.loads(event.data)
        earlier, facts = facts, evolve(facts, happened(event, at, data))
        if event.action == Action.LIST:
            # Listed anew: what came of an earlier listing is in the hazard's own history.
            line = ListedHazard(facts, today, listed_on=local_date(at), listed_by=event.actor_name)
        if line is not None:
            line.facts = facts
            line.looked |= event.action in LOOKS
            _note(line, event, local_date(at), data, earlier)
    return line


def _note(
    line: ListedHazard, event: Event, day: date, data: dict[str, Any], earlier: Facts | None
) -> None:
    """What this event adds to a line."""
    match Action(event.action):
        case Action.REPORT_PROGRESS:
            line.progress = f"{day} {data['note']}"
        case Action.GRANT_EXTENSION if line.deadline_before is None and earlier:
            line.deadline_before = earlier.deadline
        case Action.ACCEPT:
            role = Role(event.actor_role).chinese
            line.accepted_by = f"{role}（{'、'.join(data['acceptors'])}）"
        case Action.REFUSE_ACCEPTANCE | Action.REFUSE_CLOSURE:
            line.accepted_by = ""
        case Action.DELIST:
            line.delisted_on, line.delisted_by_document = day, data.get("document_no", "")


def _part(part: Part) -> Column[ListedHazard]:
    def cell(line: ListedHazard) -> str:
        in_place = {each["part"]: each["in_place"] for each in line.five}
        return "是" if in_place[part.value] else "否"

    return Column(f"{CHINESE[part]}到位", 5, cell, group="“五到位”落实情况")


COLUMNS: tuple[Column[ListedHazard], ...] = (
    Column("序号", 5, serial),
    Column("编号", 13, lambda line: line.number),
    Column("隐患单位", 11, lambda line: line.facts.site_name),
    Column("隐患内容", 17, lambda line: line.facts.description),
    Column("判定依据", 11, lambda line: line.facts.basis),
    Column("挂牌级别", 6, lambda line: line.rank),
    Column("督办单位", 9, lambda line: line.supervisor_unit),
    Column("督办责任人", 8, lambda line: line.listed_by),
    Column("挂牌日期", 10.5, lambda line: line.listed_on, DAY),
    Column("整改期限", 10.5, lambda line: line.deadline, DAY),
    Column("整改责任人", 11, lambda line: line.responsible),
    *(_part(part) for part in Part),
    Column("进展情况", 14, lambda line: line.how_it_stands),
    Column("延期次数", 5, lambda line: line.facts.extensions, "0", group="延期情况"),
    Column("原期限", 10.5, lambda line: line.deadline_before, DAY, group="延期情况"),
    Column("现期限", 10.5, lambda line: line.deadline_now, DAY, group="延期情况"),
    Column("完成日期", 10.5, lambda line: line.facts.finished_on, DAY),
    Column("验收单位", 10, lambda line: line.accepted_by, group="验收"),
    Column("验收日期", 10.5, lambda line: line.facts.accepted_on, DAY, group="验收"),
    Column("验收结论", 8, lambda line: line.facts.acceptance_opinion, group="验收"),
    Column("摘牌日期", 10.5, lambda line: line.delisted_on, DAY, group="摘牌（核销）"),
    Column("摘牌文号", 10, lambda line: line.delisted_by_document, group="摘牌（核销）"),
    Column("备注", 8, lambda line: line.remarks),
)
