"""Signing in, signing out, and who am I."""

from typing import Any

from flask import Response, current_app, request
from flask_restx import Resource
from sqlalchemy import select

from ..database import Database
from ..web.adapter import Section, json_response
from .access import (
    COOKIE,
    client_address,
    current_actor,
    presented_token,
    public,
    requires,
    signed_out,
)
from .models import Sector
from .permissions import Permission, Permissions
from .schemas import CredentialsSchema, MeSchema, SectorsSchema, SessionSchema
from .sessions import Sessions

section = Section("people", "账号与登录", path="/api/v1")


def _sessions() -> Sessions:
    sessions: Sessions = current_app.extensions["sessions"]
    return sessions


@section.route("/session")
class Session(Resource):  # type: ignore[misc]
    @public
    @section.gives(SessionSchema, description="已登录")
    @section.takes(CredentialsSchema)
    def post(self, credentials: dict[str, str]) -> Response:
        """Sign in: a bearer token, and the browser's cookie."""
        signed_in = _sessions().sign_in(
            credentials["username"],
            credentials["password"],
            client_address(),
            current_app.extensions["clock"].now(),
            request.user_agent.string,
        )
        body = {
            "token": signed_in.token,
            "csrf_token": _sessions().csrf_token(signed_in.token),
            "expires_at": signed_in.expires_at,
            "user": signed_in.actor,
        }
        response = json_response(SessionSchema().dump(body))
        _set_cookie(response, signed_in.token)
        return response

    @requires(Permission.SIGNED_IN)
    @section.gives_file("application/json", "已退出", status=204)
    def delete(self) -> Response:
        """Sign out: the token that this request came with is worthless from now on."""
        if token := presented_token():
            _sessions().sign_out(token)
        return signed_out()


@section.route("/me")
class Me(Resource):  # type: ignore[misc]
    @requires(Permission.SIGNED_IN)
    @section.gives(MeSchema)
    def get(self) -> Response:
        """Who am I: role, area, sectors and sites; and the CSRF token for a browser.

        A sign-in that is used is prolonged, so that a phone in use stays signed in.
        """
        if token := presented_token():
            _sessions().prolong(token, current_app.extensions["clock"].now())
        cookie = request.cookies.get(COOKIE)
        csrf_token = _sessions().csrf_token(cookie) if cookie else None
        permissions: Permissions = current_app.extensions["permissions"]
        me = vars(current_actor()) | {
            "csrf_token": csrf_token,
            "permissions": permissions.held_by(current_actor()),
        }
        response = json_response(MeSchema().dump(me))
        if cookie:
            _set_cookie(response, cookie)
        return response


@section.route("/sectors")
class Sectors(Resource):  # type: ignore[misc]
    @requires(Permission.READ_PLACES)
    @section.gives(SectorsSchema)
    def get(self) -> dict[str, Any]:
        """The sectors (行业领域), in the order of their codes."""
        database: Database = current_app.extensions["database"]
        with database.reading() as session:
            return {"items": session.scalars(select(Sector).order_by(Sector.code)).all()}


def _set_cookie(response: Response, token: str) -> None:
    """By age, not by date: a phone's clock may be years off."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=current_app.extensions["settings"].session_lifetime,
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
    )
