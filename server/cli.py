"""The `flask` commands: database, seed, accounts, forms, audit."""

import json
import os
import sys
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from .database import Database
from .errors import DomainError
from .forms.library import Library
from .glossary import Datum, Role
from .hazards.audit import Count, seal, verify
from .ledgers.audit.running import Auditor
from .ledgers.audit.tables import open_views
from .ledgers.balances.audit import verify_closings
from .ledgers.balances.balance import Names
from .ledgers.balances.figures import TOWNSHIP, figures, total, whole
from .ledgers.balances.months import read_month
from .ledgers.documents import checking
from .migration import upgrade
from .people.accounts import open_account
from .photos import verification
from .places.boundaries import use_set
from .places.importing import import_boundaries
from .places.models import BoundarySet
from .seed import demo
from .seed.basics import SHARED_CHOICES, convert_file, seed_basics, seed_forms
from .storage import Storage
from .submissions.retention import remove_expired

CITY = "141181000000"

db = AppGroup("db", help="The database's schema.")
users = AppGroup("users", help="Accounts.")
places = AppGroup("places", help="Boundaries of areas.")
forms = AppGroup("forms", help="The form library.")
photos = AppGroup("photos", help="Original photos.")
documents = AppGroup("documents", help="Issued documents and their templates.")
audit = AppGroup("audit", help="The chains of events.")
ledger = AppGroup("ledger", help="The ledger: its balance, and the audit of itself.")


def register_commands(app: Flask) -> None:
    for group in (db, users, places, forms, photos, documents, audit, ledger):
        app.cli.add_command(group)
    app.cli.add_command(seed)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest migration."""
    upgrade(_database())


@click.command("seed")
@with_appcontext
@click.option("--demo", "with_demo", is_flag=True, help="Accounts and sites to play with, too.")
@click.option("--upgrade", "upgrade_first", is_flag=True, help="Run the migrations first.")
def seed(with_demo: bool, upgrade_first: bool) -> None:
    """Areas, departments, sectors, forms. With --demo, the password is read from DEMO_PASSWORD."""
    if upgrade_first:
        upgrade(_database())
    library: Library = current_app.extensions["library"]
    with _database().writing() as session:
        seed_basics(session)
        for form_id in seed_forms(session, library, _now()):
            click.echo(f"published {form_id}")
        if with_demo:
            _seed_demo(session)


def _seed_demo(session: Any) -> None:
    missing = demo.missing_accounts(session)
    password = os.environ.get("DEMO_PASSWORD", "")
    if missing and not password:
        _fail("DEMO_PASSWORD is not set: the demo accounts need a password of this machine's own")
    demo.seed_demo(session, missing, password, _now())
    for account in demo.ACCOUNTS:
        click.echo(f"  {account.username:8} {account.role.chinese} {account.name}")


@users.command("add")
@click.argument("username")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="The person's own name; by default the account's.")
@click.option("--area", default=CITY, show_default=True, help="Area code.")
@click.option("--sector", "sectors", multiple=True, help="Sector code; may be repeated.")
@click.option("--site", "sites", multiple=True, type=int, help="Site id; may be repeated.")
@click.option("--organisation", help="Organisation code.")
@click.option("--password-stdin", is_flag=True, required=True, help="Read it from standard input.")
def users_add(
    username: str,
    role: str,
    name: str,
    area: str,
    sectors: tuple[str, ...],
    sites: tuple[int, ...],
    organisation: str | None,
    password_stdin: bool,
) -> None:
    """Open an account."""
    password = sys.stdin.readline().rstrip("\r\n")
    try:
        with _database().writing() as session:
            open_account(
                session,
                username,
                Role(role),
                password,
                at=_now(),
                area_code=area,
                name=name,
                sectors=sectors,
                site_ids=sites,
                organisation_code=organisation,
            )
    except DomainError as error:
        _fail_of(error)
    click.echo(f"account {username} ({role}) opened")


@forms.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def forms_add(file: Path) -> None:
    """Publish an XLSForm (.md, .xlsx, .csv) or an XForm (.xml) as a new version."""
    library: Library = current_app.extensions["library"]
    try:
        converted = convert_file(file)
        with _database().writing() as session:
            version, is_new = library.publish(session, converted.xform, _now(), xlsx=converted.xlsx)
    except DomainError as error:
        _fail_of(error)
    done = "published" if is_new else "was published before:"
    click.echo(f"{done} {version.form_id} {version.version} (md5:{version.md5})")


@forms.command("lint")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def forms_lint(files: tuple[Path, ...]) -> None:
    """Say by sheet and row what is wrong with forms' files, and publish nothing."""
    failed = False
    # What the forms share is no form; it is read with each of them.
    for file in (each for each in files if each.name != SHARED_CHOICES.name):
        try:
            remarks = [asdict(each) for each in convert_file(file).remarks]
        except DomainError as error:
            failed = True
            remarks = error.extra.get("remarks") or [{"severity": "error", "message": error.detail}]
        for each in remarks:
            place = ":".join(str(each[key]) for key in ("sheet", "row") if each.get(key))
            at = f"{file}:{place}" if place else f"{file}"
            click.echo(f"{at}: {each['severity']}: {each['message']}")
    sys.exit(failed)


@places.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Whose boundaries these are, and of when.")
@click.option(
    "--datum",
    default=Datum.WGS84.value,
    show_default=True,
    type=click.Choice([datum.value for datum in Datum]),
    help="What the file's coordinates are in.",
)
def places_import(file: Path, source: str, datum: str) -> None:
    """Take in the boundaries of a GeoJSON file as a new version, and put it in force."""
    try:
        with _database().writing() as session:
            done = import_boundaries(
                session, file.read_bytes(), source=source, datum=Datum(datum), at=_now()
            )
    except DomainError as error:
        _fail_of(error)
    how = "already in force:" if done.unchanged else "imported"
    click.echo(f"{how} {done.boundaries} boundaries, version {done.set_id}")


@places.command("list")
def places_list() -> None:
    """The versions of the boundaries; `*` marks the one in force."""
    with _database().reading() as session:
        for each in session.scalars(select(BoundarySet).order_by(BoundarySet.id)):
            mark = "*" if each.current else " "
            click.echo(f"{mark} {each.id} {each.imported_at:%Y-%m-%d} {each.source}")


@places.command("use")
@click.argument("version", type=int)
def places_use(version: int) -> None:
    """Put another version of the boundaries in force."""
    try:
        with _database().writing() as session:
            chosen = use_set(session, version)
    except DomainError as error:
        _fail_of(error)
    click.echo(f"version {chosen.id} is in force: {chosen.source}")


@photos.command("verify")
@click.option("--remove-orphans", is_flag=True, help="Remove bytes that no row names.")
def photos_verify(remove_orphans: bool) -> None:
    """Hold every original against its hash; exit 1 and name what is missing or altered."""
    storage, faults = _storage(), 0
    with _database().reading() as session:
        for each in verification.verify(session, storage, _now()):
            match each:
                case verification.Fault():
                    faults += 1
                    click.echo(f"BROKEN {each.sha256}: {each.message}")
                case verification.Orphan():
                    click.echo(f"orphan {each.sha256}{' removed' if remove_orphans else ''}")
                    if remove_orphans:
                        storage.remove(each.sha256)
                case verification.Checked():
                    click.echo(f"{each.photos} photos, {faults} faults")
    if faults:
        sys.exit(1)


@photos.command("expire")
def photos_expire() -> None:
    """Remove the originals whose time is over; the server does so by itself, once a day."""
    settings = current_app.extensions["settings"]
    count = remove_expired(
        _database(),
        _storage(),
        kept_days=settings.photo_retention_days,
        unused_days=settings.unused_photo_days,
        at=_now(),
    )
    click.echo(f"{count} photos removed")


@documents.command("verify")
def documents_verify() -> None:
    """Hold every issued document against its hash and its event; exit 1 and name what differs."""
    count = faults = 0
    with _database().reading() as session:
        for number, message in checking.verify(session, _storage()):
            count += 1
            if message:
                faults += 1
                click.echo(f"BROKEN {number}: {message}")
    click.echo(f"{count} documents, {faults} faults")
    if faults:
        sys.exit(1)


@documents.command("check")
def documents_check() -> None:
    """Fill in every template of TEMPLATES_DIR for a try; exit 1 and say what is wrong with it."""
    failed = False
    folder = current_app.extensions["desk"].templates_dir
    for name, message in checking.try_templates(folder, _now()):
        failed = failed or bool(message)
        click.echo(f"{name}: {message or 'ok'}")
    if failed:
        sys.exit(1)


@audit.command("verify")
def audit_verify() -> None:
    """Walk the chains of events and the closed months; exit 1 and name what is broken."""
    faults = 0
    secret_key = current_app.extensions["settings"].secret_key
    with _database().reading() as session:
        for each in chain(verify_closings(session, secret_key), verify(session)):
            if isinstance(each, Count):
                click.echo(f"{each.hazards} hazards, {each.events} events, {faults} faults")
            else:
                faults += 1
                click.echo(f"BROKEN {each.where}: {each.message}")
    if faults:
        sys.exit(1)


@audit.command("seal")
def audit_seal() -> None:
    """Write the digest of every day that is over; the server does so by itself."""
    with _database().writing() as session:
        for day in seal(session, _now()):
            click.echo(f"sealed {day}")


@ledger.command("balance")
@click.argument("month")
def ledger_balance(month: str) -> None:
    """The month's balance by township, as lines of tab-separated figures."""
    try:
        month = read_month(month, _now())
    except DomainError as error:
        _fail_of(error)
    with _database().reading() as session:
        names = Names.of(session)
        cells = figures(session, month, whole, TOWNSHIP)
    shown = ("opening", "added", "adjusted", "closed", "ending")
    click.echo("\t".join(("area", *shown)))
    areas = {cell.area_code: names.area(cell.area_code) for cell in cells}
    for code, name in areas.items():
        of = total(each for cell, each in cells.items() if cell.area_code == code).as_dict()
        click.echo("\t".join((name, *(str(of[column]) for column in shown))))
    of = total(cells.values()).as_dict()
    click.echo("\t".join(("合计", *(str(of[column]) for column in shown))))


@ledger.command("audit")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def ledger_audit(as_json: bool) -> None:
    """Hold the rules against the whole ledger; exit 1 and list what is open, if anything is.

    The server does so by itself every night. Exit 2: another process is at it.
    """
    auditor: Auditor = current_app.extensions["auditor"]
    run = auditor.run_now()
    if run is None:
        click.echo("another process is auditing the ledger: try again later", err=True)
        sys.exit(2)
    still = 0
    with _database().reading() as session:
        for each in open_views(session):
            still += 1
            click.echo(_as_json(each) if as_json else _as_row(each))
    if not as_json:
        click.echo(
            f"{run.lines_done} lines, {still} open, {run.opened} new, {run.resolved} resolved"
        )
    if still:
        sys.exit(1)


def _as_json(view: dict[str, Any]) -> str:
    return json.dumps(view, ensure_ascii=False, default=str)


def _as_row(view: dict[str, Any]) -> str:
    where = view["number"] or view["area_code"]
    return f"{view['kind']:25} {where:24} {view['explanation']}"


def _fail_of(error: DomainError) -> NoReturn:
    lines = [
        error.detail,
        *(f"{field}: {each}" for field, all_ in error.errors.items() for each in all_),
    ]
    _fail("\n".join(dict.fromkeys(lines)))


def _fail(message: str) -> NoReturn:
    raise click.ClickException(message)


def _database() -> Database:
    database: Database = current_app.extensions["database"]
    return database


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage


def _now() -> Any:
    return current_app.extensions["clock"].now()
