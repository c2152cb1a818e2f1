"""What is shown of a photo, and to whom; and what is kept apart."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.clock import FixedClock
from server.database import Database
from server.photos.darkroom import CLAIM_LASTS, Darkroom
from server.photos.models import Photo
from server.photos.watermark import Mark
from tests.client import Client
from tests.factories import no_rest
from tests.hazards.conftest import MakeHazard, make  # noqa: F401 (a fixture)
from tests.pictures import jpeg, png_bomb, png_header, saved, scene
from tests.web.test_problems import assert_problem

WEBP = {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}


@pytest.fixture
def darkroom(app: Flask) -> Darkroom:
    found: Darkroom = app.extensions["darkroom"]
    return found


def shown(
    client: Client, sha256: str, size: str, headers: dict[str, str] | None = None, code: str = ""
) -> TestResponse:
    query = {"size": size} | ({"code": code} if code else {})
    return client.get(f"/api/v1/photos/{sha256}", query_string=query, headers=headers)


def picture(answer: TestResponse) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.data))


def row(database: Database, sha256: str) -> Photo:
    with database.reading() as session:
        return session.get_one(Photo, sha256)


def test_a_thumb_is_made_when_it_is_asked_for(grid: Client, database: Database) -> None:
    sha256 = grid.put_photo(jpeg(1200, 900))
    answer = shown(grid, sha256, "thumb")
    assert answer.mimetype == "image/jpeg"
    assert picture(answer).size == (320, 240)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    photo = row(database, sha256)
    assert (photo.state, photo.media_type, photo.width) == ("sound", "image/jpeg", 1200)
    assert photo.camera == "Demo Phone 1"
    assert photo.taken_at is not None


def test_a_browser_gets_webp_and_others_get_jpeg(grid: Client) -> None:
    sha256 = grid.put_photo()
    for size in ("thumb", "view"):
        answer = shown(grid, sha256, size, WEBP)
        assert (answer.mimetype, picture(answer).format) == ("image/webp", "WEBP")
        assert "Accept" in answer.headers["Vary"]
        answer = shown(grid, sha256, size, {"Accept": "*/*"})
        assert (answer.mimetype, picture(answer).format) == ("image/jpeg", "JPEG")


def test_what_one_has_is_not_sent_again(grid: Client) -> None:
    sha256 = grid.put_photo()
    etag = shown(grid, sha256, "view").headers["ETag"]
    assert shown(grid, sha256, "view", {"If-None-Match": etag}).status_code == 304


def test_what_was_made_once_is_kept(grid: Client, darkroom: Darkroom) -> None:
    sha256 = grid.put_photo()
    first = shown(grid, sha256, "view").data
    assert darkroom.storage.rendition(sha256, "view.jpg") == first
    darkroom.storage.keep_rendition(sha256, "view.webp", b"as it was made")
    assert shown(grid, sha256, "view", WEBP).data == b"as it was made"


def test_a_thumb_that_was_lost_is_made_again(
    grid: Client, darkroom: Darkroom, tmp_path: Path
) -> None:
    sha256 = grid.put_photo()
    first = shown(grid, sha256, "thumb").data
    for path in (tmp_path / "photos" / "renditions").rglob("thumb.*"):
        path.unlink()
    assert shown(grid, sha256, "thumb").data == first


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<script>alert(1)</script>", "not_a_picture"),
        (png_header(50_000, 50_000), "too_many_pixels"),
        (jpeg(640, 480)[:5000], "damaged"),
    ],
)
def test_what_cannot_be_shown_is_kept_apart(
    grid: Client, database: Database, content: bytes, why: str
) -> None:
    sha256 = grid.put_photo(content)
    for size in ("thumb", "view"):
        problem = assert_problem(shown(grid, sha256, size), 409, "photo_quarantined")
        assert problem["quarantine"] == why
    assert row(database, sha256).state == "quarantined"
    original = shown(grid, sha256, "original")
    assert (original.data, original.mimetype) == (content, "application/octet-stream")
    assert original.headers["Content-Disposition"].startswith("attachment;")


def test_a_photo_with_something_after_it_is_shown_without(grid: Client) -> None:
    hidden = b"<script>alert(document.domain)</script>PK\x03\x04" * 50
    for good in (jpeg(), saved(scene(1), "PNG"), saved(scene(1), "WEBP")):
        sha256 = grid.put_photo(good + hidden)
        for size in ("thumb", "view"):
            answer = shown(grid, sha256, size)
            assert picture(answer).size[0] in (320, 640)
            assert b"script" not in answer.data


def test_bytes_that_are_gone_are_said_to_be(
    grid: Client, darkroom: Darkroom, database: Database
) -> None:
    sha256 = grid.put_photo()
    darkroom.storage.remove(sha256)
    assert_problem(shown(grid, sha256, "original"), 404, "photo_missing")
    problem = assert_problem(shown(grid, sha256, "thumb"), 409, "photo_quarantined")
    assert problem["quarantine"] == "missing"


def test_a_picture_that_takes_too_long_is_kept_apart(
    grid: Client, darkroom: Darkroom, database: Database
) -> None:
    sha256 = grid.put_photo(png_bomb(9000, 9000))
    replace(darkroom, seconds=0.001).examine(sha256)
    problem = assert_problem(shown(grid, sha256, "thumb"), 409, "photo_quarantined")
    assert problem["quarantine"] == "too_costly"
    assert row(database, sha256).state == "quarantined"


def test_the_background_examines_what_is_new_once(
    grid: Client, darkroom: Darkroom, database: Database, clock: FixedClock
) -> None:
    photos = [grid.put_photo() for _ in range(3)] + [grid.put_photo(b"no picture")]
    assert darkroom.examine_due(clock.now(), no_rest) == 4
    assert darkroom.examine_due(clock.now(), no_rest) == 0
    states = [row(database, sha256).state for sha256 in photos]
    assert states == ["sound", "sound", "sound", "quarantined"]
    assert darkroom.storage.rendition(photos[0], "thumb.webp") is not None


def test_what_a_dead_process_had_begun_is_taken_up_by_another(
    grid: Client, darkroom: Darkroom, database: Database, clock: FixedClock
) -> None:
    sha256 = grid.put_photo()
    with database.writing() as session:
        session.get_one(Photo, sha256).claimed_at = clock.now()
    assert darkroom.examine_due(clock.now(), no_rest) == 0
    assert darkroom.examine_due(clock.now() + CLAIM_LASTS * 1.01, no_rest) == 1
    assert row(database, sha256).state == "sound"


def test_a_view_carries_the_mark_of_its_hazard(
    grid: Client,
    town: Client,
    unit: Client,
    make: MakeHazard,  # noqa: F811
    database: Database,
) -> None:
    sha256 = grid.put_photo(jpeg(800, 600))
    plain = shown(grid, sha256, "view")
    assert picture(plain).size == (800, 600)
    assert plain.headers["Cache-Control"] == "private, no-cache"
    number = make(photos=[sha256], site_name="演示餐馆", latitude=37.1462, longitude=111.7791)
    [photo] = town.get(f"/api/v1/hazards/{number}").json["photos"]
    marked = town.get(photo["view"], headers=WEBP)
    assert picture(marked).size[0] == 800
    assert picture(marked).size[1] > 650
    assert marked.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    # Without its code it is the first hazard's that one may see.
    assert picture(shown(grid, sha256, "view")).size == picture(marked).size
    assert picture(town.get(photo["thumb"])).size == (320, 240)
    # A code of another photo, or one's own guess, is no photo.
    for code in ("0" * 12, "nonsense", photo["code"][:-1]):
        assert_problem(shown(town, sha256, "view", code=code), 404, "photo_not_found")
    # And who may not see the hazard sees nothing at all.
    assert_problem(unit.get(photo["view"]), 404, "photo_not_found")


def test_a_mark_says_the_phones_time_also_when_it_is_the_first_to_ask(
    grid: Client,
    make: MakeHazard,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks: list[Mark | None] = []
    developed = Darkroom.view

    def watched(self: Darkroom, photo: Photo, mark: Mark | None, media_type: str) -> bytes:
        marks.append(mark)
        return developed(self, photo, mark, media_type)

    monkeypatch.setattr(Darkroom, "view", watched)
    number = make(photos=[grid.put_photo()], spot="二楼", latitude=37.1462, longitude=111.7791)
    [photo] = grid.get(f"/api/v1/hazards/{number}").json["photos"]
    assert grid.get(photo["view"]).status_code == 200
    [mark] = marks
    assert mark is not None
    said = {line.label: line.text for line in mark.lines}
    assert said["编号"] == f"{number} · 整改前"
    assert said["时间"] == "2026-11-23 10:00:00（服务器收到） / 2026-11-23 09:58:00（手机）"
    assert said["地点"] == "新义街道 演示社区 第1网格 二楼"
    assert said["坐标"] == "37.14620, 111.77910（WGS-84）"
    assert said["人员"] == "张三（网格员）"
    assert mark.code.replace("-", "") == photo["code"]
    assert mark.address == f"http://localhost/v/{photo['code']}"


def test_a_photo_is_examined_again_when_it_comes_back(
    grid: Client, darkroom: Darkroom, database: Database
) -> None:
    content = jpeg()
    sha256 = grid.put_photo(content)
    assert shown(grid, sha256, "thumb").status_code == 200
    with database.writing() as session:
        session.scalars(select(Photo)).one().state = "removed"
    assert_problem(shown(grid, sha256, "thumb"), 409, "photo_removed")
    assert_problem(shown(grid, sha256, "original"), 409, "photo_removed")
    grid.put_photo(content)
    assert shown(grid, sha256, "thumb").status_code == 200
