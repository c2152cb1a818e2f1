"""Ledger D, 销号台账: what was struck off, by whom, on what acceptance, with which photos."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, raiseload

from ...glossary import Action, Level, Stage, State
from ...hazards.codes import spaced
from ...hazards.models import Event, Hazard, HazardPhoto
from ...hazards.queries import Condition
from ..exports.tables import DAY, Column

NAME = "销号台账"
BATCH = 500
CLOSED = Hazard.state == State.CLOSED.value

ON_SITE, ON_PAPER = "现场", "材料"


@dataclass(frozen=True)
class Closure:
    """A line: the hazard, how it was accepted, and the codes of its photos by stage."""

    hazard: Hazard
    accepted_on_site: bool
    codes: Mapping[str, Sequence[str]]

    @property
    def id(self) -> int:
        return self.hazard.id

    @property
    def number(self) -> str:
        return self.hazard.number

    @property
    def applied_on(self) -> date | None:
        """Who says that it is finished asks for it to be accepted and struck off."""
        return self.hazard.finished_on

    @property
    def way(self) -> str:
        return ON_SITE if self.accepted_on_site else ON_PAPER

    @property
    def archive_number(self) -> str:
        """`GD-20261123-141181-001-202611-0001`: the day it was struck off, and its own number."""
        closed_on: date = self.hazard.closed_on or date.min
        return f"GD-{closed_on:%Y%m%d}-{self.number.removeprefix('YH-')}"

    @property
    def before_photos(self) -> list[str]:
        return self._photos(Stage.BEFORE)

    @property
    def after_photos(self) -> list[str]:
        return self._photos(Stage.AFTER)

    def _photos(self, stage: Stage) -> list[str]:
        return [spaced(code) for code in self.codes.get(stage.value, ())]


def closures(session: Session, condition: Condition, after_id: int = 0) -> Iterator[Closure]:
    """What a condition leaves of what was struck off, in the order of making, batch by batch."""
    while batch := _batch(session, condition, after_id):
        yield from _lines(session, batch)
        after_id = batch[-1].id


def page_of_closures(
    session: Session, condition: Condition, *, before_id: int | None, limit: int
) -> list[Closure]:
    """Up to `limit + 1` of the same, newest first."""
    query = _query(condition).order_by(Hazard.id.desc()).limit(limit + 1)
    if before_id is not None:
        query = query.where(Hazard.id < before_id)
    return list(_lines(session, session.scalars(query).all()))


def _batch(session: Session, condition: Condition, after_id: int) -> Sequence[Hazard]:
    session.expunge_all()
    query = _query(condition).where(Hazard.id > after_id).order_by(Hazard.id).limit(BATCH)
    return session.scalars(query).all()


def _query(condition: Condition) -> Any:
    unused = (raiseload(Hazard.photos), raiseload(Hazard.current_plan))
    return select(Hazard).where(condition, CLOSED).options(*unused)


def _lines(session: Session, hazards: Sequence[Hazard]) -> Iterator[Closure]:
    ids = [hazard.id for hazard in hazards]
    accepted, codes = _accepted_on_site(session, ids), _codes(session, ids)
    for hazard in hazards:
        yield Closure(hazard, hazard.id in accepted, codes.get(hazard.id, {}))


def _accepted_on_site(session: Session, ids: Sequence[int]) -> set[int]:
    """Which of them were accepted where they are: the acceptance has its place or its photos."""
    query = (
        select(Event.hazard_id, Event.data)
        .where(Event.hazard_id.in_(ids), Event.action == Action.ACCEPT.value)
        .order_by(Event.seq)
    )
    last = {hazard_id: json.loads(data) for hazard_id, data in session.execute(query)}
    return {id for id, data in last.items() if data.get("on_site") or data.get("photos")}


def _codes(session: Session, ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    query = (
        select(HazardPhoto.hazard_id, HazardPhoto.stage, HazardPhoto.code)
        .where(HazardPhoto.hazard_id.in_(ids))
        .order_by(HazardPhoto.hazard_id, HazardPhoto.seq, HazardPhoto.position)
    )
    codes: dict[int, dict[str, list[str]]] = {}
    for hazard_id, stage, code in session.execute(query):
        codes.setdefault(hazard_id, {}).setdefault(stage, []).append(code)
    return codes


COLUMNS: tuple[Column[Closure], ...] = (
    Column("隐患编号", 13, lambda line: line.number),
    Column("单位", 11, lambda line: line.hazard.site_name),
    Column("隐患摘要", 20, lambda line: line.hazard.description),
    Column("等级", 6, lambda line: Level(line.hazard.level).chinese),
    Column("整改完成日期", 10.5, lambda line: line.hazard.finished_on, DAY),
    Column("申请日期", 10.5, lambda line: line.applied_on, DAY),
    Column("申请人", 8, lambda line: line.hazard.rectifier_name),
    Column("验收人（≥2）", 9, lambda line: "、".join(line.hazard.acceptors)),
    Column("验收方式（现场/材料）", 10.5, lambda line: line.way),
    Column("验收结论", 10, lambda line: line.hazard.acceptance_opinion),
    Column("销号审批人", 8, lambda line: line.hazard.closer_name),
    Column("销号日期", 10.5, lambda line: line.hazard.closed_on, DAY),
    Column("整改前照片编号", 12, lambda line: "、".join(line.before_photos)),
    Column("整改后照片编号", 12, lambda line: "、".join(line.after_photos)),
    Column("归档号", 15, lambda line: line.archive_number),
)
