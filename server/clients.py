"""The web clients as they were built (`static/dist/`), and what they need to know to run."""

import mimetypes
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, redirect, request, send_file
from flask_restx import Resource
from marshmallow import fields
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as WerkzeugResponse

from config import Settings

from .fields import Schema
from .people.access import requires
from .people.permissions import Permission
from .version import VERSION
from .web.adapter import Section
from .web.api import page
from .web.requests import content_security_policy

BUILT = Path(__file__).resolve().parents[1] / "static" / "dist"

# Files whose name has a hash of their content: the phone app's, and the console's.
IMMUTABLE = "assets/"
CONSOLE = "console/"

# As `scripts/setup web` writes them beside each file, smallest first.
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript"}

MOST_CODE_LENGTH = 20

section = Section("clients", "客户端", path="/api/v1")


class TilesSchema(Schema):
    url = fields.String(metadata={"description": "{z}/{x}/{y} 瓦片地址；空：不用底图"})
    datum = fields.String(metadata={"description": "瓦片的坐标系：wgs84、gcj02 或 bd09"})
    attribution = fields.String()


class ClientSettingsSchema(Schema):
    """What an installation tells its clients."""

    version = fields.String()
    fix_accuracy_m = fields.Integer(metadata={"description": "定位精度差于这么多米即标出"})
    max_photo_bytes = fields.Integer()
    tiles = fields.Nested(TilesSchema)


@section.route("/settings")
class ClientSettings(Resource):  # type: ignore[misc]
    @requires(Permission.SIGNED_IN)
    @section.gives(ClientSettingsSchema)
    def get(self) -> dict[str, Any]:
        """What a client needs to know about this installation."""
        settings = cast(Settings, current_app.extensions["settings"])
        return {
            "version": VERSION,
            "fix_accuracy_m": settings.fix_accuracy_m,
            "max_photo_bytes": settings.max_photo_bytes,
            "tiles": {
                "url": settings.tile_url,
                "datum": settings.tile_datum,
                "attribution": settings.tile_attribution,
            },
        }


def register_clients(app: Flask) -> None:
    app.add_url_rule("/", "phone", phone)
    app.add_url_rule("/<name>", "phone_file", phone_file)
    app.add_url_rule("/v/<code>", "watermark_code", watermark_code)
    app.add_url_rule(f"/{IMMUTABLE}<path:name>", "phone_asset", phone_asset)
    app.add_url_rule(f"/{CONSOLE}", "console", console)
    app.add_url_rule(f"/{CONSOLE}<path:_page>", "console_page", console)
    app.add_url_rule(f"/{CONSOLE}preview", "console_preview", console_preview)
    app.add_url_rule(f"/{CONSOLE}{IMMUTABLE}<path:name>", "console_asset", console_asset)


@page
def phone() -> Response:
    """The phone app."""
    return _built("index.html")


@page
def watermark_code(code: str) -> WerkzeugResponse:
    """Where the QR code of a watermark leads: the app, which asks who is there."""
    return redirect(f"/#/v/{quote(code[:MOST_CODE_LENGTH], safe='')}")


@page
def phone_file(name: str) -> Response:
    """A part of it whose name stays: manifest, icons, service worker."""
    return _built(name)


@page
def phone_asset(name: str) -> Response:
    """A part of it whose name changes with its content."""
    return _built(IMMUTABLE + name)


@page
def console(_page: str = "") -> Response:
    """The console; which of its pages an address means, it finds by itself."""
    return _built(CONSOLE + "index.html")


@page
def console_preview() -> Response:
    """A form as the phone shows it: the one page that may stand in a frame, of the console's."""
    response = _built(CONSOLE + "preview.html")
    tile_url = cast(Settings, current_app.extensions["settings"]).tile_url
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = content_security_policy(tile_url, "'self'")
    return response


@page
def console_asset(name: str) -> Response:
    """A part of it whose name changes with its content."""
    return _built(CONSOLE + IMMUTABLE + name)


def _built(name: str) -> Response:
    path = safe_join(str(BUILT), name)
    if path is None or name.endswith((".br", ".gz")) or not Path(path).is_file():
        abort(404)
    encoding, found = _smallest(path)
    response = send_file(found, mimetype=_media_type(name), conditional=True, max_age=None)
    response.vary.add("Accept-Encoding")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    fixed = name.removeprefix(CONSOLE).startswith(IMMUTABLE)
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if fixed else "no-cache"
    )
    return response


def _smallest(path: str) -> tuple[str, str]:
    for encoding, suffix in ENCODINGS:
        if request.accept_encodings[encoding] and Path(path + suffix).is_file():
            return encoding, path + suffix
    return "", path


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    return TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
