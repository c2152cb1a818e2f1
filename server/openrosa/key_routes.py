"""One's own keys for ODK Collect, over HTTP: made, listed, revoked."""

from typing import Any

from flask import Response, current_app
from flask_restx import Resource
from marshmallow import fields

from ..database import Database
from ..fields import Schema, Text
from ..people.access import current_actor, requires
from ..people.keys import keys_of, make_key, revoke_key
from ..people.permissions import Permission
from ..web.adapter import Section, json_response
from ..web.requests import site_address
from .collect import settings_code, settings_text

section = Section("keys", "填报密钥（ODK Collect）", path="/api/v1/me/keys")


class NewKeySchema(Schema):
    label = Text(50, load_default="手机", metadata={"description": "是哪一部手机"})


class KeySchema(Schema):
    id = fields.Integer()
    label = fields.String()
    created_at = fields.AwareDateTime(format="iso")


class KeysSchema(Schema):
    items = fields.List(fields.Nested(KeySchema))


class MadeKeySchema(KeySchema):
    """Told once: only a hash of the key is kept."""

    server_url = fields.String(metadata={"description": "Collect 的服务器地址，密钥在其中"})
    settings = fields.String(metadata={"description": "Collect 的设置，即二维码的内容"})
    code = fields.String(metadata={"description": "二维码，SVG"})


@section.route("")
class Keys(Resource):  # type: ignore[misc]
    @requires(Permission.SUBMIT)
    @section.gives(KeysSchema)
    def get(self) -> dict[str, Any]:
        """The caller's keys."""
        with _database().reading() as session:
            return {"items": keys_of(session, current_actor().id)}

    @requires(Permission.SUBMIT)
    @section.takes(NewKeySchema)
    @section.gives(MadeKeySchema, status=201, description="已建立")
    def post(self, body: dict[str, Any]) -> Response:
        """Make a key, and the code that sets Collect up with it."""
        at = current_app.extensions["clock"].now()
        with _database().writing() as session:
            made = make_key(session, current_actor().id, body["label"], at)
            known = KeySchema().dump(made.key)
        address = site_address(current_app.extensions["settings"].public_url)
        url = f"{address}/key/{made.secret}/openrosa"
        once = {"server_url": url, "settings": settings_text(url), "code": settings_code(url)}
        return json_response(known | once, 201)


@section.route("/<int:key_id>")
class OneKey(Resource):  # type: ignore[misc]
    @requires(Permission.SUBMIT)
    @section.gives_file("application/json", "已停用", status=204)
    def delete(self, key_id: int) -> Response:
        """Revoke one of the caller's keys."""
        with _database().writing() as session:
            revoke_key(session, current_actor().id, key_id)
        return Response(status=204)


def _database() -> Database:
    database: Database = current_app.extensions["database"]
    return database
