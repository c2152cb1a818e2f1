"""Two ledgers that agree, and then differ in what is planted: where, and of which kind, is known.

The lines, their spellings and their layout are `ledgers`' and `writing`'s. What is planted is put
into their file or into our database alone; the code under test knows nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.glossary import Action, FindingKind, Level, Stage, State
from server.hazards.facts import Facts
from server.hazards.models import Event, Finding, Hazard, HazardPhoto, Plan, row_of
from server.hazards.replay import format_moment
from server.ledgers.differences import DifferenceKind as K
from server.ledgers.records import Record, Standing
from server.people.permissions import Actor
from server.photos.models import Photo
from server.places.models import Site

from . import ledgers, writing
from .ledgers import Line, Mess, make_ledgers, text_day
from .writing import Laid

SHA256 = "0" * 64
MONTH = "2026-11"

# The ledgers agree in all but spelling.
AGREEING = Mess(
    credit_codes=1.0,
    left_out=0,
    added=0,
    number_missing=0,
    number_mistyped=0,
    number_of_another=0,
    site_varied=0,
    site_missing=0,
    described_otherwise=0.3,
    date_wrong=0,
    date_missing=0,
    spot_missing=0,
    split=0,
    joined=0,
)


@dataclass
class Mine:
    """A hazard of ours, and what of it no ledger has."""

    record: Record
    after_photo: bool = True
    extensions: int = 0
    doubted: bool = False
    visited_on: date | None = None


@dataclass(frozen=True)
class Truth:
    """A difference that is there: its kind, and by which of these it may be known: our number,
    the place in their file, or, of the ledger as a whole, words of the explanation."""

    kind: K
    known_by: frozenset[str]


@dataclass
class Planted:
    ours: list[Mine]
    theirs: list[Line]
    random: Random
    truth: list[tuple[K, list[Line | str]]] = field(default_factory=list)

    def line_of(self, mine: Mine) -> Line:
        return next(line for line in self.theirs if line.of == (mine.record.ref,))


def make_planted(seed: int, count: int, each: int, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Ledgers of a month with so many lines, and so many differences of each sort in them."""
    monkeypatch.setattr(ledgers, "BEGINS", date(2026, 11, 1))
    monkeypatch.setattr(ledgers, "DAYS", 8)
    monkeypatch.setattr(writing, "OPTIONAL", ["village", "basis", "supervisor"] + ["basis"] * 5)
    made = make_ledgers(seed, count, AGREEING)
    planted = Planted([], [], Random(seed))
    # One line at least is always added.
    theirs = [line for line in made.theirs if line.of]
    for serial, (record, line) in enumerate(zip(made.ours, theirs, strict=True)):
        _calm(planted, serial, record, line)
    _plant(planted, each)
    return planted


def _calm(planted: Planted, serial: int, record: Record, line: Line) -> None:
    """A line without what the rules would find by chance."""
    closed = record.closed_on is not None
    random, cells = planted.random, line.cells
    assert record.found_on is not None
    record = replace(
        record,
        spot=f"{record.spot}{serial}号",
        amount_yuan=ledgers.Decimal(1200),
        deadline=record.found_on + timedelta(days=60),
        acceptors=("验收甲", "验收乙") if closed else (),
    )
    assert line.site is not None
    cells["credit_code"] = line.site.credit_code
    cells["spot"], cells["amount"] = record.spot, 1200.0
    cells["deadline"] = record.deadline
    if closed:
        assert record.accepted_on is not None
        assert record.finished_on is not None
        finished = text_day(random, record.finished_on)
        cells["finished"] = f"第{serial}处已整改（{finished}）"
        cells["accepted"] = f"验收甲、验收乙 {text_day(random, record.accepted_on)} 验收合格"
    planted.ours.append(Mine(record))
    planted.theirs.append(line)


# --- What is planted ---------------------------------------------------------------------------


def _plant(planted: Planted, each: int) -> None:
    pools = {
        closed: [
            mine for mine in planted.ours if (mine.record.standing is Standing.CLOSED) == closed
        ]
        for closed in (False, True)
    }
    for pool in pools.values():
        planted.random.shuffle(pool)
    for closed, plant in PLANTS:
        for _ in range(each):
            plant(planted, pools[closed].pop())
    _batch(planted, [pools[True].pop() for _ in range(12)])
    _series(planted)
    _balance(planted)


def _known(planted: Planted, mine: Mine, kind: K) -> Line:
    line = planted.line_of(mine)
    planted.truth.append((kind, [line, mine.record.number]))
    return line


def _only_ours(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.ONLY_OURS)
    planted.theirs.remove(line)


def _only_theirs(planted: Planted, mine: Mine) -> None:
    _known(planted, mine, K.ONLY_THEIRS)
    planted.ours.remove(mine)


def _said_twice(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.DUPLICATE_NUMBER)
    again = replace(line, cells=dict(line.cells), of=(), mess={"twice"})
    planted.theirs.insert(planted.theirs.index(line) + 3, again)
    planted.truth[-1][1].append(again)


def _two_numbers(planted: Planted, mine: Mine) -> None:
    _said_twice(planted, mine)
    again = planted.truth[-1][1][-1]
    assert isinstance(again, Line)
    again.cells["number"] = f"QT-{planted.random.randrange(10**6, 10**7)}"


def _level(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.VALUES_DIFFER)
    line.cells["level"] = "一般" if mine.record.level is Level.MAJOR else "重大事故隐患"


def _deadline(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.VALUES_DIFFER)
    assert mine.record.deadline is not None
    line.cells["deadline"] = text_day(planted.random, mine.record.deadline + timedelta(days=9))


def _still_open(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.VALUES_DIFFER)
    line.cells |= {"closed": "未销号", "accepted": None, "finished": None}


def _closing_day(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.VALUES_DIFFER)
    assert mine.record.closed_on is not None
    line.cells["closed"] = f"已销号 {mine.record.closed_on + timedelta(days=1)}"


def _person(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.VALUES_DIFFER)
    line.cells["responsible_person"] = "欧阳建国 13800001234"


def _not_accepted(planted: Planted, mine: Mine) -> None:
    _known(planted, mine, K.CLOSED_WITHOUT_EVIDENCE).cells["accepted"] = None


def _accepted_by_self(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.CLOSED_WITHOUT_EVIDENCE)
    person = f"自改{mine.record.responsible_person[0]}"
    mine.record = replace(mine.record, responsible_person=person)
    line.cells["responsible_person"] = f"{person} 13800001111"
    line.cells["accepted"] = f"{person} {mine.record.accepted_on} 验收合格"


def _no_photo(planted: Planted, mine: Mine) -> None:
    _known(planted, mine, K.CLOSED_WITHOUT_EVIDENCE)
    mine.after_photo = False


def _before_it_was_found(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.DATES_OUT_OF_ORDER)
    assert mine.record.found_on is not None
    day = mine.record.found_on - timedelta(days=3)
    line.cells["finished"] = f"提前{day:%d}整改（{text_day(planted.random, day)}）"


def _doubted(planted: Planted, mine: Mine) -> None:
    _known(planted, mine, K.PHOTO_EVIDENCE)
    mine.doubted = True


def _overdue(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.OVERDUE_WITHOUT_EXTENSION)
    day = date(2026, 11, planted.random.randint(12, 28))
    mine.record = replace(mine.record, deadline=day)
    line.cells["deadline"] = text_day(planted.random, day)


def _extended_often(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.EXTENSION_IRREGULAR)
    mine.extensions = 3
    line.cells["remarks"] = planted.random.choice(["已延期3次", "延期 三 次", "第4次延期"])


def _extended_unknown(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.EXTENSION_IRREGULAR)
    line.cells["remarks"] = "经同意延期至月底"


def _no_contingency(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.FIVE_INCOMPLETE)
    line.cells["contingency"] = planted.random.choice([None, "无", "/"])


def _works_for_nothing(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.FIVE_INCOMPLETE)
    line.cells |= {"measures": "更换老化线路并加装漏电保护器", "amount": 0.0}


def _came_back(planted: Planted, mine: Mine) -> None:
    """A line of theirs and a hazard of ours more, at the same spot."""
    line, closed_on = planted.line_of(mine), mine.record.closed_on
    assert closed_on is not None
    number = f"{mine.record.number[:-4]}9{mine.record.number[-3:]}"
    record = replace(
        mine.record,
        ref=number,
        number=number,
        description="同一处再次发现异常声响和渗漏",
        found_on=closed_on + timedelta(days=2),
        standing=Standing.OPEN,
        **dict.fromkeys(("finished_on", "accepted_on", "closed_on")),
        acceptors=(),
        finish_summary="",
    )
    cells = line.cells | {
        "number": number,
        "found_on": record.found_on,
        "description": record.description,
        "closed": "未销号",
        "accepted": None,
        "finished": None,
    }
    again = replace(line, cells=cells, of=(number,), mess={"back"})
    planted.theirs.append(again)
    planted.ours.append(Mine(record))
    planted.truth.append((K.RECURRENCE, [again, number]))


def _handed_over(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.TRANSFER_ONE_SIDED)
    line.cells["remarks"] = planted.random.choice(["已划转至市住建局", "11月5日转交邻镇办理"])


def _void(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.NUMBER_GAP)
    line.cells |= {"closed": "作废", "remarks": None}
    mine.record = replace(mine.record, standing=Standing.VOID)


def _credit_code(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.NAME_MISMATCH)
    code = str(line.cells["credit_code"])
    line.cells["credit_code"] = code[:-1] + ("1" if code[-1] != "1" else "2")


def _name(planted: Planted, mine: Mine) -> None:
    line = _known(planted, mine, K.NAME_MISMATCH)
    name = mine.record.site_name
    line.cells["site_name"] = planted.random.choice(
        [name[:4] + "　" + name[4:], f"{name}(个体工商户)", name.removesuffix("有限公司") + "公司"]
    )


def _visited(planted: Planted, mine: Mine) -> None:
    _known(planted, mine, K.SAMPLING_CONTRADICTED)
    assert mine.record.closed_on is not None
    mine.visited_on = mine.record.closed_on + timedelta(days=1)


# On an open line, or on one that is struck off.
PLANTS: tuple[tuple[bool, Callable[[Planted, Mine], None]], ...] = (
    (False, _only_ours),
    (False, _only_theirs),
    (False, _said_twice),
    (True, _two_numbers),
    (False, _level),
    (False, _deadline),
    (True, _still_open),
    (True, _closing_day),
    (False, _person),
    (True, _not_accepted),
    (True, _accepted_by_self),
    (True, _no_photo),
    (True, _before_it_was_found),
    (True, _doubted),
    (False, _overdue),
    (False, _extended_often),
    (False, _extended_unknown),
    (False, _no_contingency),
    (False, _works_for_nothing),
    (True, _came_back),
    (False, _handed_over),
    (False, _void),
    (False, _credit_code),
    (True, _name),
    (True, _visited),
)


def _batch(planted: Planted, some: list[Mine]) -> None:
    day = date(2026, 11, 29)
    for mine in some:
        line = planted.line_of(mine)
        mine.record = replace(mine.record, closed_on=day)
        line.cells |= {
            "finished": f"已按要求整改到位（{mine.record.finished_on}）",
            "closed": f"已销号 {day}",
        }
    planted.truth.append((K.BATCH_CLOSURE, [f"{day} 一天销号 12 条"]))


def _series(planted: Planted) -> None:
    """Lines that only they have, under numbers of their own, of which two are left out."""
    template = planted.theirs[0]
    for serial in (1, 2, 3, 4, 6, 7, 8, 10, 11, 12):
        cells = template.cells | {
            "number": f"ZJ2026-{serial:03}",
            "site_name": f"无名测试点{serial * 7919}",
            "credit_code": None,
            "spot": f"独立位置{serial * 104729}",
            "description": f"{'甲乙丙丁戊己庚辛壬癸'[serial % 10] * 6}{serial * 15485863}",
            "closed": "未销号",
            "accepted": None,
            "finished": None,
            "remarks": None,
        }
        line = Line(cells, (), {"added"})
        planted.theirs.append(line)
        planted.truth.append((K.ONLY_THEIRS, [line]))
    planted.truth.append((K.NUMBER_GAP, ["中间缺 2 个：ZJ2026-005、ZJ2026-009"]))


def _balance(planted: Planted) -> None:
    """What the row below the lines says, and what it comes to."""
    planted.truth += [
        (K.BALANCE_BROKEN, ["结转不平"]),
        (K.BALANCE_BROKEN, ["期末未销号填 9999，"]),
        (K.BALANCE_BROKEN, ["月末未销号：我方"]),
    ]


FOOT = "上期结转 10 条，本期新增 20 条，本期销号 5 条，期末未销号 9999 条"


def lay_out(planted: Planted, seed: int) -> tuple[Laid, list[Truth]]:
    """Their file's rows, and the truth by what differences are known by."""
    laid = writing.lay_out(seed, planted.theirs)
    laid.rows.insert(len(laid.rows) - 1, ["合计", FOOT])
    places = {id(line): ref for line, ref in zip(planted.theirs, laid.refs(), strict=True)}
    truth = [
        Truth(
            kind,
            frozenset(
                each if isinstance(each, str) else places.get(id(each), "") for each in known_by
            )
            - {""},
        )
        for kind, known_by in planted.truth
    ]
    return laid, truth


# --- Our side in the database --------------------------------------------------------------------

STATES = {
    Standing.CLOSED: State.CLOSED,
    Standing.VOID: State.VOID,
    Standing.OPEN: State.RECTIFYING,
}


def establish(session: Session, planted: Planted, actor: Actor, at: datetime) -> None:
    """Write our hazards with their sites, plans and photos, as long acts would have left them."""
    session.add(Photo(sha256=SHA256, size=1, uploaded_by=actor.id, created_at=at))
    sites = _sites(session, planted, at)
    for serial, mine in enumerate(planted.ours):
        _hazard(session, serial, mine, sites, actor, at)
    session.flush()


def _sites(session: Session, planted: Planted, at: datetime) -> dict[str, int]:
    wanted = {mine.record.site_name: mine.record for mine in planted.ours}
    rows = {
        name: Site(
            name=name,
            kind="enterprise",
            area_code=_area(record),
            credit_code=record.credit_code,
            address=record.address,
            created_at=at,
        )
        for name, record in wanted.items()
    }
    session.add_all(rows.values())
    session.flush()
    return {name: site.id for name, site in rows.items()}


def _area(record: Record) -> str:
    county, township = record.number.split("-")[1:3]
    return f"{county}{township}000"


def _hazard(
    session: Session, serial: int, mine: Mine, sites: dict[str, int], actor: Actor, at: datetime
) -> None:
    record, event_id = mine.record, str(uuid4())
    assert record.found_on is not None
    assert record.standing is not None
    facts = Facts(
        number=record.number,
        state=STATES[record.standing],
        level=record.level or Level.GENERAL,
        area_code=_area(record),
        reporter_id=actor.id,
        reporter_name=record.reporter,
        description=record.description,
        found_on=record.found_on,
        site_id=sites[record.site_name],
        site_name=record.site_name,
        spot=record.spot,
        responsible_unit=record.responsible_unit,
        deadline=record.deadline,
        plan_approved=True,
        extensions=mine.extensions,
        finish_summary=record.finish_summary,
        finished_on=record.finished_on,
        acceptors=record.acceptors,
        acceptance_opinion=record.acceptance_opinion,
        accepted_on=record.accepted_on,
        closed_on=record.closed_on,
        void_reason="误报" if record.standing is Standing.VOID else "",
    )
    moments = {"created_at": at, "updated_at": at}
    own = {"entity_id": str(uuid4()), "version": 1, "head_hash": "", "evidence_seq": 1}
    hazard = session.execute(
        insert(Hazard).values(**row_of(facts), **own, **moments).returning(Hazard.id)
    ).scalar_one()
    _event(session, event_id, hazard, 1, Action.REPORT, {"area_code": _area(record)}, actor, at)
    session.add(
        Plan(
            event_id=event_id,
            hazard_id=hazard,
            current=True,
            submitted_by=actor.id,
            person=record.responsible_person,
            unit=record.responsible_unit,
            phone="13800001234",
            measures=record.measures,
            amount_yuan=record.amount_yuan,
            source="自筹",
            deadline=record.deadline,
            contingency=record.contingency,
        )
    )
    if mine.after_photo:
        session.add(
            HazardPhoto(
                event_id=event_id,
                position=0,
                hazard_id=hazard,
                seq=1,
                stage=Stage.AFTER.value,
                sha256=SHA256,
                code=f"T{serial:07}",
            )
        )
    if mine.doubted:
        session.add(
            Finding(
                hazard_id=hazard,
                event_id=event_id,
                kind=FindingKind.SAME_PHOTO.value,
                serious=True,
                numbers={"hazards": ["YH-141181-001-202610-0001"]},
                at=at,
            )
        )
    if mine.visited_on is not None:
        went = datetime.combine(mine.visited_on, time(3), at.tzinfo)
        data = {"result": "not_fixed", "note": "仍未整改"}
        _event(session, str(uuid4()), hazard, 2, Action.VISIT, data, actor, went)


def _event(
    session: Session,
    event_id: str,
    hazard: int,
    seq: int,
    action: Action,
    data: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    session.add(
        Event(
            id=event_id,
            hazard_id=hazard,
            seq=seq,
            action=action.value,
            from_state=None,
            to_state=State.REPORTED.value,
            actor_id=actor.id,
            actor_name=actor.name,
            actor_role=actor.role.value,
            at=format_moment(at),
            data=json.dumps(data),
            request_hash="",
            previous_hash="",
            hash=event_id,
        )
    )
    session.flush()
