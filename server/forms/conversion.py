"""From a form's file to an XForm that can be published, with all that is to be said of it."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from ..errors import InvalidInput
from .definition import XFORMS, FormDefinition, compile_form, name_faults
from .remarks import Remark, Severity, question_in, remark_on
from .workbook import Workbook, has_form_id, read_workbook, refused, row_of, write_xlsx
from .xml import MOST_FORM_BYTES, parse_xml

SUFFIXES = (".md", ".xlsx", ".csv", ".xml")

# Lists that are made for each caller when a form asks for them.
ENTITY_LISTS = frozenset({"hazards.csv", "sites.csv", "areas.csv"})

# Addresses below /forms that stand for something else.
RESERVED_IDS = frozenset({"drafts", "library"})

ENCRYPTED = f".//{XFORMS}submission[@base64RsaPublicKey]"


@dataclass(frozen=True)
class Conversion:
    """A form's file, converted.

    Attributes:
        remarks: what may stay as it is, but somebody should know.
        xlsx: the same form as an Excel file; None where it was an XForm already.
    """

    xform: bytes
    definition: FormDefinition
    remarks: list[Remark] = field(default_factory=list)
    xlsx: bytes | None = None


def convert(name: str, content: bytes, shared_choices: bytes | None = None) -> Conversion:
    """Convert a form's file, told by the ending of its name: .md, .xlsx, .csv or .xml.

    Args:
        shared_choices: a Markdown file of choice lists, of which the form gets those that it uses
            and does not define itself.

    Raises:
        InvalidInput: the ending is another, pyxform refuses the form, or it can't be evaluated
            here; its `remarks` say by sheet and row what is wrong.
        Malformed, TooLarge: an .xml that is none (see `parse_xml`), a file too large for a form.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        message = f"表单文件应为 {'、'.join(SUFFIXES)} 之一。"
        raise refused([Remark(Severity.ERROR, message)])
    if suffix == ".xml":
        definition = compile_form(content)
        _refuse_useless(content, definition)
        return Conversion(content, definition, _doubts(definition))
    workbook = read_workbook(suffix, content, shared_choices)
    xform, warnings = _xform(workbook)
    definition = _compiled(xform, workbook, warnings)
    _refuse_useless(xform, definition)
    if not has_form_id(workbook):
        raise refused([Remark(Severity.ERROR, "没有填 form_id（表单编号）。", "settings")])
    xlsx = content if suffix == ".xlsx" else write_xlsx(workbook)
    return Conversion(xform, definition, warnings + _doubts(definition), xlsx)


def _xform(workbook: Workbook) -> tuple[bytes, list[Remark]]:
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as xls2xform

    warnings: list[str] = []
    try:
        xform: str = xls2xform(workbook, warnings=warnings).xform
    except PyXFormError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        told = [_placed(workbook, line, Severity.ERROR) for line in lines]
        told += [_placed(workbook, each, Severity.WARNING) for each in warnings]
        raise refused(told or [Remark(Severity.ERROR, "表单无法转换。")]) from error
    except Exception as error:
        # What pyxform did not expect either: odd types in cells, for one.
        message = f"表单无法转换，请检查各列的内容（{type(error).__name__}）。"
        raise refused([Remark(Severity.ERROR, message)]) from error
    return xform.encode(), [_placed(workbook, each, Severity.WARNING) for each in warnings]


def _placed(workbook: Workbook, message: str, severity: Severity) -> Remark:
    """What pyxform said, with the row where it leaves it out."""
    remark = remark_on(message, severity)
    if remark.row is None and (about := question_in(message)):
        remark = replace(remark, sheet="survey", row=row_of(workbook, *about))
    return remark


def _compiled(xform: bytes, workbook: Workbook, warnings: list[Remark]) -> FormDefinition:
    try:
        return compile_form(xform)
    except InvalidInput as error:
        question = str(error.extra.get("question", ""))
        row = row_of(workbook, "name", question.rpartition("/")[2]) if question else None
        remark = Remark(Severity.ERROR, error.detail, "survey" if row else "", row)
        raise refused([remark, *warnings]) from error


def _refuse_useless(xform: bytes, definition: FormDefinition) -> None:
    """Raises InvalidInput where a form converts, and nobody could fill it in or send it."""
    faults = []
    if definition.form_id in RESERVED_IDS:
        message = f"form_id 不能是 {definition.form_id}，请换一个。"
        faults.append(Remark(Severity.ERROR, message, "settings"))
    faults += [Remark(Severity.ERROR, each, "settings") for each in name_faults(definition)]
    if parse_xml(xform, MOST_FORM_BYTES).find(ENCRYPTED) is not None:
        message = "设了加密（public_key）：加密的内容这里读不出来，请去掉。"
        faults.append(Remark(Severity.ERROR, message, "settings"))
    if not definition.root.children:
        faults.append(Remark(Severity.ERROR, "没有题目。", "survey"))
    if faults:
        raise refused(faults)


def _doubts(definition: FormDefinition) -> list[Remark]:
    """What can be published, and would disappoint."""
    doubts = []
    if not definition.version:
        doubts.append("没有填 version（版本）：改了表单就要改版本，否则发布不了。")
    doubts += [
        f"用到文件 {name}，请在发布后上传。" for name in sorted(definition.files - ENTITY_LISTS)
    ]
    return [Remark(Severity.WARNING, message) for message in doubts]
