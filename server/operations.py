"""Is the process alive, and can it serve?"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app
from flask_restx import Resource
from marshmallow import fields

from .database import Database
from .fields import Schema
from .migration import is_current
from .people.access import public
from .storage import Storage
from .web.adapter import Section, json_response
from .web.problems import problem

section = Section("operations", "运行状态", path="/")

# What must hold for the server to be ready: a name, and a check that raises when it does not.
Checks = Mapping[str, Callable[[], object]]


def readiness(database: Database, storage: Storage) -> Checks:
    """The checks of an installation."""

    def migrated() -> None:
        require_migrated(database)

    def writable() -> None:
        with storage.staged() as staging:
            staging.new().sync()

    return {"database": migrated, "storage": writable}


def require_migrated(database: Database) -> None:
    """Raises NotMigrated unless the database is at the newest migration."""
    with database.engine.connect() as connection:
        if not is_current(connection):
            raise NotMigrated(
                "The database is not at the newest migration. Run: "
                "./.venv/bin/flask --app server db upgrade"
            )


class NotMigrated(RuntimeError):
    """The database is older, or newer, than this program."""


class HealthSchema(Schema):
    status = fields.String()


@section.route("/healthz")
class Healthz(Resource):  # type: ignore[misc]
    @public
    @section.gives(HealthSchema)
    def get(self) -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}


@section.route("/readyz")
class Readyz(Resource):  # type: ignore[misc]
    @public
    @section.gives(HealthSchema)
    def get(self) -> Response:
        """The process can serve: the database is there and migrated, photos can be written."""
        checks: Checks = current_app.extensions["readiness"]
        failed: dict[str, Any] = {}
        for name, check in checks.items():
            try:
                check()
            except Exception as error:  # Whatever is wrong, the answer is "not ready".
                failed[name] = type(error).__name__
        if failed:
            return problem(
                503, "not_ready", "尚未就绪", "服务暂时不可用。", extra={"failed": failed}
            )
        return json_response({"status": "ready"})
