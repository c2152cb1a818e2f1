"""A ledger's sheets: where the heading is, and which rows are lines of the ledger."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...errors import InvalidInput
from .normalising import Cell, plain, text_of
from .opening import Grid, Limits, open_file
from .recognition import LEVELS, heading_likeness

# Where the heading is looked for, and how much of one makes it one.
LOOKED_AT = 40
MOST_HEADING_ROWS = 3
LIKE_A_HEADING, FEWEST_HEADINGS = 0.8, 3


@dataclass(frozen=True)
class Row:
    """A line: its number as a spreadsheet shows it, and its cells from the first column on."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class LeftOut:
    """A row below the heading that is no line of the ledger, and why, in Chinese."""

    number: int
    reason: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """A sheet with a heading.

    Attributes:
        titles: what stands above the heading, row by row.
        heading_rows: the first and the last row of the heading.
        headings: one for each column; the levels of a heading with several rows joined by ` / `.
    """

    name: str
    titles: tuple[str, ...]
    heading_rows: tuple[int, int]
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]


Sheets = tuple[Sheet, ...]


def read(file_name: str, content: bytes, limits: Limits) -> Sheets:
    """The sheets of a file that have a heading, hidden sheets not among them.

    A merged cell counts for every row that it spans. Rows that a filter hides are lines as any
    other: hiding strikes nothing off.

    Raises:
        UnsupportedMedia, TooLarge, InvalidInput: the file can't be taken (`opening`), or no sheet
            of it has a heading.
    """
    grids = open_file(file_name, content, limits)
    sheets = tuple(sheet for grid in grids if (sheet := _sheet(grid)) is not None)
    if not sheets:
        names = "、".join(f"“{grid.name}”" for grid in grids[:5]) or "文件"
        raise InvalidInput(
            "no_heading",
            f"在{names}的前 {LOOKED_AT} 行中没有找到表头。表头应至少有“单位名称”“隐患描述”"
            "“检查日期”等三个常用列名，请检查是否选错了文件或工作表。",
        )
    return sheets


def _sheet(grid: Grid) -> Sheet | None:
    found = _heading_rows(grid)
    if found is None:
        return None
    top, bottom = found
    headings = _headings(grid, top, bottom)
    filled = _fill(grid, bottom)
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    for number, cells in grid.rows.items():
        if number <= bottom:
            continue
        if reason := _why_not(cells, headings):
            left_out.append(LeftOut(number, reason, _shown(cells)))
        else:
            rows.append(Row(number, _whole(cells, len(headings), filled.get(number, {}))))
    titles = tuple(_shown(cells) for number, cells in grid.rows.items() if number < top)
    return Sheet(grid.name, titles, found, headings, tuple(rows), tuple(left_out))


def _whole(cells: Sequence[Cell], width: int, merged: Mapping[int, Cell]) -> tuple[Cell, ...]:
    """A row as wide as the heading, with what merged cells from above say."""
    whole = (*cells, *[None] * (width - len(cells)))
    return tuple(merged.get(index) if cell is None else cell for index, cell in enumerate(whole))


def _shown(cells: Sequence[Cell]) -> str:
    return " ".join(text for cell in cells if (text := text_of(cell)))[:200]


# --- The heading -----------------------------------------------------------------------------


def _heading_rows(grid: Grid) -> tuple[int, int] | None:
    """The first and last row of the heading."""
    hits = {number: _hits(cells) for number, cells in list(grid.rows.items())[:LOOKED_AT] if cells}
    best = max(hits, key=lambda number: (hits[number], -number), default=None)
    if best is None or hits[best] < FEWEST_HEADINGS:
        return None
    top = best
    while best - top < MOST_HEADING_ROWS - 1 and _belongs_above(grid, top - 1, top):
        top -= 1
    bottom = max(
        [best]
        + [
            last
            for first, left, last, right in grid.merges
            # A title may be merged over several rows too; a heading is one column wide.
            if top <= first <= best and left == right and last < top + MOST_HEADING_ROWS
        ]
    )
    if bottom - top < MOST_HEADING_ROWS - 1 and _belongs_below(grid, bottom, bottom + 1):
        bottom += 1
    return top, bottom


def _hits(cells: Sequence[Cell]) -> int:
    """How many different cells of a row are headings as ledgers have them."""
    texts = {plain(cell) for cell in cells if isinstance(cell, str)}
    return sum(1 for text in texts if heading_likeness(text) >= LIKE_A_HEADING)


def _belongs_above(grid: Grid, number: int, below: int) -> bool:
    """Whether a row is an upper level of the heading in the row below it."""
    cells = grid.rows.get(number)
    if not cells:
        return False
    if any(
        first == number and last >= below and left == right
        for first, left, last, right in grid.merges
    ):
        return True
    texts = {plain(cell) for cell in cells if isinstance(cell, str)}
    return _hits(cells) >= 2 and len(texts) >= FEWEST_HEADINGS


def _belongs_below(grid: Grid, number: int, below: int) -> bool:
    """Whether a row is a lower level: all of it stands under headings that span columns."""
    upper, lower = grid.rows.get(number), grid.rows.get(below)
    if not upper or not lower or not all(isinstance(cell, str | None) for cell in lower):
        return False
    said = [index for index, cell in enumerate(lower) if cell is not None]
    spanned = [index for index in said if index >= len(upper) or upper[index] is None]
    likely = sum(heading_likeness(plain(str(lower[index]))) >= LIKE_A_HEADING for index in said)
    return bool(spanned) and len(said) < len(upper) and 2 * likely >= len(said) and likely >= 2


def _headings(grid: Grid, top: int, bottom: int) -> tuple[str, ...]:
    """The heading of each column, its levels joined."""
    width = max((len(cells) for cells in grid.rows.values()), default=0)
    levels: list[list[str]] = []
    for number in range(top, bottom + 1):
        cells = grid.rows.get(number, [])
        levels.append([text_of(cell) for cell in cells] + [""] * (width - len(cells)))
    for first, left, last, right in grid.merges:
        if top <= first <= bottom and left < width:
            text = levels[first - top][left]
            for row in range(first, min(last, bottom) + 1):
                for index in range(left, min(right, width - 1) + 1):
                    levels[row - top][index] = text
    for upper, lower in pairwise(levels):
        _spread(upper, lower)
    return tuple(
        LEVELS.join(dict.fromkeys(text for level in levels if (text := level[index])))
        for index in range(width)
    )


def _spread(upper: list[str], lower: list[str]) -> None:
    """Without merged cells, an upper heading stands over the first of its columns alone."""
    for index in range(1, len(upper)):
        if not upper[index] and lower[index] and lower[index - 1] != upper[index - 1]:
            upper[index] = upper[index - 1] if lower[index - 1] else ""


# --- The rows --------------------------------------------------------------------------------

TOTAL = re.compile(r"(合计|总计|小计|本页(小计|合计)|共计|累计)(\W.*|\d.*|[个条项处共].*)?\Z")
SIGNATURE = re.compile(
    r"(填报人|填表人|审核人?|复核人?|制表人?|统计人|经办人|联系人|联系电话|(单位)?(主要)?负责人|"
    r"分管(领导|负责人)|填报(单位|日期|时间)|审批人?|签发人?|注|说明|备注|填表说明|附注)"
    r"\s*([((（].*[))）])?\s*[::：_]"
)


def _why_not(cells: Sequence[Cell], headings: Sequence[str]) -> str:
    """Why a row is no line of the ledger, or nothing."""
    said = [cell for cell in cells if cell is not None]
    first = text_of(said[0])
    if TOTAL.match(first.replace(" ", "")) or (
        len(said) > 1 and TOTAL.match(text_of(said[1]).replace(" ", ""))
    ):
        return "合计行"
    few = len(said) <= max(4, len(headings) // 3)
    if few and SIGNATURE.match(first):
        return "签字或说明行"
    if len(said) <= 1 and len(headings) > 3:
        return "只有一个单元格有内容"
    if len(said) >= FEWEST_HEADINGS:
        same = sum(
            isinstance(cell, str) and heading.endswith(text_of(cell))
            for cell, heading in zip(cells, headings, strict=False)
            if cell is not None and heading
        )
        if same >= FEWEST_HEADINGS and 2 * same >= len(said):
            return "重复的表头"
        # 1, 2, 3 … below the headings.
        if all(text_of(cell) == str(place) for place, cell in enumerate(said, start=1)):
            return "栏次行"
    return ""


def _fill(grid: Grid, bottom: int) -> dict[int, dict[int, Cell]]:
    """For each row below the heading, what cells merged from rows above say, by column."""
    filled: dict[int, dict[int, Cell]] = {}
    end = max(grid.rows, default=0)
    ends: dict[int, int] = {}
    for first, left, last, _ in sorted(grid.merges):
        source = grid.rows.get(first, [])
        # What overlaps is no spreadsheet's work.
        if first <= max(bottom, ends.get(left, 0)) or left >= len(source):
            continue
        ends[left] = last
        for number in range(first + 1, min(last, end) + 1):
            if number in grid.rows and source[left] is not None:
                filled.setdefault(number, {})[left] = source[left]
    return filled
