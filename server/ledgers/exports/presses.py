"""The writer of large workbooks in a process of its own.

The library writes as fast as we read: side by side they take little longer than it does alone, and
the server's own process, which has others to answer, is neither held up nor made larger.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator
from fcntl import F_SETPIPE_SZ, fcntl
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

LINES_A_BATCH = 500
# As much as anybody may have: each time that it is full, one of the two waits for the other.
PIPE_BYTES = 1024 * 1024
END = b""

Lines = Iterable[list[Any]]


class WriterDied(Exception):
    """The process that wrote ended before its work was done."""


def write_apart(write: Callable[..., None], lines: Lines, *args: Any) -> None:
    """Call `write(lines, *args)` in a process of its own, while the lines are made in this one.

    `write` is a function of a module; its arguments, and what the lines hold, can be pickled.

    Raises:
        WriterDied: it raised something, or was killed; what, is on standard error.
        Exception: what making the lines raises; the writer is killed then.
    """
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, write, args), daemon=True)
    process.start()
    theirs.close()
    fcntl(ours.fileno(), F_SETPIPE_SZ, PIPE_BYTES)
    try:
        _send(ours, lines)
        process.join()
    except BaseException:
        process.kill()
        process.join()
        raise
    finally:
        ours.close()
    if process.exitcode != 0:
        raise WriterDied(f"exit code {process.exitcode}")


def _send(ours: Connection, lines: Lines) -> None:
    remaining = iter(lines)
    try:
        while batch := list(islice(remaining, LINES_A_BATCH)):
            ours.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
        ours.send_bytes(END)
    except BrokenPipeError as error:
        raise WriterDied("the pipe is closed") from error


def _work(theirs: Connection, write: Callable[..., None], args: tuple[Any, ...]) -> None:
    write(_received(theirs), *args)


def _received(theirs: Connection) -> Iterator[list[Any]]:
    # Without an end the pipe has broken: EOFError, and no file.
    while (sent := theirs.recv_bytes()) != END:
        # From the process that started this one.
        yield from pickle.loads(sent)  # noqa: S301
