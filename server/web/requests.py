"""Around every request: an id, one log line, size limits, proxies, and security headers."""

import logging
import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}


def site_address(public_url: str) -> str:
    """The address that clients know this installation by, without a slash at its end."""
    return public_url.rstrip("/") or request.host_url.rstrip("/")


def device_time() -> datetime | None:
    """What time the sender says it is: our phone's `X-Device-Time`, an OpenRosa client's `Date`."""
    said = request.headers.get("X-Device-Time", "")
    try:
        moment = datetime.fromisoformat(said) if said else request.date
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def content_security_policy(tile_url: str, framed_by: str = "'none'") -> str:
    """Nothing from elsewhere, but for the map tiles that the settings name.

    The form engine needs WebAssembly (`wasm-unsafe-eval`, for its XPath parser, whose code comes
    as a `data:` address).
    """
    tiles = urlsplit(tile_url)
    elsewhere = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' data:; "
        f"img-src 'self' data: blob:{elsewhere}; object-src 'none'; base-uri 'none'; "
        f"frame-ancestors {framed_by}; form-action 'self'"
    )


def configure_logging(level: str) -> None:
    """JSON lines on standard error, for our own log and for the libraries'."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # It announces itself at every look at the schema.
    logging.getLogger("alembic.runtime").setLevel(logging.WARNING)


def register_requests(app: Flask, settings: Settings) -> None:
    # One limit for all; an address that takes less says so itself.
    app.config["MAX_CONTENT_LENGTH"] = settings.max_submission_bytes
    headers = SECURITY_HEADERS | {
        "Content-Security-Policy": content_security_policy(settings.tile_url)
    }

    def finish(response: Response) -> Response:
        return _finish(response, headers)

    app.before_request(_begin)
    app.after_request(finish)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = proxied  # type: ignore[method-assign]


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response, headers: Mapping[str, str]) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.path.startswith(("/api/", "/openrosa")):
        # What a person may see is theirs, and not a shared cache's.
        response.headers.setdefault("Cache-Control", "no-store")
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.perf_counter() - g.started) * 1000, 1),
    )
    return response
