"""What arrives while a batch is under way goes into the next; each gets its own result."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import sleep

import pytest

from server.submissions.together import MOST_AT_ONCE, Together


class Work:
    """Squares numbers, notes its batches, and refuses what is negative."""

    def __init__(self, seconds: float = 0) -> None:
        self.batches: list[list[int]] = []
        self._alone = Lock()
        self._seconds = seconds

    def __call__(self, batch: Sequence[int]) -> list[int | Exception]:
        assert self._alone.acquire(blocking=False), "two batches at once"
        try:
            self.batches.append(list(batch))
            sleep(self._seconds)
            if -1 in batch:
                raise ValueError("nothing was done")
            return [KeyError(each) if each < 0 else each * each for each in batch]
        finally:
            self._alone.release()


def test_who_finds_nothing_under_way_begins_at_once() -> None:
    work = Work()
    assert Together(work).do(7) == 49
    assert work.batches == [[7]]


def test_everybody_gets_their_own_result_and_few_batches_do() -> None:
    work = Work(seconds=0.01)
    together: Together[int, int] = Together(work)
    numbers = list(range(200))
    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(together.do, numbers)) == [each * each for each in numbers]
    assert sorted(each for batch in work.batches for each in batch) == numbers
    assert len(work.batches) < 100
    assert max(map(len, work.batches)) <= MOST_AT_ONCE


def test_a_result_that_is_an_error_is_raised_to_its_own_caller() -> None:
    together: Together[int, int] = Together(Work())
    with pytest.raises(KeyError):
        together.do(-5)
    assert together.do(3) == 9


def test_one_that_breaks_its_batch_harms_no_other() -> None:
    release, begun = Event(), Event()
    work = Work()

    def held_back(batch: Sequence[int]) -> list[int | Exception]:
        begun.set()
        release.wait(10)
        return work(batch)

    together: Together[int, int] = Together(held_back)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(together.do, 1)
        begun.wait(10)
        others = {each: pool.submit(together.do, each) for each in (2, -1, 4)}
        while len(together._queue) < 3:
            sleep(0.001)
        release.set()
        assert first.result(10) == 1
        assert others[2].result(10) == 4
        assert others[4].result(10) == 16
        with pytest.raises(ValueError, match="nothing was done"):
            others[-1].result(10)
    assert sorted(map(len, work.batches)) == [1, 1, 1, 1, 3]


def test_nobody_waits_for_a_thread_that_was_ended() -> None:
    def ended(batch: Sequence[int]) -> list[int | Exception]:
        raise SystemExit

    together: Together[int, int] = Together(ended)
    with pytest.raises(SystemExit):
        together.do(1)
    with ThreadPoolExecutor(3) as pool:
        told = [pool.submit(together.do, each) for each in range(3)]
        assert all(each.exception(10) for each in told)
