"""Several requests share one transaction: what arrives while one is under way goes into the next.

A transaction costs much the same for one submission as for ten: its statements, and the wait for
the disk at its end. Nobody waits for company: who finds nothing under way begins at once, and
whoever comes meanwhile is taken along by the next.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_AT_ONCE = 32


class _Waiting(Generic[T, R]):
    """An item, and what came of it once `outcome` is set."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: R | Exception | None = None


class Together(Generic[T, R]):
    """Hands items to `work` in batches, and to each caller the result of its own.

    `work` gives a result, or an exception, for each item. When it raises, it has done nothing, and
    each item is tried by itself, so that one that can't be done harms no other.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R | Exception]]) -> None:
        self._work = work
        self._turn = Condition()
        self._queue: deque[_Waiting[T, R]] = deque()
        self._busy = False

    def do(self, item: T) -> R:
        """The result of this item.

        Raises:
            Exception: what `work` gave or raised for it.
        """
        mine: _Waiting[T, R] = _Waiting(item)
        with self._turn:
            self._queue.append(mine)
        while mine.outcome is None:
            batch = self._next_batch(mine)
            try:
                self._run(batch)
            finally:
                if batch:
                    self._end_turn(batch)
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        return mine.outcome

    def _next_batch(self, mine: _Waiting[T, R]) -> list[_Waiting[T, R]]:
        """Wait until it is this caller's turn, or another has done its item: then there is none."""
        with self._turn:
            while self._busy and mine.outcome is None:
                self._turn.wait()
            if mine.outcome is not None:
                return []
            self._busy = True
            count = min(len(self._queue), MOST_AT_ONCE)
            return [self._queue.popleft() for _ in range(count)]

    def _end_turn(self, batch: Sequence[_Waiting[T, R]]) -> None:
        with self._turn:
            for each in batch:
                # Only where this thread itself is being ended: nobody may wait for ever.
                if each.outcome is None:
                    each.outcome = RuntimeError("given up")
            self._busy = False
            self._turn.notify_all()

    def _run(self, batch: Sequence[_Waiting[T, R]]) -> None:
        outcomes = self._outcomes([each.item for each in batch]) if batch else ()
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome = outcome

    def _outcomes(self, items: Sequence[T]) -> Sequence[R | Exception]:
        try:
            return self._work(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
            return [outcome for each in items for outcome in self._outcomes([each])]
