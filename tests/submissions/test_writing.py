"""Filled forms that arrive together are written together, each as if it came alone."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, select

from config import Settings
from server.clock import FixedClock
from server.database import Database
from server.errors import Conflict
from server.forms.instance import read_instance
from server.hazards.audit import Fault, verify
from server.hazards.models import Event, Hazard
from server.people.permissions import Actor
from server.submissions.intake import Intake
from server.submissions.models import Submission, SubmissionFile
from server.submissions.reading import Arrived, read
from server.submissions.writing import Ready, Receipt
from tests.factories import account_actor
from tests.filling import fire, hazard


def ready(app: Flask, xml: bytes, actor: Actor) -> Ready:
    """A filled form that was read, whose photos are still to come."""
    settings: Settings = app.extensions["settings"]
    instance = read_instance(xml, settings.max_xml_bytes)
    form = app.extensions["library"].find(
        app.extensions["database"], instance.form_id, instance.version
    )
    at = app.extensions["clock"].now()
    return Ready(read(Arrived(xml, [], ""), instance, form, actor, at), {})


def written(app: Flask, username: str, *filled: bytes) -> list[Receipt | Exception]:
    intake: Intake = app.extensions["intake"]
    with app.extensions["database"].reading() as session:
        actor = account_actor(session, username)
    return intake._write([ready(app, xml, actor) for xml in filled])


def counts(database: Database) -> list[int]:
    with database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Submission, SubmissionFile, Hazard, Event)
        ]


def test_each_of_a_batch_gets_its_own_receipt_and_numbers_in_order(
    app: Flask, database: Database, clock: FixedClock
) -> None:
    filled = [
        fire([hazard("fire_01"), hazard("fire_04")]),
        fire([]),
        fire([hazard("fire_02")]),
    ]
    receipts = written(app, "grid01", *filled)
    assert all(isinstance(each, Receipt) for each in receipts)
    given = [number for each in receipts if isinstance(each, Receipt) for number in each.hazards]
    assert [number[-4:] for number in given] == ["0001", "0002", "0003"]
    assert [len(each.hazards) for each in receipts if isinstance(each, Receipt)] == [2, 0, 1]
    assert counts(database) == [3, 3, 3, 3]
    with database.reading() as session:
        assert not [each for each in verify(session) if isinstance(each, Fault)]


def test_copies_in_one_batch_are_one_submission(app: Flask, database: Database) -> None:
    xml = fire([hazard("fire_01")])
    first, copy = written(app, "grid01", xml, xml)
    assert first == copy
    assert counts(database) == [1, 1, 1, 1]


def test_one_that_is_refused_harms_no_other(app: Flask, database: Database) -> None:
    instance_id = f"uuid:{uuid4()}"
    one, other = (fire([hazard(item)], instance_id=instance_id) for item in ("fire_01", "fire_02"))
    first, refused, third = written(app, "grid01", one, other, fire([hazard("fire_04")]))
    assert isinstance(refused, Conflict)
    assert isinstance(first, Receipt)
    assert isinstance(third, Receipt)
    assert counts(database) == [2, 2, 2, 2]


def test_an_id_that_two_of_a_batch_give_is_the_first_ones(app: Flask, database: Database) -> None:
    given = uuid4()
    filled = [fire([hazard()]) for _ in range(2)]
    own = re.compile(rb'(<entity [^>]*id=")[^"]*')
    filled = [own.sub(rb"\g<1>" + str(given).encode(), each) for each in filled]
    receipts = written(app, "grid01", *filled)
    with database.reading() as session:
        rows = session.execute(select(Hazard.number, Hazard.entity_id, Hazard.needs_review))
        found = {number: (UUID(entity_id), review) for number, entity_id, review in rows}
    numbers = [each.hazards[0] for each in receipts if isinstance(each, Receipt)]
    assert found[numbers[0]] == (given, False)
    assert found[numbers[1]][0] != given
    assert found[numbers[1]][1]
