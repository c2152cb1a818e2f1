from __future__ import annotations

import pytest
from flask import Flask

from server.imports.running import Importer
from tests.client import Client
from tests.conftest import PASSWORD


@pytest.fixture
def admin(app: Flask) -> Client:
    return Client.signed_in(app, "admin01", PASSWORD)


@pytest.fixture
def importer(app: Flask) -> Importer:
    found: Importer = app.extensions["importer"]
    return found
