"""Background work within the process: small, idempotent, derived from what is there.

A job that is lost with its process is only late: the next turn finds the same work.
"""

from collections.abc import Callable
from threading import Thread
from time import sleep

import structlog

log = structlog.get_logger()


def every(seconds: float, name: str, job: Callable[[], object]) -> Thread:
    """Run a job now and then every so many seconds, for as long as the process lives."""

    def run() -> None:
        while True:
            try:
                job()
            except Exception:
                # One bad turn must not end the job for good; the next may go well.
                log.exception("job_failed", job=name)
            sleep(seconds)

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
