"""Background work within the process: small, idempotent, derived from what is there.

A job that is lost with its process is only late: the next turn finds the same work.
"""

from collections.abc import Callable
from threading import Thread
from time import monotonic, process_time, sleep, thread_time

import structlog

log = structlog.get_logger()


class Courtesy:
    """Gives way to whoever is waiting: work that can wait takes what the others leave.

    Between two pieces of work it rests, for longer the busier the rest of the process was
    meanwhile; in a process with nothing else to do it does not rest at all.
    """

    # Beside a process that is fully busy, one part of work in ten.
    REST = 9
    MOST_SECONDS = 5.0

    def __init__(self) -> None:
        self._began = self._now()

    def rest(self) -> None:
        """To be called by the working thread between two pieces."""
        (wall, process, own), now = self._began, self._now()
        took = now[0] - wall
        others = (now[1] - process) - (now[2] - own)
        # Measured with two clocks of unlike grain, so a little may be left over on either side.
        sleep(min(self.MOST_SECONDS, self.REST * min(took, max(others, 0.0))))
        self._began = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        return monotonic(), process_time(), thread_time()


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
