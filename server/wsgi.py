"""What a WSGI server serves: the application, once everything that it needs is in order."""

import sys
from datetime import timedelta

from flask import Flask

from config import SettingError, Settings

from .application import create_app
from .database import Database
from .hazards.audit import seal
from .jobs import Courtesy, every
from .operations import NotMigrated, require_migrated
from .photos.parts import sweep
from .submissions.retention import remove_expired

SEAL_EVERY_SECONDS = 900
EXAMINE_EVERY_SECONDS = 2
EXPIRE_EVERY_SECONDS = 24 * 3600
RECONCILE_EVERY_SECONDS = 2
SWEEP_EVERY_SECONDS = 6 * 3600
EXPORT_EVERY_SECONDS = 1
IMPORT_EVERY_SECONDS = 1
AUDIT_EVERY_SECONDS = 10
RENEW_EVERY_SECONDS = 1
WARM_EVERY_SECONDS = 900
# Somebody may be waiting for it on the page.
VERIFY_EVERY_SECONDS = 2

# No request takes so long.
STAGED_FOR = timedelta(days=1)

LEAST_KEY_LENGTH = 32


def require_secret_key(settings: Settings) -> None:
    """Raises SettingError where the key is missing or could be guessed."""
    key = settings.secret_key
    if len(key) < LEAST_KEY_LENGTH or len(set(key)) < 10:
        raise SettingError(
            f"SECRET_KEY must be a random text of {LEAST_KEY_LENGTH} characters or more. Make one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )


def start() -> Flask:
    app = create_app()
    require_secret_key(app.extensions["settings"])
    database: Database = app.extensions["database"]
    require_migrated(database)

    def seal_days() -> None:
        with database.writing() as session:
            seal(session, app.extensions["clock"].now())

    def sweep_photos() -> None:
        now = app.extensions["clock"].now()
        app.extensions["storage"].sweep(now - STAGED_FOR)
        with database.writing() as session:
            sweep(session, now)

    def examine() -> None:
        rest = Courtesy().rest
        while app.extensions["darkroom"].examine_due(app.extensions["clock"].now(), rest):
            pass
        app.extensions["examiner"].examine_due(app.extensions["clock"].now(), rest)

    def expire_photos() -> None:
        settings = app.extensions["settings"]
        remove_expired(
            database,
            app.extensions["storage"],
            kept_days=settings.photo_retention_days,
            unused_days=settings.unused_photo_days,
            at=app.extensions["clock"].now(),
        )

    def audit_ledger() -> None:
        app.extensions["auditor"].carry_on(Courtesy().rest)

    def renew_answers() -> None:
        app.extensions["keeper"].work(Courtesy().rest)

    def verify_chains() -> None:
        app.extensions["verifier"].carry_on(Courtesy().rest)

    exporter = app.extensions["exporter"]
    every(EXPORT_EVERY_SECONDS, "make_exports", exporter.work)
    every(SWEEP_EVERY_SECONDS, "sweep_exports", exporter.sweep)
    importer = app.extensions["importer"]
    every(IMPORT_EVERY_SECONDS, "take_imports_in", importer.work)
    every(SWEEP_EVERY_SECONDS, "sweep_imports", importer.sweep)
    every(AUDIT_EVERY_SECONDS, "audit_ledger", audit_ledger)
    every(WARM_EVERY_SECONDS, "warm_answers", app.extensions["keeper"].warm)
    every(RENEW_EVERY_SECONDS, "renew_answers", renew_answers)
    every(VERIFY_EVERY_SECONDS, "verify_chains", verify_chains)
    every(EXPIRE_EVERY_SECONDS, "expire_photos", expire_photos)
    every(EXAMINE_EVERY_SECONDS, "examine_evidence", examine)
    every(RECONCILE_EVERY_SECONDS, "reconcile", app.extensions["reconciler"].run_due)
    every(SEAL_EVERY_SECONDS, "seal_days", seal_days)
    every(SWEEP_EVERY_SECONDS, "sweep_photos", sweep_photos)
    return app


try:
    application = start()
except (SettingError, NotMigrated) as error:
    sys.exit(f"hazard-ledger does not start: {error}")
