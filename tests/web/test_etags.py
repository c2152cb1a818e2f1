"""Versions as ETags."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Malformed
from server.web.etags import etag, expected_version

bare = Flask("bare")


def read(header: str) -> int | None:
    with bare.test_request_context(headers={"If-Match": header}):
        return expected_version()


@given(st.integers(0, 10**9 - 1))
def test_an_etag_reads_back_also_when_a_proxy_made_it_weak(version: int) -> None:
    assert read(etag(version)) == version
    assert read(f" W/{etag(version)} ") == version


@pytest.mark.parametrize("header", ["", " ", "*"])
def test_no_version_is_expected_where_none_is_named(header: str) -> None:
    assert read(header) is None


def test_without_the_header_no_version_is_expected() -> None:
    with bare.test_request_context():
        assert expected_version() is None


@pytest.mark.parametrize(
    "header", ['"v1', "v1", '"1"', '"v-1"', '"v1", "v2"', '"v٣"', '"v9999999999"', '"v1"x', "é"]
)
def test_another_header_is_malformed_and_not_passed_over(header: str) -> None:
    with pytest.raises(Malformed):
        read(header)
