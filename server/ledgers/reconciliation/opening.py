"""An uploaded file as grids of cells, once it is known to be harmless.

A workbook is a zip of XML, or an OLE container, from anybody. Its directory is checked, and its
parts are unpacked once to count them, before anything parses it. The parser itself works in the
process that decodes pictures: one cell at the far corner of a sheet would take all memory.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import python_calamine as calamine

from ...errors import DomainError, InvalidInput, TooLarge, UnsupportedMedia
from ...photos import sandbox
from .normalising import Cell

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 20

# Deflate can pack 1,032 to 1. A ledger of 100,000 like rows comes to less than 100.
MOST_RATIO, RATIO_COUNTS_FROM = 300, 4 << 20
MOST_PARTS = 10_000
SECONDS = 300.0

Merge = tuple[int, int, int, int]


@dataclass(frozen=True)
class Limits:
    """What a file may have at most."""

    bytes: int = 64 << 20
    unpacked_bytes: int = 600 << 20
    rows: int = 100_000
    columns: int = 256


@dataclass(frozen=True)
class Grid:
    """A sheet as it lies there.

    Attributes:
        rows: the rows that aren't blank, by the number that a spreadsheet shows.
        merges: merged cells: first row, first column, last row, last column; rows as shown,
            columns from 0.
    """

    name: str
    rows: dict[int, list[Cell]]
    merges: list[Merge] = field(default_factory=list)


def open_file(file_name: str, content: bytes, limits: Limits) -> list[Grid]:
    """The visible sheets of an .xlsx, .xls or .csv file, told apart by what is in it.

    Raises:
        UnsupportedMedia: it is no spreadsheet, or one that is encrypted or has macros.
        TooLarge: it has too many bytes, packed or unpacked, rows or columns.
        InvalidInput: it is damaged.
    """
    if len(content) > limits.bytes:
        raise TooLarge(
            "file_too_large",
            f"文件有 {_mb(len(content))}，最大 {_mb(limits.bytes)}，请拆分后分别上传。",
        )
    if content.startswith(ZIP):
        _check_zip(content, limits)
        return _parsed(content, limits)
    if content.startswith(OLE):
        _check_ole(content)
        return _parsed(content, limits)
    return [_from_text(file_name, content, limits)]


def _mb(count: int) -> str:
    return f"{count / (1 << 20):.1f} MB"


def _unsupported(code: str, detail: str) -> DomainError:
    return UnsupportedMedia(code, detail)


NOT_A_SPREADSHEET = "这不是能读取的表格文件，请上传 .xlsx、.xls 或 .csv 格式的台账。"
DAMAGED = "文件已损坏，无法读取。请用 Excel 或 WPS 打开确认无误，另存为 .xlsx 后再上传。"
ENCRYPTED = "文件设有打开密码。请在 Excel 或 WPS 中取消密码，另存后再上传。"
MACROS = "文件带有宏。请另存为不带宏的 .xlsx 格式后再上传。"
BOMB = "文件压缩前后大小悬殊，不像正常的表格。请把台账复制到新建的 .xlsx 文件后再上传。"


# --- Before it is parsed ---------------------------------------------------------------------


def _check_zip(content: bytes, limits: Limits) -> None:
    """Refuse what isn't an .xlsx without macros and of a bearable size."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OverflowError):
        raise InvalidInput("damaged_file", DAMAGED) from None
    names = {part.filename.lower().replace("\\", "/") for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise _unsupported("encrypted_file", ENCRYPTED)
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise _unsupported("macros", MACROS)
    if "xl/workbook.xml" not in names:
        raise _unsupported("not_a_spreadsheet", NOT_A_SPREADSHEET)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise TooLarge("zip_bomb", BOMB)
    left = limits.unpacked_bytes
    for part in parts:
        size = 0
        for chunk in _unpacked(content, part):
            size += len(chunk)
            left -= len(chunk)
            if left < 0 or _suspicious(size, part.compress_size):
                raise TooLarge("zip_bomb", BOMB)
            _check_xml(part.filename, chunk)


def _suspicious(size: int, packed: int) -> bool:
    return size > RATIO_COUNTS_FROM and size > MOST_RATIO * max(packed, 1)


def _unpacked(content: bytes, part: ZipInfo) -> Iterator[bytes]:
    """A part's bytes, whatever its directory says of their number."""
    header = content[part.header_offset : part.header_offset + 30]
    start = part.header_offset + 30
    start += int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(content)[start : start + part.compress_size]
    if part.compress_type == ZIP_STORED:
        yield bytes(packed)
        return
    if part.compress_type != ZIP_DEFLATED:
        raise InvalidInput("damaged_file", DAMAGED)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while not inflate.eof and (chunk := inflate.decompress(rest, CHUNK)):
            yield chunk
            rest = inflate.unconsumed_tail
    except zlib.error:
        raise InvalidInput("damaged_file", DAMAGED) from None


def _check_xml(name: str, chunk: bytes) -> None:
    """No document of the format has a DTD, so none with entities is let through."""
    if name.lower().endswith((".xml", ".rels")) and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
        raise _unsupported("xml_entities", NOT_A_SPREADSHEET)
    if name.lower() == "[content_types].xml" and b"macroEnabled" in chunk:
        raise _unsupported("macros", MACROS)


def _check_ole(content: bytes) -> None:
    """The names in an OLE container's directory are UTF-16, wherever it lies."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _unsupported("encrypted_file", ENCRYPTED)
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise _unsupported("macros", MACROS)


# --- Parsing, in the other process -----------------------------------------------------------


class Unopenable(Exception):
    """What the other process found, as a word that crosses over: its only argument."""


def _parsed(content: bytes, limits: Limits) -> list[Grid]:
    try:
        grids: list[Grid] = sandbox.run(SECONDS, parse, content, limits.rows, limits.columns)
    except sandbox.TooCostly:
        raise TooLarge(
            "too_costly", "读取该文件占用的内存或时间过多，请删去表格以外的内容后再上传。"
        ) from None
    except Unopenable as problem:
        raise _explained(str(problem.args[0]), limits) from None
    return grids


def _explained(word: str, limits: Limits) -> DomainError:
    match word.partition(":"):
        case ("encrypted", _, _):
            return _unsupported("encrypted_file", ENCRYPTED)
        case ("macros", _, _):
            return _unsupported("macros", MACROS)
        case ("rows", _, sheet):
            return _too_many_rows(sheet, limits)
        case ("columns", _, sheet):
            return _too_many_columns(sheet, limits)
    return InvalidInput("damaged_file", DAMAGED)


def _too_many_rows(sheet: str, limits: Limits) -> DomainError:
    return TooLarge("too_many_rows", f"“{sheet}”超过 {limits.rows} 行，请分月或分乡镇上传。")


def _too_many_columns(sheet: str, limits: Limits) -> DomainError:
    return TooLarge(
        "too_many_columns", f"“{sheet}”超过 {limits.columns} 列，请删去台账右侧无关的列。"
    )


def parse(content: bytes, most_rows: int, most_columns: int) -> list[Grid]:
    """Parse a workbook; for the process that may die of it.

    Raises:
        Unopenable: it can't be, or has more rows or columns than that.
    """
    try:
        workbook = calamine.load_workbook(io.BytesIO(content))
        return [
            _grid(workbook.get_sheet_by_index(index), most_rows, most_columns)
            for index, sheet in enumerate(workbook.sheets_metadata)
            if _is_shown(sheet)
        ]
    except Unopenable:
        raise
    except calamine.PasswordError:
        raise Unopenable("encrypted") from None
    # A panic of the parser is no Exception, and can't be pickled either.
    except BaseException as error:
        raise Unopenable(f"damaged:{type(error).__name__}") from None


def _is_shown(sheet: calamine.SheetMetadata) -> bool:
    kinds = calamine.SheetTypeEnum
    if sheet.typ in (kinds.MacroSheet, kinds.Vba):
        raise Unopenable("macros")
    return sheet.typ == kinds.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible


def _grid(sheet: calamine.CalamineSheet, most_rows: int, most_columns: int) -> Grid:
    top, left = sheet.start or (0, 0)
    rows: dict[int, list[Cell]] = {}
    for number, raw in enumerate(sheet.to_python(), start=top + 1):
        cells: list[Cell] = [None] * left
        cells.extend(map(_cell, raw))
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > most_columns:
            raise Unopenable(f"columns:{sheet.name}")
        if cells:
            rows[number] = cells
        if len(rows) > most_rows:
            raise Unopenable(f"rows:{sheet.name}")
    merges = [
        (first[0] + 1, first[1], last[0] + 1, last[1])
        for first, last in sheet.merged_cell_ranges or ()
    ]
    return Grid(sheet.name, rows, merges)


def _cell(raw: object) -> Cell:
    """A parsed cell as one of ours; blank text is nothing, and times are text."""
    if isinstance(raw, str):
        return raw if raw.strip() else None
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, time | timedelta):
        return str(raw)
    if isinstance(raw, int | float | datetime | date):
        return raw
    return None


# --- Text ------------------------------------------------------------------------------------

MARKUP = re.compile(r"\s*<(!doctype|html|head|table|meta|\?xml|workbook)", re.IGNORECASE)
ENCODINGS = ("utf-8-sig", "gb18030")


def _from_text(file_name: str, content: bytes, limits: Limits) -> Grid:
    text = _decoded(content)
    if MARKUP.match(text):
        raise _unsupported(
            "markup",
            "这是改了后缀名的网页文件，不是真正的表格。"
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。",
        )
    name = file_name.rpartition("/")[2].rpartition("\\")[2].rpartition(".")[0] or "CSV"
    rows: dict[int, list[Cell]] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, texts in enumerate(reader, start=1):
            cells = _trimmed(texts)
            if len(cells) > limits.columns:
                raise _too_many_columns(name, limits)
            if cells:
                rows[number] = cells
            if len(rows) > limits.rows:
                raise _too_many_rows(name, limits)
    except csv.Error:
        raise InvalidInput(
            "damaged_file",
            f"CSV 文件第 {reader.line_num} 行附近无法读取，请检查引号是否成对，"
            "或另存为 .xlsx 后再上传。",
        ) from None
    return Grid(name, rows)


def _decoded(content: bytes) -> str:
    """Text in UTF-8 or GB 18030, as Chinese Excel writes it, or UTF-16 with its mark.

    Raises:
        UnsupportedMedia: it is none of them, or holds what no text holds.
    """
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip() and not CONTROL.search(text):
            return text
    raise _unsupported("not_a_spreadsheet", NOT_A_SPREADSHEET)


CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


def _delimiter(text: str) -> str:
    """What most often stands between the cells of the first lines."""
    head = text[:20_000]
    return max(",\t;", key=head.count)


def _trimmed(texts: Sequence[str]) -> list[Cell]:
    cells: list[Cell] = [_unquoted(text) for text in texts]
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _unquoted(text: str) -> str | None:
    """A cell's text; `="007"` is how some keep a spreadsheet from making a number of it."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        text = text[2:-1]
    return text or None
