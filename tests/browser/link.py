"""A bad link to a server: so many bytes a second, and every connection cut every few seconds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SLICE_SECONDS = 0.02


@dataclass
class Link:
    """Where the bad link begins, and the bytes that went up it so far."""

    url: str
    up: int = 0
    cuts: int = 0
    open: set[socket.socket] = field(default_factory=set)


@contextmanager
def bad_link(host: str, port: int, *, bytes_a_second: int, cut_every: float) -> Iterator[Link]:
    """A link to this server until the end of the block; what is sent up it shares its bandwidth."""
    listening = socket.create_server(("127.0.0.1", 0))
    link = Link(f"http://127.0.0.1:{listening.getsockname()[1]}")
    ended = threading.Event()
    turn = threading.Lock()

    def upward(near: socket.socket, far: socket.socket) -> None:
        most = int(bytes_a_second * SLICE_SECONDS)
        with suppress(OSError):
            while content := near.recv(most):
                with turn:
                    time.sleep(len(content) / bytes_a_second)
                link.up += len(content)
                far.sendall(content)
        end(near, far)

    def downward(far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while content := far.recv(65536):
                near.sendall(content)
        end(near, far)

    def end(*both: socket.socket) -> None:
        for each in both:
            link.open.discard(each)
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def accept() -> None:
        while not ended.is_set():
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection((host, port))
            # What a small buffer holds is lost with the connection, as on a radio link.
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.open |= {near, far}
            threading.Thread(target=upward, args=(near, far), daemon=True).start()
            threading.Thread(target=downward, args=(far, near), daemon=True).start()

    def cut() -> None:
        while not ended.wait(cut_every):
            link.cuts += 1
            end(*list(link.open))

    threads = [threading.Thread(target=each, daemon=True) for each in (accept, cut)]
    for thread in threads:
        thread.start()
    try:
        yield link
    finally:
        ended.set()
        listening.close()
        end(*list(link.open))
