"""A process of its own that writes: it gets every line, or there is an error."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.ledgers.exports.presses import LINES_A_BATCH, WriterDied, write_apart

Lines = Iterable[list[Any]]


def write_count(lines: Lines, path: Path, word: str) -> None:
    path.write_text(f"{word} {sum(line[0] for line in lines)} {os.getpid()}")


def write_badly(lines: Lines) -> None:
    next(iter(lines))
    raise ValueError("what a line holds can't be written")


def die(lines: Lines) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_the_end(lines: Lines, path: Path) -> None:
    for _ in lines:
        pass
    path.write_text("all there")


def test_every_line_gets_there(tmp_path: Path) -> None:
    count = 3 * LINES_A_BATCH + 7
    path = tmp_path / "count"
    write_apart(write_count, ([number] for number in range(count)), path, "sum")
    word, total, process = path.read_text().split()
    assert (word, int(total)) == ("sum", sum(range(count)))
    assert int(process) != os.getpid()


@pytest.mark.parametrize("write", [write_badly, die])
def test_a_writer_that_dies_is_an_error(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WriterDied):
        write_apart(write, ([number, "x" * 1_000] for number in range(10_000)))


def test_lines_that_can_not_be_made_stop_the_writer(tmp_path: Path) -> None:
    def lines() -> Iterator[list[int]]:
        yield from ([number] for number in range(2_000))
        raise OSError("the database has gone")

    path = tmp_path / "whole"
    with pytest.raises(OSError, match="has gone"):
        write_apart(wait_for_the_end, lines(), path)
    assert not path.exists()
