"""The built clients are handed out small, fresh where they must be, and nothing else is."""

from __future__ import annotations

from gzip import compress, decompress
from importlib import import_module
from pathlib import Path

import pytest

from tests.client import Client

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = b"<!doctype html><title>app</title>"
SCRIPT = b"let a = 1;" * 200


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of our own, so that these tests don't wait for the real one."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "sw.js").write_bytes(SCRIPT)
    (folder / "manifest.webmanifest").write_text("{}")
    script = folder / "assets" / "app-1a2b.js"
    script.write_bytes(SCRIPT)
    script.with_name("app-1a2b.js.br").write_bytes(b"brotli")
    script.with_name("app-1a2b.js.gz").write_bytes(compress(SCRIPT))
    monkeypatch.setattr(import_module("server.clients"), "BUILT", folder)
    return folder


def test_the_app_is_at_the_root(anonymous: Client) -> None:
    answer = anonymous.get("/")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/html", PAGE)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_service_worker_and_the_manifest_are_asked_for_anew(anonymous: Client) -> None:
    worker = anonymous.get("/sw.js")
    assert (worker.mimetype, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    again = anonymous.get("/sw.js", headers={"If-None-Match": worker.headers["ETag"]})
    assert again.status_code == 304
    manifest = anonymous.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", None)]
)
def test_a_part_is_sent_as_small_as_its_reader_takes_it(
    anonymous: Client, accepted: str, encoding: str | None
) -> None:
    answer = anonymous.get("/assets/app-1a2b.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "text/javascript"
    plain = {"br": lambda data: SCRIPT if data == b"brotli" else b"", "gzip": decompress}
    assert plain.get(encoding or "", lambda data: data)(answer.data) == SCRIPT


@pytest.mark.parametrize(
    "path",
    ["/nothing.js", "/assets/nothing.js", "/assets/app-1a2b.js.br", "/assets/", "/assets/../../x"],
)
def test_nothing_else_is_there(anonymous: Client, path: str) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_client_is_told_what_it_needs(grid: Client) -> None:
    told = grid.get("/api/v1/settings").json
    assert told["fix_accuracy_m"] == 50
    assert told["tiles"] == {"url": "", "datum": "wgs84", "attribution": ""}


@pytest.mark.parametrize("path", ["/console/", "/console/ledger", "/console/hazards/YH-1"])
def test_every_address_of_the_console_is_the_console(
    anonymous: Client, built: Path, path: str
) -> None:
    (built / "console").mkdir()
    (built / "console/index.html").write_bytes(b"<!doctype html><title>desk</title>")
    answer = anonymous.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert b"desk" in answer.data
    assert answer.headers["Cache-Control"] == "no-cache"


def test_only_the_preview_of_a_form_may_stand_in_a_frame_and_only_in_our_own(
    anonymous: Client, built: Path
) -> None:
    (built / "console").mkdir()
    for name in ("index", "preview"):
        (built / f"console/{name}.html").write_text(name)
    for path, ancestors, option in (
        ("/console/", "frame-ancestors 'none'", "DENY"),
        ("/console/preview", "frame-ancestors 'self'", "SAMEORIGIN"),
    ):
        answer = anonymous.get(path)
        assert ancestors in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == option
    assert answer.data == b"preview"


def test_a_part_of_the_console_is_kept_and_a_missing_one_is_missing(
    anonymous: Client, built: Path
) -> None:
    (built / "console/assets").mkdir(parents=True)
    (built / "console/assets/desk-1a2b.js").write_bytes(SCRIPT)
    answer = anonymous.get("/console/assets/desk-1a2b.js")
    assert (answer.mimetype, answer.data) == ("text/javascript", SCRIPT)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert anonymous.get("/console/assets/desk-0000.js").status_code == 404
    assert anonymous.get("/console", follow_redirects=False).status_code == 308
