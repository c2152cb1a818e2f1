"""How fast 100,000 lines of ledger A become a file, and in how much memory.

The reference is the writer library by itself, given the same cells, with the same formats, from
memory. Each is measured in a process of its own, so that neither finds the other's memory; the
times are of the work alone, without the start of a process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.database import Database
from server.glossary import Level, State
from server.hazards.models import Event, Hazard, Plan
from tests.factories import account_actor, make_hazard

MANY = 100_000
BATCH = 2_000
ROUNDS = 3
WORDS = (
    "疏散通道堆放杂物配电箱未接地燃气软管老化安全出口上锁"
    "消防栓无水灭火器过期临边防护缺失电线私拉乱接"
)
# So long that no two lines are alike, and cheap to cut from.
PROSE = "".join(Random(20261123).choices(WORDS, k=100_000))


def fill(session: Session, count: int) -> None:
    """So many closed hazards with all that a line can say, each unlike the others."""
    actor = account_actor(session, "grid01")
    example = make_hazard(session, actor)
    plain = {
        column.key: getattr(example, column.key)
        for column in Hazard.__table__.columns
        if column.key != "id"
    }
    first = example.id + 1
    for start in range(first, first + count - 1, BATCH):
        ids = range(start, min(start + BATCH, first + count - 1))
        session.execute(insert(Hazard.__table__), [plain | hazard(id) for id in ids])
        session.execute(insert(Event.__table__), [event(id, actor.id) for id in ids])
        session.execute(insert(Plan.__table__), [plan(id, actor.id) for id in ids])


def text(seed: int, length: int) -> str:
    start = seed * 7_919 % (len(PROSE) - length)
    return PROSE[start : start + length]


def hazard(id: int) -> dict[str, Any]:
    found_on = date(2026, 1, 1) + timedelta(days=id % 300)
    return {
        "id": id,
        "entity_id": f"{id:036d}",
        "number": f"YH-141181-001-{found_on:%Y%m}-{id:06d}",
        "state": State.CLOSED.value,
        "level": Level.GENERAL.value,
        "description": text(id, 30),
        "spot": text(id + 1, 8),
        "site_id": 1,
        "site_name": text(id + 2, 10),
        "category": text(id + 3, 4),
        "basis": text(id + 4, 12),
        "found_on": found_on,
        "responsible_unit": text(id + 5, 10),
        "supervisor": text(id + 6, 10),
        "deadline": found_on + timedelta(days=15),
        "finish_summary": text(id + 7, 15),
        "finished_on": found_on + timedelta(days=9),
        "acceptors": ["李四"],
        "acceptance_opinion": "合格",
        "accepted_on": found_on + timedelta(days=10),
        "closed_on": found_on + timedelta(days=11),
        "extensions": id % 2,
    }


def event(id: int, actor_id: int) -> dict[str, Any]:
    return {
        "id": f"{id:036d}",
        "hazard_id": id,
        "seq": 1,
        "action": "submit_plan",
        "from_state": None,
        "to_state": "closed",
        "actor_id": actor_id,
        "actor_name": "张三",
        "actor_role": "grid_worker",
        "at": "2026-11-01T00:00:00.000000Z",
        "data": "{}",
        **dict.fromkeys(("request_hash", "previous_hash", "hash"), sha256(b"").hexdigest()),
    }


def plan(id: int, actor_id: int) -> dict[str, Any]:
    return {
        "event_id": f"{id:036d}",
        "hazard_id": id,
        "current": True,
        "submitted_by": actor_id,
        "person": "赵六",
        "unit": text(id, 10),
        "phone": "13800001234",
        "measures": text(id + 8, 25),
        "amount_yuan": Decimal(id % 100_000),
        "source": "自筹",
        "deadline": date(2026, 12, 1),
        "contingency": text(id + 9, 15),
    }


# What the processes do that are measured. `bare` takes its cells from memory, and its peak is
# therefore no measure of anything.
MEASURED = """
import json, multiprocessing, os, resource, sys, threading, time
from datetime import UTC, date, datetime
from pathlib import Path
from rustpy_xlsxwriter import FastExcel
from config import Settings
from server import models
from server.database import Database
from server.hazards.filters import Filters
from server.ledgers.exports import workbook
from server.ledgers.exports.columns import NAME, ledger_columns
from server.ledgers.exports.lines import Names, Wanted, count, lines
from server.ledgers.exports.separated import write_csv
from server.ledgers.exports.tables import cells, headings
from server.people.accounts import find_account
from server.people.permissions import Permissions

what, url, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
database = Database(url)
day = date(2026, 11, 23)
cover = workbook.Cover("演示台账", "演示安委办", day)

def worked():
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system

def resident():
    # With that of the processes that it started.
    total = 0
    for process in (os.getpid(), *(each.pid for each in multiprocessing.active_children())):
        try:
            with open(f"/proc/{process}/statm") as file:
                total += int(file.read().split()[1]) * resource.getpagesize() / 2**20
        except FileNotFoundError:
            pass
    return total

with database.reading() as session:
    actor = find_account(session, "city01").actor
    wanted = Wanted(actor, Permissions(Settings().township_actions), Filters(day, actor))
    columns = ledger_columns(Names.read(session))
    names = headings(columns)
    if what == "bare":
        rows = list(cells(columns, lines(session, wanted.condition, wanted.shows_phone)))
    idle, peak, working = resident(), 0.0, True

    def watch():
        global peak
        while working:
            peak = max(peak, resident())
            time.sleep(0.02)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start, busy = time.perf_counter(), worked()
    if what == "bare":
        total = len(rows)
        FastExcel(str(path)).sheet(
            NAME,
            (dict(zip(names, row)) for row in rows),
            column_widths={name: column.width for name, column in zip(names, columns)},
            column_formats={name: workbook._format(each) for name, each in zip(names, columns)},
        ).save()
    else:
        total = count(session, wanted.condition)
        found = lines(session, wanted.condition, wanted.shows_phone)
        if what == "xlsx":
            workbook.write_xlsx(path, NAME, columns, cover, found, total)
        else:
            write_csv(path, columns, found, total)
    took, spent = time.perf_counter() - start, worked() - busy
    working = False
    watcher.join()
above_idle = max(peak, resident()) - idle
print(json.dumps({"took": took, "spent": spent, "above_idle": above_idle, "lines": total}))
"""


def measured(what: str, url: str, folder: Path) -> dict[str, float]:
    suffix = "csv" if what == "csv" else "xlsx"
    command = [sys.executable, "-c", MEASURED, what, url, str(folder / f"{what}.{suffix}")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rounds(url: str, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """In turns, so that what else the machine does falls on all alike."""
    for _ in range(ROUNDS):
        for what in ("bare", "xlsx", "csv"):
            yield what, measured(what, url, folder)


@pytest.mark.slow
def test_a_ledger_of_100_000_lines(database: Database, database_url: str, tmp_path: Path) -> None:
    with database.writing() as session:
        fill(session, MANY)
    runs: dict[str, list[dict[str, float]]] = {}
    for what, run in rounds(database_url, tmp_path):
        assert run["lines"] == MANY
        runs.setdefault(what, []).append(run)
    took = {what: min(each["took"] for each in all_runs) for what, all_runs in runs.items()}
    peak = {what: max(each["above_idle"] for each in all_runs) for what, all_runs in runs.items()}
    spent = {what: min(each["spent"] for each in all_runs) for what, all_runs in runs.items()}
    kind = "sqlite" if database.is_sqlite else "postgresql"
    print(
        f"\n{kind}: {MANY} lines of 26 columns as .xlsx {took['xlsx']:.2f} s, "
        f"the bare writer {took['bare']:.2f} s, ratio {took['xlsx'] / took['bare']:.2f} "
        f"(of processor time {spent['xlsx'] / spent['bare']:.2f}); "
        f"{peak['xlsx']:.0f} MB above idle; as .csv {took['csv']:.2f} s, {peak['csv']:.0f} MB"
    )
    assert peak["xlsx"] < 150
    assert peak["csv"] < 150
