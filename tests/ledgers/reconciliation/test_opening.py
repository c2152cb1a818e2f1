"""Files from anybody: each bad one is refused in words, before it can do harm."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import DomainError, InvalidInput, TooLarge, UnsupportedMedia
from server.ledgers.reconciliation.opening import Grid, Limits, Unopenable, open_file, parse

from .ledgers import make_ledgers
from .writing import as_xls, lay_out

LIMITS = Limits()
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


PLAIN = workbook(["单位名称", "隐患描述"], ["甲厂", "护栏缺失"])


def rewritten(change: Callable[[str, bytes], bytes]) -> bytes:
    """The plain workbook with its parts changed."""
    content = BytesIO()
    with ZipFile(BytesIO(PLAIN)) as source, ZipFile(content, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return content.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    return rewritten(lambda name, data: data.replace(old, new) if name == SHEET else data)


def refusal(content: bytes, limits: Limits = LIMITS, name: str = "台账.xlsx") -> DomainError:
    with pytest.raises(DomainError) as raised:
        open_file(name, content, limits)
    assert raised.value.detail.endswith("。")
    return raised.value


def only_grid(name: str, content: bytes, limits: Limits = LIMITS) -> Grid:
    [grid] = open_file(name, content, limits)
    return grid


def test_a_plain_workbook_whatever_it_is_called() -> None:
    grid = only_grid("台账.csv", PLAIN)
    assert grid == Grid("Sheet", {1: ["单位名称", "隐患描述"], 2: ["甲厂", "护栏缺失"]})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"\x00\x01\x02",
        b"%PDF-1.7\n\x00\xff",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        bytes(range(256)),
        b"\xff\xfea",
    ],
)
def test_no_spreadsheet_at_all(content: bytes) -> None:
    error = refusal(content)
    assert isinstance(error, UnsupportedMedia)
    assert error.code == "not_a_spreadsheet"


def test_a_web_page_that_is_called_xls() -> None:
    error = refusal("<html><table><tr><td>单位</td></tr></table>".encode(), name="导出.xls")
    assert error.code == "markup"
    assert "另存为 .xlsx" in error.detail


@pytest.mark.parametrize("member", ["word/document.xml", "xl/workbook.bin", "content.xml"])
def test_another_kind_of_zip(member: str) -> None:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr(member, b"<a/>")
    assert refusal(content.getvalue()).code == "not_a_spreadsheet"


def test_a_file_with_macros() -> None:
    content = BytesIO(PLAIN)
    with ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf")
    assert refusal(content.getvalue()).code == "macros"


def test_a_file_that_only_says_that_it_has_macros() -> None:
    content = rewritten(
        lambda name, data: (
            data.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
            if name == "[Content_Types].xml"
            else data
        )
    )
    assert refusal(content).code == "macros"


def test_an_old_file_with_macros_and_one_that_is_encrypted() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert refusal(ole + "_VBA_PROJECT_CUR".encode("utf-16-le")).code == "macros"
    assert refusal(ole + "EncryptedPackage".encode("utf-16-le")).code == "encrypted_file"
    assert refusal(ole).code == "damaged_file"


def test_an_encrypted_zip() -> None:
    broken = bytearray(PLAIN)
    at = broken.index(b"PK\x01\x02")
    broken[at + 8] |= 1
    assert refusal(bytes(broken)).code == "encrypted_file"


def test_entities() -> None:
    declaration = b'<!DOCTYPE a [<!ENTITY b "&c;&c;">]><worksheet'
    assert refusal(in_sheet(b"<worksheet", declaration)).code == "xml_entities"


def test_a_part_that_unpacks_to_far_more_than_it_is() -> None:
    assert (
        refusal(in_sheet(b"</worksheet>", b" " * (64 << 20) + b"</worksheet>")).code == "zip_bomb"
    )


def test_a_directory_that_lies_about_the_size() -> None:
    """Declared as ten bytes; it is the unpacking that counts."""
    data = b"0" * (64 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    content = BytesIO()
    with ZipFile(BytesIO(PLAIN)) as source, ZipFile(content, "w", ZIP_STORED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/media/a.xml", packed)
    lying = bytearray(content.getvalue())
    at = lying.rindex(b"PK\x01\x02")
    struct.pack_into("<H", lying, at + 10, ZIP_DEFLATED)
    struct.pack_into("<I", lying, at + 24, 10)
    assert refusal(bytes(lying)).code == "zip_bomb"


def test_too_many_parts() -> None:
    content = BytesIO(PLAIN)
    with ZipFile(content, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"xl/media/{number}", b"")
    assert refusal(content.getvalue()).code == "zip_bomb"


def test_a_cell_at_the_far_corner_costs_the_file_and_not_the_server() -> None:
    """The parser would take half a terabyte for the empty cells between."""
    error = refusal(in_sheet(b'r="B2"', b'r="XFD1048576"'))
    assert isinstance(error, TooLarge)
    assert error.code == "too_costly"
    # The next one is read as if nothing had been.
    assert only_grid("台账.xlsx", PLAIN).rows


def test_too_many_bytes_rows_and_columns() -> None:
    assert refusal(PLAIN, Limits(bytes=100)).code == "file_too_large"
    assert refusal(PLAIN, Limits(rows=1)).detail == "“Sheet”超过 1 行，请分月或分乡镇上传。"
    assert refusal(PLAIN, Limits(columns=1)).code == "too_many_columns"
    assert refusal(b"a,b\nc,d", Limits(rows=1), "甲.csv").detail.startswith("“甲”超过 1 行")
    assert refusal(b"a,b\nc,d", Limits(columns=1)).code == "too_many_columns"


def test_a_damaged_workbook() -> None:
    for content in (PLAIN[:-30], PLAIN[: len(PLAIN) // 2], in_sheet(b"</sheetData>", b"</row><")):
        error = refusal(content)
        assert isinstance(error, InvalidInput)
        assert error.code == "damaged_file"


def test_the_parser_by_itself() -> None:
    """As it works in the other process: what it finds crosses over as one word."""
    assert parse(PLAIN, 10, 10) == [only_grid("台账.xlsx", PLAIN)]
    for content, rows, columns, word in (
        (PLAIN, 1, 10, "rows:Sheet"),
        (PLAIN, 10, 1, "columns:Sheet"),
        (PLAIN[:-30], 10, 10, "damaged:CalamineError"),
        (b"", 10, 10, "damaged:CalamineError"),
    ):
        with pytest.raises(Unopenable) as raised:
            parse(content, rows, columns)
        assert raised.value.args == (word,)


def test_times_are_text_and_blank_cells_are_none() -> None:
    [grid] = parse(workbook([], [None, time(8, 30), True, " ", date(2026, 11, 3), 1.5]), 9, 9)
    assert grid.rows == {2: [None, "08:30:00", "是", None, date(2026, 11, 3), 1.5]}


def test_hidden_sheets_are_not_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["看得见"])
    for name, state in (("隐藏", "hidden"), ("深藏", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet.append(["看不见"])
        sheet.sheet_state = state
    content = BytesIO()
    book.save(content)
    assert only_grid("台账.xlsx", content.getvalue()).rows == {1: ["看得见"]}


def test_cells_of_every_kind() -> None:
    grid = only_grid("台账.xlsx", workbook([], [None, 1.5, True, "  ", "=1+1", "文"]))
    # A formula that no program has worked out yet says nothing.
    assert grid.rows == {2: [None, 1.5, "是", None, None, "文"]}


# --- Text ------------------------------------------------------------------------------------

TEXT = "单位名称,隐患描述\n甲厂,护栏缺失\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_that_occur(encoding: str) -> None:
    grid = only_grid("C:\\台账\\十一月.csv", TEXT.encode(encoding))
    assert grid == Grid("十一月", {1: ["单位名称", "隐患描述"], 2: ["甲厂", "护栏缺失"]})


def test_rows_of_a_csv_are_counted_as_a_spreadsheet_does() -> None:
    grid = only_grid("a.csv", '甲,"两\n行"\n\n乙,="007"\n丙,\t=1+1\n'.encode())
    assert grid.rows == {1: ["甲", "两\n行"], 3: ["乙", "007"], 4: ["丙", "=1+1"]}


def test_other_delimiters() -> None:
    assert only_grid("a.csv", "甲\t乙\n".encode()).rows == {1: ["甲", "乙"]}
    assert only_grid("a.csv", "甲;乙\n".encode()).rows == {1: ["甲", "乙"]}


def test_a_quotation_that_never_ends() -> None:
    error = refusal(b'a,"' + b"x" * 200_000, name="a.csv")
    assert error.code == "damaged_file"
    assert "第 1 行附近" in error.detail


# --- Anything --------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.binary(max_size=3_000), st.sampled_from(["a.csv", "a.xlsx", "", "目录/", "\\"]))
def test_any_bytes_are_read_or_refused(content: bytes, name: str) -> None:
    with suppress(DomainError):
        assert all(isinstance(grid, Grid) for grid in open_file(name, content, LIMITS))


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), max_size=6))
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(
    changes: list[tuple[int, int]],
) -> None:
    content = bytearray(PLAIN)
    for place, value in changes:
        content[place] = value
    with suppress(DomainError):
        open_file("台账.xlsx", bytes(content), LIMITS)


@settings(max_examples=100)
@given(st.binary(min_size=1, max_size=200), st.integers(0, 2_000))
def test_a_sheet_with_anything_in_it_is_read_or_refused(piece: bytes, place: int) -> None:
    """Within a sound zip, so that it gets as far as the parser."""

    def change(name: str, data: bytes) -> bytes:
        at = place % len(data)
        return data[:at] + piece + data[at:] if name == SHEET else data

    with suppress(DomainError):
        open_file("台账.xlsx", rewritten(change), LIMITS)


def test_an_old_workbook_with_bytes_changed(xls: bytes) -> None:
    """Forty bytes in turn: the old format has no check sums to catch it early."""
    for place in range(0, len(xls), len(xls) // 40):
        content = bytearray(xls)
        content[place] ^= 0xFF
        with suppress(DomainError):
            open_file("台账.xls", bytes(content), LIMITS)


@pytest.fixture(scope="module")
def xls(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return as_xls(lay_out(1, make_ledgers(1, 20).theirs), tmp_path_factory.mktemp("xls"))
