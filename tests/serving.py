"""A real server process, as it is deployed: gunicorn, on a database and a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

START_SECONDS = 30


class Forked:
    """A server process that the nursery bore, as far as tests need to handle it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it lives; how it ended, only the nursery could know."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, seconds: float = 60) -> None:
        """Raises TimeoutError where it still lives then."""
        end = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} does not end")
            time.sleep(0.02)


Process = Forked | subprocess.Popen[bytes]


@cache
def _nursery() -> subprocess.Popen[str]:
    """One for each test process; it ends when its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.nursery"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _fork(environment: Mapping[str, str], folder: Path, log: Path) -> Forked:
    nursery = _nursery()
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    asked = {"environment": dict(environment), "folder": str(folder), "log": str(log)}
    nursery.stdin.write(json.dumps(asked) + "\n")
    nursery.stdin.flush()
    return Forked(int(nursery.stdout.readline()))


@dataclass(frozen=True)
class Server:
    """Where it answers, the environment that it runs in, and its process."""

    host: str
    port: int
    environment: Mapping[str, str]
    process: Process

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def serving(environment: Mapping[str, str], log: Path, root: Path = ROOT) -> Iterator[Server]:
    """A server that answers, until the end of the block; from another copy, if `root` says so."""
    host, port = "127.0.0.1", free_port()
    complete = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(root),
        "HOME": str(log.parent),
        "HOST": host,
        "PORT": str(port),
        **environment,
    }
    process = _fork(complete, root, log) if root == ROOT else _spawn(complete, root, log)
    try:
        _wait_until_ready(host, port, process, log)
        yield Server(host, port, complete, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except (TimeoutError, subprocess.TimeoutExpired):
            process.send_signal(signal.SIGKILL)
            process.wait()


def _spawn(environment: Mapping[str, str], root: Path, log: Path) -> subprocess.Popen[bytes]:
    """From another copy, of which the nursery knows nothing."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(BIN / "gunicorn"), "server.wsgi:application"],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(host: str, port: int, process: Process, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
