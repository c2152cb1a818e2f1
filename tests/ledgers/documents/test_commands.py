"""`flask documents`: what is kept is what was issued; an office's templates are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.database import Database
from server.ledgers.documents.rendering import OURS
from tests.client import Client

from .conftest import issued
from .test_templates import template


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["documents", *arguments])
    return result.exit_code, result.output


def test_all_is_as_it_was_issued(app: Flask, make: Callable[..., str], town: Client) -> None:
    issued(town, make(), "inspection_record")
    assert run(app, "verify") == (0, "1 documents, 0 faults\n")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE issued_documents SET number = 'x'", "differs from what its event says"),
        (f"UPDATE issued_documents SET sha256 = '{'0' * 64}'", "differs from what its event"),
        ("DELETE FROM issued_documents", "its row is missing"),
    ],
)
def test_a_row_that_was_changed_is_named(
    app: Flask,
    make: Callable[..., str],
    town: Client,
    database: Database,
    damage: str,
    says: str,
) -> None:
    issued(town, make(), "inspection_record")
    with database.writing() as session:
        session.execute(text(damage))
    code, output = run(app, "verify")
    assert code == 1
    assert says in output
    assert "1 faults" in output


def test_bytes_that_were_changed_are_named(
    app: Flask, make: Callable[..., str], town: Client, settings: Settings
) -> None:
    document = issued(town, make(), "inspection_record")
    folder = Path(settings.storage_url.removeprefix("file://")) / "documents"
    (path,) = folder.rglob("*.docx")
    path.write_bytes(b"x")
    code, output = run(app, "verify")
    assert code == 1
    assert f"BROKEN {document['number']}: its bytes are missing or were altered" in output


def test_templates_are_tried_one_by_one(
    settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    folder = tmp_path / "templates"
    (folder / "yjj").mkdir(parents=True)
    for each in OURS.glob("*.docx"):
        (folder / each.name).write_bytes(each.read_bytes())
    app = create_app(replace(settings, templates_dir=str(folder)), clock)
    code, output = run(app, "check")
    assert code == 0
    assert output.count(": ok\n") == 9
    (folder / "yjj" / "listing_notice.docx").write_bytes(template("{{ 文好 }}"))
    (folder / "通知.docx").write_bytes(template())
    code, output = run(app, "check")
    assert code == 1
    assert "yjj/listing_notice.docx: 文书模板 yjj/listing_notice.docx 有误。第 2 段" in output
    assert "通知.docx: 不是任何一种文书的代码" in output
    app.extensions["database"].dispose()


def test_without_templates_of_its_own_there_is_nothing_to_try(app: Flask) -> None:
    assert run(app, "check") == (0, "")
