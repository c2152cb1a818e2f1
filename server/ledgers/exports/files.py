"""A ledger made ready as a file of the format that was asked for: whole, or not at all."""

from collections.abc import Mapping
from pathlib import Path

from .kinds import Format, Table
from .separated import write_csv
from .workbook import write_xlsx

MEDIA_TYPES: Mapping[Format, str] = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


def write_table(path: Path, name: str, table: Table, format: Format) -> None:
    """Write the ledger called `name`.

    Raises:
        LinesLost: it has other than its lines; nothing is at `path`.
    """
    if format is Format.CSV:
        write_csv(path, table.columns, table.rows, table.total)
        return
    write_xlsx(path, name, table.columns, table.cover, table.rows, table.total, table.pictures)
