"""What a person finds in an exported file."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from server.ledgers.exports.tables import Column
from server.ledgers.exports.workbook import heading_row
from tests.client import Client


def sheet(client: Client, path: str) -> Worksheet:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found = load_workbook(BytesIO(answer.data)).active
    assert isinstance(found, Worksheet)
    return found


def xlsx_lines(client: Client, path: str, columns: tuple[Column[Any], ...]) -> list[dict[str, Any]]:
    """The lines of a workbook by its headings, without the rows to sign."""
    heading, *lines, _sign, _end = sheet(client, path).iter_rows(
        min_row=heading_row(columns) + 1, values_only=True
    )
    return [dict(zip(map(str, heading), line, strict=True)) for line in lines]


def csv_lines(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"), newline="")))
