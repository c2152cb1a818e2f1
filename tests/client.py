"""A test's way to the application: signed in, speaking JSON, and knowing the main moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from .pictures import jpeg

PLAN = {
    "responsibility": {"person": "赵六", "unit": "演示餐馆", "phone": "13800001234"},
    "measures": "清空疏散通道，安排专人每日检查",
    "funds": {"amount_yuan": "1500.00", "source": "自筹"},
    "deadline": "2026-12-10",
    "contingency": "整改期间停用二楼，安排专人值守",
}


class Client:
    """One caller, with or without an account."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.app = app
        self.http = app.test_client(use_cookies=False)
        # Problem details, also where another client would be answered in OpenRosa's own manner.
        self.headers = {"Accept": "application/problem+json, */*"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def signed_in(cls, app: Flask, username: str, password: str) -> Client:
        answer = cls(app).post("/api/v1/session", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return cls(app, answer.json["token"])

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("PUT", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("DELETE", path, **kwargs)

    def head(self, path: str, **kwargs: Any) -> TestResponse:
        return self._open("HEAD", path, **kwargs)

    def _open(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:
        # Buffered: what a file's answer has open is closed when it was read.
        headers = {**self.headers, **(headers or {})}
        return self.http.open(path, method=method, headers=headers, buffered=True, **kwargs)

    # The main moves

    def submit(
        self, xml: bytes, photos: Mapping[str, bytes] | None = None, **kwargs: Any
    ) -> TestResponse:
        """Post a filled form the way Collect does."""
        body, content_type = multipart(xml, photos or {})
        return self.post("/openrosa/submission", data=body, content_type=content_type, **kwargs)

    def put_photo(self, content: bytes | None = None) -> str:
        """Put an original; gives its sha256."""
        content = content if content is not None else jpeg()
        digest = sha256(content).hexdigest()
        answer = self.put(f"/api/v1/photos/{digest}", data=content)
        assert answer.status_code in (200, 201), answer.text
        return digest

    def act(
        self,
        number: str,
        action: str,
        data: Mapping[str, Any] | None = None,
        *,
        event_id: str | None = None,
        version: int | None = None,
    ) -> TestResponse:
        """Ask for an action on a hazard."""
        headers = {} if version is None else {"If-Match": f'"v{version}"'}
        body = {"id": event_id or str(uuid4()), "action": action, "data": data or {}}
        return self.post(f"/api/v1/hazards/{number}/events", json=body, headers=headers)

    def does(
        self, number: str, action: str, data: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """An action that must succeed; gives the hazard after it."""
        answer = self.act(number, action, data)
        assert answer.status_code == 201, answer.text
        hazard: dict[str, Any] = answer.json["hazard"]
        return hazard

    def hazard(self, number: str) -> dict[str, Any]:
        answer = self.get(f"/api/v1/hazards/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found


def multipart(
    xml: bytes | None, photos: Mapping[str, bytes] | Sequence[tuple[str, bytes]]
) -> tuple[bytes, str]:
    """A multipart body and its content type; the form first, then the files."""
    boundary = uuid4().hex
    parts = []
    if xml is not None:
        parts.append(("xml_submission_file", "submission.xml", "text/xml", xml))
    items = photos.items() if isinstance(photos, Mapping) else photos
    parts += [(name, name, "image/jpeg", content) for name, content in items]
    body = b"".join(
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{filename}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        + content
        + b"\r\n"
        for name, filename, kind, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
