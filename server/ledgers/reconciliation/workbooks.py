"""The results as a workbook of three sheets, 一致、差异、待确认, that goes to the other side.

What somebody has to write into it has a column of its own. Every text is written as a string, so
that what looks like a formula stays text.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rustpy_xlsxwriter import FastExcel, Format
from sqlalchemy.orm import Session

from ...clock import local_date
from ...people.models import Sector
from ...people.permissions import Actor, Permissions
from ...places.models import Area
from ..differences import DifferenceStatus
from ..exports.workbook import MOST_FITTED, MOST_ROW_POINTS, text_lines
from ..models import Difference, Reconciliation
from . import results
from .models import Asked
from .noted import NAMES, shown
from .sides import their_line

Cell = str | int | float | None

HEADING_ROW = 2
LINE_POINTS = 16.5

# Excel's own limit for a cell is 32,767 characters.
MOST_LENGTH = 32_000

BATCH = 500


class Column(NamedTuple):
    """A heading, and the width of its column in characters."""

    heading: str
    width: float


AGREEING = (
    Column("序号", 6),
    Column("我方编号", 24),
    Column("对方位置", 16),
    Column("对方编号", 20),
    Column("单位（场所）名称", 22),
    Column("隐患部位", 14),
    Column("隐患描述", 34),
    Column("是否销号", 10),
    Column("对上方式", 12),
)
DIFFERING = (
    Column("序号", 5),
    Column("差异类别", 12),
    Column("说明", 30),
    Column("我方编号", 14),
    Column("对方位置", 12),
    Column("我方登记", 27),
    Column("对方登记", 27),
    Column("建议", 24),
    Column("处理情况", 10),
    Column("我方答复", 18),
    Column("对方答复（请填写）", 18),
)
UNDECIDED = (
    Column("序号", 6),
    Column("对方位置", 16),
    Column("对方登记", 40),
    Column("我方编号", 24),
    Column("我方登记", 40),
    Column("相似度", 8),
    Column("相同与不同之处", 34),
    Column("是否同一条（请填写）", 16),
)


def write_workbook(
    path: Path,
    session: Session,
    reconciliation: Reconciliation,
    actor: Actor,
    permissions: Permissions,
    at: datetime,
) -> None:
    """Write what came of a reconciliation, as far as the actor may see it."""
    asked = (reconciliation, actor, permissions)
    title = title_of(session, reconciliation)
    book = FastExcel(str(path)).freeze(row=HEADING_ROW + 1, col=2)
    for name, columns, lines in (
        ("一致", AGREEING, _agreeing(session, *asked)),
        ("差异", DIFFERING, _differing(session, *asked)),
        ("待确认", UNDECIDED, _undecided(session, *asked)),
    ):
        cover = (f"{title}（{name}）", f"我方：{actor.unit}", f"对方：{reconciliation.source}")
        book = _sheet(book, name, columns, lines, cover, local_date(at))
    book.save()


def title_of(session: Session, reconciliation: Reconciliation) -> str:
    """What was held against what: area, sector and month."""
    area = session.get_one(Area, reconciliation.area_code).name
    sector = ""
    if reconciliation.sector is not None:
        sector = session.get_one(Sector, reconciliation.sector).name
    year, month = reconciliation.month.split("-")
    return f"{area}{sector}安全生产隐患台账对账结果（{year}年{int(month)}月）"


Lines = Iterator[Sequence[Cell]]


def _agreeing(
    session: Session, reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> Lines:
    agreeing = results.agreeing_rows(reconciliation)
    query = results.rows(reconciliation, actor, permissions, agreeing)
    for found in session.execute(query.execution_options(yield_per=BATCH)):
        row = found.ReconciliationRow
        record = their_line(row.key, row.record).record
        said = shown(record, "number", "site_name", "spot", "description", "standing")
        names = ("number", "site_name", "spot", "description", "standing")
        yield [found.number or "", row.ref, *(said.get(NAMES[name], "") for name in names), row.how]


def _differing(
    session: Session, reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> Lines:
    there = Difference.status != DifferenceStatus.RESOLVED.value
    query = results.differences(reconciliation, actor, permissions, there)
    for found in session.execute(query.execution_options(yield_per=BATCH)):
        each = results.difference_view(found, reconciliation)
        yield [
            each["kind_name"],
            each["explanation"],
            each["hazard"] or "",
            each["ref"] or "",
            _told(each["ours"]),
            _told(each["theirs"]),
            each["suggestion"]["words"],
            each["status_name"],
            each["reason"],
            "",
        ]


def _undecided(
    session: Session, reconciliation: Reconciliation, actor: Actor, permissions: Permissions
) -> Lines:
    waiting = results.decided(Asked.OPEN)
    query = results.candidates(reconciliation, actor, permissions, waiting)
    for found in session.execute(query.execution_options(yield_per=BATCH)):
        each = results.candidate_view(found)
        score = round(each["score"], 2)
        reasons = "；".join(each["reasons"])
        theirs, ours = _told(each["theirs"]), _told(each["ours"])
        yield [each["ref"], theirs, each["hazard"], ours, score, reasons, ""]


def _told(values: Iterable[dict[str, str]]) -> str:
    return "\n".join(f"{each['name']}：{each['value']}" for each in values)


def _sheet(
    book: FastExcel,
    name: str,
    columns: Sequence[Column],
    lines: Lines,
    cover: tuple[str, str, str],
    day: date,
) -> FastExcel:
    headings = [column.heading for column in columns]
    numbered = [[number, *map(_cut, line)] for number, line in enumerate(lines, start=1)]
    heights = _heights(columns, numbered) if len(numbered) <= MOST_FITTED else {}
    blank: dict[str, Cell] = dict.fromkeys(headings)

    def records() -> Iterator[dict[str, Cell]]:
        yield from (dict(zip(headings, line, strict=True)) for line in numbered)
        # The writer would write the last row twice if that had a height.
        yield blank | {headings[0]: " "}

    last, middle = len(columns) - 1, len(columns) // 2
    title, ours, theirs = cover
    ranges = [
        (0, 0, 0, last, title, _format(bold=True, size=16, align="center")),
        (1, 0, 1, middle, ours, _format(align="left")),
        (
            1,
            middle + 1,
            1,
            last,
            f"{theirs}　　{day.year}年{day.month}月{day.day}日",
            _format(align="right"),
        ),
    ]
    boxed = Format().set_border("thin").set_text_wrap().set_align("vcenter")
    heading = Format().set_border("thin").set_text_wrap().set_align("vcenter").set_bold()
    return book.sheet(
        name,
        records(),
        header_row=HEADING_ROW,
        merge_ranges=ranges,
        row_heights={0: 30.0, 1: 20.0, HEADING_ROW: 34.0} | heights,
        column_widths={column.heading: column.width for column in columns},
        column_formats=dict.fromkeys(headings, boxed),
        header_format=heading.set_align("center").set_background_color("#E8EEF5"),
        page_setup={
            "landscape": True,
            "paper_size": 9,
            "print_area": (0, 0, HEADING_ROW + max(len(numbered), 1), last),
            "repeat_rows": (0, HEADING_ROW),
            "fit_to_pages": (1, 0),
            "margins": {"left": 0.3, "right": 0.3, "top": 0.5, "bottom": 0.5},
            "footer": "&C第 &P 页 共 &N 页",
        },
        ignore_errors=headings,
    )


def _format(*, bold: bool = False, size: int = 11, align: str = "left") -> Any:
    made = Format().set_font_size(size).set_align(align).set_align("vcenter")
    return made.set_bold() if bold else made


def _cut(cell: Cell) -> Cell:
    return cell[:MOST_LENGTH] if isinstance(cell, str) else cell


def _heights(columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> dict[int, float]:
    """The height in points that each row needs for its wrapped text."""
    widths = [column.width for column in columns]
    return {
        HEADING_ROW + number: min(
            LINE_POINTS * max(map(text_lines, (str(cell or "") for cell in line), widths)) + 2,
            MOST_ROW_POINTS,
        )
        for number, line in enumerate(lines, start=1)
    }
