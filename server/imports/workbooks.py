"""An import's template to fill in, and its result: the lines as they came, with what came of them.

Whoever mends the marked cells of a result can hand that in again: the columns that were added are
passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..fields import FORBIDDEN
from ..glossary import Role, SiteKind
from ..spreadsheet import REINTERPRETED
from .columns import COLUMNS, ImportKind
from .outcomes import Checked, Outcome

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

# Codes and names, by what they are of.
Known = Mapping[str, Iterable[tuple[str, str]]]

# Excel's own limit is 32,767 characters.
MOST_LENGTH = 32_000
OUTCOME_WIDTH, PROBLEM_WIDTH, PASSWORD_WIDTH = 14.0, 60.0, 18.0
HEADING, MARKED, DONE = "E8EEF5", "FFD9D9", "E3F4E3"
# A list to choose from reaches so far down.
LAST_LINE = 5_000


def write_template(path: Path, kind: ImportKind, known: Known) -> None:
    """A workbook to fill in: the headings, what belongs into each column, and the names and codes
    of what is known by them."""
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = kind.chinese
    _heading(sheet, [(each.heading, each.width) for each in COLUMNS[kind]])
    for at, column in enumerate(COLUMNS[kind], 1):
        letter = sheet.cell(1, at).column_letter
        # As text: a long number would be rounded.
        sheet.column_dimensions[letter].number_format = "@"
        if words := _choices(kind).get(column.field):
            chosen = DataValidation(
                type="list",
                formula1=f'"{",".join(words)}"',
                allow_blank=True,
                showErrorMessage=False,
            )
            sheet.add_data_validation(chosen)
            chosen.add(f"{letter}2:{letter}{LAST_LINE}")
    advice = book.create_sheet("填写说明")
    _heading(advice, [("列", 20.0), ("必填", 8.0), ("怎么填", 116.0)])
    for number, column in enumerate(COLUMNS[kind], 2):
        _row(advice, number, [column.heading, "是" if column.required else "", column.advice])
    for title, names in known.items():
        listed = book.create_sheet(title)
        _heading(listed, [("编码", 22.0), ("名称（可照填）", 50.0)])
        for number, (code, name) in enumerate(names, 2):
            _row(listed, number, [code, name])
    book.save(path)


def write_result(
    path: Path, kind: ImportKind, checked: Iterable[Checked], *, written: bool
) -> None:
    """The lines with what came of each: `written`, or only tried."""
    from openpyxl import Workbook
    from openpyxl.styles import PatternFill

    columns = COLUMNS[kind]
    has_secrets = kind is ImportKind.PEOPLE and written
    book = Workbook()
    sheet = book.active
    sheet.title = f"{kind.chinese}导入结果"
    headings = [("结果", OUTCOME_WIDTH), ("问题", PROBLEM_WIDTH)]
    headings += [("初始密码", PASSWORD_WIDTH)] if has_secrets else []
    _heading(sheet, headings + [(each.heading, each.width) for each in columns])
    marked = PatternFill("solid", fgColor=MARKED)
    done = PatternFill("solid", fgColor=DONE)
    for number, each in enumerate(checked, 2):
        texts = [each.text(column.field) for column in columns]
        _row(sheet, number, [_outcome(each, written), _problems(each, columns)], wrap=True)
        _row(sheet, number, [each.secret] if has_secrets else [], first=3)
        _row(sheet, number, texts, first=len(headings) + 1)
        if each.outcome is not Outcome.KNOWN:
            sheet.cell(number, 1).fill = marked if each.problems else done
        for at, column in enumerate(columns, len(headings) + 1):
            if column.field in each.problems:
                sheet.cell(number, at).fill = marked
    sheet.freeze_panes = "B2"
    book.save(path)


def _choices(kind: ImportKind) -> dict[str, Sequence[str]]:
    """The closed lists that a template offers in its cells."""
    if kind is ImportKind.SITES:
        return {
            "kind": [each.chinese for each in SiteKind],
            "datum": ["WGS-84", "GCJ-02", "BD-09"],
        }
    return {"role": [each.chinese for each in Role if each is not Role.ADMINISTRATOR]}


def _outcome(each: Checked, written: bool) -> str:
    if each.outcome is Outcome.NEW:
        return "已新增" if written else "可新增"
    if each.outcome is Outcome.BAD:
        return "有误，未导入"
    return each.outcome.chinese


def _problems(each: Checked, columns: Sequence[Any]) -> str:
    if not each.problems:
        return each.known_as
    headings = {column.field: column.heading for column in columns}
    return "\n".join(f"{headings[name]}：{words}" for name, words in each.problems.items())


def _heading(sheet: "Worksheet", headings: Sequence[tuple[str, float]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    for at, (text, width) in enumerate(headings, 1):
        cell = sheet.cell(1, at, text)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=HEADING)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "A2"
    # Printed, it is as wide as the paper, and every page has the heading.
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _row(
    sheet: "Worksheet", number: int, texts: Sequence[str], *, first: int = 1, wrap: bool = False
) -> None:
    """Cells of text, whatever they look like: `=1+1` is no formula, a code no number."""
    from openpyxl.styles import Alignment

    for at, text in enumerate(texts, first):
        if not text:
            continue
        cell = sheet.cell(number, at)
        cell.value = FORBIDDEN.sub("", text)[:MOST_LENGTH]
        cell.data_type = "s"
        if REINTERPRETED.match(text):
            # What is typed over it stays text too.
            cell.number_format = "@"
        if wrap and "\n" in text:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
