"""Whatever stands in the data is words: no page of the console makes markup of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from server.database import Database
from tests.serving import Server

from .desk import Desk
from .office import Office

IMAGE = '<img src=x class=hostile onerror="window.hostile = 1">'
HOSTILE = f"{IMAGE}<script>window.hostile = 2</script>"

# Every column with words that somebody writes, by table.
WORDS = {
    "hazards": (
        *("description", "site_name", "spot", "item", "category", "basis", "responsible_unit"),
        *("supervisor", "reporter_name", "finish_summary"),
    ),
    "plans": ("person", "unit", "phone", "measures", "source", "contingency"),
    "events": ("actor_name",),
    "sites": ("name", "address"),
    "areas": ("name",),
    "sectors": ("name",),
    "organisations": ("name",),
    "users": ("name",),
    "forms": ("title",),
}


@pytest.fixture
def hostile(server: Server) -> Iterator[Callable[[], None]]:
    """Puts markup in front of all words that are in the database."""
    database = Database(server.environment["DATABASE_URL"])

    def spoil() -> None:
        with database.writing() as session:
            for table, columns in WORDS.items():
                changed = ", ".join(f"{name} = :words || {name}" for name in columns)
                session.execute(text(f"UPDATE {table} SET {changed}"), {"words": HOSTILE})

    yield spoil
    database.dispose()


def test_no_page_makes_markup_of_what_people_wrote(
    new_desk: Callable[[], Desk],
    office: Office,
    report: Callable[..., str],
    hostile: Callable[[], None],
) -> None:
    number = report("通道堆物")
    for action, data in (
        ("register", {"level": "general", "sector": "FIRE", "site": 1, "note": HOSTILE}),
        ("assign", {"responsible_unit": 1, "deadline": "2099-12-31", "instructions": HOSTILE}),
        ("comment", {"note": HOSTILE}),
    ):
        office.does("town01", number, action, data)
    hostile()
    spoken = {"city01": [f"/hazards/{number}", "/sites/1"], "admin01": ["/people/2"]}
    told = []
    for username, further in spoken.items():
        desk = new_desk()
        page = desk.sign_in(username)
        expect(page.locator("#menu a").first).to_be_visible()
        links = page.locator("#menu a").evaluate_all("all => all.map(a => a.pathname)")
        assert len(links) > 3
        for path in [*(link.removeprefix("/console") for link in links), *further]:
            page = desk.open(path)
            expect(page.locator("h1").first).to_be_visible()
            page.wait_for_load_state("networkidle")
            assert page.locator("[role=alert]").all_inner_texts() == [], path
            assert page.locator("img.hostile").count() == 0, path
            assert page.evaluate("window.hostile") is None, path
            if IMAGE in page.locator("main").inner_text():
                told.append(path)
    # The words were there to be seen.
    assert {"/", "/ledger", "/sites", "/people", "/audit", "/forms", *spoken["city01"]} <= set(told)
