"""What Lighthouse says of the console's door; the pages behind it are held against axe."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import server  # noqa: F401
from tests.serving import Server

from .scores import install, scores


def test_lighthouse(server: Server, tmp_path: Path) -> None:  # noqa: F811
    install()
    url = f"{server.url}/console/sign-in"
    said = scores(url, tmp_path / "lighthouse.json", "--preset=desktop")
    print(f"\nLighthouse, the console's sign-in: {said}")
    assert min(said.values()) >= 95
