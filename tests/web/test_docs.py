"""The documentation's page, under our content security policy."""

from __future__ import annotations

import pytest
from lxml import html

from tests.client import Client

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("path", ["/api/docs", "/"])
def test_a_page_has_no_inline_script_or_style(anonymous: Client, path: str) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    page = html.fromstring(answer.text)
    for script in page.iter("script"):
        assert script.get("src")
        assert not (script.text or "").strip()
    assert not list(page.iter("style"))
    names = {name for element in page.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    assert not [link for *_, link, _ in page.iterlinks() if link.startswith("javascript:")]


def test_the_policy_allows_no_inline_script_and_no_other_host(anonymous: Client) -> None:
    policy = anonymous.get("/api/docs").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy


def test_all_that_the_page_loads_is_there(anonymous: Client) -> None:
    page = html.fromstring(anonymous.get("/api/docs").text)
    [viewer] = page.xpath("//*[@data-swagger]")
    loaded = [link for element, *_, link, _ in page.iterlinks() if element.tag != "a"]
    assert len(loaded) == 3
    for path in [*loaded, viewer.get("data-swagger")]:
        answer = anonymous.get(path)
        assert answer.status_code == 200, path
        answer.close()
