"""The ledger over HTTP: the list's filters, the list's scope."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from flask import Response, current_app
from flask_restx import Resource
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from ..clock import local_date
from ..database import Database
from ..errors import InvalidInput
from ..fields import Schema
from ..hazards.queries import filters_of, matching, visible_to
from ..hazards.schemas import HazardQuery
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..places.models import Area
from ..web.adapter import Section
from .files import Cover, csv_chunks, fitted_heights, write_xlsx
from .rows import count, lines

section = Section("ledger", "台账", path="/api/v1")

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"

CHUNK_BYTES = 256 * 1024

# What somebody may print gets rows that fit; a larger ledger is for the screen.
MOST_FITTED = 5_000


class LedgerQuery(HazardQuery):
    """The list's filters, whole: an export has no pages."""

    class Meta(Schema.Meta):
        exclude = ("cursor", "limit")


@section.route("/ledger.xlsx")
class LedgerWorkbook(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(LedgerQuery, "query")
    @section.gives_file(XLSX_TYPE, "隐患整改台账")
    def get(self, query: dict[str, Any]) -> Response:
        """The ledger as a workbook, complete or not at all."""
        condition = _condition(query)
        descriptor, name = mkstemp(suffix=".xlsx")
        os.close(descriptor)
        path = Path(name)
        try:
            with _database().reading() as session:
                area = _area(session, query.get("area") or current_actor().area_code)
                few = count(session, condition) <= MOST_FITTED
                heights = fitted_heights(lines(session, condition)) if few else {}
                write_xlsx(path, _cover(area.name), lines(session, condition), heights)
            # Unlinked while open: it goes when the last byte was sent, whatever happens.
            file = path.open("rb")
        finally:
            path.unlink()
        response = Response(_chunks(file), content_type=XLSX_TYPE)
        response.content_length = os.fstat(file.fileno()).st_size
        response.call_on_close(file.close)
        return _named(response, "xlsx")


@section.route("/ledger.csv")
class LedgerCsv(Resource):  # type: ignore[misc]
    @requires(Permission.EXPORT_LEDGER)
    @section.takes(LedgerQuery, "query")
    @section.gives_file(CSV_TYPE, "隐患整改台账")
    def get(self, query: dict[str, Any]) -> Response:
        """The ledger as CSV, line by line."""
        condition = _condition(query)

        def chunks() -> Iterator[str]:
            with database.reading() as session:
                yield from csv_chunks(lines(session, condition))

        database = _database()
        return _named(Response(chunks(), content_type=CSV_TYPE), "csv")


def _condition(query: dict[str, Any]) -> ColumnElement[bool]:
    permissions = current_app.extensions["permissions"]
    scope = visible_to(current_actor(), Permission.EXPORT_LEDGER, permissions)
    return and_(scope, matching(filters_of(query, _today(), current_actor())))


def _area(session: Session, code: str) -> Area:
    area = session.get(Area, code)
    if area is None:
        message = "没有这个区划。"
        raise InvalidInput("invalid_input", message, errors={"area": [message]})
    return area


def _cover(area: str) -> Cover:
    today = _today()
    title = f"{area}安全生产隐患排查整改台账（{today.year}年{today.month}月）"
    return Cover(title, current_actor().unit or area, today)


def _named(response: Response, suffix: str) -> Response:
    name = f"隐患整改台账-{_today():%Y%m%d}.{suffix}"
    ascii_name = f"ledger-{_today():%Y%m%d}.{suffix}"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
    )
    return response


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _today() -> date:
    return local_date(current_app.extensions["clock"].now())


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
