"""对账确认单: the figures of a reconciliation and what is still open, for both sides to sign."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Letter
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...clock import local_date
from ...people.permissions import Actor, Permissions
from ..differences import DifferenceStatus
from ..models import Difference, Reconciliation
from . import results
from .workbooks import title_of

# So many open differences stand in the letter itself; all of them are in the workbook.
MOST_LISTED = 50

BODY, TITLE = "仿宋", "黑体"


def write_confirmation(
    path: Path,
    session: Session,
    reconciliation: Reconciliation,
    actor: Actor,
    permissions: Permissions,
    at: datetime,
) -> None:
    """Write the letter, as far as the actor may see what is in it."""
    figures = results.figures(session, reconciliation, actor, permissions)
    letter = _blank()
    title, _, month = title_of(session, reconciliation).partition("（")
    title = title.replace("对账结果", "对账确认单")
    _paragraph(letter, title, size=18, font=TITLE, align=WD_ALIGN_PARAGRAPH.CENTER)
    _paragraph(letter, f"（{month}", align=WD_ALIGN_PARAGRAPH.CENTER)
    _paragraph(letter, f"我方：{actor.unit}　　　　对方：{reconciliation.source}")
    _paragraph(letter, _opening(reconciliation, figures, local_date(at)))
    _paragraph(letter, "一、对账结果", font=TITLE)
    _figures(letter, figures)
    _paragraph(letter, "二、差异分类", font=TITLE)
    _kinds(letter, figures["kinds"])
    _paragraph(letter, "三、尚未处理的差异", font=TITLE)
    _open(letter, session, reconciliation, actor, permissions)
    _paragraph(letter, "四、双方确认", font=TITLE)
    _paragraph(
        letter,
        "双方确认以上数字。未处理的差异由各自核实，于______年____月____日前更正或书面答复；"
        "更正后的台账重新上传对账。",
    )
    _signatures(letter, actor.unit, reconciliation.source)
    letter.save(str(path))


def _opening(reconciliation: Reconciliation, figures: dict[str, Any], today: date) -> str:
    done = reconciliation.finished_at
    when = local_date(done) if done else today
    changes = figures["changes"]
    again = ""
    if changes is not None:
        again = (
            f"本次为更正后重新上传：上次的差异已解决 {changes['solved']} 项，"
            f"仍存在 {changes['still']} 项，新出现 {changes['new']} 项。"
        )
    return (
        f"对方于{_day(local_date(reconciliation.created_at))}提供台账《{reconciliation.file_name}》"
        f"（文件校验值 {reconciliation.sha256[:16]}…），于{_day(when)}与我方台账逐条核对。{again}"
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _blank() -> Letter:
    letter = Document()
    section = letter.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    section.top_margin = section.bottom_margin = Cm(2.5)
    style = letter.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(12)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    style.paragraph_format.space_after = Pt(4)
    return letter


def _paragraph(
    letter: Letter,
    text: str,
    *,
    size: int = 12,
    font: str = BODY,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
) -> None:
    paragraph = letter.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(8 if font == TITLE else 0)
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _table(letter: Letter, headings: Sequence[str], widths: Sequence[float]) -> Table:
    table: Table = letter.add_table(rows=1, cols=len(headings))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    _fill(table.rows[0].cells, headings, bold=True)
    _repeat(table)
    return table


def _repeat(table: Table) -> None:
    """The first row is printed on every page."""
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))


def _fill(cells: Sequence[Any], texts: Sequence[object], *, bold: bool = False) -> None:
    for cell, text in zip(cells, texts, strict=True):
        run = cell.paragraphs[0].add_run(str(text))
        run.font.size, run.bold = Pt(10.5), bold


def _row(table: Any, texts: Sequence[object]) -> None:
    """A row that is not broken over two pages."""
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:cantSplit"), {qn("w:val"): "true"}))
    _fill(row.cells, texts)


def _figures(letter: Letter, figures: dict[str, Any]) -> None:
    headings = (
        "我方条数",
        "对方条数",
        "已对上",
        "其中一致",
        "待确认",
        "我方没有",
        "差异",
        "待处理",
    )
    names = ("ours", "theirs", "matched", "agreeing", "pending", "unmatched", "differences", "open")
    table = _table(letter, headings, [1.97] * len(headings))
    _row(table, [figures[name] for name in names])


def _kinds(letter: Letter, kinds: Sequence[dict[str, Any]]) -> None:
    table = _table(letter, ("差异类别", "项数", "待处理"), (10.0, 2.9, 2.9))
    for kind in kinds:
        _row(table, (kind["name"], kind["total"], kind["open"]))
    if not kinds:
        _row(table, ("没有差异", 0, 0))


def _open(
    letter: Letter,
    session: Session,
    reconciliation: Reconciliation,
    actor: Actor,
    permissions: Permissions,
) -> None:
    is_open = Difference.status == DifferenceStatus.OPEN.value
    own = results.differences_of(reconciliation, actor, permissions)
    total = session.scalar(select(func.count()).select_from(Difference).where(own, is_open)) or 0
    query = results.differences(reconciliation, actor, permissions, is_open).limit(MOST_LISTED)
    headings = ("序号", "差异类别", "我方编号／对方位置", "说明")
    table = _table(letter, headings, (1.2, 2.8, 4.6, 7.2))
    for number, found in enumerate(session.execute(query), start=1):
        each = results.difference_view(found, reconciliation)
        where = "\n".join(filter(None, (each["hazard"], each["ref"]))) or "整份台账"
        cells = (number, each["kind_name"], where, each["explanation"])
        _row(table, cells)
    if not total:
        _row(table, ("", "没有", "", ""))
    if total > MOST_LISTED:
        _paragraph(letter, f"共 {total} 项，以上列出前 {MOST_LISTED} 项，其余见对账结果工作簿。")


def _signatures(letter: Letter, ours: str, theirs: str) -> None:
    table = letter.add_table(rows=1, cols=2)
    for cell, side, name in zip(table.rows[0].cells, ("我方", "对方"), (ours, theirs), strict=True):
        lines = (
            f"{side}（盖章）：{name}【章】",
            "经办人（签字）：",
            "负责人（签字）：",
            "日期：　　年　月　日",
        )
        cell.paragraphs[0].add_run(lines[0])
        for line in lines[1:]:
            paragraph = cell.add_paragraph(line)
            paragraph.paragraph_format.space_before = Pt(10)
