"""The command table against the agreed keys, and remaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spark_tui.core.errors import SettingsError
from spark_tui.ui.input import key_reference
from spark_tui.ui.input.commands import NEVER_BOUND, TABLE, Column, Keymap, normal, shown
from spark_tui.ui.input.key_names import parse_key

AGREED = {
    Column.REVIEW: {
        "y": "keep",
        "n": "drop",
        "a": "keep-file",
        "d": "drop-file",
        "A": "keep-all",
        "q": "drop-all",
        "c": "comment",
        "o": "open",
        "u": "undo",
        "r": "ask-again",
        "j": "next-open",
        "k": "previous-open",
        "J": "next-any",
        "K": "previous-any",
        "x": "unfold",
        "1": "place",
        "9": "place",
        ".": "again",
        "i": "type",
        "enter": "type",
        "tab": "type",
        "@": "type-mention",
        "/": "type-mention",
        "!": "type-mention",
        "Y": "copy-hunk",
        "?": "help",
        "ctrl+d": "half-page-down",
        "ctrl+u": "half-page-up",
    },
    Column.PROMPT: {
        "enter": "send",
        "tab": "queue",
        "ctrl+j": "new-line",
        "ctrl+d": "delete-or-quit",
        "ctrl+a": "line-start",
        "ctrl+e": "line-end",
        "ctrl+w": "kill-word-back",
        "ctrl+u": "kill-to-start",
        "ctrl+k": "kill-to-end",
        "ctrl+y": "yank",
        "alt+b": "word-left",
        "alt+f": "word-right",
        "ctrl+r": "history-search",
        "up": "history-up",
        "down": "history-down",
    },
    Column.ANY: {
        "escape": "escape",
        "ctrl+c": "interrupt",
        "f1": "help",
        "f2": "latency",
        "f3": "endpoint",
        "f5": "mouse",
        "shift+tab": "mode",
        "ctrl+p": "palette",
        "ctrl+o": "switch",
        "ctrl+l": "redraw",
        "ctrl+z": "suspend",
        "ctrl+x": "strip",
        "pageup": "page-up",
        "pagedown": "page-down",
    },
    Column.STRIP: {
        "f": "find-file",
        "r": "redo",
        "m": "endpoint",
        "w": "changes",
        "y": "copy",
        "t": "trace",
    },
}


@pytest.mark.parametrize("column", AGREED)
def test_table_binds_the_agreed_keys(column: Column) -> None:
    keymap = Keymap()
    assert {key: keymap.find(column, key) for key in AGREED[column]} == AGREED[column]


def test_y_never_copies_and_n_never_searches() -> None:
    keymap = Keymap()
    assert keymap.find(Column.REVIEW, "y") == "keep"
    assert not [c.id for c in TABLE if "search" in c.title and "n" in c.keys_in(Column.REVIEW)]


def test_keys_of_the_anywhere_column_work_in_every_column_but_the_strip() -> None:
    keymap = Keymap()
    for column in (Column.PROMPT, Column.REVIEW, Column.LIST):
        assert keymap.find(column, "escape") == "escape"
    assert keymap.find(Column.STRIP, "escape") is None


def test_ids_are_unique_and_every_command_has_a_title() -> None:
    ids = [c.id for c in TABLE]
    assert len(ids) == len(set(ids))
    assert all(c.title for c in TABLE)
    bound = {k for c in TABLE for where, keys in c.keys if where is not Column.PROMPT for k in keys}
    assert not bound & set(NEVER_BOUND)


def test_remap_replaces_the_shown_key() -> None:
    keymap = Keymap({"keep": "f"})
    assert keymap.find(Column.REVIEW, "f") == "keep"
    assert keymap.find(Column.REVIEW, "y") is None
    assert keymap.key_of("keep", Column.REVIEW) == "f"


def test_clash_is_refused_with_both_names() -> None:
    with pytest.raises(SettingsError) as caught:
        Keymap({"keep": "n"})
    assert re.search(r"\bkeep\b", caught.value.what)
    assert re.search(r"\bdrop\b", caught.value.what)


def test_clash_with_an_anywhere_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="palette"):
        Keymap({"keep": "ctrl+p"})


def test_swapping_two_keys_is_no_clash() -> None:
    keymap = Keymap({"keep": "n", "drop": "y"})
    assert keymap.find(Column.REVIEW, "n") == "keep"
    assert keymap.find(Column.REVIEW, "y") == "drop"


def test_unknown_command_names_the_nearest() -> None:
    with pytest.raises(SettingsError) as caught:
        Keymap({"kepe": "n"})
    assert "keep" in caught.value.remedies[0]


def test_keys_that_never_arrive_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"keep can't be Ctrl\+S, which is what stops"):
        Keymap({"keep": "ctrl+s"})
    with pytest.raises(SettingsError, match=r"theme can't be Ctrl\+B, which is tmux's prefix"):
        Keymap({"theme": "Ctrl+B"})


def test_readline_keys_may_stay_where_they_are() -> None:
    assert Keymap({"line-start": "ctrl+a"}).find(Column.PROMPT, "ctrl+a") == "line-start"


def test_a_key_behind_the_leader_and_a_command_without_one() -> None:
    keymap = Keymap({"keep": "Ctrl+X z", "quit": "f9"})
    assert keymap.find(Column.STRIP, "z") == "keep"
    assert keymap.find(Column.REVIEW, "y") == "keep"
    assert keymap.find(Column.PROMPT, "f9") == "quit"
    assert keymap.key_of("quit") == "F9"


@pytest.mark.parametrize("text", ["crtl+g", "", "ctrl+", "f99", "ctrl+ctrl+a", "yes", "ctrl+x"])
def test_what_is_no_key_or_taken_is_refused_with_the_command(text: str) -> None:
    with pytest.raises(SettingsError, match="keep"):
        Keymap({"keep": text})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ctrl+G", "ctrl+g"),
        ("esc", "escape"),
        ("PgDn", "pagedown"),
        ("F5", "f5"),
        ("?", "?"),
        ("A", "A"),
        ("shift+a", "A"),
        ("Shift+Tab", "shift+tab"),
        ("alt+ctrl+Left", "ctrl+alt+left"),
        ("ctrl+[", "ctrl+left_square_bracket"),
        ("ctrl+\\", "ctrl+backslash"),
        ("+", "+"),
    ],
)
def test_keys_are_read_as_people_write_them(text: str, key: str) -> None:
    assert parse_key(text) == key


def test_the_page_of_keys_is_current() -> None:
    page = (Path(key_reference.__file__).parents[2] / "docs" / "keys.md").read_text()
    assert page == key_reference.markdown(Keymap()), (
        "spark-tui keys --markdown > spark_tui/docs/keys.md"
    )


def test_shown_and_normal_names() -> None:
    assert [shown(k) for k in ("ctrl+x", "f3", "y", "A", "shift+tab", "alt+left")] == [
        "Ctrl+X",
        "F3",
        "y",
        "A",
        "Shift+Tab",
        "Alt+Left",
    ]
    assert normal("question_mark", "?") == "?"
    assert normal("upper_a", "A") == "A"
    assert normal("space", " ") == "space"
    assert normal("ctrl+x", "\x18") == "ctrl+x"
