"""A process of its own for decoding: it has a limit on memory and on time, and when it dies, only
the picture that killed it is given up.
"""

import os
import resource
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooSlow
from functools import cache
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

P = ParamSpec("P")
T = TypeVar("T")

# What a decoder may have beyond what Python and its libraries take by themselves. 100 megapixels
# are 400 MB as they are decoded.
MEMORY_BYTES = 1536 * 1024 * 1024


class TooCostly(Exception):
    """A picture took too much memory or time, or killed its process."""


def run(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of a module, with arguments that can be pickled, in the other process.

    Raises:
        TooCostly: it did not come back.
        Exception: what the function raises.
    """
    future = _pool().schedule(function, args=args, kwargs=kwargs, timeout=seconds)
    try:
        result: T = future.result()
    except (TooSlow, ProcessExpired, MemoryError) as error:
        raise TooCostly(type(error).__name__) from error
    return result


@cache
def _pool() -> ProcessPool:
    """One for the whole process, made when the first picture needs it."""
    workers = min(2, os.cpu_count() or 1)
    return ProcessPool(workers, initializer=_confine, context=get_context("spawn"))


def _confine() -> None:
    """In the new process: no more memory than this, and no memory image on disk when it dies."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whoever sends a photo comes before whoever looks at one.
    os.nice(10)
