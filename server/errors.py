"""What can go wrong, as the domain says it.

A domain function raises one of these; `web.problems` alone turns them into RFC 9457 problem
details. `detail` is a sentence in Chinese that tells its reader what to do next; `code` is stable
and meant for programs; `errors` maps a field's path to its messages; `extra` goes into the
problem's body as it is (for a refused action: what is missing, and what is allowed now).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

FieldErrors = Mapping[str, list[str]]


class DomainError(Exception):
    """The base of them all; never raised itself."""

    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: FieldErrors | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})
        self.extra = extra


class Malformed(DomainError):
    """The request can't be read at all."""

    status = 400
    title = "请求无法读取"


class Unauthenticated(DomainError):
    """Nobody is signed in, or what they show is not (any longer) valid."""

    status = 401
    title = "请先登录"


class Forbidden(DomainError):
    """Signed in, but without the permission."""

    status = 403
    title = "没有权限"


class NotFound(DomainError):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    title = "没有找到"


class Conflict(DomainError):
    """Well-formed and permitted, but not in the state that things are in now."""

    status = 409
    title = "当前状态下不能这样做"


class Stale(DomainError):
    """The caller acted on a view that has changed since (`If-Match`)."""

    status = 412
    title = "页面内容已过期"


class TooLarge(DomainError):
    """Over a size limit; the detail names the part, its size and the limit."""

    status = 413
    title = "内容过大"


class UnsupportedMedia(DomainError):
    """A content type that this address does not take."""

    status = 415
    title = "内容类型不支持"


class InvalidInput(DomainError):
    """Readable, but fields are missing or wrong; `errors` says which."""

    status = 422
    title = "填写有误"


class TooManyAttempts(DomainError):
    """Throttled; the `Retry-After` header says for how long."""

    status = 429
    title = "操作过于频繁"
