"""The offices' side of a story, over the API of a running server."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import PASSWORD


class Office:
    """Anybody with an account, by account name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[str, httpx.Client] = {}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _signed_in(self, username: str) -> httpx.Client:
        if username not in self._clients:
            self._clients[username] = self._sign_in(username)
        return self._clients[username]

    def _sign_in(self, username: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=30)
        body = {"username": username, "password": PASSWORD}
        token = client.post("/api/v1/session", json=body).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def get(self, username: str, path: str) -> Any:
        return self._signed_in(username).get(f"/api/v1{path}").raise_for_status().json()

    def file(self, username: str, path: str) -> bytes:
        """What an address gives that is no JSON."""
        return self._signed_in(username).get(f"/api/v1{path}").raise_for_status().content

    def hazards(self, username: str = "town01") -> list[dict[str, Any]]:
        """All hazards that an account sees, newest first, in full."""
        lines = self.get(username, "/hazards?limit=100")["items"]
        return [self.get(username, f"/hazards/{line['number']}") for line in lines]

    def photo(self, digest: str, username: str = "town01") -> bytes:
        answer = self._signed_in(username).get(f"/api/v1/photos/{digest}").raise_for_status()
        assert sha256(answer.content).hexdigest() == digest
        return answer.content

    def put_photo(self, username: str, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        self._signed_in(username).put(
            f"/api/v1/photos/{digest}", content=content
        ).raise_for_status()
        return digest

    def registers(self, username: str, site: Mapping[str, object]) -> None:
        body = {"id": str(uuid4()), **site}
        self._signed_in(username).post("/api/v1/sites", json=body).raise_for_status()

    def submit(self, username: str, xml: bytes, photos: Mapping[str, bytes]) -> list[str]:
        """Submit a filled form as any OpenRosa client would; gives the hazards' numbers."""
        files = {"xml_submission_file": ("form.xml", xml, "text/xml")}
        files |= {name: (name, content, "image/jpeg") for name, content in photos.items()}
        answer = self._signed_in(username).post("/openrosa/submission", files=files)
        assert answer.status_code == 201, answer.text
        return [each["number"] for each in reversed(self.get(username, "/hazards")["items"])]

    def does(
        self, username: str, number: str, action: str, data: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """An action that must succeed; gives the hazard after it."""
        data = dict(data or {})
        if action in ("accept", "close"):
            # The photos of these tests are of another day than the test.
            found = self.get(username, f"/hazards/{number}/evidence")["items"]
            answers = [{"finding": each["id"], "word": "已到现场核实"} for each in found]
            data |= {"answers": answers}
        body = {"id": str(uuid4()), "action": action, "data": data}
        answer = self._signed_in(username).post(f"/api/v1/hazards/{number}/events", json=body)
        assert answer.status_code == 201, answer.text
        hazard: dict[str, Any] = answer.json()["hazard"]
        return hazard
