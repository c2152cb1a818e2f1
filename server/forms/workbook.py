"""A form as sheets: read from Excel, CSV or Markdown, with the shared choice lists, and written as
Excel again, so that an office never sees Markdown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from ..errors import InvalidInput, TooLarge
from ..fields import FORBIDDEN
from .remarks import Remark, Severity, remark_on

# Sheets by name, as pyxform reads them: rows by column name, and a row of the column names.
Workbook = dict[str, Any]

SHEETS = ("survey", "choices", "entities", "settings", "external_choices")

# A checklist has some hundred rows; this many take a second to convert.
MOST_FILE_BYTES = 2 * 1024 * 1024
MOST_UNPACKED_BYTES = 24 * 1024 * 1024
MOST_ROWS = 5_000

WIDTHS = {"label": 60, "hint": 40, "calculation": 40, "constraint": 40, "note_admin": 24}
WIDTH = 16


def refused(remarks: list[Remark]) -> InvalidInput:
    """What refuses a form's file: everything that is wrong with it, by sheet and row."""
    errors = [each for each in remarks if each.severity is Severity.ERROR]
    told = [_placed(each) for each in errors]
    return InvalidInput(
        "form_invalid",
        told[0],
        errors={"file": told},
        remarks=[asdict(each) for each in remarks],
    )


def read_workbook(suffix: str, content: bytes, shared: bytes | None) -> Workbook:
    """The sheets of a form's file, with those of the shared choice lists that it uses.

    Raises:
        InvalidInput: it can't be read as a spreadsheet, or has too many rows.
        TooLarge: it is larger than any form, or would be when it is unpacked.
    """
    # Imported here: it takes a quarter of a second, and a server seldom converts.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json_backends import get_xlsform

    _check_size(suffix, content)
    try:
        workbook = asdict(get_xlsform(BytesIO(content), file_type=suffix))
        if shared is not None:
            _merge_choices(workbook, asdict(get_xlsform(BytesIO(shared), file_type=".md")))
    except PyXFormError as error:
        raise refused([remark_on(str(error), Severity.ERROR)]) from error
    except Exception as error:
        # A spreadsheet that is none breaks whatever library reads it, each in its own way.
        message = f"表单文件无法读取，请另存为 .xlsx 后重试（{type(error).__name__}）。"
        raise refused([Remark(Severity.ERROR, message)]) from error
    for sheet in SHEETS:
        if len(workbook.get(sheet) or ()) > MOST_ROWS:
            message = f"超过 {MOST_ROWS} 行，请拆成几张表，或删去空行。"
            raise refused([Remark(Severity.ERROR, message, sheet)])
    if unseen := list(_unseen(workbook)):
        raise refused(unseen)
    return workbook


def write_xlsx(workbook: Workbook) -> bytes:
    """The sheets as an Excel file, which converts to the same form."""
    from openpyxl import Workbook as Excel
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    excel = Excel()
    excel.remove(excel.active)
    for name in SHEETS:
        rows, header = workbook.get(name), workbook.get(f"{name}_header")
        if not rows or not header:
            continue
        sheet = excel.create_sheet(name)
        columns = list(header[0])
        for at, column in enumerate(columns, 1):
            # As text, whatever it looks like: a name such as 1 is no number, and = no formula.
            cell = sheet.cell(1, at, column)
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="E8EEF5")
            width = WIDTHS.get(column, WIDTH)
            sheet.column_dimensions[get_column_letter(at)].width = width
        for number, row in enumerate(rows, 2):
            for at, column in enumerate(columns, 1):
                if (value := row.get(column)) not in (None, ""):
                    cell = sheet.cell(number, at)
                    cell.value = str(value)
                    cell.data_type = "s"
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = "C2" if name == "survey" else "A2"
    written = BytesIO()
    excel.save(written)
    return written.getvalue()


def row_of(workbook: Workbook, column: str, value: str) -> int | None:
    """The first row of the survey sheet that says so, as a spreadsheet counts."""
    rows = enumerate(workbook["survey"] or (), 2)
    return next((at for at, row in rows if str(row.get(column, "")).strip() == value), None)


def has_form_id(workbook: Workbook) -> bool:
    """Whether the form says by which id it is known."""
    settings: dict[str, Any] = next(iter(workbook["settings"] or ()), {})
    return any(str(settings.get(name) or "").strip() for name in ("form_id", "id_string"))


def _placed(remark: Remark) -> str:
    where = f"{remark.sheet} 表" if remark.sheet else ""
    where += f"第 {remark.row} 行" if remark.row else ""
    return f"{where}：{remark.message}" if where else remark.message


def _check_size(suffix: str, content: bytes) -> None:
    if len(content) > MOST_FILE_BYTES:
        message = f"表单文件超过 {MOST_FILE_BYTES // 1024 // 1024} MB，请删去图片和多余的内容。"
        raise TooLarge("form_too_large", message)
    if suffix != ".xlsx":
        return
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
    except (BadZipFile, ValueError, NotImplementedError) as error:
        message = "这不是 Excel 文件（.xlsx），或者没有传完整。"
        raise refused([Remark(Severity.ERROR, message)]) from error
    if unpacked > MOST_UNPACKED_BYTES:
        raise TooLarge("form_too_large", "表单文件展开后过大，请删去多余的行列后重试。")


def _unseen(workbook: Workbook) -> Iterator[Remark]:
    """The cells that hold what neither XML nor Excel can."""
    for sheet in SHEETS:
        for number, row in enumerate(workbook.get(sheet) or (), 2):
            for column, value in row.items():
                if FORBIDDEN.search(str(value)):
                    message = f"“{column}”列里有看不见的控制字符，请删去重写。"
                    yield Remark(Severity.ERROR, message, sheet, number)


def _merge_choices(workbook: Workbook, shared: Workbook) -> None:
    """Add the shared choice lists that the form uses and does not define."""
    own = list(workbook["choices"] or [])
    wanted = _lists_used(workbook["survey"] or []) - {row.get("list_name") for row in own}
    added = [row for row in shared["choices"] or [] if row.get("list_name") in wanted]
    if added:
        workbook["choices"] = own + added
        workbook["choices_header"] = workbook["choices_header"] or shared["choices_header"]


def _lists_used(survey: Iterable[dict[str, str]]) -> set[str]:
    words = (str(row.get("type", "")).split() for row in survey)
    return {each[1] for each in words if len(each) > 1 and each[0].startswith("select")}
