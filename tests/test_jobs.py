"""Background work goes on, whatever one turn of it does."""

from __future__ import annotations

from threading import Event, Semaphore

import pytest

from server import jobs
from server.jobs import Courtesy, every
from server.web.requests import configure_logging


@pytest.fixture
def logging() -> None:
    configure_logging("ERROR")


def test_a_job_that_fails_is_logged_and_runs_again(
    logging: None, caplog: pytest.LogCaptureFixture
) -> None:
    turns = Semaphore(0)
    enough = Semaphore(3)

    def job() -> None:
        enough.acquire()
        turns.release()
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a bad turn")

    failed = Event()
    every(0, "a job", job)
    for _ in range(3):
        assert turns.acquire(timeout=30)
    [line] = [record.msg for record in caplog.records]
    assert isinstance(line, dict)
    assert (line["event"], line["job"]) == ("job_failed", "a job")
    assert "a bad turn" in str(line["exception"])


def test_a_job_does_not_keep_the_process_alive() -> None:
    done = Event()
    thread = every(3600, "a job", done.set)
    assert thread.daemon
    assert thread.name == "a job"
    assert done.wait(timeout=30)


@pytest.mark.parametrize(
    ("wall", "others", "rests"),
    [(0.1, 0.0, 0.0), (0.1, 0.05, 0.45), (0.1, 0.1, 0.9), (2.0, 2.0, 5.0), (0.1, -0.01, 0.0)],
)
def test_work_that_can_wait_gives_way_as_far_as_others_are_busy(
    monkeypatch: pytest.MonkeyPatch, wall: float, others: float, rests: float
) -> None:
    rested: list[float] = []
    clocks = iter([(0.0, 0.0, 0.0), (wall, 0.02 + others, 0.02), (9.0, 9.0, 9.0)])
    monkeypatch.setattr(Courtesy, "_now", staticmethod(lambda: next(clocks)))
    monkeypatch.setattr(jobs, "sleep", rested.append)
    Courtesy().rest()
    assert rested == [pytest.approx(rests)]
