"""What the application brings along is there once, and follows its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.database import Database
from server.forms.library import Library
from server.forms.models import FormVersion
from server.seed import basics
from tests.conftest import NOW


def versions(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(FormVersion)) or 0


def test_seeding_again_publishes_and_converts_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions(database)
    monkeypatch.setattr(basics, "convert_file", None)
    with database.writing() as session:
        assert basics.seed_forms(session, Library(), NOW) == []
    assert versions(database) == before


def test_a_note_for_the_office_is_no_new_version(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in basics.FORMS.glob("*.md"):
        content = path.read_text()
        if path.stem == "fire":
            content = content.replace("待主管部门核对", "已核对")
        (tmp_path / path.name).write_text(content)
    monkeypatch.setattr(basics, "FORMS", tmp_path)
    monkeypatch.setattr(basics, "SHARED_CHOICES", tmp_path / "choices.md")
    before = versions(database)
    with database.writing() as session:
        basics.seed_forms(session, Library(), NOW)
    assert versions(database) == before
    # And the next start has nothing to convert.
    monkeypatch.setattr(basics, "convert_file", None)
    with database.writing() as session:
        assert basics.seed_forms(session, Library(), NOW) == []
