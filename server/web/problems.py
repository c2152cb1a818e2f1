"""Every error becomes a problem detail (RFC 9457); nothing else makes an error response."""

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, g
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from ..errors import DomainError

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"

# What the framework itself refuses, in words that help: code, title, detail.
HTTP_PROBLEMS = {
    400: ("bad_request", "请求无法读取", "请求格式有误，请检查后重试。"),
    404: ("not_found", "没有找到", "没有这个地址，请检查链接。"),
    405: ("method_not_allowed", "不支持这种操作", "这个地址不支持这种请求方法。"),
    408: ("request_timeout", "请求超时", "网络太慢，内容没有传完，请重试。"),
    413: ("too_large", "内容过大", "提交的内容超过了服务器允许的大小。"),
    415: ("unsupported_media_type", "内容类型不支持", "请以 application/json 提交。"),
    416: ("range_not_satisfiable", "范围无效", "请求的范围超出了文件大小。"),
}


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Response:
    """A problem details response; `errors` and `extra` appear in the body when not empty."""
    body: dict[str, Any] = {
        "type": f"urn:hazard-ledger:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id", ""),
    }
    if errors:
        body["errors"] = errors
    body.update(extra or {})
    # What a caller sent may be quoted here, half a surrogate pair included.
    content = current_app.json.dumps(body).encode("utf-8", "replace")
    response = current_app.response_class(content, status, headers)
    response.content_type = CONTENT_TYPE
    return response


def register_problems(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(IntegrityError, _integrity_problem)
    app.register_error_handler(OperationalError, _database_problem)
    app.register_error_handler(Exception, _unexpected_problem)


def _domain_problem(error: DomainError) -> Response:
    return problem(
        error.status,
        error.code,
        error.title,
        error.detail,
        errors=error.errors,
        headers=error.headers,
        extra=error.extra,
    )


def _http_problem(error: HTTPException) -> Response:
    # Flask itself answers redirects and what `abort` was given as a whole response.
    status = error.code or 500
    phrase = HTTPStatus(status).phrase
    fallback = (phrase.lower().replace(" ", "_").replace("-", "_"), phrase, "请求没有成功。")
    code, title, detail = HTTP_PROBLEMS.get(status, fallback)
    kept = {"allow", "retry-after", "content-range"}
    headers = {name: value for name, value in error.get_headers() if name.lower() in kept}
    return problem(status, code, title, detail, headers=headers)


def _integrity_problem(error: IntegrityError) -> Response:
    """Two requests wrote the same thing at once; the loser may simply try again."""
    log.warning("integrity_error", error=str(error.orig))
    return problem(
        409, "conflict_retry", "同时有人改动", "同一内容正被另一请求写入，请刷新后重试。"
    )


def _database_problem(error: OperationalError) -> Response:
    log.error("database_unavailable", error=str(error.orig))
    return problem(
        503,
        "database_unavailable",
        "服务暂时不可用",
        "数据库暂时不可用，请稍后重试；您的内容没有写入。",
        headers={"Retry-After": "5"},
    )


def _unexpected_problem(error: Exception) -> Response:
    log.exception("unexpected_error", exc_info=error)
    return problem(
        500,
        "unexpected_error",
        "服务器出错",
        "服务器出现意外错误，已记录；请稍后重试，并把请求编号告诉管理员。",
    )
