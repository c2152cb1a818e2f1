"""How long originals are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from config import Settings
from server.application import create_app
from server.clock import FixedClock
from server.database import Database
from server.glossary import State
from server.photos.models import Photo
from server.submissions.retention import remove_expired
from tests.client import Client
from tests.filling import quick
from tests.hazards.conftest import MakeHazard, advance, make  # noqa: F401 (fixtures)
from tests.pictures import jpeg

Advance = Callable[[str, State], str]


@pytest.fixture
def kept(app: Flask, database: Database) -> Callable[[str], bool]:
    """Whether an original is still there: the bytes, and the row that says so."""

    def is_kept(sha256: str) -> bool:
        there = app.extensions["storage"].size(sha256) is not None
        with database.reading() as session:
            photo = session.get_one(Photo, sha256)
        assert there == (photo.state != "removed")
        if not there:
            assert (photo.taken_at, photo.taken_latitude, photo.camera) == (None, None, "")
        return there

    return is_kept


def expire(app: Flask, days: int, *, kept_days: int = 0, unused_days: int = 180) -> int:
    return remove_expired(
        app.extensions["database"],
        app.extensions["storage"],
        kept_days=kept_days,
        unused_days=unused_days,
        at=app.extensions["clock"].now() + timedelta(days=days),
    )


def test_what_nothing_names_goes_after_its_time(
    app: Flask, grid: Client, kept: Callable[[str], bool]
) -> None:
    sha256 = grid.put_photo()
    grid.get(f"/api/v1/photos/{sha256}?size=thumb")
    assert expire(app, 179) == 0
    assert kept(sha256)
    assert expire(app, 181) == 1
    assert not kept(sha256)
    assert app.extensions["storage"].rendition(sha256, "thumb.webp") is None
    assert expire(app, 181) == 0


def test_what_was_brought_again_lately_stays(
    app: Flask, grid: Client, town: Client, clock: FixedClock, kept: Callable[[str], bool]
) -> None:
    content = jpeg()
    sha256 = grid.put_photo(content)
    clock.at += timedelta(days=20)
    town.put_photo(content)
    assert expire(app, 170) == 0
    assert kept(sha256)


def test_what_a_form_or_a_hazard_names_stays_for_ever_by_default(
    app: Flask,
    grid: Client,
    make: MakeHazard,  # noqa: F811
    advance: Advance,  # noqa: F811
    kept: Callable[[str], bool],
) -> None:
    named = grid.put_photo()
    advance(make(photos=[named]), State.CLOSED)
    content = jpeg()
    assert grid.submit(quick(), {"quick.jpg": content}).status_code == 201
    assert expire(app, 36_500) == 0
    assert kept(named)


def test_photos_of_closed_hazards_go_where_a_setting_says_so_and_open_ones_never(
    app: Flask,
    grid: Client,
    make: MakeHazard,  # noqa: F811
    advance: Advance,  # noqa: F811
    kept: Callable[[str], bool],
) -> None:
    closed, open_, both = (grid.put_photo() for _ in range(3))
    advance(make(photos=[closed, both]), State.CLOSED)
    make(photos=[open_, both])
    assert expire(app, 365, kept_days=366) == 0
    # The closed one's own, before and after; never the open one's.
    assert expire(app, 367, kept_days=366) == 2
    assert not kept(closed)
    assert kept(open_)
    assert kept(both)
    result = app.test_cli_runner().invoke(args=["photos", "verify"])
    assert result.exit_code == 0


def test_the_command_does_as_the_settings_say(
    settings: Settings, clock: FixedClock, app: Flask, grid: Client
) -> None:
    grid.put_photo()
    clock.at += timedelta(days=3)
    other = create_app(replace(settings, unused_photo_days=2), clock)
    assert app.test_cli_runner().invoke(args=["photos", "expire"]).output == "0 photos removed\n"
    assert other.test_cli_runner().invoke(args=["photos", "expire"]).output == "1 photos removed\n"
    other.extensions["database"].dispose()
