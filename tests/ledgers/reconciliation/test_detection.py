"""Every kind of difference is found where it is, and nowhere else: planted, with the truth known.

`pytest tests/ledgers/reconciliation/test_detection.py -s` prints the figures by kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from server.clock import FixedClock
from server.database import Database
from server.ledgers.differences import DifferenceKind
from tests.client import Client
from tests.factories import account_actor

from .ledgers import Line
from .planted import MONTH, Planted, Truth, establish, lay_out, make_planted
from .sheets import listed, run, upload
from .writing import Laid, as_xlsx

COUNT, EACH = 260, 5
AFTER_THE_MONTH = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
IN_THE_MONTH = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)

PRECISION, RECALL = 0.95, 0.90


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_kind_is_found_where_it_was_planted(
    database: Database,
    city: Client,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    planted = make_planted(seed, COUNT, EACH, monkeypatch)
    laid, truth = lay_out(planted, seed)
    with database.writing() as session:
        establish(session, planted, account_actor(session, "city01"), IN_THE_MONTH)
    clock.at = AFTER_THE_MONTH
    answer = upload(city, as_xlsx(laid), month=MONTH)
    assert answer.status_code == 201, answer.text
    found = run(city, answer.json["id"])
    _decide(city, found["id"], {ref: line.of for ref, line in _lines(planted, laid)})
    items = listed(city, found["id"], "differences", "?limit=500&status=open")
    wanted, told, right = Counter[str](), Counter[str](), Counter[str]()
    left = list(truth)
    wanted.update(each.kind.value for each in truth)
    for item in items:
        told[item["kind"]] += 1
        if (match := _true(item, left)) is not None:
            left.remove(match)
            right[item["kind"]] += 1
        else:
            sys.stdout.write(f"not planted: {item['kind']} {item['ref']} {item['explanation']}\n")
    sys.stdout.writelines(f"not found: {each}\n" for each in left)
    for kind in DifferenceKind:
        precision, recall = right[kind] / max(told[kind], 1), right[kind] / wanted[kind]
        figures = f"precision {precision:.3f}  recall {recall:.3f}"
        sys.stdout.write(f"{kind.value:28}{wanted[kind]:4} planted  {figures}\n")
        assert precision >= PRECISION, kind
        assert recall >= RECALL, kind


def _lines(planted: Planted, laid: Laid) -> Iterable[tuple[str, Line]]:
    return zip(laid.refs(), planted.theirs, strict=True)


def _decide(city: Client, found: str, of: Mapping[str, Sequence[str]]) -> None:
    """Somebody who knows says of every candidate whether it is one."""
    while waiting := listed(city, found, "candidates", "?decision=open"):
        each = waiting[0]
        said = "same" if each["hazard"] in of[each["ref"]] else "different"
        address = f"/api/v1/reconciliations/{found}/candidates/{each['id']}"
        assert city.post(address, json={"decision": said}).status_code == 200


def _true(item: dict[str, str], left: list[Truth]) -> Truth | None:
    for each in left:
        known = item["hazard"] in each.known_by or item["ref"] in each.known_by
        told = any(words in item["explanation"] for words in each.known_by)
        if each.kind.value == item["kind"] and (known or told):
            return each
    return None
