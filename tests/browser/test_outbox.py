"""The outbox by itself: a real IndexedDB, a real server, and no screen around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Playwright

from tests.conftest import PASSWORD
from tests.filling import quick
from tests.serving import Server

from .alone import built_alone
from .office import Office
from .phone import CHROMIUM

MODULE = "/outbox-under-test.js"

# What each test's script begins with: signed in, an empty outbox, a photo, and a way to add a form.
PREPARE = """
    const { Outbox, exportItems, importItems, openDatabase, rememberCsrfToken, sha256Of,
        theServer } = await import(MODULE);
    const session = await fetch('/api/v1/session', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username: 'grid01', password: PASSWORD }),
    }).then((answer) => answer.json());
    rememberCsrfToken(session.csrf_token);
    const database = await openDatabase();
    const asked = { submit: 0, piece: 0, bytes: 0, act: 0 };
    let fault = null;
    const server = {
        ...theServer,
        submit: (...given) => { asked.submit += 1; return theServer.submit(...given); },
        photoPiece: (photo, offset, piece) => {
            asked.piece += 1;
            asked.bytes += piece.byteLength;
            if (fault) fault(asked);
            return theServer.photoPiece(photo, offset, piece);
        },
    };
    const keep = async (size) => {
        const bytes = new Uint8Array(size);
        for (let at = 0; at < size; at += 65536) {
            crypto.getRandomValues(bytes.subarray(at, at + 65536));
        }
        const sha256 = await sha256Of(bytes.buffer);
        const photo = { sha256, bytes: bytes.buffer, size, capture: 'camera',
            keptAt: Date.now(), takenAt: '',
            latitude: null, longitude: null };
        await database.put('photos', photo);
        return photo;
    };
    const add = (outbox, form, photo) => outbox.add({
        id: form.id, owner: 'grid01', title: form.id,
        work: { kind: 'submission', formId: 'quick-report', formVersion: '2', formXml: '',
            site: null, xml: form.xml },
        photos: photo
            ? [{ name: form.photo, sha256: photo.sha256, size: photo.size, capture: 'camera',
                sent: 0 }]
            : [],
    });
    const settled = async (outbox, done) => {
        for (let i = 0; i < 400; i += 1) {
            const items = await database.getAll('outbox');
            if (done(items)) return items;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error('not settled: ' + JSON.stringify(await database.getAll('outbox')));
    };
"""


@pytest.fixture(scope="session")
def module(worker_id: str) -> str:
    """The outbox built alone."""
    return built_alone("outbox", worker_id)


@pytest.fixture
def page(playwright: Playwright, server: Server, module: str) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page()
    page.route(
        f"**{MODULE}",
        lambda route: route.fulfill(content_type="text/javascript", body=module),
    )
    page.goto(f"{server.url}/healthz")
    yield page
    browser.close()


def run(page: Page, script: str, *forms: dict[str, str]) -> Any:
    prepared = PREPARE.replace("MODULE", f"'{MODULE}'").replace("PASSWORD", f"'{PASSWORD}'")
    return page.evaluate(f"async (forms) => {{ {prepared} {script} }}", list(forms))


def form(photo: str = "photo.jpg", description: str = "通道堵塞") -> dict[str, str]:
    instance = f"uuid:{uuid4()}"
    xml = quick(instance_id=instance, photo=photo, description=description).decode()
    return {"id": instance, "xml": xml, "photo": photo}


def test_an_item_leaves_when_its_photo_is_confirmed(page: Page, office: Office) -> None:
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        const photo = await keep(300_000);
        await add(outbox, forms[0], photo);
        await outbox.open('grid01');
        await settled(outbox, (items) => !items.length);
        return { asked, photos: await database.count('photos'), sha256: photo.sha256,
            sent: await database.getAll('sent') };
        """,
        form(),
    )
    [hazard] = office.hazards()
    assert result["photos"] == 0
    assert [each["sha256"] for each in hazard["photos"]] == [result["sha256"]]
    assert result["sent"][0]["hazards"] == [hazard["number"]]
    assert result["asked"]["bytes"] == 300_000


def test_what_the_server_has_of_a_photo_is_not_sent_again(page: Page, office: Office) -> None:
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        const photo = await keep(400_000);
        fault = ({ piece }) => { if (piece % 3 === 0) throw new TypeError('cut'); };
        await add(outbox, forms[0], photo);
        await outbox.open('grid01');
        await settled(outbox, ([item]) => item?.trouble);
        for (let i = 0; i < 400 && await database.count('outbox'); i += 1) {
            await outbox.tryNow();
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return { asked, left: await database.count('outbox') };
        """,
        form(),
    )
    assert result["left"] == 0
    # Only the pieces that were cut are sent a second time.
    assert 400_000 < result["asked"]["bytes"] < 800_000
    assert len(office.hazards()) == 1


def test_a_bad_item_is_set_aside_and_the_others_go_in_order(page: Page, office: Office) -> None:
    bad = form() | {"xml": "<data id='no-such-form' version='1'/>"}
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        for (const form of forms) await add(outbox, form, form.photo ? await keep(1000) : null);
        await outbox.open('grid01');
        const items = await settled(outbox, (items) => items.length === 1 && items[0].aside);
        return items[0];
        """,
        form(description="第一条"),
        bad,
        form(description="第二条"),
    )
    assert result["id"] == bad["id"]
    assert result["trouble"]["detail"]
    assert [each["description"] for each in reversed(office.hazards())] == ["第一条", "第二条"]


def test_a_photo_that_is_gone_from_the_phone_sets_its_item_aside(page: Page) -> None:
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        const photo = await keep(1000);
        await database.delete('photos', photo.sha256);
        await add(outbox, forms[0], photo);
        await outbox.open('grid01');
        const [item] = await settled(outbox, ([item]) => item?.aside);
        return item.trouble.code;
        """,
        form(),
    )
    assert result == "photo_lost"


def test_items_of_another_account_wait_for_it(page: Page, office: Office) -> None:
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        await add(outbox, forms[0], await keep(1000));
        await outbox.open('town01');
        await outbox.tryNow();
        const waiting = await database.count('outbox');
        await outbox.open('grid01');
        await settled(outbox, (items) => !items.length);
        return waiting;
        """,
        form(),
    )
    assert result == 1
    assert len(office.hazards()) == 1


def test_an_export_read_in_again_is_the_same_and_once(page: Page) -> None:
    result = run(
        page,
        """
        const outbox = new Outbox(database, server);
        const photo = await keep(5000);
        await add(outbox, forms[0], photo);
        const file = await exportItems(database);
        const again = await importItems(database, file);
        await outbox.take(forms[0].id);
        await database.delete('photos', photo.sha256);
        const added = await importItems(database, file);
        const kept = await database.get('photos', photo.sha256);
        const [item] = await database.getAll('outbox');
        const damaged = new Blob([(await file.text()).replace('"base64":"', '"base64":"AAAA')]);
        const refused = await importItems(database, damaged)
            .then(() => '', (error) => error.message);
        return { again, added, hash: await sha256Of(kept.bytes), sha256: photo.sha256,
            id: item.id, refused };
        """,
        form(),
    )
    assert (result["again"], result["added"]) == (0, 1)
    assert result["hash"] == result["sha256"]
    assert "损坏" in result["refused"]


def test_two_outboxes_send_an_item_once(page: Page, office: Office) -> None:
    result = run(
        page,
        """
        const first = new Outbox(database, server);
        const second = new Outbox(database, server);
        for (const form of forms) await add(first, form, await keep(50_000));
        await Promise.all([first.open('grid01'), second.open('grid01')]);
        await settled(first, (items) => !items.length);
        return asked;
        """,
        *[form() for _ in range(4)],
    )
    assert result == {"submit": 8, "piece": result["piece"], "bytes": 200_000, "act": 0}
    assert len(office.hazards()) == 4
