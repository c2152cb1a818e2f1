"""Putting and getting originals."""

from datetime import datetime
from typing import Any, cast

from flask import Response, current_app, request, send_file
from flask_restx import Resource
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from config import Settings

from ..clock import Clock
from ..database import Database
from ..errors import Conflict, InvalidInput, Malformed, NotFound, TooLarge
from ..glossary import Capture, PhotoState
from ..hazards.marks import mark_of, marked_photo
from ..hazards.models import Hazard
from ..hazards.queries import photos_usable_by, visible_to
from ..people.access import current_actor, requires
from ..people.permissions import Actor, Permission, Permissions
from ..storage import SHA256, StagedFile, Storage
from ..submissions.models import SubmissionFile
from ..web.adapter import Section, json_response
from ..web.requests import site_address
from .darkroom import Darkroom
from .models import Photo
from .originals import Original, Upload, brought_by, record_all, store
from .parts import append, assemble, forget, received
from .schemas import PartQuery, PartSchema, PhotoQuery, PhotoSchema, Size, UploadQuery
from .watermark import Mark

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
            original = store(storage, staged)
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
        """A photo, to whom may see a hazard that it belongs to.

        The original is an attachment; a thumb or a view is a picture that we made of it, WebP for
        who asks for that and JPEG for others.
        """
        _require_sha256(sha256)
        visible = _visible_to(current_actor(), current_app.extensions["permissions"])
        with _database().reading() as session:
            photo = session.scalar(select(Photo).where(Photo.sha256 == sha256, visible))
        if photo is None:
            raise _not_found()
        return _original(photo) if query["size"] == Size.ORIGINAL else _rendition(photo, query)


def _original(photo: Photo) -> Response:
    if photo.state == PhotoState.REMOVED:
        raise Conflict("photo_removed", "这张照片保存期满，已清除。")
    try:
        file = _storage().open(photo.sha256)
    except FileNotFoundError:
        raise NotFound("photo_missing", "照片原件缺失，请联系管理员。") from None
    response = send_file(
        file,
        mimetype=_safe_type(photo),
        as_attachment=True,
        download_name=photo.sha256,
        etag=photo.sha256,
        conditional=False,
    )
    response.call_on_close(file.close)
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=photo.size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return _cached(response, forever=True)


def _safe_type(photo: Photo) -> str:
    """What an original may be called: a picture only once it was seen to be one."""
    is_sound = photo.state == PhotoState.SOUND
    return photo.media_type if photo.media_type and is_sound else "application/octet-stream"


def _rendition(photo: Photo, query: dict[str, Any]) -> Response:
    darkroom = cast(Darkroom, current_app.extensions["darkroom"])
    # Before its mark is made, which says what the camera wrote and is for ever.
    photo = darkroom.sound(photo)
    media_type = "image/webp" if "image/webp" in _accepted() else "image/jpeg"
    if query["size"] == Size.THUMB:
        content = darkroom.thumb(photo, media_type)
    else:
        with _database().reading() as session:
            mark = _mark(session, photo, query)
        content = darkroom.view(photo, mark, media_type)
    response = Response(content, content_type=media_type)
    response.vary.add("Accept")
    response.add_etag()
    response.make_conditional(request)
    # A view without a code shows the mark of the first hazard, which may still come.
    return _cached(response, forever=query["size"] == Size.THUMB or "code" in query)


def _cached(response: Response, *, forever: bool) -> Response:
    lasting = "private, max-age=31536000, immutable"
    response.headers["Cache-Control"] = lasting if forever else "private, no-cache"
    return response


def _accepted() -> set[str]:
    """The media types that the client names by themselves: `*/*` asks for nothing new."""
    return {media_type for media_type, quality in request.accept_mimetypes if quality > 0}


def _mark(session: Session, photo: Photo, query: dict[str, Any]) -> Mark | None:
    """The watermark of the photo: as the code's, else as the first hazard's that one may see."""
    actor, permissions = current_actor(), current_app.extensions["permissions"]
    of = marked_photo(session, photo.sha256, query.get("code"), actor, permissions)
    if of is None:
        if "code" in query:
            raise _not_found()
        return None
    return mark_of(session, *of, site_address(_settings().public_url))


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
            original = store(_storage(), staged)
        except InvalidInput:
            with _database().writing() as session:
                forget(session, me, sha256)
            raise
    with _database().writing() as session:
        _record(session, original, query)
        forget(session, me, sha256)


def _record(session: Session, original: Original, query: dict[str, Any]) -> bool:
    capture = Capture(query["capture"])
    return bool(record_all(session, [Upload(original, current_actor().id, _now(), capture)]))


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
