"""OpenRosa over HTTP (docs.getodk.org/openrosa): form list, XForms, submissions."""

from typing import cast

from flask import Response, current_app, request, url_for
from flask_restx import Resource

from config import Settings

from ..database import Database
from ..fields import FORBIDDEN
from ..forms.library import current_version, current_versions
from ..people.access import current_actor, requires
from ..people.permissions import Permission
from ..storage import Storage
from ..submissions.intake import Intake
from ..submissions.reading import Arrived
from ..web.adapter import Section
from ..web.requests import device_time, site_address
from .multipart import PostLimits, read_post
from .xml import Listed, form_list_document, receipt_document

section = Section("openrosa", "OpenRosa（ODK Collect 等客户端）", path="/openrosa")

XML_TYPE = "text/xml; charset=utf-8"


def openrosa_headers(response: Response) -> Response:
    """What OpenRosa wants on every answer, errors included."""
    if request.path.startswith("/openrosa"):
        response.headers["X-OpenRosa-Version"] = "1.0"
        limit = _settings().max_submission_bytes
        response.headers["X-OpenRosa-Accept-Content-Length"] = str(limit)
    return response


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
        """The forms that may be filled in."""
        with _database().reading() as session:
            listed = [
                Listed(form, version, _address(form.form_id))
                for form, version in current_versions(session)
            ]
            return Response(form_list_document(listed), content_type=XML_TYPE)


@section.route("/forms/<form_id>.xml", endpoint="openrosa_x_form")
class XForm(Resource):  # type: ignore[misc]
    @requires(Permission.READ_FORMS)
    @section.gives_file(XML_TYPE, "XForm")
    def get(self, form_id: str) -> Response:
        """One form as an XForm, the very bytes that its md5 is of."""
        with _database().reading() as session:
            _, version = current_version(session, form_id)
            response = Response(version.xform, content_type=XML_TYPE)
        response.set_etag(version.md5)
        response.make_conditional(request)
        return response


def _address(form_id: str) -> str:
    path = url_for("openrosa_x_form", form_id=form_id)
    return site_address(_settings().public_url) + path


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
