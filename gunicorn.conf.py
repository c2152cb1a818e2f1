"""How gunicorn serves the application; `gunicorn server.wsgi:application` reads it by itself.

Four environment variables: HOST (127.0.0.1), PORT (8000), WEB_PROCESSES (1), WEB_THREADS (16).
"""

import os
import sys


def _number(variable: str, default: int) -> int:
    raw = os.environ.get(variable) or str(default)
    if not raw.isascii() or not raw.isdigit() or int(raw) < 1:
        sys.exit(f"{variable}: {raw!r} is not a whole number of one or more")
    return int(raw)


_host = os.environ.get("HOST") or "127.0.0.1"
_port = _number("PORT", 8000)
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

worker_class = "gthread"
workers = _number("WEB_PROCESSES", 1)
threads = _number("WEB_THREADS", 16)
if workers > 1 and not os.environ.get("DATABASE_URL", "").startswith("postgresql"):
    sys.exit("WEB_PROCESSES: more than one process needs PostgreSQL (DATABASE_URL)")

# A worker that has said nothing for so long is replaced. Slow uploads don't count: a worker's
# main thread answers for it while the others wait for a phone with a bad connection.
timeout = 60
graceful_timeout = 30
# Longer than a reverse proxy keeps its side (nginx: 60), so that it never reuses a closed one.
keepalive = 75
# The heartbeat is a file: in memory, so that a busy disk can't make a worker look dead.
_memory = "/dev/shm"  # noqa: S108
if os.access(_memory, os.W_OK):
    worker_tmp_dir = _memory
# No control socket in the home folder: the service is managed by signals.
control_socket_disable = True
# The application writes its own access log.
accesslog = None
