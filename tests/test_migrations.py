"""The migrations make the very tables that the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from server.database import Database
from server.migration import MIGRATIONS, is_current, upgrade
from server.models import Base


def test_the_migrated_schema_is_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_has_a_name(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.tables:
        constraints = [
            found.get_pk_constraint(table),
            *found.get_foreign_keys(table),
            *found.get_unique_constraints(table),
        ]
        assert all(each["name"] for each in constraints), table


def test_the_migrations_are_one_line() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_a_database_that_is_current_stays_as_it_is(database: Database) -> None:
    before = inspect(database.engine).get_table_names()
    upgrade(database)
    assert inspect(database.engine).get_table_names() == before
    with database.engine.connect() as connection:
        assert is_current(connection)


def test_an_older_and_a_newer_database_are_not_current(database: Database) -> None:
    for statement in (
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM alembic_version",
    ):
        with database.writing() as session:
            session.execute(text(statement))
        with database.engine.connect() as connection:
            assert not is_current(connection)


def test_a_database_from_the_first_commit_on_is_migrated(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with database.engine.connect() as connection:
        assert not is_current(connection)
    upgrade(database)
    tables = set(inspect(database.engine).get_table_names())
    assert tables == {*Base.metadata.tables, "alembic_version"}
    database.dispose()
