"""A real server process, as it is deployed: gunicorn, on a database and a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """Where it answers, the environment that it runs in, and its process."""

    host: str
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def serving(environment: Mapping[str, str], log: Path, root: Path = ROOT) -> Iterator[Server]:
    """A server that answers, until the end of the block; from another copy, if `root` says so."""
    host, port = "127.0.0.1", _free_port()
    complete = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(root),
        "HOME": str(log.parent),
        "HOST": host,
        "PORT": str(port),
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(BIN / "gunicorn"), "server.wsgi:application"],
            cwd=root,
            env=complete,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_ready(host, port, process, log)
        yield Server(host, port, complete, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(host: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
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
