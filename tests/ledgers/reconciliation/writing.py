"""A made-up ledger as a file, laid out as offices lay them out."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from random import Random

import openpyxl

from . import wording
from .ledgers import Line
from .spelling import Cell

SHEET = "台账"

# The columns of the parts of a heading with two levels.
GROUPS = {
    "五到位落实情况": ["responsible_unit", "responsible_person", "measures", "amount", "deadline",
                  "contingency"],
    "整改情况": ["finished", "accepted", "closed"],
}  # fmt: skip

# Those that another office may do without.
OPTIONAL = [
    "village", "address", "sector", "basis", "reporter", "contingency", "supervisor", "remarks",
    "credit_code", "township", "amount",
]  # fmt: skip


@dataclass
class Laid:
    """A ledger laid out in rows, the first of which is row 1.

    Attributes:
        merges: first row, first column, last row, last column, all from 1.
        line_rows: the row of each line, in their order.
    """

    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]]
    line_rows: list[int]
    headings: dict[str, str] = field(default_factory=dict)

    def refs(self, sheet: str = SHEET) -> list[str]:
        """What the lines' records will be known by."""
        return [f"{sheet}!{row}" for row in self.line_rows]


def lay_out(seed: int, lines: list[Line], *, numbered: bool = True) -> Laid:
    """Lay lines out: with titles, a heading of one or two rows, merged cells, a total, signatures.

    A seed lays out one way: which columns there are, in what order, under what names.
    """
    random = Random(seed)
    columns = _columns(random, numbered)
    two_levels = random.random() < 0.5
    laid = Laid([], [], [])
    _titles(random, laid, len(columns) + 1)
    _headings(random, laid, columns, two_levels)
    ten_thousand = "万元" in laid.headings.get("amount", "")
    for serial, line in enumerate(lines, start=1):
        if random.random() < 0.004:
            laid.rows.append([])
        cells = [_cell(line, name, ten_thousand) for name in columns]
        laid.rows.append([serial, *cells])
        laid.line_rows.append(len(laid.rows))
    _merge_sites(random, laid, lines, columns)
    width = len(columns) + 1
    laid.rows.append(["合计", f"共{len(lines)}条", *[None] * (width - 2)])
    laid.rows.append([None, "填报人：甲某", None, "审核人：乙某", "主要负责人（签字）："])
    return laid


def _columns(random: Random, numbered: bool) -> list[str]:
    left_out = set(random.sample(OPTIONAL, random.randint(0, 7)))
    columns = [name for name in wording.HEADINGS if name not in left_out]
    if not numbered:
        columns.remove("number")
    grouped = {name for names in GROUPS.values() for name in names}
    free = [name for name in columns if name not in grouped]
    if random.random() < 0.6:
        random.shuffle(free)
    groups = [[name for name in names if name in columns] for names in GROUPS.values()]
    return free + [name for group in groups for name in group]


def _titles(random: Random, laid: Laid, width: int) -> None:
    kind = random.randrange(3)
    if kind:
        laid.rows.append(["××乡镇（街道）安全生产隐患排查整改台账（2026年）"])
        laid.merges.append((1, 1, 1, width))
    if kind == 2:
        laid.rows.append(
            ["填报单位（盖章）：××安委办", None, None, None, "填报日期：2026年11月30日"]
        )


def _headings(random: Random, laid: Laid, columns: list[str], two_levels: bool) -> None:
    laid.headings = {name: random.choice(wording.HEADINGS[name]) for name in columns}
    lower: list[Cell] = ["序号", *laid.headings.values()]
    if not two_levels:
        laid.rows.append(lower)
        return
    upper: list[Cell] = list(lower)
    under: list[Cell] = [None] * len(lower)
    row = len(laid.rows) + 1
    grouped: set[int] = set()
    for group, names in GROUPS.items():
        places = [columns.index(name) + 1 for name in names if name in columns]
        for place in places:
            under[place], upper[place] = lower[place], None
        upper[places[0]] = group
        laid.merges.append((row, places[0] + 1, row, places[-1] + 1))
        grouped |= set(places)
    laid.merges += [
        (row, place + 1, row + 1, place + 1) for place in range(len(lower)) if place not in grouped
    ]
    laid.rows += [upper, under]


def _cell(line: Line, name: str, ten_thousand: bool) -> Cell:
    cell = line.cells.get(name)
    if name == "amount" and isinstance(cell, float):
        return cell / 10_000 if ten_thousand else f"{cell:,.0f}"
    return cell


def _merge_sites(random: Random, laid: Laid, lines: list[Line], columns: list[str]) -> None:
    """One unit over several lines of it, as ledgers that are printed have it."""
    if random.random() < 0.4:
        return
    place = columns.index("site_name") + 2
    start = 0
    for index in range(1, len(lines) + 1):
        same = index < len(lines) and (
            lines[index].cells["site_name"] == lines[start].cells["site_name"] is not None
            and laid.line_rows[index] == laid.line_rows[index - 1] + 1
        )
        if same:
            continue
        if index - start > 1:
            first, last = laid.line_rows[start], laid.line_rows[index - 1]
            laid.merges.append((first, place, last, place))
            for row in range(first + 1, last + 1):
                laid.rows[row - 1][place - 1] = None
        start = index


# --- Files -----------------------------------------------------------------------------------


def as_xlsx(laid: Laid) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row in laid.rows:
        sheet.append(row)
    for first, left, last, right in laid.merges:
        sheet.merge_cells(start_row=first, start_column=left, end_row=last, end_column=right)
    hidden = book.create_sheet("下拉选项")
    hidden.append(["一般", "重大"])
    hidden.sheet_state = "hidden"
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def as_csv(laid: Laid, encoding: str = "utf-8-sig") -> bytes:
    """As a program writes it that knows no merged cells: what they say stands in the first."""
    text = StringIO()
    writer = csv.writer(text)
    for row in filled(laid):
        writer.writerow([_csv_text(cell) for cell in row])
    return text.getvalue().encode(encoding)


def filled(laid: Laid) -> list[list[Cell]]:
    """The rows with the names of merged units in each of their lines: else a CSV has lost them."""
    rows = [list(row) for row in laid.rows]
    first_line = min(laid.line_rows, default=0)
    for first, left, last, right in laid.merges:
        if left == right and first >= first_line:
            for row in range(first, last + 1):
                rows[row - 1][left - 1] = rows[first - 1][left - 1]
    return rows


def _csv_text(cell: Cell) -> str:
    if isinstance(cell, date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    return "" if cell is None else str(cell)


def as_xls(laid: Laid, folder: Path) -> bytes:
    """As the old format, written by LibreOffice."""
    source = folder / "ledger.xlsx"
    source.write_bytes(as_xlsx(laid))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         "xls:MS Excel 97", "--outdir", str(folder), str(source)],
        check=True,
        capture_output=True,
        timeout=180,
    )  # fmt: skip
    return (folder / "ledger.xls").read_bytes()
