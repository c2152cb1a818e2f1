"""From an XLSForm to an XForm, with pyxform; the choice lists that forms share are merged in."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

from ..errors import InvalidInput
from .xml import MOST_FORM_BYTES, parse_xml

SUFFIXES = (".md", ".xlsx", ".csv", ".xml")


@dataclass(frozen=True)
class Conversion:
    """An XForm, and what pyxform had to remark."""

    xform: bytes
    warnings: list[str]


def convert(name: str, content: bytes, shared_choices: bytes | None = None) -> Conversion:
    """The XForm of a form's file, told by the ending of its name: .md, .xlsx, .csv or .xml.

    Args:
        shared_choices: a Markdown file of choice lists, of which the form gets those that it uses
            and does not define itself.

    Raises:
        InvalidInput: the ending is another, or pyxform refuses the form.
        Malformed, TooLarge: an .xml that is none (see `parse_xml`); `compile_form` checks it as a
            form.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise _invalid(f"表单文件应为 {'、'.join(SUFFIXES)} 之一。")
    if suffix == ".xml":
        parse_xml(content, MOST_FORM_BYTES)
        return Conversion(content, [])
    return _convert_xlsform(suffix, content, shared_choices)


def _convert_xlsform(suffix: str, content: bytes, shared: bytes | None) -> Conversion:
    # Imported here: it takes a quarter of a second, and a server seldom converts.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json_backends import get_xlsform
    from pyxform.xls2xform import convert as xls2xform

    warnings: list[str] = []
    try:
        workbook = asdict(get_xlsform(BytesIO(content), file_type=suffix))
        if shared is not None:
            _merge_choices(workbook, asdict(get_xlsform(BytesIO(shared), file_type=".md")))
        xform: str = xls2xform(workbook, warnings=warnings).xform
    except PyXFormError as error:
        raise _invalid(str(error)) from error
    except Exception as error:
        # A spreadsheet that is none breaks whatever library reads it, each in its own way.
        raise _invalid(f"表单文件无法读取：{error}") from error
    return Conversion(xform.encode(), warnings)


def _merge_choices(workbook: dict[str, Any], shared: dict[str, Any]) -> None:
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


def _invalid(message: str) -> InvalidInput:
    return InvalidInput("form_invalid", message, errors={"file": [message]})
