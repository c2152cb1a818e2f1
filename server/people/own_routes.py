"""One's own account over HTTP: where one is signed in, and one's password."""

from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource

from ..database import Database
from ..web.adapter import Section
from .access import client_address, current_actor, presented_token, requires, signed_out
from .account_schemas import ChangedPasswordSchema, SignInsSchema
from .models import Token
from .permissions import Permission
from .sessions import Sessions, token_hash
from .sign_ins import NAME_LENGTH, change_password, end_sign_in, leave_everywhere, sign_ins_of

section = Section("own account", "我的账号", path="/api/v1/me")


@section.route("/sessions")
class OwnSessions(Resource):  # type: ignore[misc]
    @requires(Permission.SIGNED_IN)
    @section.gives(SignInsSchema)
    def get(self) -> dict[str, Any]:
        """Where the caller is signed in, the newest first."""
        this = _this_sign_in()
        with _database().reading() as session:
            found = sign_ins_of(session, current_actor().id, _now())
        return {"items": [_shown(each, this) for each in found]}

    @requires(Permission.SIGNED_IN)
    @section.gives_file("application/json", "已全部退出", status=204)
    def delete(self) -> Response:
        """Sign out everywhere, here too: cookies, tokens, remembered Basic, keys of Collect."""
        with _database().writing() as session:
            leave_everywhere(session, current_actor().id, _now())
        return signed_out()


@section.route("/sessions/<name>")
class OwnSession(Resource):  # type: ignore[misc]
    @requires(Permission.SIGNED_IN)
    @section.gives_file("application/json", "已退出", status=204)
    def delete(self, name: str) -> Response:
        """End one of the caller's sign-ins."""
        with _database().writing() as session:
            end_sign_in(session, current_actor().id, name)
        return Response(status=204)


@section.route("/password")
class OwnPassword(Resource):  # type: ignore[misc]
    @requires(Permission.SIGNED_IN)
    @section.takes(ChangedPasswordSchema)
    @section.gives_file("application/json", "已修改", status=204)
    def post(self, body: dict[str, Any]) -> Response:
        """Change one's password; wherever else one was signed in, one is out."""
        actor = current_actor()
        sessions = cast(Sessions, current_app.extensions["sessions"])
        sessions.require_password(actor, body["current"], client_address())
        with _database().writing() as session:
            change_password(session, actor.id, body["password"], _now(), this=_this_sign_in())
        return Response(status=204)


def _shown(token: Token, this: str | None) -> dict[str, Any]:
    known = ("created_at", "seen_at", "expires_at", "address", "client")
    shown = {name: getattr(token, name) for name in known}
    return shown | {"id": token.hash[:NAME_LENGTH], "current": token.hash == this}


def _this_sign_in() -> str | None:
    token = presented_token()
    return token_hash(token) if token else None


def _now() -> Any:
    return current_app.extensions["clock"].now()


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
