"""The focus table of the design, row by row: each names the tests that show it.

A row without a test, a test that is gone, and a row that the design has and this table has not all
fail here.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOCUS = "tests/ui/test_focus.py"
KEYS = "tests/ui/test_review_keys.py"


class Row(NamedTuple):
    """Who has the keyboard, what happens, and the tests that show who has it then."""

    where: str
    event: str
    tests: tuple[str, ...]


TABLE = (
    Row("prompt", "hunks arrive",
        (f"{FOCUS}::test_hunks_that_arrive_leave_the_keyboard_in_the_prompt",
         f"{FOCUS}::test_typing_goes_on_as_hunks_arrive",
         f"{FOCUS}::test_review_auto_keeps_the_old_move_for_an_idle_empty_prompt_only")),
    Row("prompt", "Ctrl+O; Tab or Down with an empty prompt; a click on a hunk; "
        "Esc when nothing runs",
        (f"{FOCUS}::test_ctrl_o_goes_to_review_and_back_and_keeps_the_draft",
         f"{FOCUS}::test_tab_without_text_goes_to_review",
         f"{FOCUS}::test_down_goes_to_review_only_from_an_empty_prompt",
         f"{FOCUS}::test_review_can_be_given_the_keyboard_before_the_first_hunk_is_there",
         f"{FOCUS}::test_escape_when_nothing_runs_goes_to_review")),
    Row("prompt", "Tab, one ladder",
        (f"{FOCUS}::test_tab_with_text_queues_while_hunks_are_open_and_sends_when_decided",
         f"{FOCUS}::test_tab_with_text_queues_while_an_answer_runs",
         f"{FOCUS}::test_tab_with_text_and_nothing_to_wait_for_shows_what_goes_along",
         f"{FOCUS}::test_tab_without_text_goes_to_review")),
    Row("prompt", "`Ctrl+X u`",
        (f"{FOCUS}::test_the_last_decision_is_taken_back_from_the_prompt",)),
    Row("prompt", "Enter, empty",
        (f"{FOCUS}::test_what_is_queued_stays_after_an_interrupt_until_the_person_sends_it",
         "tests/ui/test_comments.py::test_enter_runs_it_only_after_it_was_seen")),
    Row("prompt", "Enter with text: idle / running / hunks open",
        (f"{FOCUS}::test_enter_with_text_steers_and_refines",
         f"{FOCUS}::test_enter_and_tab_say_what_they_will_do_before_they_do_it",
         "tests/pair/test_turns.py::test_a_follow_up_replaces_the_open_hunks_it_overlaps",
         "tests/e2e/test_review_flows.py::test_enter_steers_a_running_answer_and_its_words_stay")),
    Row("review", "`i` Enter Tab Ctrl+O Esc · `@` `/` `!` · a paste",
        (f"{FOCUS}::test_enter_and_tab_and_i_in_review_only_ever_type",
         f"{FOCUS}::test_escape_in_review_types_once_nothing_runs",
         f"{FOCUS}::test_at_sign_in_review_types_it",
         f"{FOCUS}::test_slash_in_review_opens_the_commands",
         f"{FOCUS}::test_paste_in_review_is_text_and_never_keys")),
    Row("review", "nothing is open **and** the answer, its repair round and its looks have ended",
        (f"{FOCUS}::test_last_decision_gives_the_keyboard_back_in_the_same_key",
         f"{FOCUS}::test_one_letter_too_many_behind_the_last_decision_is_swallowed",
         f"{FOCUS}::test_the_end_of_an_answer_gives_the_keyboard_back_where_all_is_decided",
         f"{FOCUS}::test_decided_hunks_can_be_looked_through_for_as_long_as_one_likes")),
    Row("review", "answer ends; queue starts; error; outside edit; `AI!`",
        (f"{FOCUS}::test_nothing_that_happens_takes_the_keyboard_from_review",
         "tests/ui/test_comments.py::test_enter_in_review_only_types")),
    Row("any", "popup, list, box opens by your key",
        (f"{FOCUS}::test_popup_borrows_the_keyboard_and_gives_it_back",
         f"{FOCUS}::test_hunk_painted_under_a_popup_never_takes_the_keyboard_later")),
)  # fmt: skip

AROUND = (
    ("unbound letters", f"{FOCUS}::test_unbound_letter_in_review_says_how_to_type"),
    ("a key on a hidden hunk", f"{FOCUS}::test_key_on_a_hidden_hunk_shows_it_first"),
    ("a hunk that can be judged",
     "tests/ui/test_body.py::test_a_hunk_that_fits_is_judged_with_all_it_changes_in_view"),
    ("a hunk taller than the view",
     "tests/ui/test_body_wrap.py::"
     "test_a_hunk_taller_than_the_view_is_judged_once_its_change_was_seen"),
    ("a, A keep what has arrived", f"{KEYS}::test_keep_file_never_keeps_hunks_still_to_come"),
    ("d drops those to come", f"{KEYS}::test_drop_file_also_drops_hunks_that_come_later"),
    ("q stops the run", f"{KEYS}::test_drop_all_stops_the_run_and_ends_the_review"),
    ("q with nothing open", f"{KEYS}::test_drop_all_with_nothing_open_says_how_to_quit"),
    ("cut off: kept are open again",
     "tests/pair/test_turns.py::test_a_stopped_answer_reopens_what_was_kept_and_writes_nothing"),
    ("Esc is deaf", f"{FOCUS}::test_escape_stops_in_the_same_key_and_is_deaf_afterwards"),
    ("auto-apply", f"{FOCUS}::test_hunks_that_arrive_leave_the_keyboard_in_the_prompt"),
    ("AI! after 1 s", "tests/ui/test_comments.py::test_enter_runs_it_only_after_it_was_seen"),
)  # fmt: skip


def names(file: str) -> set[str]:
    """The functions of a file."""
    tree = ast.parse((ROOT / file).read_text())
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.where}: {row.event}")
def test_each_row_has_tests(row: Row) -> None:
    assert row.tests
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in names(file)


@pytest.mark.parametrize(("what", "test"), AROUND, ids=[what for what, _ in AROUND])
def test_what_is_said_below_the_table_has_tests(what: str, test: str) -> None:
    file, _, name = test.partition("::")
    assert name in names(file), what


def test_the_table_has_every_row_of_the_design() -> None:
    lines = (Path(__file__).parent / "design" / "focus.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")][2:]
    wanted = [(where.strip(), event.strip()) for where, event in rows]
    assert [(row.where, row.event) for row in TABLE] == wanted
