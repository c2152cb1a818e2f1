"""A closed loop of OpenRosa clients: each posts one filled form after the other, as Collect does.

A thread each, with one connection that it keeps; what is posted is made before the clock runs.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from tests.client import multipart
from tests.pictures import jpeg
from tests.serving import Server

from .forms import filled

PHOTO_BYTES = 200_000


@dataclass(frozen=True)
class Measured:
    """Seconds in all, and each request's own, sorted."""

    seconds: float
    each: list[float]

    @property
    def a_second(self) -> float:
        return len(self.each) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        return self.each[min(len(self.each) - 1, len(self.each) * percent // 100)] * 1000


def bodies(count: int, photos: bool) -> list[tuple[bytes, str]]:
    """Multipart posts and their content types; no two photos have the same bytes."""
    picture = jpeg(1600, 1200)
    padding = os.urandom(max(0, PHOTO_BYTES - len(picture)))
    made = []
    for index in range(count):
        names = (f"{index}-a.jpg", f"{index}-b.jpg") if photos else ("", "")
        files = {name: picture + padding + os.urandom(16) for name in names if name}
        made.append(multipart(filled(index, names), files))
    return made


def post_all(server: Server, token: str, todo: list[tuple[bytes, str]], at_once: int) -> Measured:
    """Post them all; every one has to be answered with 201."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for body, content_type in todo:
        head = (
            f"POST /openrosa/submission HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        waiting.put(head.encode() + body)
    with ThreadPoolExecutor(at_once) as clients:
        start = time.perf_counter()
        runs = [clients.submit(_client, server, waiting) for _ in range(at_once)]
        each = sorted(took for run in runs for took in run.result())
        return Measured(time.perf_counter() - start, each)


def _client(server: Server, waiting: SimpleQueue[bytes]) -> list[float]:
    took: list[float] = []
    with _connected(server) as connection:
        while True:
            try:
                request = waiting.get_nowait()
            except Empty:
                return took
            start = time.perf_counter()
            connection.sendall(request)
            status = _answer(connection)
            took.append(time.perf_counter() - start)
            assert status == 201, status


@contextmanager
def _connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection((server.host, server.port), 120) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def _answer(connection: socket.socket) -> int:
    """Read one answer to its end; gives its status."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65536)
    head, _, rest = read.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    left = int(fields[b"content-length"]) - len(rest)
    while left > 0:
        left -= len(connection.recv(65536))
    return int(head.split(b" ", 2)[1])
