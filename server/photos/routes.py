"""Putting and getting originals."""

from typing import Any, cast

from flask import Response, current_app, request, send_file
from flask_restx import Resource
from sqlalchemy import ColumnElement, exists, or_, select

from config import Settings

from ..database import Database
from ..errors import InvalidInput, NotFound, TooLarge
from ..hazards.models import Hazard, HazardPhoto
from ..hazards.queries import visible_to
from ..people.access import current_actor, requires
from ..people.permissions import Actor, Permission, Permissions
from ..storage import SHA256, StagedFile, Storage
from ..submissions.models import SubmissionFile
from ..web.adapter import Section, json_response
from .models import Photo
from .originals import record, store
from .schemas import PhotoQuery, PhotoSchema

section = Section("photos", "照片原件", path="/api/v1/photos")

CHUNK_BYTES = 64 * 1024


@section.route("/<sha256>")
class OnePhoto(Resource):  # type: ignore[misc]
    @requires(Permission.PUT_PHOTOS)
    @section.takes_bytes("application/octet-stream", "照片文件的字节")
    @section.gives(PhotoSchema, status=201, description="已保存")
    def put(self, sha256: str) -> Response:
        """Store a photo under the sha256 of its bytes; putting it again changes nothing."""
        _require_sha256(sha256)
        settings = cast(Settings, current_app.extensions["settings"])
        storage = cast(Storage, current_app.extensions["storage"])
        with storage.staged() as staging:
            staged = staging.new()
            _receive(staged, settings.max_photo_bytes)
            if staged.sha256 != sha256:
                raise InvalidInput(
                    "hash_differs",
                    f"收到的内容（{staged.size} 字节）与 sha256 不符，可能没有传完整，请重发。",
                )
            original = store(storage, staged, settings.max_photo_pixels)
        at = current_app.extensions["clock"].now()
        with _database().writing() as session:
            is_new = record(session, original, uploaded_by=current_actor().id, at=at)
            photo = session.get_one(Photo, sha256)
        return json_response(PhotoSchema().dump(photo), 201 if is_new else 200)

    @requires(Permission.SIGNED_IN)
    @section.takes(PhotoQuery, "query")
    @section.gives_file("application/octet-stream", "照片")
    def get(self, query: dict[str, Any], sha256: str) -> Response:
        """An original, as an attachment, to whom may see a hazard that it belongs to."""
        _require_sha256(sha256)
        visible = _visible_to(current_actor(), current_app.extensions["permissions"])
        with _database().reading() as session:
            photo = session.scalar(select(Photo).where(Photo.sha256 == sha256, visible))
        if photo is None:
            raise _not_found()
        storage = cast(Storage, current_app.extensions["storage"])
        response = send_file(
            storage.path(sha256),
            mimetype=photo.media_type or "application/octet-stream",
            as_attachment=True,
            download_name=sha256,
            etag=sha256,
            conditional=True,
        )
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response


def _visible_to(actor: Actor, permissions: Permissions) -> ColumnElement[bool]:
    """One's own photos, those of hazards that one may see, and those of their submissions."""
    seen = visible_to(actor, Permission.READ_HAZARDS, permissions)
    of_hazard = exists().where(
        HazardPhoto.sha256 == Photo.sha256, HazardPhoto.hazard_id == Hazard.id, seen
    )
    of_submission = exists().where(
        SubmissionFile.sha256 == Photo.sha256,
        SubmissionFile.submission_id == Hazard.submission_id,
        seen,
    )
    return or_(Photo.uploaded_by == actor.id, of_hazard, of_submission)


def _receive(staged: StagedFile, most: int) -> None:
    while chunk := request.stream.read(CHUNK_BYTES):
        staged.write(chunk)
        if staged.size > most:
            raise TooLarge("too_large", f"照片超过 {most / 1024 / 1024:.0f} MB，请缩小后重发。")


def _require_sha256(text: str) -> None:
    if not SHA256.fullmatch(text):
        raise _not_found()


def _not_found() -> NotFound:
    return NotFound("photo_not_found", "没有这张照片，或不在您的范围内。")


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
