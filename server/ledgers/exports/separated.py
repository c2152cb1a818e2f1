"""A table as .csv (RFC 4180), with a byte order mark so that Excel reads UTF-8.

A .csv has no types: what a spreadsheet would reinterpret is protected (`spreadsheet`).
"""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from pathlib import Path

from ...spreadsheet import BOM, protected
from .tables import Cell, Column, Row, cells, counted, headings

LINES_A_CHUNK = 500


def csv_chunks(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    """The table as CSV text, some hundreds of lines at a time."""
    lines = cells(columns, rows)
    yield BOM + _text([headings(columns)])
    while batch := list(islice(lines, LINES_A_CHUNK)):
        yield _text([_plain(cell) for cell in line] for line in batch)


def write_csv(path: Path, columns: Sequence[Column[Row]], rows: Iterable[Row], total: int) -> None:
    """Write `total` rows as .csv: complete, or nothing at `path`.

    Raises:
        LinesLost: the rows were more or fewer.
    """
    unfinished = path.with_name(f"unfinished-{path.name}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_chunks(columns, counted(rows, total)))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return protected(cell) if isinstance(cell, str) else str(cell)


def _text(lines: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(lines)
    return buffer.getvalue()
