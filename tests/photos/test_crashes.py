"""Killed between any two steps of storing a photo: what was acknowledged is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from flask import Flask

from config import Settings
from tests.client import Client
from tests.conftest import PASSWORD
from tests.pictures import jpeg

ROOT = Path(__file__).resolve().parents[2]


def test_no_acknowledged_photo_is_lost_and_no_row_lacks_its_bytes(
    app: Flask, settings: Settings, grid: Client
) -> None:
    command = [sys.executable, "-m", "tests.photos.crash"]
    arguments = [settings.database_url, settings.storage_url, PASSWORD]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command + arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    acknowledged = [word for what, word in lines if what == "acknowledged"]
    [steps] = [int(word) for what, word in lines if what == "survived"]
    # Staging, two syncs of bytes and folders, the move, two rows, the commit: at the least.
    assert steps > 8
    # The last two: killed after the answer, and not killed.
    assert len(acknowledged) == 2
    verified = app.test_cli_runner().invoke(args=["photos", "verify"])
    assert verified.exit_code == 0, verified.output
    for sha256 in acknowledged:
        assert grid.get(f"/api/v1/photos/{sha256}").status_code == 200
    # And whoever was not answered sends again, and is.
    for step in range(1, steps + 1):
        grid.put_photo(jpeg(seed=step))
    verified = app.test_cli_runner().invoke(args=["photos", "verify"])
    assert verified.output.splitlines()[-1] == f"{steps} photos, 0 faults"
