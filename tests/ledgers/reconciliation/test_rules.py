"""Each rule by itself: what it finds, and what it lets be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.glossary import Action, Level, State, VisitResult
from server.ledgers.differences import DifferenceKind as K
from server.ledgers.reconciliation import ledger_rules, line_rules, pair_rules
from server.ledgers.reconciliation.keys import keys_of, our_number
from server.ledgers.reconciliation.ledger_rules import Ledger
from server.ledgers.reconciliation.months import Month
from server.ledgers.reconciliation.noted import Held, Limits, Noted, Pair, TheirLine, text_of
from server.ledgers.reconciliation.ours import OurLine, Visited
from server.ledgers.reconciliation.stated import stated_in
from server.ledgers.reconciliation.values import as_json, of_json
from server.ledgers.records import Record, Standing
from server.ledgers.rules.names import Registered, Registry

EVERYTHING = frozenset(Record.__dataclass_fields__)
HELD = Held(
    Month.of("2026-11"),
    date(2026, 12, 1),
    EVERYTHING,
    Limits(extension_limit=2, batch_count=3, recurrence_days=180),
)
OPEN = Record(
    ref="甲!1",
    number="YH-141181-001-202611-0001",
    found_on=date(2026, 11, 3),
    site_name="演示餐馆",
    spot="二楼",
    description="通道堆物",
    level=Level.GENERAL,
    responsible_unit="演示餐馆",
    responsible_person="赵六",
    measures="清空通道",
    amount_yuan=Decimal(100),
    deadline=date(2026, 12, 20),
    contingency="专人看护",
    standing=Standing.OPEN,
)
CLOSED = replace(
    OPEN,
    finish_summary="已清空",
    finished_on=date(2026, 11, 10),
    acceptors=("李四",),
    accepted_on=date(2026, 11, 11),
    acceptance_opinion="合格",
    standing=Standing.CLOSED,
    closed_on=date(2026, 11, 12),
)
NOBODY = Registry(())


def ours(record: Record = OPEN, **more: Any) -> OurLine:
    plain: dict[str, Any] = {
        "hazard_id": 1,
        "record": record,
        "state": State.CLOSED if record.standing is Standing.CLOSED else State.RECTIFYING,
        "area_code": "141181001000",
        "sector": "FIRE",
        "extensions": 0,
        "has_after_photo": True,
        "rectifier_name": "赵六",
        "void_reason": "",
        "duplicate_of": None,
    }
    return OurLine(**plain | more)


def theirs(record: Record = OPEN, **said: Any) -> TheirLine:
    return TheirLine("key", replace(record, **said))


def of_pair(mine: OurLine, other: TheirLine, held: Held = HELD) -> list[Noted]:
    return list(pair_rules.findings(Pair(mine, other), held))


def about(found: Sequence[Noted]) -> list[tuple[K, str]]:
    return [(each.kind, each.about) for each in found]


def of_line(record: Record, held: Held = HELD, registry: Registry = NOBODY) -> list[Noted]:
    return list(line_rules.findings(TheirLine("key", record), held, registry, None))


@pytest.mark.parametrize("record", [OPEN, CLOSED])
def test_what_agrees_is_let_be(record: Record) -> None:
    assert of_pair(ours(record), theirs(record)) == []
    assert of_line(record) == []


@pytest.mark.parametrize(
    ("said", "name", "action"),
    [
        ({"level": Level.MAJOR}, "level", Action.REGRADE),
        ({"deadline": date(2026, 12, 21)}, "deadline", Action.COMMENT),
        ({"responsible_person": "钱七"}, "responsible_person", Action.COMMENT),
        ({"standing": Standing.VOID}, "standing", Action.COMMENT),
    ],
)
def test_each_value_that_differs_is_named(said: dict[str, Any], name: str, action: Action) -> None:
    [found] = of_pair(ours(), theirs(**said))
    assert (found.kind, found.about) == (K.VALUES_DIFFER, name)
    assert found.suggestion.action is action
    assert found.ours != found.theirs
    assert found.explanation


def test_what_they_do_not_say_does_not_differ() -> None:
    silent = theirs(level=None, deadline=None, standing=None, responsible_person="")
    assert of_pair(ours(), silent) == []


@pytest.mark.parametrize("person", ["赵六、钱七", "赵六（经理）", "赵*", "赵某", "钱七 赵六"])
def test_a_person_may_be_written_otherwise(person: str) -> None:
    assert of_pair(ours(), theirs(responsible_person=person)) == []


def test_struck_off_on_another_day() -> None:
    found = of_pair(ours(CLOSED), theirs(CLOSED, closed_on=date(2026, 11, 13)))
    assert about(found) == [(K.VALUES_DIFFER, "closed_on")]
    assert found[0].suggestion.action is None


def test_struck_off_after_the_month_was_open_at_its_end() -> None:
    later = theirs(CLOSED, closed_on=date(2026, 12, 2))
    assert of_pair(ours(), later) == []


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.AWAITING_CLOSURE, Action.CLOSE),
        (State.RECTIFYING, Action.COMMENT),
        (State.VOID, None),
        (State.CLOSED, None),
    ],
)
def test_what_to_do_about_the_standing_depends_on_ours(state: State, action: Action | None) -> None:
    mine = ours(replace(CLOSED, standing=Standing.of(state)), state=state)
    other = theirs(CLOSED) if state is not State.CLOSED else theirs()
    [found] = [each for each in of_pair(mine, other) if each.about == "standing"]
    assert found.suggestion.action is action


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (ours(replace(CLOSED, accepted_on=None)), "没有验收记录"),
        (ours(CLOSED, has_after_photo=False), "没有整改后照片"),
        (ours(CLOSED, rectifier_name="李四"), "就是整改人"),
    ],
)
def test_struck_off_there_without_what_we_know(mine: OurLine, words: str) -> None:
    [found] = of_pair(mine, theirs(CLOSED))
    assert (found.kind, found.about) == (K.CLOSED_WITHOUT_EVIDENCE, "ours")
    assert words in found.explanation


def test_doubts_about_photos_are_told() -> None:
    [found] = of_pair(ours(CLOSED, doubts=("同一张照片也是 X 的照片。",)), theirs(CLOSED))
    assert found.kind is K.PHOTO_EVIDENCE
    assert "同一张照片" in found.ours["照片证据"]


def test_an_extension_that_nobody_here_granted() -> None:
    said = theirs(remarks="已延期一次")
    assert about(of_pair(ours(), said)) == [(K.EXTENSION_IRREGULAR, "unknown")]
    assert of_pair(ours(extensions=1), said) == []
    assert of_pair(ours(), theirs(remarks="未延期")) == []


def test_handed_over_by_their_word_alone() -> None:
    said = theirs(remarks="已划转住建局")
    assert about(of_pair(ours(), said)) == [(K.TRANSFER_ONE_SIDED, "said")]
    assert of_pair(ours(came_from=("141181100000",)), said) == []
    assert of_pair(ours(), theirs(remarks="已移送执法大队，移交执法")) == []


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.AWAITING_CLOSURE, Action.REFUSE_CLOSURE),
        (State.AWAITING_ACCEPTANCE, Action.REFUSE_ACCEPTANCE),
        (State.RECTIFYING, Action.COMMENT),
        (State.CLOSED, None),
        (State.VOID, None),
    ],
)
def test_a_visit_that_found_otherwise(state: State, action: Action | None) -> None:
    visit = Visited(date(2026, 11, 14), "王五", VisitResult.NOT_FIXED, "还在")
    found = of_pair(ours(CLOSED, state=state, visits=(visit,)), theirs(CLOSED))
    [each] = [each for each in found if each.kind is K.SAMPLING_CONTRADICTED]
    assert each.suggestion.action is action
    assert "王五现场回访：未整改（还在）" in each.explanation
    before = visit._replace(on=date(2026, 11, 2))
    assert of_pair(ours(CLOSED, visits=(before,)), theirs(CLOSED)) == []


def test_only_ours_and_handed_over_to_them() -> None:
    missing = line_rules.only_ours(ours(), "新义街道")
    assert missing is not None
    assert (missing.kind, missing.suggestion.action) == (K.ONLY_OURS, Action.COMMENT)
    received = line_rules.only_ours(ours(came_from=("141181100000",)), "新义街道")
    assert received is not None
    assert received.kind is K.TRANSFER_ONE_SIDED
    assert line_rules.only_ours(ours(replace(OPEN, standing=Standing.VOID)), "") is None


def test_only_theirs_is_reported_or_known_elsewhere() -> None:
    assert line_rules.only_theirs(theirs(), None).suggestion.action is Action.REPORT
    assert line_rules.only_theirs(theirs(CLOSED), None).suggestion.action is None
    elsewhere = line_rules.only_theirs(theirs(), ours())
    assert (elsewhere.kind, elsewhere.about) == (K.TRANSFER_ONE_SIDED, "elsewhere")


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (replace(CLOSED, acceptors=("赵六",)), K.CLOSED_WITHOUT_EVIDENCE),
        (replace(CLOSED, finished_on=date(2026, 10, 1)), K.DATES_OUT_OF_ORDER),
        (replace(OPEN, deadline=date(2026, 11, 20)), K.OVERDUE_WITHOUT_EXTENSION),
        (replace(OPEN, remarks="第3次延期"), K.EXTENSION_IRREGULAR),
        (replace(OPEN, remarks="延期三次"), K.EXTENSION_IRREGULAR),
        (replace(OPEN, contingency=""), K.FIVE_INCOMPLETE),
        (replace(OPEN, measures="更换线路", amount_yuan=Decimal(0)), K.FIVE_INCOMPLETE),
        (replace(OPEN, standing=Standing.VOID), K.NUMBER_GAP),
        (replace(OPEN, credit_code="91141181MA0EXAMPLE"), K.NAME_MISMATCH),
    ],
)
def test_a_line_is_wrong_by_itself(record: Record, kind: K) -> None:
    assert [each.kind for each in of_line(record)] == [kind]


@pytest.mark.parametrize(
    "record",
    [
        replace(OPEN, deadline=date(2026, 11, 20), remarks="已延期至12月"),
        replace(OPEN, remarks="已延期2次"),
        replace(CLOSED, contingency="", remarks="立查立改"),
        replace(OPEN, measures="", contingency="", amount_yuan=None),
    ],
)
def test_what_explains_itself_is_let_be(record: Record) -> None:
    assert of_line(record) == []


def test_what_there_is_no_column_for_is_not_held_against_a_line() -> None:
    few = replace(HELD, columns=EVERYTHING - {"contingency", "amount_yuan", "responsible_unit"})
    bare = replace(OPEN, contingency="", amount_yuan=None, responsible_unit="")
    assert of_line(bare, few) == []
    none = {"acceptors", "accepted_on", "acceptance_opinion"}
    unasked = replace(CLOSED, acceptors=(), accepted_on=None, acceptance_opinion="")
    assert of_line(unasked, replace(HELD, columns=EVERYTHING - none)) == []
    assert of_line(unasked) != []


def test_names_are_held_against_the_registry() -> None:
    registry = Registry([Registered("孝义市演示餐馆有限公司", "")])
    [found] = of_line(replace(OPEN, site_name="演示餐馆"), registry=registry)
    assert (found.kind, found.about) == (K.NAME_MISMATCH, "name_abbreviated")
    written = TheirLine("key", OPEN, "演示　餐馆")
    mine = ours(registered_name="演示餐馆")
    [spelt] = line_rules.findings(written, HELD, NOBODY, mine)
    assert (spelt.kind, spelt.about) == (K.NAME_MISMATCH, "name_spelling")


# The ledger as a whole


def of_ledger(
    *records: Record, stated: dict[str, dict[str, int]] | None = None, **more: Any
) -> list[tuple[K, str, str | None]]:
    lines = [TheirLine(f"k{place}", each) for place, each in enumerate(records)]
    plain: dict[str, Any] = {"ours": [], "duplicates": [], "twice": [], "before": {}}
    plain["stated"] = stated or {}
    ledger = Ledger(theirs=lines, **plain | more)
    return [
        (each.noted.kind, each.noted.explanation, each.row_key)
        for each in ledger_rules.findings(ledger, HELD)
        if not each.noted.explanation.startswith("月末未销号：我方 0 条")
    ]


def nth(place: int, record: Record = OPEN, **said: Any) -> Record:
    plain = {
        "ref": f"甲!{place}",
        "number": f"YH-141181-001-202611-{place:04}",
        "spot": f"{place}楼",
        "description": f"第{place}处堆物",
    }
    return replace(record, **plain | said)


def test_one_number_on_several_lines() -> None:
    same = nth(1, ref="甲!2")
    other = nth(3, number="yh—141181—001—202611—1")
    found = of_ledger(nth(1), same, other)
    assert {kind for kind, _, _ in found} == {K.DUPLICATE_NUMBER}
    assert [key for _, _, key in found] == ["k1", "k2"]
    assert "重复登记" in found[0][1]
    assert "两条不同" in found[1][1]


def test_one_hazard_under_several_numbers() -> None:
    again = nth(1, ref="甲!2", number="局-9")
    unnumbered = nth(1, ref="甲!3", number="")
    found = of_ledger(nth(1), again, unnumbered)
    assert [key for _, _, key in found] == ["k1", "k2"]
    seeming = nth(5, spot="1楼", description="第1处堆物品", number="局-10")
    assert of_ledger(nth(1), seeming) == []
    assert len(of_ledger(nth(1), seeming, duplicates=[("甲!1", "甲!5")])) == 1
    apart = replace(seeming, spot="9楼")
    assert of_ledger(nth(1), apart, duplicates=[("甲!1", "甲!5")]) == []


def test_two_hazards_of_ours_that_are_one() -> None:
    first, other = ours(nth(1)), ours(nth(1, ref="B", number="YH-141181-001-202611-0002"))
    line = TheirLine("k", nth(1))
    plain: dict[str, Any] = {"duplicates": [], "stated": {}, "before": {}}

    def found(*twice: OurLine) -> list[Noted]:
        ledger = Ledger(ours=[first], theirs=[line], twice=[twice], **plain)
        return [each.noted for each in ledger_rules.findings(ledger, HELD)]

    [assigned] = found(first, other)
    assert (assigned.kind, assigned.about) == (K.DUPLICATE_NUMBER, "ours")
    assert assigned.suggestion.action is Action.COMMENT
    [reported] = found(first, replace(other, state=State.REPORTED))
    assert reported.suggestion.action is Action.VOID
    assert reported.suggestion.data == {"duplicate_of": nth(1).number}
    assert found(first, replace(other, record=replace(other.record, spot="9楼"))) == []
    void = replace(other.record, standing=Standing.VOID)
    assert found(first, replace(other, record=void)) == []


def test_sums_that_do_not_add_up() -> None:
    right = {"opening": 3, "added": 2, "closed": 4, "ending": 1, "lines": 1, "lines_open": 1}
    assert of_ledger(nth(1), stated={"甲": right}) == []
    wrong = right | {"reduced": 1}
    [(kind, words, _)] = of_ledger(nth(1), stated={"甲": wrong})
    assert kind is K.BALANCE_BROKEN
    assert "= 0，所填期末为 1" in words
    for name in ("lines", "lines_open", "lines_closed"):
        assert len(of_ledger(nth(1), stated={"甲": right | {name: 7}})) == 1
    [(_, words, _)] = of_ledger(nth(1), stated={"甲": right}, before={"ending": 9})
    assert "上月期末 9 条" in words
    assert of_ledger(nth(1, standing=None), stated={"甲": {"lines_open": 5}}) == []


def test_open_lines_here_and_there() -> None:
    lines = [ours(nth(place)) for place in (1, 2)]
    [(kind, words, _)] = of_ledger(nth(1), ours=lines)
    assert (kind, words) == (K.BALANCE_BROKEN, "月末未销号：我方 2 条，对方 1 条，相差 1 条。")
    assert of_ledger(nth(1), nth(2), ours=lines) == []


def test_many_struck_off_alike() -> None:
    lines = [nth(place, CLOSED) for place in range(1, 4)]
    [(kind, words, key)] = of_ledger(*lines)
    assert (kind, key) == (K.BATCH_CLOSURE, None)
    assert "一天销号 3 条" in words
    assert of_ledger(*lines[:2]) == []
    own_words = [replace(each, finish_summary=f"第{each.ref}") for each in lines]
    assert of_ledger(*own_words) == []


def test_the_same_spot_again() -> None:
    back = nth(2, spot="二楼", found_on=date(2026, 11, 20))
    [(kind, _, key)] = of_ledger(replace(CLOSED, ref="甲!1"), back)
    assert (kind, key) == (K.RECURRENCE, "k1")


def test_serials_left_out() -> None:
    series = [nth(place, number=f"局2026-{place:03}") for place in (1, 2, 3, 5, 6, 7)]
    [(kind, words, _)] = of_ledger(*series)
    assert kind is K.NUMBER_GAP
    assert "局2026-004" in words
    assert of_ledger(*series[:3], series[5]) == []
    own = [nth(place) for place in (1, 2, 3, 5, 6, 7)]
    assert of_ledger(*own) == []


# Small things


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("合计 共12条", {"lines": 12}),
        (
            "合计：120条，已销号 80条，未销号 40条",
            {"lines": 120, "lines_closed": 80, "lines_open": 40},
        ),
        (
            "上期结转 10 条，本期新增 5 条，本期销号 3 条，期末未销号 12 条",
            {"opening": 10, "added": 5, "closed": 3, "ending": 12},
        ),
        (
            "期初未销号10条，误报核减1条，划入2条，划出３条",
            {"opening": 10, "reduced": 1, "moved_in": 2, "moved_out": 3},
        ),
        ("填报日期：2026年11月30日", {}),
    ],
)
def test_what_a_ledger_states(text: str, said: dict[str, int]) -> None:
    assert stated_in([text]) == said


def test_a_line_is_known_again() -> None:
    first, second = keys_of([OPEN, replace(CLOSED, description="改过的描述")])
    assert second == f"{first}#2"
    unnumbered = replace(OPEN, number="")
    [key] = keys_of([unnumbered])
    assert keys_of([replace(unnumbered, site_name="演示 餐馆", level=Level.MAJOR)]) == [key]
    assert keys_of([replace(unnumbered, spot="三楼")]) != [key]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ｙｈ－141181—001 202611_1", "YH-141181-001-202611-0001"),
        ("141181-001-202611-12345", "YH-141181-001-202611-12345"),
        ("局-7", None),
        ("", None),
    ],
)
def test_our_numbers_are_known_however_written(text: str, number: str | None) -> None:
    assert our_number(text) == number


@pytest.mark.parametrize("record", [OPEN, CLOSED, Record(ref="甲!1")])
def test_a_line_is_the_same_after_json(record: Record) -> None:
    assert of_json(as_json(record)) == record


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-11", "2026", "", "2026-1", "2026-1x"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match=r"yyyy-mm|month|int"):
        Month.of(text)


def test_a_month_begins_and_ends_at_midnight_in_xiaoyi() -> None:
    month = Month.of("2026-12")
    assert (month.first, month.last) == (date(2026, 12, 1), date(2026, 12, 31))
    assert month.before == "2026-11"
    assert month.begins.isoformat() == "2026-11-30T16:00:00+00:00"
    assert month.ends.isoformat() == "2026-12-31T16:00:00+00:00"


def test_values_in_words() -> None:
    assert text_of(Decimal("1500.00")) == "1500"
    assert text_of(("甲", "乙")) == "甲、乙"
    assert text_of(None) == ""
    assert text_of(State.CLOSED) == "已销号"
