"""A process in which the server is loaded already, and from which servers are forked.

A server is a second or two of imports; tests start more than a hundred. Each is gunicorn all the
same, on a database and in an environment of its own: what it would have imported is only there.

Read from standard input, one JSON object a line: `{environment, folder, log}`; the process's number
is written to standard output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module


def be_gunicorn(environment: dict[str, str], folder: str, log: str) -> None:
    """Become a server; never comes back."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    sys.argv = ["gunicorn", "server.wsgi:application"]
    try:
        import_module("gunicorn.app.wsgiapp").run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    # Whoever ends is not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for module in ("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "server.application"):
        import_module(module)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            be_gunicorn(**asked)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
