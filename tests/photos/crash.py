"""Puts photos, and is killed (kill -9) before the first, second, third … step of storing one.

Run by a test: `python -m tests.photos.crash DATABASE_URL STORAGE_URL PASSWORD`. Every photo whose
storing was acknowledged is printed with its sha256. It ends with the first photo that there was no
step left to be killed before.
"""

import os
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event

from config import Settings
from server import storage
from server.application import create_app
from server.photos import originals
from tests.client import Client
from tests.conftest import SECRET_KEY
from tests.pictures import jpeg


def main(database_url: str, storage_url: str, password: str) -> None:
    settings = Settings(
        database_url=database_url,
        storage_url=storage_url,
        secret_key=SECRET_KEY,
        log_level="ERROR",
    )
    for step in count(1):
        pid = os.fork()
        if pid == 0:
            put_and_die(settings, password, step)
        status = os.waitpid(pid, 0)[1]
        if not os.WIFSIGNALED(status):
            say(f"survived {step}")
            return


def say(line: str) -> None:
    """At once: the next step may be the last."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def put_and_die(settings: Settings, password: str, step: int) -> NoReturn:
    app = create_app(settings)
    client = Client.signed_in(app, "grid01", password)
    steps = count(1)

    def die_before(*_: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            die_before()
            return function(*arguments, **options)

        return wrapped

    for module, name in ((storage, "mkstemp"), (originals, "insert_all_new"), (Path, "mkdir")):
        setattr(module, name, dying(getattr(module, name)))
    os.fsync, os.replace = dying(os.fsync), dying(os.replace)
    engine = app.extensions["database"].engine
    event.listen(engine, "commit", die_before)
    content = jpeg(seed=step)
    digest = sha256(content).hexdigest()
    answer = client.put(f"/api/v1/photos/{digest}", data=content)
    if answer.status_code == 201:
        say(f"acknowledged {digest}")
    die_before()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
