"""The draft: readline editing by whole graphemes, pasted blocks, wrapping, history."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from spark_tui.ui.prompt.draft import BANG, Draft
from spark_tui.ui.prompt.history import InstructionHistory

FAMILY = "👨‍👩‍👧"
ACCENT = "e\u0301"


def draft(text: str, cursor: int | None = None) -> Draft:
    return Draft(text, len(text) if cursor is None else cursor)


def test_backspace_takes_a_whole_grapheme() -> None:
    for piece in (FAMILY, ACCENT, "漢", "a"):
        d = draft(f"x{piece}")
        d.backspace()
        assert d.text == "x"


def test_left_and_right_step_over_graphemes() -> None:
    d = draft(f"a{FAMILY}b")
    d.move(-1)
    d.move(-1)
    assert d.cursor == 1
    d.move(1)
    assert d.cursor == 1 + len(FAMILY)


@pytest.mark.parametrize(
    ("method", "text", "cursor", "left", "killed"),
    [
        ("kill_to_end", "one two", 3, "one", " two"),
        ("kill_to_end", "one\ntwo", 3, "onetwo", "\n"),
        ("kill_to_start", "one two", 3, " two", "one"),
        ("kill_to_start", "a\nbc", 4, "a\n", "bc"),
        ("kill_word_back", "a net/retry.py  ", 16, "a ", "net/retry.py  "),
        ("kill_small_word_back", "net/retry.py", 12, "net/retry.", "py"),
        ("kill_word", "one two", 3, "one", " two"),
    ],
)
def test_kill_then_yank_puts_it_back(
    method: str, text: str, cursor: int, left: str, killed: str
) -> None:
    d = draft(text, cursor)
    getattr(d, method)()
    assert d.text == left
    assert d.killed == killed
    d.yank()
    assert d.text == text


def test_words_and_line_edges() -> None:
    d = draft("one two\nthree four")
    d.word(-1)
    assert d.text[d.cursor :] == "four"
    d.line_edge(-1)
    assert d.text[d.cursor :] == "three four"
    d.word(1)
    assert d.text[d.cursor :] == " four"
    d.line_edge(1)
    assert d.cursor == len(d.text)


def test_large_paste_is_one_block_and_sent_in_full() -> None:
    text = "\n".join(f"line {n}" for n in range(120))
    d = draft("see ")
    d.paste(text)
    assert len(d.text) == 5
    assert d.shown(d.text) == "see [pasted 120 lines]"
    assert d.expanded() == f"see {text}"
    d.backspace()
    assert d.expanded() == "see "


def test_small_paste_is_plain_text_with_line_breaks_normalised() -> None:
    d = draft("")
    d.paste("a\r\nb\rc")
    assert d.text == "a\nb\nc"


def test_stand_ins_and_controls_from_outside_are_not_accepted() -> None:
    d = draft("")
    d.insert(f"a\ud800{BANG}\x1b[31m\x00\x7f\x9bb")
    assert d.text == "a[31mb"
    assert d.expanded() == "a[31mb"


def test_block_killed_and_yanked_after_clearing_still_expands() -> None:
    d = draft("")
    d.paste("x\n" * 20)
    d.kill_to_start()
    d.clear()
    d.yank()
    assert d.expanded() == "x\n" * 20


def test_rows_break_at_spaces_and_fit_the_width() -> None:
    d = draft("make backoff honour the header and test it")
    rows = [d.text[a:b] for a, b in d.layout(20)]
    assert rows == ["make backoff ", "honour the header ", "and test it"]


def test_wide_characters_wrap_by_cells() -> None:
    d = draft("漢字" * 10)
    assert all(cell_len(d.text[a:b]) < 12 for a, b in d.layout(12))


def test_up_and_down_move_inside_and_report_the_edge() -> None:
    d = draft("first line\nsecond", 3)
    assert not d.vertical(-1, 40)
    assert d.vertical(1, 40)
    assert d.cursor == len("first line\n") + 3
    assert not d.vertical(1, 40)


def test_history_goes_back_and_returns_to_the_draft() -> None:
    h = InstructionHistory(["one", "two"])
    assert h.step(-1, "draft") == "two"
    assert h.step(-1, "two") == "one"
    assert h.step(-1, "one") is None
    assert h.step(1, "one") == "two"
    assert h.step(1, "two") == "draft"
    assert h.step(1, "draft") is None


def test_history_keeps_a_text_once_in_a_row_and_is_bounded() -> None:
    h = InstructionHistory(limit=3)
    for text in ("a", "a", " ", "b", "c", "d"):
        h.add(text)
    assert h.entries == ["b", "c", "d"]


MOVES = ("move", "word", "line_edge")
EDITS = (
    "backspace",
    "delete",
    "kill_to_end",
    "kill_to_start",
    "kill_word_back",
    "kill_word",
    "kill_small_word_back",
    "yank",
)
PIECES = st.sampled_from(["a", " ", "\n", "漢", FAMILY, ACCENT, "word", "."])
STEPS = st.one_of(
    st.tuples(st.just("insert"), PIECES),
    st.tuples(st.sampled_from(MOVES), st.sampled_from([-1, 1])),
    st.tuples(st.sampled_from(EDITS), st.none()),
    st.tuples(st.just("paste"), st.just("x\n" * 9)),
)


@settings(max_examples=120)
@given(st.lists(STEPS, max_size=25), st.integers(2, 40))
def test_any_editing_keeps_cursor_and_rows_consistent(
    steps: list[tuple[str, str | int | None]], width: int
) -> None:
    d = Draft()
    for name, argument in steps:
        method = getattr(d, name)
        method() if argument is None else method(argument)
        assert 0 <= d.cursor <= len(d.text)
        rows = d.layout(width)
        row, _ = d.locate(rows)
        assert rows[0][0] == 0
        assert rows[-1][1] == len(d.text)
        assert rows[row][0] <= d.cursor <= rows[row][1]
        for (_, end), (start, _) in pairwise(rows):
            assert start - end in {0, 1}
            assert start == end or d.text[end] == "\n"


def test_kills_in_a_row_are_yanked_together() -> None:
    draft = Draft("cap it at eight", 15)
    draft.kill_word_back()
    draft.kill_word_back()
    assert draft.text == "cap it "
    draft.line_edge(-1)
    draft.yank()
    assert draft.text == "at eightcap it "
    draft.kill_to_end()
    assert draft.killed == "cap it "


def test_a_kill_forward_goes_behind_what_was_killed_before() -> None:
    draft = Draft("one two three", 4)
    draft.kill_word()
    draft.kill_to_end()
    assert (draft.text, draft.killed) == ("one ", "two three")


def test_undo_goes_back_step_by_step_and_stops_at_the_first() -> None:
    draft = Draft()
    for text in ("cap", " it", " at 8"):
        draft.save()
        draft.insert(text)
    draft.undo()
    assert draft.text == "cap it"
    draft.undo()
    draft.undo()
    draft.undo()
    assert (draft.text, draft.cursor) == ("", 0)
