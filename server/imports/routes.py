"""Imports over HTTP: template, trial, import, progress, result."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app, request
from flask_restx import Resource

from ..clock import local_date
from ..database import Database
from ..errors import InvalidInput, NotFound, TooLarge
from ..ledgers.exports.sending import send_file
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..storage import Storage
from ..web.adapter import Section, json_response
from ..web.attachments import attached
from .asking import (
    UNFINISHED,
    Handed,
    ImportState,
    cancel_import,
    find_import,
    imports_of,
    open_result,
    order_import,
    take_in,
)
from .columns import MOST_BYTES, ImportKind, read_lines
from .models import Import
from .named import known_names
from .schemas import (
    ImportDetailSchema,
    ImportsSchema,
    NewImportSchema,
    TakeInSchema,
)
from .workbooks import write_template

section = Section("imports", "导入", path="/api/v1/imports")

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME = 90


@section.route("")
class Imports(Resource):  # type: ignore[misc]
    @requires(Permission.IMPORT)
    @section.gives(ImportsSchema)
    def get(self) -> dict[str, Any]:
        """The caller's own imports, newest first."""
        with _database().reading() as session:
            return {"items": [_view(each) for each in imports_of(session, current_actor())]}

    @requires(Permission.IMPORT)
    @section.takes_file(NewImportSchema, "file", "人员或监管对象：.xlsx、.xls 或 .csv")
    @section.gives(ImportDetailSchema, status=202, description="已排队")
    def post(self, said: dict[str, Any]) -> Response:
        """Hand a file in, to be tried (`dry_run`) or imported in the background.

        A file without the columns is refused at once.
        """
        kind = ImportKind(said["kind"])
        name, content = _posted_file()
        lines = read_lines(kind, name, content)
        with _database().writing() as session:
            made = order_import(
                session,
                current_actor(),
                Handed(kind, name, content, len(lines)),
                dry_run=said["dry_run"],
                skip_bad=said["skip_bad"],
                storage=_storage(),
                at=_now(),
            )
            return json_response(ImportDetailSchema().dump(_view(made)), 202)


@section.route("/<kind>/template.xlsx")
class Template(Resource):  # type: ignore[misc]
    @requires(Permission.IMPORT)
    @section.gives_file(XLSX_TYPE, "要填写的模板")
    def get(self, kind: str) -> Response:
        """A workbook to fill in: columns, how to fill them in, and the codes of areas."""
        if kind not in [each.value for each in ImportKind]:
            raise NotFound("no_template", "没有这种导入；可用：people、sites。")
        of = ImportKind(kind)
        with _database().reading() as session:
            known = known_names(session, current_actor().area_code)
        with _storage().scratch() as folder:
            path = folder / "template.xlsx"
            write_template(path, of, known)
            content = Path(path).read_bytes()
        response = Response(content, content_type=XLSX_TYPE)
        return attached(response, f"{of.chinese}导入模板.xlsx", f"{kind}.xlsx")


@section.route("/<id>")
class OneImport(Resource):  # type: ignore[misc]
    @requires(Permission.IMPORT)
    @section.gives(ImportDetailSchema)
    def get(self, id: str) -> dict[str, Any]:
        """How far one of the caller's imports is, and what is wrong with its lines."""
        with _database().reading() as session:
            return _view(find_import(session, current_actor(), id))

    @requires(Permission.IMPORT)
    @section.gives_file("application/octet-stream", "已取消", status=204)
    def delete(self, id: str) -> Response:
        """Stop an import that is under way; nothing of it is written."""
        with _database().writing() as session:
            cancel_import(session, current_actor(), id, _storage(), _now())
        return Response(status=204)


@section.route("/<id>/run")
class TakeIn(Resource):  # type: ignore[misc]
    @requires(Permission.IMPORT)
    @section.takes(TakeInSchema)
    @section.gives(ImportDetailSchema, status=202, description="已排队")
    def post(self, body: dict[str, Any], id: str) -> Response:
        """Import the file of a trial: whole, or with `skip_bad` without the lines that are
        wrong."""
        with _database().writing() as session:
            made = take_in(session, current_actor(), id, skip_bad=body["skip_bad"], at=_now())
            return json_response(ImportDetailSchema().dump(_view(made)), 202)


@section.route("/<id>/result.xlsx")
class Result(Resource):  # type: ignore[misc]
    @requires(Permission.IMPORT)
    @section.gives_file(XLSX_TYPE, "每一行的结果")
    def get(self, id: str) -> Response:
        """The lines with what came of each; initial passwords, for a day."""
        with _database().reading() as session:
            made, file = open_result(session, current_actor(), id, _storage(), _now())
        name = f"{ImportKind(made.kind).chinese}导入结果"
        return send_file(file, XLSX_TYPE, name, local_date(made.created_at), "xlsx")


def _posted_file() -> tuple[str, bytes]:
    file = request.files.get("file")
    if file is None or not file.filename:
        message = "请选择文件（.xlsx、.xls 或 .csv）。"
        raise InvalidInput("invalid_input", message, errors={"file": [message]})
    content = file.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise TooLarge("file_too_large", f"文件超过 {most} MB，请拆分后分别导入。")
    name = file.filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(each for each in name if each.isprintable()) or "file"
    return name[-LONGEST_NAME:], content


def _view(made: Import) -> dict[str, Any]:
    over = made.files_until is None or made.files_until < _now()
    return vars(made) | {
        "kind_name": ImportKind(made.kind).chinese,
        "state_name": ImportState(made.state).chinese,
        "has_result": not over
        and made.state not in (*UNFINISHED, ImportState.FAILED, ImportState.CANCELLED),
    }


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())


def _storage() -> Storage:
    return cast(Storage, current_app.extensions["storage"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
