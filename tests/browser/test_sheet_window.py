"""Where the rows of a very long sheet stand: the very module that the ledger's page uses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.serving import ROOT

ROW, VIEW = 38, 600
TALLEST = 15_000_000

# The type checker's own compiler takes the types off; nothing else in the module needs building.
SCRIPT = """
const ts = require('typescript');
const source = require('fs').readFileSync('src/console/ledger/window.ts', 'utf8');
const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
const sheet = {};
new Function('exports', ts.transpileModule(source, { compilerOptions }).outputText)(sheet);
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(asked.map(([total, row, view, index, from]) => {
  const scrolled = sheet.revealing(index, total, row, view, from);
  const { height, first, last, most, at } = sheet.seen(total, row, view, scrolled);
  return { height, first, last, most, scrolled, top: at(index) };
})));
"""


def test_any_row_of_any_sheet_can_be_brought_into_sight() -> None:
    asked = [
        (total, ROW, VIEW, index, start)
        for total in (1, 10, 100_000, 400_000, 1_000_000, 5_000_000)
        for index in {0, total // 3, total - 1}
        for start in (0, min(total * ROW, TALLEST) - VIEW)
        if start >= 0
    ]
    folder = subprocess.check_output([ROOT / "scripts/setup", "node"], text=True)
    answer = subprocess.run(
        [Path(folder.strip()) / "node", "-e", SCRIPT],
        cwd=ROOT / "static",
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    for (total, *_, index, start), told in zip(asked, json.loads(answer.stdout), strict=True):
        case = (total, index, start)
        assert told["height"] == min(total * ROW, TALLEST), case
        # Scrolling goes no further than to the end.
        assert -0.01 <= told["scrolled"] <= max(told["height"] - VIEW, 0) + 0.01, case
        assert told["first"] <= index <= told["last"] < total, case
        assert told["last"] - told["first"] < told["most"] <= 40, case
        assert told["scrolled"] - 0.01 <= told["top"], case
        assert told["top"] + ROW <= told["scrolled"] + VIEW + 0.01, case
