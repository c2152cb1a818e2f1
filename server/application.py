"""The application: its rooms, furnished from the settings and joined under one roof."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from config import SettingError, Settings

from . import models as _tables  # noqa: F401  (foreign keys reach across packages)
from .cli import register_commands
from .clients import register_clients
from .clients import section as clients
from .clock import Clock, SystemClock
from .database import Database
from .forms.library import Library
from .forms.management_routes import section as form_management
from .forms.routes import section as forms
from .glossary import FindingKind
from .hazards.access_routes import section as account_access
from .hazards.acts import Rules
from .hazards.desk_routes import section as desk
from .hazards.evidence import Examiner
from .hazards.findings import Thresholds
from .hazards.guards import Limits
from .hazards.routes import section as hazards
from .hazards.sheet_routes import section as sheet
from .imports.routes import section as imports
from .imports.running import Importer
from .ledgers.audit.routes import section as ledger_audit
from .ledgers.audit.rules import Limits as AuditLimits
from .ledgers.audit.running import Auditor
from .ledgers.balances.routes import section as balances
from .ledgers.documents.issued_routes import section as issued_documents
from .ledgers.documents.issuing import Desk
from .ledgers.documents.offices import read_marks
from .ledgers.documents.routes import section as documents
from .ledgers.exports.background import Exporter
from .ledgers.exports.kinds import Office
from .ledgers.exports.routes import section as ledgers
from .ledgers.map.areas import answering as map_areas
from .ledgers.map.routes import section as map_section
from .ledgers.ready.keeping import Keeper
from .ledgers.reconciliation.noted import Limits as ReconciliationLimits
from .ledgers.reconciliation.routes import section as reconciliation
from .ledgers.reconciliation.running import Reconciler
from .ledgers.registers.routes import section as registers
from .ledgers.statistics.asking import answering as statistics_answers
from .ledgers.statistics.routes import section as statistics
from .ledgers.trail.checking import Verifier
from .ledgers.trail.routes import section as trail
from .openrosa.key_routes import section as keys
from .openrosa.keys import taking_keys
from .openrosa.routes import openrosa_headers
from .openrosa.routes import section as openrosa
from .operations import readiness
from .operations import section as operations
from .people.administration_routes import section as accounts
from .people.own_routes import section as own_account
from .people.permissions import Permissions
from .people.routes import section as people
from .people.sessions import Sessions
from .people.throttle import Throttle
from .photos.darkroom import Darkroom
from .photos.decoding import Limits as DecodingLimits
from .photos.routes import section as photos
from .places.routes import section as places
from .seed.basics import SHARED_CHOICES
from .storage import Storage
from .submissions.intake import Intake
from .submissions.odata_routes import section as odata
from .submissions.routes import section as submissions
from .version import VERSION
from .web.api import create_api
from .web.problems import register_problems
from .web.requests import configure_logging, register_requests

SECTIONS = (
    people,
    own_account,
    accounts,
    account_access,
    keys,
    places,
    form_management,
    forms,
    openrosa,
    hazards,
    sheet,
    desk,
    photos,
    submissions,
    odata,
    ledgers,
    documents,
    issued_documents,
    balances,
    registers,
    statistics,
    map_section,
    ledger_audit,
    reconciliation,
    imports,
    trail,
    clients,
    operations,
)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The application, from its settings (by default the environment's)."""
    settings = settings or Settings.from_environment(os.environ)
    with _of("LOG_LEVEL"):
        configure_logging(settings.log_level)
    app = Flask("server", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    _furnish(app, settings, clock or SystemClock())
    register_requests(app, settings)
    register_problems(app)
    app.after_request(openrosa_headers)
    register_clients(app)
    api = create_api(VERSION)
    for section in SECTIONS:
        api.add_namespace(section)
        # All its routes are known by now. A section outlives the application, and would keep it.
        section.apis.remove(api)
    api.init_app(app)
    register_commands(app)
    app.wsgi_app = taking_keys(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


def _furnish(app: Flask, settings: Settings, clock: Clock) -> None:
    """What the rooms share: each thing is made once and found in `app.extensions`."""
    with _of("DATABASE_URL"):
        database = Database(settings.database_url)
    with _of("STORAGE_URL"):
        storage = Storage(settings.storage_url)
    library = Library()
    with _of("TOWNSHIP_POWERS"):
        permissions = Permissions(settings.township_actions)
    with _of("REDIS_URL, SIGN_IN_ATTEMPTS_ACCOUNT, SIGN_IN_ATTEMPTS_ADDRESS"):
        throttle = Throttle(
            settings.redis_url, settings.sign_in_attempts_account, settings.sign_in_attempts_address
        )
    with _of("SESSION_DAYS"):
        lifetime = settings.session_lifetime
    with _of("SERIOUS_FINDINGS"):
        thresholds = _thresholds(settings)
    darkroom = Darkroom(
        database,
        storage,
        DecodingLimits(settings.max_photo_pixels, settings.max_photo_frames),
        settings.photo_seconds,
    )
    limits = Limits(
        extension_limit=settings.extension_limit,
        extension_max_days=settings.extension_max_days,
        extension_notice_days=settings.extension_notice_days,
    )
    with _of("DOCUMENT_MARKS"):
        marks = read_marks(settings.listed("document_marks"))
    with _of("AUDIT_HOUR"):
        auditor = Auditor(database, clock, _audit_limits(settings), settings.audit_hour)
        verifier = Verifier(database, clock, settings.secret_key, settings.audit_hour)
    app.extensions |= {
        "auditor": auditor,
        "verifier": verifier,
        "settings": settings,
        "clock": clock,
        "database": database,
        "storage": storage,
        "library": library,
        "shared_choices": SHARED_CHOICES.read_bytes(),
        "permissions": permissions,
        "darkroom": darkroom,
        "examiner": Examiner(database, darkroom, thresholds, settings.public_url.rstrip("/")),
        "exporter": Exporter(database, storage, Office(permissions, darkroom, library), clock),
        "keeper": Keeper(
            database,
            permissions,
            clock,
            {"statistics": statistics_answers, "map_areas": map_areas},
        ),
        "importer": Importer(database, storage, permissions, clock),
        "rules": Rules(permissions, limits),
        "desk": Desk(database, storage, darkroom, permissions, settings.templates_dir, marks),
        "reconciler": Reconciler(database, permissions, _reconciliation_limits(settings), clock),
        "sessions": Sessions(
            database,
            throttle,
            secret_key=settings.secret_key,
            lifetime=lifetime,
            basic_minutes=settings.basic_minutes,
        ),
        "intake": Intake(
            database,
            storage,
            library,
            permissions=permissions,
            max_xml_bytes=settings.max_xml_bytes,
        ),
        "readiness": readiness(database, storage),
    }


def _reconciliation_limits(settings: Settings) -> ReconciliationLimits:
    return ReconciliationLimits(
        extension_limit=settings.extension_limit,
        batch_count=settings.reconcile_batch_count,
        recurrence_days=settings.finding_recurrence_days,
    )


def _thresholds(settings: Settings) -> Thresholds:
    return Thresholds(
        serious=frozenset(FindingKind(each) for each in settings.listed("serious_findings")),
        photo_place_m=settings.finding_photo_place_m,
        site_place_m=settings.finding_site_place_m,
        area_place_m=settings.finding_area_place_m,
        after_place_m=settings.finding_after_place_m,
        fix_accuracy_m=settings.fix_accuracy_m,
        photo_minutes=settings.finding_photo_minutes,
        skew_seconds=settings.finding_skew_seconds,
        editors=tuple(settings.listed("finding_editors")),
        look_alike_bits=settings.finding_look_alike_bits,
        batch_count=settings.finding_batch_count,
        batch_minutes=settings.finding_batch_minutes,
        batch_m=settings.finding_batch_m,
        recurrence_days=settings.finding_recurrence_days,
    )


def _audit_limits(settings: Settings) -> AuditLimits:
    return AuditLimits(
        extension_limit=settings.extension_limit,
        batch_count=settings.audit_batch_count,
        batch_minutes=settings.audit_batch_minutes,
        same_text_count=settings.audit_same_text_count,
        same_text_length=settings.audit_same_text_length,
        recurrence_days=settings.finding_recurrence_days,
        transfer_days=settings.audit_transfer_days,
    )


@contextmanager
def _of(variables: str) -> Iterator[None]:
    """Whatever goes wrong in the block is the fault of these environment variables."""
    try:
        yield
    except Exception as error:
        raise SettingError(f"{variables}: {error}") from error
