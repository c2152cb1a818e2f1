"""What Lighthouse says of the console's pages, at a desk."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.browser.conftest import server  # noqa: F401
from tests.conftest import PASSWORD
from tests.serving import Server

from .scores import install, scores

LEAST = 95
PAGES = {
    "city01": ("/", "/ledger", "/dashboard", "/map", "/balances", "/audit"),
    "admin01": ("/people", "/forms"),
}


def test_lighthouse(server: Server, tmp_path: Path) -> None:  # noqa: F811
    install()
    report = tmp_path / "report.json"
    door = scores(f"{server.url}/console/sign-in", report, "--preset=desktop")
    found = {"/sign-in": door}
    for username, paths in PAGES.items():
        body = {"username": username, "password": PASSWORD}
        answer = httpx.post(f"{server.url}/api/v1/session", json=body)
        # Chromium lets nobody set its cookies as a header; a token it does.
        headers = json.dumps({"Authorization": f"Bearer {answer.json()['token']}"})
        for path in paths:
            options = ("--preset=desktop", f"--extra-headers={headers}")
            found[path] = scores(f"{server.url}/console{path}", report, *options)
    for path, said in found.items():
        print(f"\nLighthouse, {path}: {said}")
    assert min(score for said in found.values() for score in said.values()) >= LEAST
