"""OpenRosa over HTTP (docs.getodk.org/openrosa): form list, XForms and their files, submissions."""

import json
from hashlib import md5
from typing import Any, cast

from flask import Response, current_app, request, url_for
from flask_restx import Resource
from sqlalchemy.orm import Session

from config import Settings

from ..database import Database
from ..errors import NotFound
from ..fields import FORBIDDEN
from ..forms.library import Library, given_to, given_version
from ..forms.media import files_by_form, find_media
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..storage import Storage
from ..submissions.intake import Intake
from ..submissions.reading import Arrived
from ..web.adapter import Section
from ..web.requests import device_time, site_address
from .lists import LISTS, entity_list
from .multipart import PostLimits, read_post
from .xml import (
    Listed,
    MediaFile,
    error_document,
    form_list_document,
    manifest_document,
    receipt_document,
)

section = Section("openrosa", "OpenRosa（ODK Collect 等客户端）", path="/openrosa")

XML_TYPE = "text/xml; charset=utf-8"
CSV_TYPE = "text/csv; charset=utf-8"
PROBLEM_TYPE = "application/problem+json"


def openrosa_headers(response: Response) -> Response:
    """What OpenRosa wants on every answer, errors included."""
    if request.path.startswith("/openrosa"):
        response.headers["X-OpenRosa-Version"] = "1.0"
        limit = _settings().max_submission_bytes
        response.headers["X-OpenRosa-Accept-Content-Length"] = str(limit)
        if response.content_type == PROBLEM_TYPE and not _wants_problem():
            detail = json.loads(response.get_data()).get("detail", "")
            response.set_data(error_document(detail))
            response.content_type = XML_TYPE
    return response


def _wants_problem() -> bool:
    """Our own page reads problem details, and so does whoever asks for them."""
    asked = [kind for kind, _ in request.accept_mimetypes]
    return PROBLEM_TYPE in asked or "X-CSRF-Token" in request.headers


@section.route("/submission")
class Submissions(Resource):  # type: ignore[misc]
    @requires(Permission.SUBMIT)
    @section.gives_file(XML_TYPE, "可以提交", status=204)
    def head(self) -> Response:
        """Pre-flight: are the credentials good, and how large may a post be?"""
        return Response(status=204)

    @requires(Permission.SUBMIT)
    @section.takes_bytes("multipart/form-data", "xml_submission_file 与照片")
    @section.gives_file(XML_TYPE, "已收到；回执列出每张照片", status=201)
    def post(self) -> Response:
        """One filled form with its photos, as a stream."""
        storage = cast(Storage, current_app.extensions["storage"])
        intake = cast(Intake, current_app.extensions["intake"])
        settings = _settings()
        limits = PostLimits(
            submission=settings.max_submission_bytes,
            xml=settings.max_xml_bytes,
            photo=settings.max_photo_bytes,
            parts=settings.max_parts,
        )
        with storage.staged() as staging:
            post = read_post(
                request.stream.read,
                request.headers.get("Content-Type", ""),
                request.content_length,
                staging,
                limits,
            )
            device_id = FORBIDDEN.sub("", request.args.get("deviceID", ""))
            arrived = Arrived(post.xml, post.files, device_id, post.put_before, device_time())
            receipt = intake.receive(
                arrived, current_actor(), current_app.extensions["clock"].now()
            )
        return Response(receipt_document(receipt), 201, content_type=XML_TYPE)


@section.route("/formList")
class FormList(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives_file(XML_TYPE, "表单列表")
    def get(self) -> Response:
        """The forms that may be filled in; only those of `formID`, where that is given."""
        asked = request.args.getlist("formID")
        with _database().reading() as session:
            there = files_by_form(session)
            listed = [
                Listed(
                    form,
                    version,
                    _address("openrosa_x_form", form_id=form.form_id),
                    _address("openrosa_manifest", form_id=form.form_id)
                    if _library().compiled(version).files & (there[form.form_id] | LISTS.keys())
                    else None,
                )
                for form, version in given_to(session, current_actor())
                if not asked or form.form_id in asked
            ]
            return Response(form_list_document(listed), content_type=XML_TYPE)


@section.route("/forms/<form_id>.xml", endpoint="openrosa_x_form")
class XForm(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives_file(XML_TYPE, "XForm")
    def get(self, form_id: str) -> Response:
        """One form as an XForm, the very bytes that its md5 is of."""
        with _database().reading() as session:
            _, version = given_version(session, form_id, current_actor())
            return _unless_known(version.xform, XML_TYPE, version.md5)


@section.route("/forms/<form_id>/manifest.xml", endpoint="openrosa_manifest")
class Manifest(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives_file(XML_TYPE, "表单所附文件的清单")
    def get(self, form_id: str) -> Response:
        """The files of a form."""
        with _database().reading() as session:
            _, version = given_version(session, form_id, current_actor())
            files = [
                MediaFile(
                    name,
                    _md5(content),
                    _address("openrosa_media", form_id=form_id, name=name),
                    name in LISTS,
                )
                for name in sorted(_library().compiled(version).files)
                if (content := _content(session, form_id, name)) is not None
            ]
        document = manifest_document(files)
        return _unless_known(document, XML_TYPE, _md5(document))


@section.route("/forms/<form_id>/media/<name>", endpoint="openrosa_media")
class Media(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives_file(CSV_TYPE, "表单所附的文件")
    def get(self, form_id: str, name: str) -> Response:
        """A file of a form; of an entity list what the caller may see."""
        with _database().reading() as session:
            _, version = given_version(session, form_id, current_actor())
            wanted = name in _library().compiled(version).files
            content = _content(session, form_id, name) if wanted else None
            media = find_media(session, form_id, name) if wanted else None
        if content is None:
            raise NotFound("form_file_not_found", "这个表单没有这个文件，请更新表单。")
        kind = media.media_type if media else CSV_TYPE
        return _unless_known(content, kind, _md5(content))


def _content(session: Session, form_id: str, name: str) -> bytes | None:
    """A file that a form names, for the caller."""
    if name not in LISTS:
        media = find_media(session, form_id, name)
        return media.content if media else None
    return entity_list(session, name, current_actor(), current_app.extensions["permissions"])


def _unless_known(content: bytes, kind: str, etag: str) -> Response:
    """The content, or 304 where the client has it already."""
    response = Response(content, content_type=kind)
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def _md5(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def _address(endpoint: str, **parts: Any) -> str:
    return site_address(_settings().public_url) + url_for(endpoint, **parts)


def _library() -> Library:
    return cast(Library, current_app.extensions["library"])


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
