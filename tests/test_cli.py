"""The commands, as an administrator types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, text

from server.clock import FixedClock
from server.database import Database
from server.forms.models import Form, FormVersion
from server.models import Base
from server.people.accounts import find_account
from server.seed.basics import FORMS
from server.seed.demo import GRID
from tests.client import Client
from tests.conftest import NOW, PASSWORD
from tests.factories import account_actor, make_hazard

Run = Callable[..., Result]

FORM = """\
| survey |
| | type | name | label | required | save_to |
| | text | description | 隐患描述 | yes | description |
| | select_one judgement | tidy | 通道畅通 | yes | |
| entities |
| | dataset | label |
| | hazards | ${description} |
| settings |
| | form_title | form_id | version |
| | 演示检查 | demo-check | VERSION |
"""


@pytest.fixture
def run(app: Flask) -> Run:
    """Runs a command; gives its result, which must be `exit_code`."""

    def run(*arguments: str, exit_code: int = 0, **kwargs: Any) -> Result:
        result = app.test_cli_runner().invoke(args=arguments, **kwargs)
        assert result.exit_code == exit_code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


class TestOnAnEmptyDatabase:
    @pytest.fixture
    def database_url(self, empty_database_url: str) -> str:
        return empty_database_url

    def test_upgrade_and_seed_do_their_work_once(self, run: Run, database: Database) -> None:
        run("db", "upgrade")
        run("db", "upgrade")
        assert "published fire" in run("seed").output
        seeded = counts(database)
        assert (seeded["areas"], seeded["users"], seeded["sites"]) == (17, 0, 0)
        assert "published" not in run("seed", "--upgrade").output
        assert counts(database) == seeded

    def test_a_demo_needs_a_password_of_its_own(self, run: Run, database: Database) -> None:
        run("db", "upgrade")
        refused = run("seed", "--demo", exit_code=1, env={"DEMO_PASSWORD": ""})
        assert "DEMO_PASSWORD" in refused.output
        assert counts(database)["areas"] == 0

    def test_a_demo_is_made_once_and_keeps_its_first_password(
        self, app: Flask, run: Run, database: Database
    ) -> None:
        made = run("seed", "--upgrade", "--demo", env={"DEMO_PASSWORD": PASSWORD})
        assert "grid01" in made.output
        assert PASSWORD not in made.output
        before = counts(database)
        run("seed", "--demo", env={"DEMO_PASSWORD": "another password"})
        run("seed", "--demo", env={"DEMO_PASSWORD": ""})
        assert counts(database) == before
        Client.signed_in(app, "grid01", PASSWORD)


def test_an_account_is_opened_and_signs_in(app: Flask, run: Run, database: Database) -> None:
    arguments = ["gas", "--role", "department", "--name", "钱二", "--organisation", "xfdd"]
    arguments += ["--sector", "GAS", "--sector", "FIRE", "--area", GRID, "--password-stdin"]
    opened = run("users", "add", *arguments, input=f"{PASSWORD}\r\nmore")
    assert opened.output == "account gas (department) opened\n"
    me = Client.signed_in(app, "gas", PASSWORD).get("/api/v1/me").json
    assert (me["name"], me["area"], sorted(me["sectors"])) == ("钱二", GRID, ["FIRE", "GAS"])


@pytest.mark.parametrize(
    ("arguments", "password", "message"),
    [
        (["town01", "--role", "auditor"], PASSWORD, "已存在"),
        (["new", "--role", "auditor"], "short", "密码"),
        (["new", "--role", "auditor"], "", "密码"),
        (["new", "--role", "auditor", "--area", "1"], PASSWORD, "区划"),
        (["new", "--role", "department"], PASSWORD, "行业领域"),
        (["new", "--role", "responsible_unit", "--site", "99999"], PASSWORD, "99999"),
        (["new", "--role", "auditor", "--organisation", "nope"], PASSWORD, "nope"),
        (["a:b", "--role", "auditor"], PASSWORD, "冒号"),
    ],
)
def test_an_account_that_would_not_work_is_refused_with_the_reason(
    run: Run, database: Database, arguments: list[str], password: str, message: str
) -> None:
    before = counts(database)
    refused = run("users", "add", *arguments, "--password-stdin", exit_code=1, input=password)
    assert message in refused.output
    assert "Traceback" not in refused.output
    assert counts(database) == before


@pytest.mark.parametrize(
    "arguments", [["new"], ["new", "--role", "king"], ["new", "--password", "x"]]
)
def test_a_password_is_never_an_argument_and_a_role_must_be_one(
    run: Run, arguments: list[str]
) -> None:
    run("users", "add", *arguments, exit_code=2)


def publish(run: Run, folder: Path, version: str, form: str = FORM, **kwargs: Any) -> str:
    file = folder / "check.md"
    file.write_text(form.replace("VERSION", version), "utf-8")
    return run("forms", "add", str(file), **kwargs).output


def test_a_form_is_published_with_the_shared_choices_and_served(
    run: Run, grid: Client, tmp_path: Path
) -> None:
    output = publish(run, tmp_path, "1")
    assert output.startswith("published demo-check 1 (md5:")
    found = grid.get("/api/v1/forms/demo-check").json
    assert (found["title"], found["version"]) == ("演示检查", "1")
    assert found["md5"] in output
    xform = grid.get(found["xform_url"])
    assert "不符合" in xform.text


def test_a_form_is_published_once_and_a_new_version_takes_its_place(
    run: Run, database: Database, tmp_path: Path
) -> None:
    publish(run, tmp_path, "1")
    assert "before" in publish(run, tmp_path, "1")
    publish(run, tmp_path, "2")
    with database.reading() as session:
        query = select(FormVersion.version).where(FormVersion.form_id == "demo-check")
        assert sorted(session.scalars(query)) == ["1", "2"]
        assert session.get_one(Form, "demo-check").current_version == "2"


@pytest.mark.parametrize(
    "form",
    [
        FORM.replace("通道畅通", "别的"),
        FORM.replace("judgement", "no_such_list"),
        FORM.replace("demo-check", "x" * 65),
        FORM.replace("VERSION", "v" * 65),
        FORM.replace("演示检查", "长" * 201),
        "nothing of the kind",
        "",
    ],
)
def test_a_form_that_cannot_be_published_is_refused_with_the_reason(
    run: Run, database: Database, tmp_path: Path, form: str
) -> None:
    publish(run, tmp_path, "1")
    before = counts(database)
    output = publish(run, tmp_path, "1", form, exit_code=1)
    assert output.startswith("Error: ")
    assert counts(database) == before


def test_a_file_that_is_not_there_or_no_form_is_refused(run: Run, tmp_path: Path) -> None:
    run("forms", "add", str(tmp_path / "nowhere.md"), exit_code=2)
    (tmp_path / "form.pdf").write_bytes(b"%PDF")
    run("forms", "add", str(tmp_path / "form.pdf"), exit_code=1)


def test_a_sound_audit_counts_and_a_broken_one_names_the_link(run: Run, database: Database) -> None:
    with database.writing() as session:
        number = make_hazard(session, account_actor(session, "grid01")).number
    assert run("audit", "verify").output == "1 hazards, 1 events, 0 faults\n"
    with database.writing() as session:
        session.execute(text("UPDATE hazards SET description = 'nothing to see'"))
    broken = run("audit", "verify", exit_code=1).output
    assert "BROKEN" in broken
    assert number in broken


def test_a_day_is_sealed_once_it_is_over(run: Run, database: Database, clock: FixedClock) -> None:
    with database.writing() as session:
        make_hazard(session, account_actor(session, "grid01"))
    assert run("audit", "seal").output == ""
    clock.at = NOW.replace(day=24)
    assert run("audit", "seal").output == "sealed 2026-11-23\n"
    assert run("audit", "seal").output == ""
    run("audit", "verify")


def test_a_closed_or_unknown_account_is_found_by_its_name_alone(database: Database) -> None:
    with database.reading() as session:
        assert find_account(session, "nobody") is None
        assert find_account(session, "town01") is not None


def test_lint_finds_no_fault_with_the_library(run: Run) -> None:
    assert "error" not in run("forms", "lint", *map(str, sorted(FORMS.glob("*.md")))).output


def test_lint_says_what_is_wrong_and_publishes_nothing(
    run: Run, tmp_path: Path, database: Database
) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(FORM.replace("VERSION", ""))
    bad.write_text(FORM.replace("| text |", "| txet |"))
    assert "warning: 没有填 version" in run("forms", "lint", str(good)).output
    told = run("forms", "lint", str(good), str(bad), exit_code=1).output
    assert f"{bad}:survey:2: error: 不认识的题型“txet”。" in told
    with database.reading() as session:
        assert session.get(Form, "demo-check") is None
