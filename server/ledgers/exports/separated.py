"""A table as .csv (RFC 4180), with a byte order mark so that Excel reads UTF-8.

A .csv has no types: what a spreadsheet would reinterpret is protected (`spreadsheet`).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice

from ...spreadsheet import BOM, protected
from .tables import Cell, Column, Row, cells, headings

LINES_A_CHUNK = 500


def csv_chunks(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    """The table as CSV text, some hundreds of lines at a time."""
    lines = cells(columns, rows)
    yield BOM + _text([headings(columns)])
    while batch := list(islice(lines, LINES_A_CHUNK)):
        yield _text([_plain(cell) for cell in line] for line in batch)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return protected(cell) if isinstance(cell, str) else str(cell)


def _text(lines: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(lines)
    return buffer.getvalue()
