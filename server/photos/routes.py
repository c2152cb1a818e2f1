"""Putting and getting originals."""

from datetime import datetime
from typing import Any, cast

from flask import Response, current_app, request, send_file
from flask_restx import Resource
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from config import Settings

from ..clock import Clock
from ..database import Database
from ..errors import InvalidInput, Malformed, NotFound, TooLarge
from ..glossary import Capture
from ..hazards.models import Hazard
from ..hazards.queries import photos_usable_by, visible_to
from ..people.access import current_actor, requires
from ..people.permissions import Actor, Permission, Permissions
from ..storage import SHA256, StagedFile, Storage
from ..submissions.models import SubmissionFile
from ..web.adapter import Section, json_response
from .models import Photo
from .originals import Original, brought_by, record, store
from .parts import append, assemble, forget, received
from .schemas import PartQuery, PartSchema, PhotoQuery, PhotoSchema, UploadQuery

section = Section("photos", "照片原件", path="/api/v1/photos")

CHUNK_BYTES = 64 * 1024
MOST_PIECE_BYTES = 1024 * 1024


@section.route("/<sha256>")
class OnePhoto(Resource):  # type: ignore[misc]
    @requires(Permission.PUT_PHOTOS)
    @section.takes_bytes("application/octet-stream", "照片文件的字节")
    @section.takes(UploadQuery, "query")
    @section.gives(PhotoSchema, status=201, description="已保存")
    def put(self, query: dict[str, Any], sha256: str) -> Response:
        """Store a photo under the sha256 of its bytes; putting it again changes nothing."""
        _require_sha256(sha256)
        settings, storage = _settings(), _storage()
        with storage.staged() as staging:
            staged = staging.new()
            _receive(staged, settings.max_photo_bytes)
            if staged.sha256 != sha256:
                raise InvalidInput(
                    "hash_differs",
                    f"收到的内容（{staged.size} 字节）与 sha256 不符，可能没有传完整，请重发。",
                )
            original = store(storage, staged, settings.max_photo_pixels)
        with _database().writing() as session:
            is_new = _record(session, original, query)
            photo = session.get_one(Photo, sha256)
        return json_response(PhotoSchema().dump(photo), 201 if is_new else 200)

    @requires(Permission.PUT_PHOTOS)
    @section.takes_bytes("application/octet-stream", "照片文件的一段字节，至多 1 MB")
    @section.takes(PartQuery, "query")
    @section.gives(PartSchema)
    def patch(self, query: dict[str, Any], sha256: str) -> dict[str, Any]:
        """Add a piece to a photo that arrives in pieces; the last piece completes it.

        A piece that does not begin where the last one ended is a 409 that says in `offset` where
        to go on.
        """
        _require_sha256(sha256)
        me = current_actor().id
        content = _piece()
        with _database().writing() as session:
            if sha256 in brought_by(session, me, [sha256]):
                return {"offset": query["length"], "complete": True}
            here = append(
                session,
                me,
                sha256,
                query["offset"],
                content,
                most_bytes=_settings().max_photo_bytes,
                at=_now(),
            )
            if here < query["length"]:
                return {"offset": here, "complete": False}
        _complete(sha256, query)
        return {"offset": here, "complete": True}

    @requires(Permission.PUT_PHOTOS)
    @section.gives_file("application/octet-stream", "已收到多少")
    def head(self, sha256: str) -> Response:
        """How much of a photo is here from the caller: `Upload-Offset` in bytes, and whether that
        is all of it (`Upload-Complete: ?1`)."""
        _require_sha256(sha256)
        me = current_actor().id
        with _database().reading() as session:
            whole = brought_by(session, me, [sha256]).get(sha256)
            here = whole.size if whole else received(session, me, sha256)
        complete = "?1" if whole else "?0"
        headers = {"Upload-Offset": str(here), "Upload-Complete": complete}
        return Response(headers=headers, content_type="application/octet-stream")

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
        response = send_file(
            _storage().path(sha256),
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
    of_submission = exists().where(
        SubmissionFile.sha256 == Photo.sha256,
        SubmissionFile.submission_id == Hazard.submission_id,
        visible_to(actor, Permission.READ_HAZARDS, permissions),
    )
    return or_(photos_usable_by(actor, permissions), of_submission)


def _complete(sha256: str, query: dict[str, Any]) -> None:
    """Put the pieces together; what they don't add up to is forgotten, to begin again."""
    me = current_actor().id
    with _storage().staged() as staging:
        staged = staging.new()
        try:
            with _database().reading() as session:
                assemble(session, me, sha256, staged)
            original = store(_storage(), staged, _settings().max_photo_pixels)
        except InvalidInput:
            with _database().writing() as session:
                forget(session, me, sha256)
            raise
    with _database().writing() as session:
        _record(session, original, query)
        forget(session, me, sha256)


def _record(session: Session, original: Original, query: dict[str, Any]) -> bool:
    capture = Capture(query["capture"])
    return record(session, original, uploaded_by=current_actor().id, at=_now(), capture=capture)


def _piece() -> bytes:
    content = request.stream.read(MOST_PIECE_BYTES + 1)
    if len(content) > MOST_PIECE_BYTES:
        raise TooLarge("too_large", f"一段不超过 {MOST_PIECE_BYTES // 1024} KB。")
    if request.content_length is not None and len(content) < request.content_length:
        raise Malformed("cut_off", "内容没有传完整，请重新发送。")
    return content


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


def _settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def _storage() -> Storage:
    return cast(Storage, current_app.extensions["storage"])


def _now() -> datetime:
    return cast(Clock, current_app.extensions["clock"]).now()


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
