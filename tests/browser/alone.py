"""Parts of the web client built alone, as modules that a test loads into a page."""

from __future__ import annotations

import os
import subprocess

from tests.serving import ROOT


def built_alone(name: str, worker_id: str) -> str:
    """The source of `static/tests/{name}.ts`, built for a browser."""
    folder = f"node_modules/.{name}-{worker_id}"
    subprocess.run(
        [ROOT / "scripts/setup", "npm", "run", "alone", name, "--", "--outDir", folder],
        check=True,
        env=os.environ,
        capture_output=True,
    )
    return (ROOT / "static" / folder / f"{name}.js").read_text()
