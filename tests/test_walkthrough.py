"""docs/walkthrough.md does what it says, against a real server process."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from server.ledgers.exports.columns import ledger_columns
from server.ledgers.exports.lines import Names
from server.ledgers.exports.workbook import heading_row

from .conftest import PASSWORD, SECRET_KEY
from .serving import BIN, ROOT, Server, serving

COLUMNS = ledger_columns(Names({}, {}))
WALKTHROUGH = ROOT / "docs" / "walkthrough.md"


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "DATABASE_URL": database_url,
        "STORAGE_URL": f"file://{tmp_path / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
    }
    with serving(environment, tmp_path / "server.log") as running:
        yield running


def blocks() -> str:
    found = re.findall(r"^```bash\n(.*?)^```$", WALKTHROUGH.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) > 10
    return "\n".join(found)


@pytest.mark.slow
def test_the_walkthrough_runs_as_it_is_written(server: Server, tmp_path: Path) -> None:
    script = blocks().replace(".venv/bin/", f"{BIN}/") + '\necho "WORK=$WORK"\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={
            **server.environment,
            "BASE": server.url,
            "PASSWORD": PASSWORD,
            "TMPDIR": str(tmp_path),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    steps = ["已登记", "已交办", "预案", "方案待审", "整改中", "待验收", "待销号", "已销号"]
    assert [step for step in said.splitlines() if step in steps] == steps
    assert "五到位缺：预案" in said
    assert "验收人不能销号" in said
    assert re.search(
        r"BROKEN event [0-9a-f-]{36} \(YH-141181-001-\d{6}-\d{4} #8\): was altered", said
    )
    assert said.count("0 faults") == 2
    work = Path(said.rpartition("WORK=")[2].strip())
    check_receipt((work / "receipt.xml").read_text())
    check_workbook(work / "ledger.xlsx")
    check_csv(work / "ledger.csv")


def check_receipt(text: str) -> None:
    assert text.count('state="stored"') == 2
    assert 'state="expected"' not in text
    assert "<finding" not in text


def check_workbook(path: Path) -> None:
    sheet = load_workbook(path).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=heading_row(COLUMNS) + 1, values_only=True))
    assert list(rows[0]) == [column.heading for column in COLUMNS]
    lines = [dict(zip(rows[0], row, strict=True)) for row in rows[1:-2]]
    assert len(lines) == 2
    closed = [str(line["是否销号/销号日期"]) for line in lines]
    assert closed[0].startswith("已销号 20")
    assert closed[1] == "未销号（已上报）"
    assert lines[0]["整改责任人及电话"] == "赵六 138****1234"
    assert lines[0]["整改资金（万元）"] == pytest.approx(0.15)
    assert lines[0]["统一社会信用代码"] == "91141181MA0DEMQ01T"


def check_csv(path: Path) -> None:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {len(COLUMNS)}
