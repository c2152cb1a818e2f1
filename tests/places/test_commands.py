"""`flask places`, as an administrator types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.database import Database
from server.glossary import Datum
from server.places.boundaries import current_set
from server.places.models import Boundary, BoundarySet
from tests.places.test_boundaries import EAST, OTHER, TOWNSHIP, WEST, geojson
from tests.test_cli import Run, run

__all__ = ["run"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "areas.geojson"
    path.write_bytes(geojson({TOWNSHIP: WEST, OTHER: EAST}))
    return path


def test_a_file_is_imported_once(run: Run, file: Path, database: Database) -> None:
    arguments = ["places", "import", str(file), "--source", "自然资源局", "--datum", "gcj02"]
    assert run(*arguments).output == "imported 2 boundaries, version 2\n"
    assert run(*arguments).output == "already in force: 2 boundaries, version 2\n"
    with database.reading() as session:
        version = current_set(session)
        assert version is not None
        assert (version.source, version.datum, version.demo) == (
            "自然资源局",
            Datum.GCJ02.value,
            False,
        )
        query = select(func.count()).where(Boundary.set_id == version.id)
        assert session.scalar(query) == 2


def test_the_versions_are_listed_and_an_older_one_is_put_back(run: Run, file: Path) -> None:
    run("places", "import", str(file), "--source", "自然资源局")
    assert run("places", "list").output.splitlines() == [
        "  1 2026-11-23 演示边界（合成，非真实界线）",
        "* 2 2026-11-23 自然资源局",
    ]
    assert run("places", "use", "1").output.startswith("version 1 is in force: 演示边界")
    assert [line[0] for line in run("places", "list").output.splitlines()] == ["*", " "]
    # What was put back is not what the file says: it is taken in again.
    run("places", "import", str(file), "--source", "自然资源局")
    assert [line[0] for line in run("places", "list").output.splitlines()] == [" ", " ", "*"]


@pytest.mark.parametrize(
    ("content", "source", "message"),
    [
        (b"nothing of the kind", "x", "GeoJSON"),
        (geojson({"141181999000": WEST}), "x", "141181999000"),
        (geojson({TOWNSHIP: WEST, OTHER: WEST}), "x", "重叠"),
        (geojson({TOWNSHIP: WEST}), "长" * 201, "来源"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_reason(
    run: Run, database: Database, tmp_path: Path, content: bytes, source: str, message: str
) -> None:
    path = tmp_path / "bad.geojson"
    path.write_bytes(content)
    refused = run("places", "import", str(path), "--source", source, exit_code=1)
    assert refused.output.startswith("Error: ")
    assert message in refused.output
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BoundarySet)) == 1


def test_what_is_mistyped_is_said(run: Run, file: Path) -> None:
    run("places", "import", str(file), exit_code=2)
    run("places", "import", str(file), "--source", "x", "--datum", "cgcs2000", exit_code=2)
    run("places", "import", str(file) + "x", "--source", "x", exit_code=2)
    run("places", "use", "one", exit_code=2)
    assert "9999" in run("places", "use", "9999", exit_code=1).output
