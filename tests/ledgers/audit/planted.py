"""A ledger of many honest lines with faults planted among them, seeded, and the truth known.

The rows are written straight into the tables, as an import or somebody with the database's password
would: the lifecycle would let few of these faults through. Nothing here is known to the rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.clock import local_date
from server.database import Database
from server.hazards.models import Event, Finding, Hazard, HazardPhoto, NumberSeries, Plan
from server.hazards.replay import format_moment
from server.ledgers.rules.names import CODE_SIGNS, check_sign
from server.people.models import User
from server.photos.models import Photo
from server.places.models import Site
from tests.conftest import NOW

TOWNSHIPS = ("141181001000", "141181002000", "141181100000")
SECTORS = ("FIRE", "GAS", "GENERAL")
FIRST_ID = 1_000
DAY = timedelta(days=1)

FLOORS = ("一楼", "二楼", "三楼", "负一层", "后院", "厂区", "配电室", "锅炉房", "库房", "厨房")
SIDES = ("东侧", "西侧", "南侧", "北侧", "中部", "入口处", "尽头", "拐角")
THINGS = ("楼梯口", "疏散通道", "配电箱", "灭火器箱", "燃气阀门", "防火门", "排烟口", "货架")
PROBLEMS = (
    "堆放纸箱杂物",
    "灭火器压力不足",
    "线路老化裸露",
    "未设警示标志",
    "应急灯不亮",
    "门被锁闭",
)
MEASURES = (
    "清空杂物，安排专人每日检查",
    "培训员工并张贴制度",
    "停用并清理，专人值守",
    "整理线路，落实巡查",
)
WORKS = (
    "更换老化线路，重新敷设",
    "施工加固立柱",
    "安装独立烟感",
    "拆除违建彩钢板",
    "购置灭火器十具",
)
CONTINGENCY = ("整改期间停用该区域，专人值守", "设置警戒线，夜间巡查", "停产停用直至验收")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
TRADES = ("餐饮", "商贸", "物流", "煤业", "化工", "机械", "建材", "养殖", "燃气", "印刷")
BRANDS = "兴盛隆泰昌达恒宏顺永吉祥瑞丰源鑫"


@dataclass
class Line:
    """A hazard's rows on their way into the tables."""

    row: dict[str, Any]
    events: list[dict[str, Any]] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    photos: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def number(self) -> str:
        return str(self.row["number"])

    def event(self, action: str) -> dict[str, Any]:
        return next(each for each in self.events if each["action"] == action)


class Planted:
    """The generator. `truth` has (kind, subject): a hazard's number, a missing number, a code."""

    def __init__(self, seed: int, lines: int, faults: int) -> None:
        self.random = Random(seed)
        self.today = local_date(NOW)
        self.truth: set[tuple[str, str]] = set()
        self.serials: dict[str, int] = {}
        self.spots: set[tuple[int, str]] = set()
        self.users = [self._user(index) for index in range(40)]
        self.sites = [self._site(index) for index in range(max(60, lines // 10))]
        self.lines = [self.line() for _ in range(lines)]
        self.unused: dict[str, list[Line]] = {}
        for line in self.lines:
            self.unused.setdefault(line.row["state"], []).append(line)
        if faults:
            self._plant(faults)

    # Who and where

    def _name(self) -> str:
        given = self.random.sample(GIVEN, 2)
        return self.random.choice(SURNAMES) + "".join(given)

    def _user(self, index: int) -> dict[str, Any]:
        return {
            "id": FIRST_ID + index,
            "username": f"planted{index}",
            "name": f"{self._name()}{index}",
            "role": "township_office",
            "password_hash": "x",
            "area_code": TOWNSHIPS[index % 3],
            "created_at": NOW,
        }

    def _site(self, index: int) -> dict[str, Any]:
        start = "91141181" + "".join(self.random.choices(CODE_SIGNS, k=9))
        brand = "".join(self.random.sample(BRANDS, 3))
        name = f"孝义市{brand}{self.random.choice(TRADES)}（{index}号）有限公司"
        return {
            "id": FIRST_ID + index,
            "entity_id": str(UUID(int=self.random.getrandbits(128))),
            "name": name,
            "kind": "enterprise",
            "area_code": TOWNSHIPS[index % 3],
            "sector_code": SECTORS[index % 3],
            "credit_code": start + check_sign(start),
            "address": f"演示路{index}号",
            "created_at": NOW - 300 * DAY,
            "version": 1,
        }

    def _spot(self, site_id: int) -> str:
        while True:
            spot = "".join(self.random.choice(part) for part in (FLOORS, SIDES, THINGS))
            if (site_id, spot) not in self.spots:
                self.spots.add((site_id, spot))
                return spot
            self.spots.add((site_id, spot := f"{spot}{self.random.randint(1, 99_999)}号"))
            return spot

    # Honest lines

    def line(self, state: str = "", found: datetime | None = None) -> Line:
        """A line with nothing wrong about it, in this state or any."""
        state = (
            state
            or self.random.choices(
                ("closed", "rectifying", "awaiting_acceptance", "reported", "void"),
                (70, 12, 8, 6, 4),
            )[0]
        )
        least = 60 if state in ("closed", "void") else 2
        span = 20 if state in ("rectifying", "awaiting_acceptance", "reported") else 200
        found = found or NOW - self.random.randint(least, least + span) * DAY
        found = found.replace(hour=1) + timedelta(seconds=self.random.randint(0, 7 * 3600))
        site = self.random.choice(self.sites)
        line = Line(self._row(found, site))
        self._step(line, "report", found, line.row["reporter_id"], "reported")
        self._photo(line, "before", found)
        getattr(self, f"_{state}")(line, found, site)
        line.row["version"] = line.row["evidence_seq"] = len(line.events)
        return line

    def _row(self, found: datetime, site: dict[str, Any]) -> dict[str, Any]:
        series = f"YH-141181-{site['area_code'][6:9]}-{local_date(found):%Y%m}"
        serial = self.serials[series] = self.serials.get(series, 0) + 1
        spot, reporter = self._spot(site["id"]), self.random.choice(self.users[:10])
        return {
            "id": FIRST_ID + sum(self.serials.values()),
            "entity_id": str(UUID(int=self.random.getrandbits(128))),
            "head_hash": "0" * 64,
            "created_at": found,
            "updated_at": found,
            "number": f"{series}-{serial:04d}",
            "level": "general",
            "area_code": site["area_code"],
            "reporter_id": reporter["id"],
            "reporter_name": reporter["name"],
            "description": self._description(spot),
            "found_on": local_date(found),
            "sector": site["sector_code"],
            "site_id": site["id"],
            "site_name": site["name"],
            "spot": spot,
            "item": "",
            "category": "",
            "basis": "",
            "needs_review": False,
            "responsible_site_id": None,
            "responsible_unit": "",
            "supervisor": "",
            "deadline": None,
            "plan_approved": False,
            "extensions": 0,
            "extension_requested": None,
            "fixed_on_spot": False,
            "finish_summary": "",
            "finished_on": None,
            "rectifier_id": None,
            "rectifier_name": "",
            "acceptors": [],
            "acceptor_ids": [],
            "acceptance_opinion": "",
            "accepted_on": None,
            "closer_name": "",
            "closed_on": None,
            "delisted": False,
            "suspended": False,
            "transferred": False,
            "void_reason": "",
            "duplicate_of": None,
        }

    def _description(self, spot: str) -> str:
        if self.random.random() < 0.2:
            return self.random.choice(("灭火器过期", "通道堆物", "线路裸露"))
        problem = self.random.choice(PROBLEMS)
        return f"{spot}{problem}，约{self.random.randint(2, 900)}处，需立即整改"

    def _step(
        self, line: Line, action: str, at: datetime, actor: int, to_state: str, **data: Any
    ) -> None:
        line.events.append(
            {
                "id": str(UUID(int=self.random.getrandbits(128))),
                "hazard_id": line.row["id"],
                "seq": len(line.events) + 1,
                "action": action,
                "from_state": line.row.get("state"),
                "to_state": to_state,
                "actor_id": actor,
                "actor_name": self.users[actor - FIRST_ID]["name"],
                "actor_role": "township_office",
                "at": format_moment(at),
                "data": json.dumps(data, ensure_ascii=False),
                "request_hash": "0" * 64,
                "previous_hash": "0" * 64,
                "hash": "0" * 64,
            }
        )
        line.row["state"] = to_state

    def _photo(self, line: Line, stage: str, at: datetime) -> None:
        line.photos.append(
            {
                "sha256": f"{self.random.getrandbits(256):064x}",
                "stage": stage,
                "taken_at": at - timedelta(minutes=self.random.randint(1, 30)),
                "event_id": line.events[-1]["id"],
                "seq": line.events[-1]["seq"],
            }
        )

    def _reported(self, line: Line, found: datetime, site: dict[str, Any]) -> None:
        if self.random.random() < 0.3:  # handed over yesterday: somebody may still take it up
            self._step(line, "hand_over", NOW - DAY, FIRST_ID, "reported", area="x")

    def _void(self, line: Line, found: datetime, site: dict[str, Any]) -> None:
        reason = self.random.choice(("现场核实为误报", "重复上报", "不属于安全隐患"))
        self._step(line, "void", found + DAY, FIRST_ID + 11, "void", reason=reason)
        line.row["void_reason"] = reason

    def _assigned(self, line: Line, found: datetime, site: dict[str, Any]) -> datetime:
        office = FIRST_ID + self.random.randint(10, 19)
        if self.random.random() < 0.05:
            self._step(line, "hand_over", found + DAY / 8, office, "reported", area="x")
        self._step(line, "register", found + DAY / 4, office, "registered")
        at = found + DAY / 2 + self.random.random() * DAY
        deadline = local_date(at) + self.random.randint(30, 45) * DAY
        self._step(line, "assign", at, office, "assigned", deadline=deadline.isoformat())
        rectifier = self.random.choice(self.users[30:])
        works = self.random.random() < 0.3
        line.plan = {
            "person": self._name(),
            "unit": site["name"],
            "phone": "13800001234",
            "measures": self.random.choice(WORKS if works else MEASURES),
            "amount_yuan": self.random.randint(1, 90) * 100 if works else 0,
            "source": "自筹" if works else "",
            "deadline": deadline,
            "contingency": self.random.choice(CONTINGENCY),
            "submitted_by": rectifier["id"],
        }
        line.row |= {
            "responsible_site_id": site["id"],
            "responsible_unit": site["name"],
            "deadline": deadline,
            "plan_approved": True,
            "rectifier_id": rectifier["id"],
            "rectifier_name": rectifier["name"],
        }
        self._step(line, "submit_plan", at + DAY / 8, rectifier["id"], "plan_review")
        line.plan["event_id"] = line.events[-1]["id"]
        self._step(line, "approve_plan", at + DAY / 4, office, "rectifying")
        return at + DAY / 4

    def _rectifying(self, line: Line, found: datetime, site: dict[str, Any]) -> None:
        at = self._assigned(line, found, site)
        if self.random.random() < 0.3:
            self._extended(line, at + DAY)

    def _extended(self, line: Line, at: datetime) -> None:
        deadline = line.row["deadline"] + 20 * DAY
        rectifier = line.row["rectifier_id"]
        self._step(
            line, "request_extension", at, rectifier, "rectifying", deadline=deadline.isoformat()
        )
        self._step(line, "grant_extension", at + DAY / 8, FIRST_ID + 12, "rectifying")
        line.row |= {"deadline": deadline, "extensions": line.row["extensions"] + 1}

    def _awaiting_acceptance(self, line: Line, found: datetime, site: dict[str, Any]) -> datetime:
        at = self._assigned(line, found, site)
        if self.random.random() < 0.1:
            self._extended(line, at + DAY)
        finished = at + self.random.random() * 8 * DAY
        if line.row["found_on"] >= self.today - 15 * DAY:
            finished = min(finished, NOW - DAY / 4)
        summary = self.random.choice(("已整改", "已整改到位，现场干净", ""))
        line.row |= {
            "finish_summary": summary or f"{line.row['spot']}的问题已处理，{line.row['number']}",
            "finished_on": local_date(finished),
        }
        self._step(line, "finish", finished, line.row["rectifier_id"], "awaiting_acceptance")
        self._photo(line, "after", finished)
        return finished

    def _closed(self, line: Line, found: datetime, site: dict[str, Any]) -> None:
        if self.random.random() < 0.15:
            finished = self._on_spot(line, found)
        else:
            finished = self._awaiting_acceptance(line, found, site)
        acceptor, closer = self.random.sample(self.users[10:30], 2)
        accepted = finished + self.random.random() * 3 * DAY
        self._step(line, "accept", accepted, acceptor["id"], "awaiting_closure")
        closed = accepted + DAY / 24 + self.random.random() * 4 * DAY
        self._step(line, "close", closed, closer["id"], "closed")
        line.row |= {
            "acceptors": [acceptor["name"]],
            "acceptor_ids": [acceptor["id"]],
            "acceptance_opinion": "合格",
            "accepted_on": local_date(accepted),
            "closer_name": closer["name"],
            "closed_on": local_date(closed),
        }
        if self.random.random() < 0.1:
            result = self.random.choice(("fixed", ""))
            self._step(line, "visit", closed + 5 * DAY, FIRST_ID, "closed", result=result)

    def _on_spot(self, line: Line, found: datetime) -> datetime:
        rectifier = self.users[line.row["reporter_id"] - FIRST_ID]
        self._step(line, "fix_on_spot", found, rectifier["id"], "awaiting_acceptance")
        self._photo(line, "after", found)
        line.row |= {
            "fixed_on_spot": True,
            "finish_summary": "当场清理",
            "finished_on": local_date(found),
            "rectifier_id": rectifier["id"],
            "rectifier_name": rectifier["name"],
        }
        return found

    # Faults

    def _plant(self, each: int) -> None:
        for plant in PLANTS:
            for turn in range(each):
                plant(self, turn)
        for turn in range(max(2, each // 5)):
            self._plant_batch(turn)
            self._plant_same_text(turn)

    def take(self, state: str, **row: Any) -> Line:
        """An honest line in this state that has no fault yet; each gets one."""
        pool = self.unused[state]
        for at in range(len(pool) - 1, -1, -1):
            if all(pool[at].row[name] == value for name, value in row.items()):
                return pool.pop(at)
        while True:
            self.lines.append(self.line(state))
            line = self.lines[-1]
            if all(line.row[name] == value for name, value in row.items()):
                return line

    def true(self, kind: str, line: Line) -> None:
        self.truth.add((kind, line.number))

    def _plant_batch(self, turn: int) -> None:
        """One person strikes off a dozen lines within minutes; and nearly one more batch."""
        closer = self.users[20 + turn % 10]
        start = NOW - (40 - turn) * DAY
        for count in (12, 9):
            at = start
            start += DAY / 3
            for _ in range(count):
                line = self.line("closed", start - 30 * DAY)
                while closer["id"] in (*line.row["acceptor_ids"], line.row["rectifier_id"]):
                    self.lines.append(line)
                    line = self.line("closed", start - 30 * DAY)
                self.lines.append(line)
                at += timedelta(seconds=self.random.randint(5, 45))
                close = line.event("close")
                close |= {
                    "actor_id": closer["id"],
                    "actor_name": closer["name"],
                    "at": format_moment(at),
                }
                line.events = [each for each in line.events if each["action"] != "visit"]
                line.row |= {"closer_name": closer["name"], "closed_on": local_date(at)}
                if count == 12:
                    self.true("batch_closure", line)

    def _plant_same_text(self, turn: int) -> None:
        """The same words on many lines of a township and month; nearly as many on some more."""
        words = f"经现场检查发现安全管理不到位，需按要求整改（{turn}）"
        column = ("description", "finish_summary")[turn % 2]
        found = (NOW - 100 * DAY).replace(day=3)
        for count, text in ((11, words), (9, words + "。")):
            for _ in range(count):
                line = self.line("closed", found)
                while (
                    line.row["area_code"] != TOWNSHIPS[turn % 3]
                    or line.row["finished_on"].month != found.month
                ):
                    self.lines.append(line)
                    line = self.line("closed", found)
                self.lines.append(line)
                line.row[column] = text
                if count == 11:
                    self.true("batch_closure", line)

    # Into the database

    def write(self, database: Database) -> None:
        with database.writing() as session:
            self.write_into(session)

    def write_into(self, session: Session) -> None:
        session.execute(insert(User), self.users)
        session.execute(insert(Site), self.sites)
        series = [{"prefix": prefix, "last": last} for prefix, last in self.serials.items()]
        session.execute(insert(NumberSeries), series)
        for table, rows in (
            (Hazard, [line.row for line in self.lines]),
            (Event, [event for line in self.lines for event in self._numbered(line)]),
            (Plan, [self._plan(line) for line in self.lines if line.plan]),
            (Photo, [self._photo_row(photo) for line in self.lines for photo in line.photos]),
            (HazardPhoto, [row for line in self.lines for row in self._hazard_photos(line)]),
            (Finding, [each for line in self.lines for each in line.findings]),
        ):
            if rows:
                session.execute(insert(table), rows)

    def _numbered(self, line: Line) -> Iterator[dict[str, Any]]:
        for seq, event in enumerate(line.events, start=1):
            yield event | {"seq": seq}

    def _plan(self, line: Line) -> dict[str, Any]:
        assert line.plan is not None
        return line.plan | {"hazard_id": line.row["id"], "current": True}

    def _photo_row(self, photo: dict[str, Any]) -> dict[str, Any]:
        return {
            "sha256": photo["sha256"],
            "size": 1,
            "uploaded_by": FIRST_ID,
            "created_at": NOW,
            "state": "sound",
            "taken_at": photo["taken_at"],
        }

    def _hazard_photos(self, line: Line) -> Iterator[dict[str, Any]]:
        for position, photo in enumerate(line.photos):
            yield {
                "event_id": photo["event_id"],
                "position": position,
                "hazard_id": line.row["id"],
                "seq": photo["seq"],
                "stage": photo["stage"],
                "sha256": photo["sha256"],
                "code": photo["sha256"][:12],
            }


Plant = Callable[[Planted, int], None]


def _closed_without_evidence(planted: Planted, turn: int) -> None:
    line = planted.take("closed", fixed_on_spot=False)
    row = line.row
    match turn % 5:
        case 0:
            row |= {"acceptors": [], "acceptor_ids": [], "acceptance_opinion": ""}
            row["accepted_on"] = None
        case 1:
            row["acceptor_ids"] = [*row["acceptor_ids"], row["rectifier_id"]]
            row["acceptors"] = [*row["acceptors"], row["rectifier_name"]]
        case 2:
            line.event("close")["actor_id"] = row["acceptor_ids"][0]
            row["closer_name"] = row["acceptors"][0]
        case 3:
            line.photos = [photo for photo in line.photos if photo["stage"] != "after"]
        case 4:
            finish = line.event("finish")
            line.events.remove(finish)
            line.events.append(finish | {"to_state": "closed"})
    planted.true("closed_without_evidence", line)


def _dates_out_of_order(planted: Planted, turn: int) -> None:
    row_state = "awaiting_acceptance" if turn % 5 == 3 else "closed"
    line = planted.take(row_state, fixed_on_spot=False)
    row = line.row
    match turn % 5:
        case 0:
            was = row["closed_on"]
            row["closed_on"] = row["found_on"] - planted.random.randint(1, 20) * DAY
            if (was.year, was.month) != (row["closed_on"].year, row["closed_on"].month):
                planted.true("balance_broken", line)
            # An acceptance after such a closure is no fault of its own.
        case 1:
            row["accepted_on"] = row["finished_on"] - DAY
            if row["accepted_on"] < row["found_on"]:
                row["accepted_on"] = row["found_on"] - DAY
        case 2:
            row["deadline"] = row["found_on"] - 9 * DAY
        case 3:
            row["found_on"] = planted.today + planted.random.randint(1, 300) * DAY
        case 4:
            row["finished_on"] = row["found_on"] - planted.random.randint(1, 9) * DAY
    planted.true("dates_out_of_order", line)


def _photo_evidence(planted: Planted, turn: int) -> None:
    line = planted.take("closed")
    numbers: dict[str, dict[str, Any]] = {
        "same_photo": {"hazards": ["YH-141181-001-202601-0001"]},
        "look_alike": {"bits": 3, "hazard": "YH-141181-001-202601-0001", "other": "0" * 64},
        "photo_place": {"distance_m": 5200, "limit_m": 200},
        "after_elsewhere": {"distance_m": 900, "limit_m": 200},
    }
    kinds = [*numbers, "late"]
    kind = kinds[turn % len(kinds)]
    if kind == "late":
        late = datetime.combine(line.row["closed_on"], datetime.min.time(), UTC)
        line.photos[-1]["taken_at"] = late + planted.random.randint(2, 9) * DAY
    else:
        line.findings.append(
            {
                "hazard_id": line.row["id"],
                "event_id": line.photos[-1]["event_id"],
                "sha256": line.photos[-1]["sha256"],
                "kind": kind,
                "serious": True,
                "numbers": numbers[kind],
                "at": NOW,
            }
        )
    planted.true("photo_evidence", line)


def _overdue(planted: Planted, turn: int) -> None:
    line = planted.take("rectifying")
    line.row["deadline"] = planted.today - planted.random.randint(1, 3) * DAY
    line.row["found_on"] = line.row["deadline"] - 20 * DAY
    planted.true("overdue_without_extension", line)


def _extension_irregular(planted: Planted, turn: int) -> None:
    line = planted.take("rectifying")
    if turn % 2:
        line.row["extensions"] = planted.random.randint(3, 5)
    else:
        # Asked, and granted, when the time was up: the line itself looks well.
        assign = line.event("assign")
        data = {"deadline": (planted.today - 3 * DAY).isoformat()}
        assign["data"] = json.dumps(data)
        wanted = (planted.today + 20 * DAY).isoformat()
        line.events = [each for each in line.events if "extension" not in each["action"]]
        rectifier = line.row["rectifier_id"]
        planted._step(
            line, "request_extension", NOW - DAY, rectifier, "rectifying", deadline=wanted
        )
        planted._step(line, "grant_extension", NOW - DAY / 2, FIRST_ID + 12, "rectifying")
        line.row["extensions"] = 1
    planted.true("extension_irregular", line)


def _five_incomplete(planted: Planted, turn: int) -> None:
    line = planted.take(("rectifying", "closed")[turn % 2], fixed_on_spot=False)
    assert line.plan is not None
    match turn % 5:
        case 0:
            nothing = ("无", "暂无", " 略 ", "/", "—", "没有", "", "待定")
            line.plan["contingency"] = nothing[turn // 5 % len(nothing)]
        case 1:
            line.plan["measures"] = planted.random.choice(("无", "略", "", "同上"))
        case 2:
            line.plan |= {"measures": planted.random.choice(WORKS), "amount_yuan": 0}
        case 3:
            line.row["deadline"] = None
        case 4:
            line.plan = None
    planted.true("five_incomplete", line)


def _balance_broken(planted: Planted, turn: int) -> None:
    line = planted.take("awaiting_acceptance")
    line.event("finish")["to_state"] = planted.random.choice(("rectifying", "closed", "void"))
    planted.true("balance_broken", line)


def _recurrence(planted: Planted, turn: int) -> None:
    """The same spot again, spelt as people spell."""
    first = planted.take("closed")
    found = datetime.combine(first.row["closed_on"], datetime.min.time(), UTC)
    line = planted.line("reported", min(found + planted.random.randint(2, 30) * DAY, NOW - DAY))
    planted.lines.append(line)
    site = next(each for each in planted.sites if each["id"] == first.row["site_id"])
    spot = first.row["spot"]
    spellings = (
        *(spot, f" {spot} ", spot.replace("侧", "侧 "), f"{spot}\u3000", spot, spot),
        *(spot, spot, f"{spot[:2]} {spot[2:]}", spot, spot, f"{spot[2:]}（{spot[:2]}）"),
    )
    line.row |= {
        "site_id": site["id"],
        "site_name": site["name"],
        "spot": spellings[turn % len(spellings)],
    }
    line.events = line.events[:1]
    planted.true("recurrence", line)


def _transfer(planted: Planted, turn: int) -> None:
    line = planted.take("reported")
    line.events = line.events[:1]
    days = planted.random.randint(9, 30)
    planted._step(line, "hand_over", NOW - days * DAY, FIRST_ID + 12, "reported", area="x")
    planted.true("transfer_one_sided", line)


def _number_gap(planted: Planted, turn: int) -> None:
    if turn % 2:
        line = planted.take("void")
        line.row["void_reason"] = planted.random.choice(("", "无", "略"))
    else:
        line = planted.take("closed")
        planted.lines.remove(line)
    planted.true("number_gap", line)


def _name_mismatch(planted: Planted, turn: int) -> None:
    line = planted.take("closed", fixed_on_spot=False)
    name = line.row["site_name"]
    changed = (
        name.replace("（", "(").replace("）", ")"),
        name.replace("（", "\u3000（"),
        name.removeprefix("孝义市").removesuffix("有限公司"),
        name.replace("有限公司", ""),
        name[3:5] + "有限公司",
        f"{name[3:]}",
    )
    match turn % 4:
        case 3:
            site = planted.random.choice(planted.sites)
            while ("name_mismatch", site["credit_code"]) in planted.truth:
                site = planted.random.choice(planted.sites)
            if all(each.row["site_id"] != site["id"] for each in planted.lines):
                return
            code = site["credit_code"]
            other = [sign for sign in CODE_SIGNS if sign != code[10]]
            site["credit_code"] = code[:10] + planted.random.choice(other) + code[11:]
            planted.truth.add(("name_mismatch", site["credit_code"]))
            return
        case 2:
            line.row["responsible_unit"] = changed[turn // 4 % len(changed)]
        case 1:
            # Nobody chose the site: only its name says which is meant.
            line.row["site_id"] = None
            line.row["site_name"] = changed[turn // 4 % 5]
        case 0:
            line.row["site_name"] = changed[turn // 4 % len(changed)]
    planted.true("name_mismatch", line)


def _sampling(planted: Planted, turn: int) -> None:
    line = planted.take("closed")
    line.events = [each for each in line.events if each["action"] != "visit"]
    at = datetime.combine(line.row["closed_on"], datetime.min.time(), UTC) + 3 * DAY
    result = ("not_fixed", "worse")[turn % 2]
    planted._step(line, "visit", at, FIRST_ID, "closed", result=result)
    planted.true("sampling_contradicted", line)


PLANTS: tuple[Plant, ...] = (
    _closed_without_evidence,
    _dates_out_of_order,
    _photo_evidence,
    _overdue,
    _extension_irregular,
    _five_incomplete,
    _balance_broken,
    _recurrence,
    _transfer,
    _number_gap,
    _name_mismatch,
    _sampling,
)
