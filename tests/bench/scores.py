"""What Lighthouse says of a page."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.browser.phone import CHROMIUM
from tests.serving import ROOT

LIGHTHOUSE = ROOT / "tests/bench/lighthouse"
ITS_OWN_BROWSER = ("--chrome-flags=--headless --no-sandbox --disable-gpu --disable-quic",)


def install() -> None:
    """Lighthouse at its locked version, into its own folder."""
    subprocess.run(
        ["bash", "-c", 'PATH="$(scripts/setup node):$PATH" npm --prefix "$0" ci', LIGHTHOUSE],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def in_browser(port: int) -> tuple[str, ...]:
    """Options for a browser that runs already, with what it keeps: somebody is signed in there."""
    return (f"--port={port}", "--disable-storage-reset")


def scores(
    url: str, report: Path, *options: str, browser: tuple[str, ...] = ITS_OWN_BROWSER
) -> dict[str, int]:
    """Accessibility and best practices of a page, of 100."""
    command = [
        *("bash", "-c", 'PATH="$(scripts/setup node):$PATH" "$0" "$@"'),
        *(LIGHTHOUSE / "node_modules/.bin/lighthouse", url),
        *("--output=json", f"--output-path={report}", "--quiet"),
        *("--only-categories=accessibility,best-practices", *options, *browser),
    ]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"CHROME_PATH": CHROMIUM})
    said = json.loads(report.read_text())
    assert said["finalDisplayedUrl"].partition("?")[0] == url, said["finalDisplayedUrl"]
    return {name: round(each["score"] * 100) for name, each in said["categories"].items()}
