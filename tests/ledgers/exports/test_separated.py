"""Any table as .csv: some hundreds of lines at a time, none of them a formula."""

from __future__ import annotations

import csv
from io import StringIO

from server.ledgers.exports.separated import LINES_A_CHUNK, csv_chunks

from .test_workbook import GROUPED, PLAIN


def test_a_heading_and_a_line_for_each_row() -> None:
    count = 2 * LINES_A_CHUNK + 3
    chunks = list(csv_chunks(PLAIN, ((f"第{n}条", None) for n in range(1, count + 1))))
    assert len(chunks) == 4
    text = "".join(chunks)
    assert text.startswith("\ufeff")
    heading, *lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""))
    assert heading == ["序号", "隐患描述", "整改资金（万元）", "时限"]
    assert lines == [[str(n), f"第{n}条", "", "2026-12-01"] for n in range(1, count + 1)]


def test_no_two_headings_are_the_same() -> None:
    (text,) = csv_chunks(GROUPED, ())
    heading = next(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert heading[2:4] == ["一般隐患项", "一般隐患整改率%"]
    assert len(set(heading)) == len(GROUPED)


def test_what_looks_like_a_formula_is_protected() -> None:
    assert '"\t=1+1"' in "".join(csv_chunks(PLAIN, [("=1+1", None)]))
