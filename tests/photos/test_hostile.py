"""Whatever anybody sends as a photo: a server that answers, in bounded memory and time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.client import multipart
from tests.conftest import PASSWORD, SECRET_KEY
from tests.filling import quick
from tests.pictures import jpeg, png_bomb, png_header, saved, scene
from tests.serving import Server, serving

MOST_PIXELS = 12_000_000
SIDE = 3464  # its square is just below the limit

# Of one process, at its peak: what it has when idle, and the largest picture that is allowed.
MOST_SERVER_KB = 250_000
MOST_SANDBOX_KB = 450_000
MOST_SECONDS = 15


def corpus() -> Iterator[tuple[str, bytes]]:
    good = {kind: saved(scene(7), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF")}
    for times in range(1, 11):
        side = int(SIDE * times**0.5) + (times > 1)
        yield f"png bomb {times}x", png_bomb(side, side)
    yield "endless png", png_header(2**31 - 1, 2**31 - 1)
    big = Image.new("RGB", (16_000, 16_000))
    yield "jpeg bomb", saved(big, quality=1)
    yield "webp bomb", saved(big.resize((16_000, 8_000)), "WEBP", quality=0, method=0)
    for kind, content in good.items():
        for percent in range(5, 100, 5):
            yield f"{kind} cut at {percent} %", content[: len(content) * percent // 100]
        yield f"{kind} with a zip", content + b"PK\x03\x04" + b"\0" * 1000
        yield f"{kind} with a script", content + b"<script>alert(1)</script>"
    yield "gif and script", b"GIF89a/*" + saved(scene(1), "GIF")[6:] + b"*/=1;alert(1)"
    yield "pdf that is a jpeg", b"%PDF-1.7\n" + good["JPEG"]
    yield "jpeg in a heic brand", good["HEIF"][:32] + good["JPEG"]
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield "nothing", b""
    yield "16 bit", saved(Image.new("I;16", (200, 100), 40_000), "PNG")
    yield "cmyk", saved(scene(2).convert("CMYK"), "JPEG")
    yield "one pixel", saved(Image.new("RGB", (1, 1)), "PNG")
    yield "a line", saved(Image.new("RGB", (60_000, 1)), "PNG")
    frames = [scene(each, 320, 240) for each in range(30)]
    yield "animated", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    yield "animated png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield from malformed_exif()


def malformed_exif() -> Iterator[tuple[str, bytes]]:
    good = jpeg(seed=3)
    start = good.index(b"Exif\0\0") + 6
    for offset in range(0, 120, 7):
        for junk in (b"\xff" * 8, b"\0" * 8):
            broken = good[: start + offset] + junk + good[start + offset + 8 :]
            yield f"exif {offset} {junk[:1].hex()}", broken
    yield "exif that ends early", good[: start + 20] + good[start + 60 :]
    yield "exif that is huge", saved(scene(4), exif=b"Exif\0\0II*\0" + b"\xff" * 60_000)
    yield (
        "exif that loops",
        saved(
            scene(4),
            exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
        ),
    )


NAMES = [
    *("../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "照片" * 150),
    *("x" * 300, ".htaccess", "photo.jpg\r\nSet-Cookie: a=b", "con", "%2e%2e%2f", "🔥.jpg", " "),
]


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    database = folder / "test.db"
    database.write_bytes(sqlite_template.read_bytes())
    environment = {
        "DATABASE_URL": f"sqlite:///{database}",
        "STORAGE_URL": f"file://{folder / 'photos'}",
        "SECRET_KEY": SECRET_KEY,
        "MAX_PHOTO_PIXELS": str(MOST_PIXELS),
    }
    with serving(environment, folder / "server.log") as running:
        yield running


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    import json

    body = json.dumps({"username": "grid01", "password": PASSWORD}).encode()
    status, answer = ask(server, "POST", "/api/v1/session", body, "application/json")
    assert status == 200
    token: str = json.loads(answer)["token"]
    return token


def ask(
    server: Server,
    method: str,
    path: str,
    body: bytes | None = None,
    content_type: str = "application/octet-stream",
    token: str = "",
) -> tuple[int, bytes]:
    connection = HTTPConnection(server.host, server.port, timeout=60)
    headers = {"Content-Type": content_type} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_nothing_that_is_sent_as_a_photo_costs_more_than_it_may(server: Server, token: str) -> None:
    shown = refused = 0
    for what, content in corpus():
        began = time.monotonic()
        name = sha256(content).hexdigest()
        status, _ = ask(server, "PUT", f"/api/v1/photos/{name}", content, token=token)
        assert status in (200, 201), what
        for size in ("thumb", "view"):
            path = f"/api/v1/photos/{name}?{urlencode({'size': size})}"
            status, answer = ask(server, "GET", path, token=token)
            assert status in (200, 409), what
            if status == 200:
                shown += 1
                picture = Image.open(BytesIO(answer))
                picture.load()
                assert max(picture.size) <= 1600, what
                assert b"script" not in answer, what
            else:
                refused += 1
                assert b"photo_quarantined" in answer, what
        assert time.monotonic() - began < MOST_SECONDS, what
    assert shown > 60
    assert refused > 100
    processes = peaks(server.process.pid)
    assert len(processes) >= 3, "the master, its worker and the process for decoding"
    for name, peak_kb in processes:
        most = MOST_SANDBOX_KB if "multiprocessing" in name else MOST_SERVER_KB
        assert peak_kb < most, name


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_leads_anywhere(server: Server, token: str, name: str) -> None:
    content = jpeg()
    body, content_type = multipart(quick(photo="photo.jpg"), {name: content})
    status, answer = ask(server, "POST", "/openrosa/submission", body, content_type, token)
    assert status in (201, 400), answer
    digest = sha256(content).hexdigest()
    stored, _ = ask(server, "GET", f"/api/v1/photos/{digest}", token=token)
    # A name with a line's end in it is the end of its part's headers: such a part is dropped.
    assert stored == (200 if status == 201 and "\n" not in name else 404)


def peaks(pid: int) -> list[tuple[str, int]]:
    """The command and peak memory (kB) of a process and all that it started."""
    found, waiting = [], [pid]
    while waiting:
        this = waiting.pop()
        process = Path("/proc") / str(this)
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        command = (process / "cmdline").read_text().replace("\0", " ")
        found.append((command, int(status["VmHWM"].split()[0])))
        for thread in (process / "task").iterdir():
            waiting += map(int, (thread / "children").read_text().split())
    return found
