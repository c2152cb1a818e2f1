"""A PostgreSQL of our own for tests: made empty in a temporary folder, removed with it after.

    with throwaway_postgres() as url:
        one = create_database(url, "one")

It listens on a Unix socket in a folder that only its user may enter, so there is no port to race
for and nothing to reach from outside. Each test process has its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

START_SECONDS = 60
STOP_SECONDS = 10
# As much as the benchmarks fill, and to spare.
ROOM = 8 * 2**30

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    # Nothing here needs to survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",
    # In the data folder, so that it goes with the folder whatever happens.
    "dynamic_shared_memory_type": "mmap",
}


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """A running PostgreSQL; gives the SQLAlchemy URL of its `postgres` database.

    It stops with the `with` block, and also when this process is killed; only its folder is left
    then. Call it from the main thread: the server goes with the thread that started it.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_place()))
    try:
        user = _unprivileged_user()
        if user is not None:
            shutil.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        _run_initdb(programs / "initdb", data, user)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *_as_user(user),
                    str(programs / "postgres"),
                    *("-D", str(data)),
                    f"--unix_socket_directories={folder}",
                    *(f"--{name}={value}" for name, value in SETTINGS.items()),
                ],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the tests: they stop the server when they are done with it.
                start_new_session=True,
            )
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
            _wait_until_ready(url, server, folder / "log")
            yield url
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Makes a database beside that of `url`, a copy of `template` if given, and gives its URL.

    Nobody may be connected to the template meanwhile.
    """
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _execute(url, statement)
    return _sibling(url, name)


def drop_database(url: str, name: str) -> None:
    """Removes a database, if it is there, with the connections it still has."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _execute(url, statement)


def _place() -> Path:
    """Where its folder goes: a socket's path has to be short, and another user has to reach it, so
    not TMPDIR. Into memory where there is room, since each test makes hundreds of files and removes
    them again."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM
    return memory if roomy else Path("/tmp")


def _programs() -> Path:
    """The folder of the newest PostgreSQL server; Debian keeps it off PATH."""
    found = {
        int(initdb.parts[-3]): initdb.parent
        for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if initdb.parts[-3].isdigit()
    }
    if found:
        return found[max(found)]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise FileNotFoundError("no PostgreSQL server: `make test` installs it")
    return Path(on_path).resolve().parent


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run PostgreSQL as when we are root, which it refuses; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_user(user: pwd.struct_passwd | None) -> list[str]:
    """Words before a command: it runs as `user`, and is told to quit when this process dies."""
    words = ["setpriv", "--pdeathsig", "QUIT"]
    if user is not None:
        words += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return [*words, "--"]


def _environment() -> dict[str, str]:
    """Without the PG* variables and locale of whoever runs the tests."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _run_initdb(initdb: Path, data: Path, user: pwd.struct_passwd | None) -> None:
    result = subprocess.run(
        [
            *_as_user(user),
            str(initdb),
            *("--pgdata", str(data)),
            *("--username", "postgres"),
            *("--auth", "trust"),
            *("--encoding", "UTF8"),
            *("--locale", "C.UTF-8"),
            "--no-sync",
        ],
        cwd=data.parent,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{result.stdout}")


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(for_libpq(url)).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
        time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)  # its "immediate" shutdown
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(for_libpq(url), autocommit=True) as connection:
        connection.execute(statement)


def for_libpq(url: str) -> str:
    """The same address as psycopg itself takes it."""
    return urlsplit(url)._replace(scheme="postgresql").geturl()


def _sibling(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
