"""Managing forms over HTTP: drafts, versions, files, and to whom a form is given."""

from typing import Any, cast

from flask import Response, current_app, request
from flask_restx import Resource
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import NotFound, TooLarge
from ..people.access import current_actor, requires
from ..people.models import User
from ..people.permissions import Permission
from ..web.adapter import Section, json_response
from ..web.attachments import attached
from .conversion import ENTITY_LISTS, convert
from .drafts import changes_of, drafts, find_draft, keep_draft, publish_draft
from .library import (
    Library,
    all_versions,
    current_version,
    current_versions,
    find_version,
    known_areas,
)
from .management_schemas import (
    DraftQuery,
    DraftSchema,
    DraftsSchema,
    FormChangeSchema,
    ManagedFormSchema,
    ManagedFormsSchema,
    MediaSchema,
    OneDraftSchema,
)
from .media import MOST_BYTES, media_of, put_media, remove_media
from .models import Form, FormDraft, FormMedia, FormVersion
from .workbook import MOST_FILE_BYTES

section = Section("form-management", "表单管理", path="/api/v1/forms")

XML_TYPE = "text/xml; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES = "application/octet-stream"


@section.route("/library")
class ManagedForms(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.gives(ManagedFormsSchema)
    def get(self) -> dict[str, Any]:
        """All forms, retired ones too, with their versions and files."""
        with _database().reading() as session:
            return {"items": [_managed(session, *each) for each in current_versions(session)]}


@section.route("/drafts")
class Drafts(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.gives(DraftsSchema)
    def get(self) -> dict[str, Any]:
        """The drafts, the newest first."""
        with _database().reading() as session:
            return {"items": drafts(session)}

    @requires(Permission.MANAGE_FORMS)
    @section.takes(DraftQuery, "query")
    @section.takes_bytes(BYTES, "表单文件：.xlsx、.csv、.md 或 .xml")
    @section.gives(OneDraftSchema, status=201, description="可以发布")
    def post(self, query: dict[str, Any]) -> Response:
        """Upload a form's file. What is wrong with it is said by sheet and row, and it is not kept;
        what converts becomes a draft."""
        content = _body(MOST_FILE_BYTES)
        shared = current_app.extensions["shared_choices"]
        converted = convert(query["name"], content, shared)
        at = current_app.extensions["clock"].now()
        with _database().writing() as session:
            draft = keep_draft(session, query["name"], converted, current_actor().id, at)
            return json_response(OneDraftSchema().dump(_with_changes(session, draft)), 201)


@section.route("/drafts/<draft_id>")
class OneDraft(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.gives(OneDraftSchema)
    def get(self, draft_id: str) -> dict[str, Any]:
        """A draft, and what it changes."""
        with _database().reading() as session:
            return _with_changes(session, find_draft(session, draft_id))

    @requires(Permission.MANAGE_FORMS)
    @section.gives_file("application/json", "已删去", status=204)
    def delete(self, draft_id: str) -> Response:
        """Discard a draft."""
        with _database().writing() as session:
            session.delete(find_draft(session, draft_id))
        return Response(status=204)


@section.route("/drafts/<draft_id>.xml", endpoint="draft_xform")
class DraftXForm(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.gives_file(XML_TYPE, "XForm，供预览")
    def get(self, draft_id: str) -> Response:
        """A draft's XForm, to be looked at."""
        with _database().reading() as session:
            return Response(find_draft(session, draft_id).xform, content_type=XML_TYPE)


@section.route("/drafts/<draft_id>/publication")
class Publication(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.takes_bytes(BYTES, "空")
    @section.gives(ManagedFormSchema, status=201, description="已发布")
    def post(self, draft_id: str) -> Response:
        """Publish a draft as its form's current version."""
        at = current_app.extensions["clock"].now()
        with _database().writing() as session:
            draft = find_draft(session, draft_id)
            version = publish_draft(session, _library(), draft, current_actor().id, at)
            form = session.get_one(Form, version.form_id)
            return json_response(ManagedFormSchema().dump(_managed(session, form, version)), 201)


@section.route("/<form_id>/management")
class Management(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.takes(FormChangeSchema)
    @section.gives(ManagedFormSchema)
    def patch(self, body: dict[str, Any], form_id: str) -> dict[str, Any]:
        """Retire a form or bring it back; say to which areas and roles it is given."""
        with _database().writing() as session:
            form, version = current_version(session, form_id)
            if "retired" in body:
                now = current_app.extensions["clock"].now()
                form.retired_at = (form.retired_at or now) if body["retired"] else None
            form.areas = known_areas(session, body.get("areas", form.areas))
            form.roles = body.get("roles", form.roles)
            session.flush()
            return _managed(session, form, version)


# A version may be empty, or say 2026/11.
@section.route(
    "/<form_id>/versions/.xlsx",
    endpoint="unversioned_xlsx",
    doc={"get": {"id": "get_unversioned_xlsx"}},
)
@section.route("/<form_id>/versions/<path:version>.xlsx", endpoint="form_xlsx")
class Xlsx(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.gives_file(XLSX_TYPE, "表单的 Excel 文件")
    def get(self, form_id: str, version: str = "") -> Response:
        """A version as Excel, to be edited and uploaded again."""
        with _database().reading() as session:
            form, _ = current_version(session, form_id)
            published = find_version(session, form.form_id, version)
            content = published.xlsx if published else None
        if content is None:
            raise NotFound(
                "form_xlsx_not_found", "没有这个版本，或它是以 XForm 发布的，没有 Excel 文件。"
            )
        response = Response(content, content_type=XLSX_TYPE)
        return attached(response, f"{form.title}-{version}.xlsx")


@section.route("/<form_id>/media/<name>")
class Media(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_FORMS)
    @section.takes_bytes(BYTES, "文件：选项 CSV、图片、录音")
    @section.gives(MediaSchema)
    def put(self, form_id: str, name: str) -> FormMedia:
        """Upload a file that a form names."""
        content, at = _body(MOST_BYTES), current_app.extensions["clock"].now()
        with _database().writing() as session:
            form, _ = current_version(session, form_id)
            media = put_media(session, form, name, content, current_actor().id, at)
            session.flush()
            return media

    @requires(Permission.MANAGE_FORMS)
    @section.gives_file("application/json", "已删去", status=204)
    def delete(self, form_id: str, name: str) -> Response:
        """Remove a file of a form."""
        with _database().writing() as session:
            remove_media(session, form_id, name)
        return Response(status=204)


def _with_changes(session: Session, draft: FormDraft) -> dict[str, Any]:
    described: dict[str, Any] = DraftSchema().dump(draft)
    return described | {
        "created_at": draft.created_at,
        "changes": changes_of(session, _library(), draft),
    }


def _managed(session: Session, form: Form, version: FormVersion) -> dict[str, Any]:
    media = media_of(session, form.form_id)
    files = _library().compiled(version).files - ENTITY_LISTS
    names = dict(session.execute(select(User.id, User.name)).all())
    return {
        "form_id": form.form_id,
        "title": form.title,
        "version": form.current_version,
        "retired_at": form.retired_at,
        "areas": form.areas,
        "roles": form.roles,
        "wanted": sorted(files - {each.name for each in media}),
        "versions": [
            {
                "version": each.version,
                "published_at": each.published_at,
                "published_by": names.get(each.published_by or 0),
                "has_xlsx": each.xlsx is not None,
            }
            for each in all_versions(session, form.form_id)
        ],
        "media": media,
    }


def _body(most: int) -> bytes:
    """The request's bytes, up to a limit.

    Raises:
        TooLarge: over it.
    """
    content = request.stream.read(most + 1)
    if len(content) > most:
        raise TooLarge("too_large", f"文件超过 {most // 1024 // 1024} MB，请缩小后重试。")
    return content


def _library() -> Library:
    return cast(Library, current_app.extensions["library"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
