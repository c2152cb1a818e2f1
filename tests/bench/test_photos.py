"""Photos: making what is shown, and finding look-alikes among a million."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.database import Database
from server.photos.decoding import Limits, examine, view
from server.photos.look_alikes import look_alikes
from server.photos.looks import Look, bands
from server.photos.models import Photo
from server.photos.watermark import Line, Mark
from tests.conftest import NOW
from tests.factories import account_actor
from tests.pictures import scene

ROUNDS = 15
MILLION = 1_000_000
CHUNK = 20_000
LIMIT_BITS = 10

MARK = Mark(
    (
        Line("编号", "YH-141181-001-202611-0001 · 整改前"),
        Line("时间", "2026-11-23 10:02:11（服务器收到） / 2026-11-23 09:58:00（手机）"),
        Line("地点", "新义街道 演示社区 第1网格 演示餐馆 二楼东侧楼梯口"),
        Line("坐标", "37.14620, 111.77910 ±8 米（WGS-84）"),
        Line("人员", "张三（网格员）"),
    ),
    "ABCD-EFGH-JKMN",
    "https://hazards.example.org/v/ABCDEFGHJKMN",
)


def median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """12 megapixels, some 4 MB, as a phone takes them."""
    picture = scene(1, 4032, 3024)
    grain = Image.effect_noise(picture.size, 25).convert("RGB")
    path = tmp_path / "photo.jpg"
    Image.blend(picture, grain, 0.25).save(path, quality=92)
    return str(path)


def test_renditions_against_the_bare_library(photo: str) -> None:
    limits = Limits(100_000_000, 8)

    def bare() -> None:
        """Scaled decode by libjpeg-turbo and encode, of the same two sizes, and nothing else."""
        for size in ((1600, 1200), (320, 240)):
            with Image.open(photo) as image:
                image.draft("RGB", size)
                small = image.resize(size, Image.Resampling.BICUBIC)
            small.save(BytesIO(), "JPEG", quality=82)

    def ours() -> None:
        examine(photo, limits)
        view(photo, limits, MARK, "image/jpeg")

    ours_ms, bare_ms = median_ms(ours), median_ms(bare)
    webp_ms = median_ms(lambda: view(photo, limits, MARK, "image/webp"))
    print(
        f"\n12 MP photo: examined, two thumbs, view with watermark {ours_ms:.0f} ms, "
        f"bare decode and encode {bare_ms:.0f} ms, ratio {ours_ms / bare_ms:.2f}; "
        f"view as WebP {webp_ms:.0f} ms"
    )
    assert ours_ms / bare_ms < 3


@pytest.mark.slow
def test_look_alikes_among_a_million(database: Database) -> None:
    rnd = Random(20261123)
    looks = [Look(rnd.getrandbits(64) - 2**63, rnd.getrandbits(64) - 2**63) for _ in range(MILLION)]
    with database.writing() as session:
        uploader = account_actor(session, "grid01").id
        began = time.perf_counter()
        for start in range(0, MILLION, CHUNK):
            fill(session, looks, start, uploader)
        filled = time.perf_counter() - began
    every = np.array([(look.rows, look.columns) for look in looks], dtype=np.int64)

    def brute(look: Look) -> int:
        differ = np.bitwise_count(every ^ np.array([look.rows, look.columns], dtype=np.int64))
        return int((differ.sum(axis=1) <= LIMIT_BITS).sum())

    asked = rnd.sample(looks, ROUNDS)
    with database.reading() as session:
        found = iter(asked)
        ours_ms = median_ms(lambda: list(look_alikes(session, next(found), LIMIT_BITS)))
    reference = iter(asked)
    brute_ms = median_ms(lambda: brute(next(reference)))
    print(
        f"\n{database.url.get_backend_name()}: look-alikes among {MILLION:,} photos {ours_ms:.1f} "
        f"ms by the index, {brute_ms:.1f} ms by comparing all in memory, "
        f"ratio {ours_ms / brute_ms:.2f} (filled in {filled:.0f} s)"
    )
    with database.reading() as session:
        for look in asked:
            assert len(list(look_alikes(session, look, LIMIT_BITS))) == brute(look) == 1


def fill(session: Session, looks: list[Look], start: int, uploader: int) -> None:
    rows = []
    for number in range(start, start + CHUNK):
        look = looks[number]
        row = {
            "sha256": f"{number:064x}",
            "size": 1,
            "media_type": "image/jpeg",
            "uploaded_by": uploader,
            "created_at": NOW,
            "state": "sound",
            "camera": "",
            "software": "",
            "look_rows": look.rows,
            "look_columns": look.columns,
        }
        rows.append(row | {f"look_band_{n}": band for n, band in enumerate(bands(look.rows))})
    session.execute(insert(Photo), rows)
