"""The process for decoding: what goes wrong in it stays in it."""

from __future__ import annotations

import os
import time

import pytest

from server.photos import sandbox


def test_a_result_comes_back() -> None:
    assert sandbox.run(20, divmod, 7, 2) == (3, 1)
    assert sandbox.run(20, os.getpid) != os.getpid()


def test_what_the_function_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        sandbox.run(20, int, "x")


def test_what_takes_too_long_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(sandbox.TooCostly):
        sandbox.run(0.2, time.sleep, 60)
    assert time.monotonic() - began < 20


def test_what_takes_too_much_memory_is_refused() -> None:
    with pytest.raises(sandbox.TooCostly):
        sandbox.run(20, bytearray, 2 * sandbox.MEMORY_BYTES)


def test_a_process_that_dies_costs_one_picture_only() -> None:
    with pytest.raises(sandbox.TooCostly):
        sandbox.run(20, os.abort)
    assert sandbox.run(20, divmod, 7, 2) == (3, 1)
