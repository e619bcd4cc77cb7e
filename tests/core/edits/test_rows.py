"""Rows of a diff view: numbers, what differs within a line, and what differs unseen."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.lookalike import appearance, named
from spark_tui.core.edits.model import (
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Row,
    TaggedLine,
)
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.rows import emphasis, rows
from spark_tui.core.edits.text import absent, image_of, split_lines

LINES = "".join(f"line {n}\n" for n in range(1, 21))


def _hunk(text: str, old: str, new: str) -> tuple[Hunk, FileEdit]:
    edit = FileEdit(1, 1, FileOp.UPDATE, image_of("a.py", text.encode()))
    return edit.place(RawHunk(tagged(old.split("\n"), new.split("\n"))), 1), edit


def test_rows_number_both_sides_and_mark_what_differs_within_a_line() -> None:
    hunk, edit = _hunk(LINES, "line 5\nline 6", "line five\nline 6\nmore")
    assert rows(hunk, edit.image, context=1) == (
        Row(" ", 4, 4, "line 4"),
        Row("-", 5, None, "line 5", ((5, 6),)),
        Row("+", None, 5, "line five", ((5, 9),)),
        Row(" ", 6, 6, "line 6"),
        Row("+", None, 7, "more"),
        Row(" ", 7, 8, "line 7"),
    )


def test_rows_stop_at_the_file_s_ends() -> None:
    hunk, edit = _hunk("a\nb\n", "a", "x")
    assert [row.text for row in rows(hunk, edit.image)] == ["a", "x", "b"]


def test_a_hunk_without_a_place_shows_the_model_s_lines() -> None:
    hunk, edit = _hunk(LINES, "nowhere", "x")
    assert hunk.state is HunkState.REFUSED
    assert rows(hunk, edit.image) == (Row("-", None, None, "nowhere"), Row("+", None, None, "x"))


def test_rows_of_created_and_deleted_files() -> None:
    edit = FileEdit(1, 1, FileOp.DELETE, image_of("a", b"x\ny\n"))
    assert [(r.tag, r.old_no) for r in rows(edit.delete([]), edit.image)] == [("-", 1), ("-", 2)]
    created = Hunk(
        HunkId(1, 1, "1"), "n", FileOp.CREATE, HunkState.OPEN, base_span=(0, 0), new=("p\n", "q")
    )
    assert rows(created, absent("n")) == (
        Row("+", None, 1, "p"),
        Row("+", None, 2, "q", ending="no newline at the end"),
    )


def test_lines_with_little_in_common_get_no_emphasis() -> None:
    assert emphasis("alpha beta", "gamma = 3") == ((), ())
    assert emphasis("x = f(a, b)", "x = f(a, c)") == (((9, 10),), ((9, 10),))
    assert emphasis("x" * 5_000, "y" * 5_000) == ((), ())


def test_a_long_word_is_marked_only_where_it_differs() -> None:
    long = "x" * 5_000
    assert emphasis(f"{long}y{long}", f"{long}z{long}") == (((5_000, 5_001),), ((5_000, 5_001),))
    assert emphasis(f"f({long})", f"f({long}x)") == (((5_002, 5_002),), ((5_002, 5_003),))


def test_scripts_without_blanks_are_marked_by_the_character() -> None:
    before, after = "応答の先頭を表示して失敗します", "応答の末尾を表示して失敗します"
    assert emphasis(before, after) == (((3, 5),), ((3, 5),))


def test_what_was_only_added_is_marked_by_its_place_on_the_other_side() -> None:
    assert emphasis("f(a, b)", "f(a, b, c)") == (((6, 6),), ((6, 9),))


def test_a_line_is_marked_against_what_it_became_where_more_lines_came() -> None:
    got = changed("value = 30\nfoo(1)\n", "new_line_here()\nvalue = 3\n\nfoo(1, 2)\nend = 0\n")
    marks = {row.text: row.emphasis for row in got if row.emphasis}
    assert marks == {
        "value = 30": ((8, 10),),
        "value = 3": ((8, 9),),
        "foo(1)": ((5, 5),),
        "foo(1, 2)": ((5, 8),),
    }


# ------------------------------------------------------------------- differences that are not seen


def changed(old: str, new: str) -> list[Row]:
    """The changed rows between two files."""
    image = image_of("a.txt", old.encode())
    hunk = Hunk(
        HunkId(1, 1, "1"),
        "a.txt",
        FileOp.UPDATE,
        HunkState.OPEN,
        base_span=(0, len(image.lines)),
        old=image.lines,
        new=split_lines(new),
    )
    return [row for row in rows(hunk, image) if row.tag != " "]


@pytest.mark.parametrize(
    ("old", "new", "marks", "said"),
    [
        ("a", "a  ", ((1, 1), (1, 3)), "blanks at the end"),
        ("a\t", "a", ((1, 2), (1, 1)), "blanks at the end"),
        ("\u00a0", "", ((0, 1), (0, 0)), "blanks at the end"),
        ("\tx", "    x", ((0, 1), (0, 4)), "tabs against spaces"),
        ("a b", "a\u00a0b", ((1, 2), (1, 2)), "kinds of blanks"),
        ("a  b", "a\u3000b", ((1, 3), (1, 2)), "kinds of blanks"),
        ("scope", "s\u0441ope", ((1, 2), (1, 2)), "characters that look alike"),
        ("x - y", "x \u2013 y", ((2, 3), (2, 3)), "characters that look alike"),
        ("caf\u00e9", "cafe\u0301", ((3, 4), (3, 5)), "characters that look alike"),
        ("a\u0007b", "a\u2407b", ((1, 2), (1, 2)), "characters that look alike"),
    ],
)
def test_lines_that_look_alike_say_what_differs(
    old: str, new: str, marks: tuple[tuple[int, int], ...], said: str
) -> None:
    got = changed(f"{old}\n", f"{new}\n")
    assert [row.emphasis for row in got] == [(mark,) for mark in marks]
    assert [row.unseen for row in got] == [(said,)] * 2


def test_look_alikes_are_found_where_the_sides_are_not_as_long() -> None:
    got = changed("one\ntwo\n", "zero\ntwo \none\t\n")
    assert [(row.text, row.unseen) for row in got if row.unseen] == [
        ("one", ("blanks at the end",)),
        ("two", ("blanks at the end",)),
        ("two ", ("blanks at the end",)),
        ("one\t", ("blanks at the end",)),
    ]


def test_a_hunk_without_a_place_says_it_too() -> None:
    lines = (TaggedLine(" ", "def f():"), TaggedLine("-", "\tx"), TaggedLine("+", "    x"))
    hunk = Hunk(HunkId(1, 1, "1"), "a", FileOp.UPDATE, HunkState.REFUSED, raw=RawHunk(lines))
    assert [row.unseen for row in rows(hunk, absent("a"))] == [(), *[("tabs against spaces",)] * 2]


@pytest.mark.parametrize(
    ("old", "new", "endings", "said"),
    [
        ("a\r\nb\r\n", "a\r\nb\n", ["CRLF", "LF"], ("line ends",)),
        ("a\nb\n", "a\nb\r\n", ["LF", "CRLF"], ("line ends",)),
        ("a\nb\n", "a\nb", ["", "no newline at the end"], ("the final newline",)),
        ("a\nb", "a\nb\n", ["no newline at the end", ""], ("the final newline",)),
        # seen anyway, but the ending changes as well
        ("a\nb\n", "a\nc\r\n", ["", "CRLF"], ()),
        ("a\nb", "a\nc", ["no newline at the end"] * 2, ()),
    ],
)
def test_line_ends_are_named_where_they_are_news(
    old: str, new: str, endings: list[str], said: tuple[str, ...]
) -> None:
    got = changed(old, new)
    assert [row.ending for row in got] == endings
    assert [row.unseen for row in got] == [said] * 2


def shown(row: Row) -> str:
    marked = {n for start, end in row.emphasis for n in range(start, end)} if row.unseen else ()
    return "".join(named(c) if n in marked else c for n, c in enumerate(row.text)) + row.ending


ODD = st.text(
    st.sampled_from("ab \t\u00a0\u2003\u3000\u200b-\u2013\u0430\u03bf\u00e9e\u0301<U+0>␣{}")
)


@settings(max_examples=300, deadline=None)
@given(ODD, ODD)
@example("<U+200B>", "\u200b")
@example("{U+00A0}", "\u00a0")
@example("␣", " ")
@example("x␣", "x ")
def test_no_two_changed_rows_look_the_same_while_they_differ(old: str, new: str) -> None:
    assume(old != new)
    before, after = changed(f"{old}\n", f"{new}\n")
    assert appearance(shown(before)) != appearance(shown(after))
