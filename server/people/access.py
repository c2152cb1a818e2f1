"""Who is asking, and may they: the decorator that every route carries.

Credentials: a bearer token, or the browser's cookie with its CSRF header; on `/openrosa`, and where
tables are read out, HTTP Basic as well, over https or from this machine only; on `/openrosa` also a
key in the address.
"""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any, ParamSpec

import structlog
from flask import Response, current_app, g, request

from ..clock import Clock
from ..errors import Forbidden, Unauthenticated
from .keys import KEY, actor_by_key
from .permissions import Actor, Asked, Permissions
from .sessions import Sessions

P = ParamSpec("P")
View = Callable[P, Any]

COOKIE = "hazard_ledger_session"
READ_OUT = re.compile(r"/api/v1/forms/[^/]+(\.svc(/|$)|/submissions\.csv)")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def requires(asked: Asked) -> Callable[[View[P]], View[P]]:
    """Let in only whom the permission table lets ask this at all.

    For one hazard the domain asks the table again; lists are narrowed by it in their query.

    Raises, when called: Unauthenticated or Forbidden.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            actor = authenticate()
            permissions: Permissions = current_app.extensions["permissions"]
            if not permissions.holds(actor, asked):
                raise Forbidden("forbidden", f"您的角色（{actor.role.chinese}）没有这项权限。")
            return view(*args, **kwargs)

        guarded.__permission__ = asked  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View[P]) -> View[P]:
    """Say that everybody may call this, signed in or not."""
    view.__permission__ = "public"  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Who is asking, once `requires` has let them in."""
    actor: Actor = g.actor
    return actor


def authenticate() -> Actor:
    """Find out who is asking and remember it for this request.

    Raises:
        Unauthenticated: nobody, or not validly.
        Forbidden: a cookie without its CSRF header; Basic over plain http.
    """
    authorization = request.authorization
    if (key := request.environ.get(KEY)) is not None:
        # The address itself says who it is, and takes no other word for it.
        actor = actor_by_key(current_app.extensions["database"], key)
    elif authorization is not None and authorization.type == "bearer" and authorization.token:
        actor = _sessions().by_token(authorization.token, _now())
    elif authorization is not None and authorization.type == "basic" and _takes_basic():
        _require_private_channel()
        username, password = authorization.username or "", authorization.password or ""
        actor = _with_challenge(
            lambda: _sessions().by_password(username, password, client_address())
        )
    elif token := request.cookies.get(COOKIE):
        actor = _sessions().by_token(token, _now())
        _require_csrf(token)
    else:
        raise Unauthenticated("not_signed_in", "请先登录。", headers=_challenge())
    g.actor = actor
    structlog.contextvars.bind_contextvars(user=actor.username)
    return actor


def client_address() -> str:
    return request.remote_addr or ""


def presented_token() -> str | None:
    """The bearer token or cookie that this request came with, whichever let it in."""
    authorization = request.authorization
    if authorization is not None and authorization.type == "bearer" and authorization.token:
        return authorization.token
    return request.cookies.get(COOKIE)


def signed_out() -> Response:
    """The answer to whoever has signed out: nothing more to say, and no cookie any more."""
    response = Response(status=204)
    response.delete_cookie(COOKIE, httponly=True, secure=request.is_secure, samesite="Lax")
    return response


def _with_challenge(verify: Callable[[], Actor]) -> Actor:
    try:
        return verify()
    except Unauthenticated as error:
        error.headers |= _challenge()
        raise


def _challenge() -> dict[str, str]:
    # Whoever sends our CSRF header is our own page: to a page, a challenge for Basic makes the
    # browser put up a window of its own, and the request waits for it.
    if _takes_basic() and "X-CSRF-Token" not in request.headers:
        return {"WWW-Authenticate": 'Basic realm="hazard-ledger", charset="UTF-8"'}
    return {"WWW-Authenticate": 'Bearer realm="hazard-ledger"'}


def _takes_basic() -> bool:
    """OpenRosa clients know nothing else, nor do spreadsheets that read a table from here."""
    return request.path.startswith("/openrosa") or bool(READ_OUT.match(request.path))


def _require_private_channel() -> None:
    if request.is_secure or _is_loopback(client_address()):
        return
    raise Forbidden("basic_needs_https", "账号密码只能经 https 发送，请把服务器地址改为 https。")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _require_csrf(token: str) -> None:
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), _sessions().csrf_token(token).encode()):
        raise Forbidden("csrf_token_missing", "页面已过期，请刷新后重试。")


def _sessions() -> Sessions:
    sessions: Sessions = current_app.extensions["sessions"]
    return sessions


def _now() -> Any:
    clock: Clock = current_app.extensions["clock"]
    return clock.now()
