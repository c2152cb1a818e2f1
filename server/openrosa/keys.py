"""A key in the address: `/key/{secret}/openrosa/...`, as clients without a sign-in page use it.

It is taken out of the path before anything sees it, so that it stands in no log, and put before
every address that the answer names (`SCRIPT_NAME`), so that the client goes on by it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..people.keys import KEY

PATH = re.compile(r"(/key/([^/]*))(/openrosa(?:/.*)?)", re.DOTALL)
ANYTHING_ELSE = re.compile(r"/key/[^/]+(.*)", re.DOTALL)

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def taking_keys(app: WsgiApp) -> WsgiApp:
    """The application, with the keys taken out of its paths."""

    def taken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if found := PATH.fullmatch(path):
            before, environ[KEY], environ["PATH_INFO"] = found.groups()
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + before
        elif mistyped := ANYTHING_ELSE.fullmatch(path):
            # Nothing is there; the secret stands in no log all the same.
            environ["PATH_INFO"] = f"/key{mistyped[1]}"
        return app(environ, start_response)

    return taken
