"""Our server and ODK's own form engine, which the phone runs, judge filled forms alike.

Where they differ by design is written down here, and in docs/forms.md, and checked: a difference
that is not written down fails, and so does one that is gone.

- The engine reckons anew: what a form calculates is never wrong there (`calculate`), and what the
  form does not ask is emptied (`irrelevant`).
- It empties what is not of its type (`type`): then a required question is missing, and any other is
  simply empty. The server keeps the value, and says so.
- A value that is not among the choices (`choice`) it takes for none in some places, and lets pass
  in others; a person can't enter one there.
- It leaves out fields that the form does not have (`unknown_field`).
- It takes only "OK" as the answer of an `acknowledge` question; the server takes any text.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page, Playwright

from server.forms.checking import Code, check
from server.forms.definition import FormDefinition, Node
from tests.forms.filling import (
    FORM_IDS,
    checklist_answers,
    fill,
    hazard_answers,
    library_form,
    quick_answers,
    xform,
)
from tests.forms.test_library_forms import (
    CREATED,
    FIVE_OF_AN_ENTERPRISE,
    RECEIVED,
    SECTORS,
    UNSAFE,
    house_answers,
    leader_answers,
    read,
)
from tests.serving import Server

from .alone import built_alone
from .phone import CHROMIUM

MODULE = "/engine-under-test.js"
KNOWN = "2f0a6c1e-0000-4000-8000-000000000001"
FILES = {
    "hazards.csv": f"name,label,__version,number,site_name,description,deadline\n"
    f"{KNOWN},0001 堵塞,3,YH-1,演示餐馆,堵塞,2026-12-01\n"
}

# What the engine makes of what the server finds; None: nothing.
BY_DESIGN = {
    Code.REQUIRED: "required",
    Code.CONSTRAINT: "constraint",
    Code.CALCULATE: None,
    Code.IRRELEVANT: None,
    Code.UNKNOWN_FIELD: None,
}
UPDATED = {"update": "1", "id": KNOWN, "baseVersion": "3", "trunkVersion": "", "branchId": ""}

MOST_FAULTS = 24
# Others are reckoned from the first two; the last is an acknowledgement.
NOT_SPOILT = ("item", "found", "complete")


@pytest.fixture(scope="module")
def module(worker_id: str) -> str:
    return built_alone("engine", worker_id)


@pytest.fixture
def page(playwright: Playwright, server: Server, module: str) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page()
    page.route(
        f"**{MODULE}", lambda route: route.fulfill(content_type="text/javascript", body=module)
    )
    # A page of ours, so that our content security policy holds for the engine as well.
    page.goto(server.url)
    yield page
    browser.close()


def valid(form_id: str) -> bytes:
    """A filling without a fault, with a hazard where the form can report one."""
    form = library_form(form_id)
    if form_id in SECTORS or form_id == FIVE_OF_AN_ENTERPRISE:
        answers = checklist_answers(form)
        first = next(name for name, value in answers.items() if value == "pass")
        return fill(form, checklist_answers(form, [first]), [hazard_answers(first)])
    if form_id == "leader-visit":
        row = hazard_answers("", level="general", sector="FIRE")
        del row["item"], row["chosen_level"]
        return fill(form, leader_answers(found="yes"), [row])
    if form_id == "recheck":
        answers = {
            "chosen": KNOWN,
            "result": "not_fixed",
            "note": "仍堆有纸箱",
            "photo": "now.jpg",
            "location": "37.1465 111.7797 0 5",
        }
        return fill(form, answers, entity=UPDATED)
    if form_id == "self-built-house":
        return fill(form, house_answers(**UNSAFE), entity=CREATED)
    return fill(form, quick_answers())


def faults(node: Node) -> list[str]:
    """Values that a question may not have; empty: none at all."""
    wrong = [""] if node.bind.required is not None else []
    if node.choices is not None and node.choices.known:
        wrong.append("nonsense")
    if node.bind.type in ("int", "date", "geopoint"):
        wrong.append("nonsense")
    if node.bind.constraint is not None:
        wrong += {"int": ["-7"], "date": ["2020-01-01", "2030-01-01"]}.get(
            node.bind.type, ["!", "x" * 1001]
        )
    return wrong


def spoilt(form: FormDefinition, xml: bytes) -> list[bytes]:
    """The filling with one fault each. Not in what others are reckoned from: the engine would
    reckon all of that anew."""
    found = []
    for node in form.root.descendants():
        if node.children or node.bind.calculate is not None or node.name in NOT_SPOILT:
            continue
        for value in faults(node):
            root = etree.fromstring(xml)
            elements = root.findall("/".join(node.path))
            if elements:
                elements[0].text = value
                found.append(etree.tostring(root))
    Random(form.form_id).shuffle(found)
    return found[:MOST_FAULTS]


Told = set[tuple[str, str]]


def by_server(form: FormDefinition, xml: bytes) -> tuple[Told, Told]:
    """What the engine should say, given what the server finds and how the two differ; and what it
    may say besides."""
    nodes = {"/".join(node.path): node for node in form.root.descendants()}
    expected: Told = set()
    possible: Told = set()
    for finding in check(form, read(xml), received_at=RECEIVED):
        path = finding.path.replace("[1]", "")
        if finding.code is Code.CHOICE:
            possible.add((path, "required"))
        elif finding.code is Code.TYPE:
            if nodes[path].bind.required is not None:
                expected.add((path, "required"))
        elif kind := BY_DESIGN[finding.code]:
            expected.add((path, kind))
    return expected, possible


def by_engine(judged: dict[str, Any]) -> Told:
    assert judged["trouble"] == ""
    return {
        (path.removeprefix("/data/").replace("[1]", ""), kind)
        for path, kind in judged["violations"]
    }


@pytest.mark.slow
def test_the_server_and_the_engine_agree_on_every_form(page: Page) -> None:
    seen: set[Code] = set()
    for form_id in FORM_IDS:
        form = library_form(form_id)
        whole = valid(form_id)
        fillings = [whole, *spoilt(form, whole)]
        assert len(fillings) > 5, form_id
        judged = page.evaluate(
            f"""async ([xform, files, fillings]) => {{
                const {{ judge }} = await import('{MODULE}');
                return judge(xform, files, fillings);
            }}""",
            [xform(form_id).decode(), FILES, [each.decode() for each in fillings]],
        )
        for xml, told in zip(fillings, judged, strict=True):
            expected, possible = by_server(form, xml)
            assert expected <= by_engine(told) <= expected | possible, (form_id, xml.decode())
            seen |= {each.code for each in check(form, read(xml), received_at=RECEIVED)}
        assert check(form, read(whole), received_at=RECEIVED) == []
    # Every difference but those that no library form can show was seen.
    assert seen >= {Code.REQUIRED, Code.CONSTRAINT, Code.TYPE, Code.CHOICE}
