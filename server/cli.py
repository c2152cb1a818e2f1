"""The `flask` commands: database, seed, accounts, forms, audit."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from .database import Database
from .errors import DomainError
from .forms.library import Library
from .glossary import Role
from .hazards.audit import Count, seal, verify
from .migration import upgrade
from .people.accounts import open_account
from .seed import demo
from .seed.basics import convert_file, seed_basics, seed_forms

CITY = "141181000000"

db = AppGroup("db", help="The database's schema.")
users = AppGroup("users", help="Accounts.")
forms = AppGroup("forms", help="The form library.")
audit = AppGroup("audit", help="The chains of events.")


def register_commands(app: Flask) -> None:
    for group in (db, users, forms, audit):
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
        xform = convert_file(file)
        with _database().writing() as session:
            version, is_new = library.publish(session, xform, _now())
    except DomainError as error:
        _fail_of(error)
    done = "published" if is_new else "was published before:"
    click.echo(f"{done} {version.form_id} {version.version} (md5:{version.md5})")


@audit.command("verify")
def audit_verify() -> None:
    """Walk the chains of events; exit 1 and name what is broken."""
    faults = 0
    with _database().reading() as session:
        for each in verify(session):
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


def _now() -> Any:
    return current_app.extensions["clock"].now()
