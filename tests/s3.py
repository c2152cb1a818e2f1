"""A real server that speaks S3: OpenStack Swift, one of each of its processes, in a folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
from obstore.store import S3Store

from .serving import BIN, free_port

START_SECONDS = 30
BUCKET = "photos"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "testing"}

COMMON = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
user = {user}
log_level = WARNING
"""

PROXY = """
[pipeline:main]
pipeline = catch_errors listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""

STORE = """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


@contextmanager
def s3_server(folder: Path) -> Iterator[Mapping[str, str]]:
    """A running server; gives the environment variables that clients find it by."""
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = test\n"
        "[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    ports = {kind: free_port() for kind in ("proxy", "account", "container", "object")}
    for kind in ("account", "container", "object"):
        _ring(folder, kind, ports[kind])
    with ExitStack() as stack:
        for kind, port in ports.items():
            own = PROXY if kind == "proxy" else STORE.format(kind=kind)
            config = folder / f"{kind}.conf"
            config.write_text(
                COMMON.format(port=port, folder=folder, user=os.environ.get("USER", "root")) + own
            )
            stack.enter_context(_running(kind, config, port))
        url = f"http://127.0.0.1:{ports['proxy']}"
        _make_bucket(url)
        yield KEYS | {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": REGION,
        }


def _make_bucket(url: str) -> None:
    store = S3Store(
        BUCKET,
        endpoint=url,
        region=REGION,
        access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
    )
    # The library makes no buckets, but signs the request that does.
    httpx.put(obstore.sign(store, "PUT", "", timedelta(minutes=5))).raise_for_status()


@contextmanager
def _running(kind: str, config: Path, port: int) -> Iterator[None]:
    log = config.with_suffix(".log").open("wb")
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    process = subprocess.Popen(
        [sys.executable, BIN / f"swift-{kind}-server", config],
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(config.with_suffix(".log").read_text())
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _ring(folder: Path, kind: str, port: int) -> None:
    builder = str(folder / f"{kind}.builder")
    for arguments in (
        ["create", "4", "1", "1"],
        ["add", f"r1z1-127.0.0.1:{port}/d1", "1"],
        ["rebalance"],
    ):
        command = [sys.executable, BIN / "swift-ring-builder", builder, *arguments]
        subprocess.run(command, check=True, capture_output=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
