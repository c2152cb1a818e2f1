"""How fast 20,000 filled forms are read out as CSV, and in how much memory.

The reference reads the same rows from the same database and parses each form's XML, and writes
nothing.
"""

from __future__ import annotations

import time
import tracemalloc
from hashlib import sha256

import pytest
from lxml import etree
from sqlalchemy import select

from server.database import Database, insert_all
from server.forms.conversion import convert
from server.forms.library import Library
from server.submissions.exports import csv_chunks, zip_chunks
from server.submissions.models import Submission
from server.submissions.tables import Table, tables_of
from tests.conftest import NOW

from .forms import FORM, filled

MANY = 20_000
FEW = 2_000
OF_FORM = Submission.form_id == "load"


def row(index: int) -> dict[str, object]:
    xml = filled(index)
    return {
        "instance_id": f"uuid:{index}",
        "form_id": "load",
        "form_version": "1",
        "xml": xml,
        "xml_sha256": sha256(xml).hexdigest(),
        "submitter_id": 1,
        "area_code": "141181001001",
        "device_id": "collect:load",
        "findings": [],
        "received_at": NOW,
    }


def tables_with(database: Database, count: int) -> list[Table]:
    """So many filled forms, and their tables."""
    library = Library()
    with database.writing() as session:
        version, _ = library.publish(session, convert("load.md", FORM.encode()).xform, NOW)
        for start in range(0, count, 1_000):
            rows = [row(index) for index in range(start, start + 1_000)]
            insert_all(session, Submission.__table__, rows)  # type: ignore[arg-type]
        return tables_of([library.compiled(version)])


def parse_barely(database: Database) -> None:
    """The reference."""
    with database.reading() as session:
        query = select(Submission.xml).where(OF_FORM).execution_options(yield_per=2_000)
        for xml in session.scalars(query):
            etree.fromstring(xml)


def peak_kb(database: Database, tables: list[Table]) -> float:
    tracemalloc.start()
    for _ in csv_chunks(database, OF_FORM, tables):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1024


@pytest.mark.slow
def test_csv_of_many_filled_forms(database: Database) -> None:
    tables = tables_with(database, FEW)
    few = peak_kb(database, tables)
    with database.writing() as session:
        rows = [row(index) for index in range(FEW, MANY)]
        for start in range(0, len(rows), 1_000):
            insert_all(session, Submission.__table__, rows[start : start + 1_000])  # type: ignore[arg-type]
    many = peak_kb(database, tables)
    took: dict[str, float] = {}
    for name, work in (
        ("bare", lambda: parse_barely(database)),
        ("csv", lambda: sum(map(len, csv_chunks(database, OF_FORM, tables)))),
        ("zip", lambda: sum(map(len, zip_chunks(database, OF_FORM, tables, "load")))),
    ):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        took[name] = sorted(times)[1]
    kind = "sqlite" if database.is_sqlite else "postgresql"
    print(
        f"\n{kind}: CSV of {MANY} filled forms {took['csv']:.2f} s, "
        f"with repeats {took['zip']:.2f} s; "
        f"reading and parsing alone {took['bare']:.2f} s; "
        f"ratio {took['csv'] / took['bare']:.1f}; "
        f"peak {many / 1024:.1f} MB, of {FEW} {few / 1024:.1f} MB"
    )
    # Twice a batch, whatever the number.
    assert many < 3 * few
