"""Keeping answers ready: an old one is given with its time, and counted anew meanwhile.

In a ledger of some thousands of hazards every answer is counted when it is asked for. In a larger
one that takes seconds; there an answer is kept by its question. Is nothing changed since (its tag
says so in milliseconds), it is as good as new. Otherwise it is given as of when it was counted, and
a job counts it anew. Only what nobody asked for within a day, or in this month, is waited for.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, cast

import structlog
from sqlalchemy import Table, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from ...clock import LOCAL, Clock, local_date
from ...database import Database, insert_new
from ...errors import DomainError
from ...hazards.models import Hazard
from ...people.permissions import Actor, Permissions
from .models import ReadyAnswer
from .questions import Answering, Maker, Question, question_of

log = structlog.get_logger()

ANSWERS = cast(Table, ReadyAnswer.__table__)

# Up to so many hazards an answer is counted while somebody waits: less than a tenth of a second.
COUNTED_AT_ONCE = 20_000
OLDEST = timedelta(days=1)
# Whoever took one to count it anew, and has not done so by now, lost its process.
LOST_AFTER = timedelta(minutes=3)
# Asked within the last week: ready every morning.
WARM_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=35)
NOTED_EVERY = timedelta(hours=1)
# More questions than a city's offices ask; whoever asks very many pushes out what is asked least.
MOST_KEPT = 2_000


@dataclass(frozen=True)
class Given:
    """An answer, or only its tag where the asker has it already.

    `is_old`: something changed since `as_of`, and a newer one is on its way.
    """

    tag: str
    as_of: datetime
    is_old: bool
    value: dict[str, Any] | None


@dataclass(frozen=True)
class Keeper:
    """Gives answers, and keeps them ready.

    Attributes:
        makers: how an answer is made, by the kind of question.
        counted_at_once: up to so many hazards nothing is kept.
        most_kept: of more answers, those that were asked for longest ago are forgotten.
    """

    database: Database
    permissions: Permissions
    clock: Clock
    makers: Mapping[str, Maker]
    counted_at_once: int = COUNTED_AT_ONCE
    most_kept: int = MOST_KEPT
    _one_at_a_time: Lock = field(default_factory=Lock)

    def give(
        self,
        kind: str,
        actor: Actor,
        query: Mapping[str, Any],
        is_known: Callable[[str], bool],
        *,
        is_kept: bool = True,
    ) -> Given:
        """The answer to a parsed query.

        Arguments:
            is_known: says of a tag whether the asker has its value.
            is_kept: whether it is a question that many ask, of plain JSON values.

        Raises:
            InvalidInput: the query makes no sense.
        """
        question = question_of(kind, actor, query, self.permissions, self._today())
        given = self._at_hand(question, actor, is_known, is_kept)
        if given is not None:
            return given
        # A whole office that opens the page at nine is to count it once.
        with self._one_at_a_time:
            given = self._at_hand(question, actor, is_known, is_kept)
            return given or self._counted(question)

    def _at_hand(
        self, question: Question, actor: Actor, is_known: Callable[[str], bool], is_kept: bool
    ) -> Given | None:
        """What is given at once; None where it has to be counted, and kept."""
        now = self.clock.now()
        with self.database.reading() as session:
            answering = self._begin(session, question, actor)
            tag = answering.etag()
            if not (is_kept and self._is_long(session)):
                value = None if is_known(tag) else _made(session, answering)
                return Given(tag, now, False, value)
            kept = session.get(ReadyAnswer, question.key)
        if kept is None or not _is_usable(kept, now):
            return None
        is_old = kept.tag != tag
        self._note(kept, is_old, now)
        # Of the one that is out of date the asker is to learn that it is.
        shown = f"{kept.tag}-old" if is_old else tag
        value = None if is_known(shown) else json.loads(kept.value)
        return Given(shown, kept.as_of if is_old else now, is_old, value)

    def _counted(self, question: Question) -> Given:
        now = self.clock.now()
        with self.database.reading() as session:
            answering = self._begin(session, question, question.actor)
            tag, value = answering.etag(), _made(session, answering)
        self._keep(question, tag, value, now)
        return Given(tag, now, False, value)

    def _begin(self, session: Session, question: Question, actor: Actor) -> Answering:
        make = self.makers[question.kind]
        return make(session, actor, question.query, self.permissions, self._today())

    def _is_long(self, session: Session) -> bool:
        # As good as their number, and one look into an index.
        return (session.scalar(select(func.max(Hazard.id))) or 0) > self.counted_at_once

    def _keep(self, question: Question, tag: str, value: Mapping[str, Any], at: datetime) -> None:
        made = {"value": json.dumps(value, ensure_ascii=False), "tag": tag, "as_of": at}
        done = {"wanted_at": None, "taken_at": None}
        row = {"key": question.key, "question": question.as_dict(), "asked_at": at, **made, **done}
        with self.database.writing() as session:
            if insert_new(session, ANSWERS, row):
                latest = select(ReadyAnswer.key).order_by(ReadyAnswer.asked_at.desc())
                too_many = latest.offset(self.most_kept)
                session.execute(delete(ReadyAnswer).where(ReadyAnswer.key.in_(too_many)))
            else:
                session.execute(
                    update(ReadyAnswer).where(ReadyAnswer.key == question.key).values(made | done)
                )

    def _note(self, kept: ReadyAnswer, is_old: bool, now: datetime) -> None:
        """Write down that it was asked for, and that it is to be made anew: seldom, once each."""
        values: dict[str, Any] = {}
        if kept.asked_at < now - NOTED_EVERY:
            values["asked_at"] = now
        if is_old and kept.wanted_at is None:
            values["wanted_at"] = now
        if values:
            with self.database.writing() as session:
                session.execute(
                    update(ReadyAnswer).where(ReadyAnswer.key == kept.key).values(values)
                )

    # In the background

    def work(self, rest: Callable[[], None]) -> int:
        """Count anew what is wanted, one after the other; gives how many."""
        done = 0
        while (claimed := self._claim()) is not None:
            self._renew(claimed)
            done += 1
            rest()
        return done

    def warm(self) -> None:
        """Want anew what was asked for lately and is of an earlier day, or kept by an earlier
        version of the program; forget what nobody asks for."""
        now = self.clock.now()
        midnight = now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        lately = select(ReadyAnswer).where(ReadyAnswer.asked_at > now - WARM_FOR)
        with self.database.writing() as session:
            session.execute(delete(ReadyAnswer).where(ReadyAnswer.asked_at < now - KEPT_FOR))
            for kept in session.scalars(lately.where(ReadyAnswer.wanted_at.is_(None))):
                if kept.as_of < midnight or Question(**kept.question).key != kept.key:
                    kept.wanted_at = now

    def _claim(self) -> ReadyAnswer | None:
        now = self.clock.now()
        free = or_(ReadyAnswer.taken_at.is_(None), ReadyAnswer.taken_at < now - LOST_AFTER)
        waiting = (ReadyAnswer.wanted_at.is_not(None), free)
        oldest = select(ReadyAnswer).where(*waiting).order_by(ReadyAnswer.wanted_at).limit(1)
        with self.database.reading() as session:
            wanted = session.scalar(oldest)
        if wanted is None:
            return None
        take = update(ReadyAnswer).where(ReadyAnswer.key == wanted.key, *waiting)
        with self.database.writing() as session:
            taken = session.execute(take.values(taken_at=now).returning(ReadyAnswer.key)).first()
        return wanted if taken else self._claim()

    def _renew(self, kept: ReadyAnswer) -> None:
        question = Question(**kept.question)
        try:
            self._counted(question)
        except DomainError as error:
            log.info("ready_answer_dropped", code=error.code)
            self._forget(kept.key)
        else:
            if question.key != kept.key:
                self._forget(kept.key)

    def _forget(self, key: str) -> None:
        with self.database.writing() as session:
            session.execute(delete(ReadyAnswer).where(ReadyAnswer.key == key))

    def _today(self) -> date:
        return local_date(self.clock.now())


def _is_usable(kept: ReadyAnswer, now: datetime) -> bool:
    """What was so yesterday may be shown; what was so last month is another month's."""
    month = kept.as_of.astimezone(LOCAL).strftime("%Y-%m")
    return kept.as_of > now - OLDEST and month == now.astimezone(LOCAL).strftime("%Y-%m")


def _made(session: Session, answering: Answering) -> dict[str, Any]:
    if session.get_bind().dialect.name == "postgresql":
        # It takes looking into events, which few hazards need, for the rule, and would compile
        # each query for longer than it runs.
        session.execute(text("SET LOCAL jit = off"))
    return answering.value()
