"""Documents and archives over HTTP."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

from flask import Response, current_app, send_file
from flask_restx import Resource
from sqlalchemy.orm import Session

from ...database import Database
from ...errors import NotFound
from ...forms.library import Library
from ...hazards.acts import find
from ...hazards.models import Hazard
from ...people.access import current_actor, requires
from ...people.permissions import Permission
from ...web.adapter import Section
from ...web.attachments import attached
from ...web.etags import expected_version
from ...web.requests import site_address
from ..exports.log import log_export
from .archive import compiled, zipped
from .issuing import Desk, Wanted, bytes_of, draft, find_issued, issue, openings
from .kinds import DocumentKind
from .material import material_of
from .schemas import (
    DocumentQuery,
    DocumentRequestSchema,
    DocumentSchema,
    DocumentsSchema,
    DraftSchema,
)
from .views import document_view

section = Section("documents", "文书", path="/api/v1/hazards/<number>")

ZIP_TYPE = "application/zip"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@section.route("/documents")
class Documents(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.gives(DocumentsSchema)
    def get(self, number: str) -> dict[str, Any]:
        """The documents that were issued of a hazard, and those that the caller may issue."""
        with _database().reading() as session:
            hazard = _find(session, number)
            known = material_of(session, hazard)
        return {
            "items": [document_view(hazard.number, each) for each in known.issued],
            "kinds": [
                {
                    "kind": each.kind.value,
                    "name": each.kind.chinese,
                    "allowed": not each.missing,
                    "reason": each.missing,
                }
                for each in openings(known, current_actor(), _desk().permissions)
            ],
        }

    @requires(Permission.READ_HAZARDS)
    @section.takes(DocumentRequestSchema)
    @section.gives(DocumentSchema, status=201, description="已出具")
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Issue a document: it gets a number, is kept as it is, and its hash goes into the chain.

        Sent again with the same `id`, it gives the document that was issued the first time.
        """
        _require_number(number)
        wanted = Wanted(body["id"], DocumentKind(body["kind"]), body["data"])
        document = issue(
            _desk(), number, wanted, current_actor(), _now(), expected_version=expected_version()
        )
        return document_view(number, document)


@section.route("/documents/<kind>.docx")
class OneDocument(Resource):  # type: ignore[misc]
    @requires(Permission.READ_HAZARDS)
    @section.takes(DocumentQuery, "query")
    @section.gives_file(DOCX_TYPE, "文书")
    def get(self, query: dict[str, Any], number: str, kind: str) -> Response:
        """The newest document of a kind, byte for byte as it was issued; or a draft of one."""
        if query["preview"]:
            return _draft(number, _kind(kind), {})
        with _database().reading() as session:
            hazard = _find(session, number)
            document = find_issued(session, hazard, _kind(kind), query.get("version"))
        content = bytes_of(_desk().storage, document)
        name = f"{_kind(kind).chinese}{document.number}"
        return _file(content, name, document.sha256)

    @requires(Permission.READ_HAZARDS)
    @section.takes(DraftSchema)
    @section.gives_file(DOCX_TYPE, "草稿")
    def post(self, body: dict[str, Any], number: str, kind: str) -> Response:
        """A draft with what the caller would fill in: no number, marked as not issued, not kept."""
        return _draft(number, _kind(kind), body["data"])


@section.route("/archive.zip")
class OneArchive(Resource):  # type: ignore[misc]
    @requires(Permission.READ_EVIDENCE)
    @section.gives_file(ZIP_TYPE, "一患一档")
    def get(self, number: str) -> Response:
        """All that there is of one hazard, in the thirteen folders of 一患一档 behind a cover."""
        desk, library = _desk(), cast(Library, current_app.extensions["library"])
        site = site_address(current_app.extensions["settings"].public_url)
        with _database().reading() as session:
            hazard = _find(session, number, Permission.READ_EVIDENCE)
            archive = compiled(desk, library, session, hazard, current_actor(), _now())
        with _database().writing() as session:
            # With whole telephone numbers: the forms in it are as they came.
            asked = {"number": number}
            log_export(
                session, current_actor(), _now(),
                kind="archive", format="zip", query=asked, lines=1, phones=True,
            )  # fmt: skip
        response = Response(zipped(desk, archive, site), content_type=ZIP_TYPE)
        return attached(response, f"一患一档-{number}.zip", f"{number}.zip")


def _draft(number: str, kind: DocumentKind, data: Mapping[str, Any]) -> Response:
    with _database().reading() as session:
        hazard = _find(session, number)
        content = draft(_desk(), session, hazard, kind, data, current_actor(), _now())
    return _file(content, f"{kind.chinese}（未出具）{number}", None)


def _file(content: bytes, name: str, tag: str | None) -> Response:
    response = send_file(
        BytesIO(content),
        mimetype=DOCX_TYPE,
        as_attachment=True,
        download_name=f"{name}.docx",
        etag=tag or False,
    )
    response.headers["Cache-Control"] = "private, no-cache" if tag else "no-store"
    return response


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind(text)
    except ValueError:
        names = "、".join(each.value for each in DocumentKind)
        raise NotFound("document_not_found", f"没有这种文书；有：{names}。") from None


def _find(session: Session, number: str, asked: Permission = Permission.READ_HAZARDS) -> Hazard:
    _require_number(number)
    return find(session, number, current_actor(), _desk().permissions, asked)


def _require_number(number: str) -> None:
    if not number.isprintable() or len(number) > 40:
        raise NotFound("hazard_not_found", "没有这个编号的隐患。")


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])


def _now() -> Any:
    return current_app.extensions["clock"].now()
