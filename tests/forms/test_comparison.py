"""What a new version changes is told question by question."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.forms.comparison import ChangeKind, compare

from .filling import library_form
from .xforms import form, row


def told(before: list[dict[str, str]], after: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.path) for each in compare(form(*before), form(*after))]


A, B, C = row("text", "a"), row("text", "b"), row("integer", "c")


def test_the_same_has_no_changes() -> None:
    for form_id in ("fire", "recheck", "self-built-house"):
        assert compare(library_form(form_id), library_form(form_id)) == []


def test_questions_come_and_go() -> None:
    assert told([A, B], [A, C]) == [("added", "c"), ("removed", "b")]


def test_a_question_says_what_of_it_changed() -> None:
    [change] = compare(form(A), form(row("integer", "a", label="新的问法", required="yes")))
    assert change.kind is ChangeKind.CHANGED
    assert change.what == {
        "label": ("a的标签", "新的问法"),
        "type": ("string", "int"),
        "required": ("", "是"),
    }


def test_choices_are_part_of_a_question() -> None:
    one, two = "| | x | p | P | |", "| | x | p | P | |\n| | x | q | Q | |"
    question = row("select_one x", "a")
    [change] = compare(form(question, choices=one), form(question, choices=two))
    assert change.what == {"choices": ("", "q Q")}


def test_a_choice_that_is_called_otherwise_is_a_change() -> None:
    listed = "| | x | p | P | |\n| | x | q | {} | |"
    for question in (row("select_one x", "a"), row("select_one x", "a", choice_filter="true()")):
        before = form(question, choices=listed.format("Q"))
        [change] = compare(before, form(question, choices=listed.format("R")))
        assert change.what == {"choices": ("q Q", "q R")}


def test_hints_filters_and_messages_are_part_of_a_question() -> None:
    listed = "| | x | p | P | |"
    before = form(row("text", "a"), row("select_one x", "b"), choices=listed)
    rule = {"constraint": "string-length(.) < 5", "constraint_message": "太长"}
    first, second = compare(
        before,
        form(
            row("text", "a", hint="依据", **rule),
            row("select_one x", "b", choice_filter="name != 'q'"),
            choices=listed,
        ),
    )
    assert first.what == {
        "hint": ("", "依据"),
        "constraint": ("", "string-length(.) < 5"),
        "constraint_message": ("", "太长"),
    }
    assert second.what == {"choice_filter": ("", "instance('x')/root/item[name != 'q']")}


def test_a_question_that_went_to_another_group_is_changed() -> None:
    group = [row("begin_group", "g"), A, {"type": "end_group"}]
    [added, moved] = compare(form(A), form(*group))
    assert (added.kind, added.path) == (ChangeKind.ADDED, "g")
    assert (moved.path, moved.what) == ("g/a", {"group": ("", "g")})


def test_as_few_as_explain_the_order_have_moved() -> None:
    assert told([A, B, C], [C, A, B]) == [("moved", "c")]
    assert told([A, B, C], [B, A, C]) in ([("moved", "a")], [("moved", "b")])


NAMES = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@given(NAMES, NAMES)
def test_what_is_told_leads_from_one_to_the_other(before: list[str], after: list[str]) -> None:
    changes = told([row("text", each) for each in before], [row("text", each) for each in after])
    kept = [each for each in before if ("removed", each) not in changes]
    moved = {path for kind, path in changes if kind == "moved"}
    assert {path for kind, path in changes if kind == "added"} == set(after) - set(before)
    assert set(kept) == set(before) & set(after)
    still = [each for each in kept if each not in moved]
    assert still == [each for each in after if each in still]
